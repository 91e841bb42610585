#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Usage: scripts/tests/releases.sh [--all] [VERSION...]
#
# The series fits the stable releases of the kernel, not only the one that is built
# here: one is grafted, which twice changes no more than once does, what is built of
# it builds without a warning, and after the undo it is what it was. By default this
# is the oldest that Debian's archive has, and built are kGraft and what patches have
# variants for, all in a minute and a half of a CPU.
#
#   --all     each that the archive has, and all files with hooks
#   VERSION   these, also of another series, as 7.3.4

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/objects.sh"
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
	[ -n "$all" ] || versions=("${versions[-1]}")
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
	(
		cd "$TOP/patches/$SERIES"
		sed 's/#.*//' series | tr -s '[:blank:]' '\n' | sed '/^$/d' |
			xargs sed -n 's,^+++ b/\([^[:blank:]]*\).*,\1,p'
	) | sort -u >"$dir/hooked"
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
			sed -n 's,^+++ b/\([^[:blank:]]*\.\)c.*,\1o,p' "$TOP/patches/$SERIES/$patch"
		done | sort -u
}

objects()
{
	if [ -n "$all" ]; then
		hooked_objects "$tree"
	else
		what_variants_touch
	fi
}

builds()
{
	local targets

	[ -n "$tree" ] || return 4
	KDIR=$tree "$TOP/scripts/kernel" --out releases/objects kvm syncconfig
	mapfile -t targets < <(objects | built_objects "$tree" "$BUILD/releases/objects/.config")
	targets+=(kernel/kgraft/ arch/x86/kgraft/)
	KDIR=$tree "$TOP/scripts/kernel" --out releases/objects kvm "${targets[@]}"
}

undoes()
{
	[ -n "$tree" ] || return 4
	"$TOP/scripts/graft" --undo "$tree"
	state | diff "$dir/before" -
}

# of VERSION: its tests
of()
{
	local there='' releases=$TOP/build/releases

	export SERIES=${1%.*}
	[ ! -d "$releases/$1" ] || there=y
	# Nothing built from one release may look newer than the next one's source.
	rm -rf "$releases/objects" "$TOP/build/$SERIES/releases/objects"
	rm -f "$dir/tree"
	ktap_case "$1: unpacks" unpacks "$1"
	tree=$(cat "$dir/tree" 2>/dev/null) || :
	ktap_case "$1: grafts" grafts
	ktap_case "$1: builds" builds
	ktap_case "$1: undoes" undoes
	# Those are 1.5 GB each.
	[ -n "$there" ] || rm -rf "${releases:?}/$1"
}

ktap_plan $((4 * ${#versions[@]}))
for version in "${versions[@]}"; do
	of "$version"
done
ktap_exit
