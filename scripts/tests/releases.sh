#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Usage: scripts/tests/releases.sh [--all] [VERSION...]
#
# The series fits the stable releases of the kernel, not only the one that is built
# here: each is grafted, which twice changes no more than once does, what is built
# of it builds without a warning, and after the undo it is what it was. By default
# these are the oldest and the newest that Debian's archive has, and of the oldest is
# built what patches have variants for, all in a minute or two of a CPU.
#
#   --all     all that the archive has, and of each kGraft and all files with hooks
#   VERSION   these

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

all=
versions=()
while [ $# -gt 0 ]; do
	case $1 in
	--all) all=y ;;
	-h | --help) usage_of "$0"; exit 0 ;;
	-*) die "unknown option $1" "see scripts/tests/releases.sh --help" ;;
	*) versions+=("$1") ;;
	esac
	shift
done

# 4, which is what scripts/release says if it can't ask, is "skipped" here, too.
known=$("$TOP/scripts/release") || exit
if [ ${#versions[@]} -eq 0 ]; then
	mapfile -t versions <<<"$known"
	[ -n "$all" ] || versions=("${versions[-1]}" "${versions[0]}")
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tree=

unpacks()
{
	tree=$("$TOP/scripts/release" "$1")
	[ ! -d "$tree/.kgraft-grafted" ] || "$TOP/scripts/graft" --undo "$tree"
	echo "$tree" >"$dir/tree"
}

# All files there are, and the contents of those that the patches change.
state()
{
	(
		cd "$tree"
		find . -printf '%y %m %p\n' | sort
		xargs -a "$dir/hooked" sha256sum
	)
}

grafts()
{
	[ -n "$tree" ] || return 4
	sed -n 's,^+++ b/\([^[:blank:]]*\).*,\1,p' "$TOP/patches/$KERNEL_SERIES"/*.patch |
		sort -u >"$dir/hooked"
	state >"$dir/before"
	"$TOP/scripts/graft" "$tree" 2>"$dir/said"
	"$TOP/scripts/graft" --check "$tree"
	state >"$dir/after"
	"$TOP/scripts/graft" "$tree" 2>&1 | grep 'is up to date'
	state | cmp "$dir/after" -
}

# what_variants_touch: the files of patches that are in the place of another
what_variants_touch()
{
	local patch

	sed -n 's/^  \(.*\): in the place of .*/\1/p' "$dir/said" |
		while read -r patch; do
			sed -n 's,^+++ b/\([^[:blank:]]*\.\)c.*,\1o,p' "$TOP/patches/$KERNEL_SERIES/$patch"
		done | sort -u
}

# objects WHICH: those to build
objects()
{
	if [ "$1" = variants ]; then
		what_variants_touch
	else
		printf '%s/\n' kernel/kgraft arch/x86/kgraft
		hooked_objects "$tree"
	fi
}

builds()
{
	local targets

	[ -n "$tree" ] || return 4
	mapfile -t targets < <(objects "$1")
	[ ${#targets[@]} -gt 0 ] || { echo "as the release that is built here"; return 4; }
	KDIR=$tree "$TOP/scripts/kernel" --out releases/objects kvm "${targets[@]}"
}

undoes()
{
	[ -n "$tree" ] || return 4
	"$TOP/scripts/graft" --undo "$tree"
	state | diff "$dir/before" -
}

# of VERSION WHICH: its tests
of()
{
	local there=

	[ ! -d "$BUILD/releases/$1" ] || there=y
	# Nothing built from one release may look newer than the next one's source.
	rm -rf "$BUILD/releases/objects"
	rm -f "$dir/tree"
	ktap_case "$1: unpacks" unpacks "$1"
	tree=$(cat "$dir/tree" 2>/dev/null) || :
	ktap_case "$1: grafts" grafts
	[ "$2" = nothing ] || ktap_case "$1: builds ($2)" builds "$2"
	ktap_case "$1: undoes" undoes
	# Those are 1.5 GB each.
	[ -n "$there" ] || rm -rf "$BUILD/releases/$1"
}

which=()
for i in "${!versions[@]}"; do
	if [ -n "$all" ]; then
		which+=("all")
	elif [ "$i" -eq 0 ]; then
		which+=("variants")
	else
		which+=("nothing")
	fi
done

cases=0
for i in "${!versions[@]}"; do
	cases=$((cases + 4))
	[ "${which[i]}" != nothing ] || cases=$((cases - 1))
done
ktap_plan $cases
for i in "${!versions[@]}"; do
	of "${versions[i]}" "${which[i]}"
done
ktap_exit
