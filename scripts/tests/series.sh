#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Usage: scripts/tests/series.sh [--all]
#
# What scripts/series writes can be applied by git, on the source as it was before
# the graft, and makes the same of it as scripts/graft; no patch has anything that
# checkpatch complains about.
#
#   --all  checkpatch is asked about the large patches, too, whose files "make check"
#          looks at; and after each patch, the files that it changes are compiled, by
#          gcc and clang, with all warnings, and of the files that the hooks are in,
#          those that include a header that it changes; when kGraft can be enabled,
#          with it and without. Takes long.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/objects.sh"
. "$TOP/scripts/ktap.sh"

all=
case ${1:-} in
--all) all=y ;;
-h | --help) usage_of "$0"; exit 0 ;;
esac

# Neither is needed for anything else here.
if ! command -v git >/dev/null && ! { "$TOP/scripts/deps" git && command -v git; } >/dev/null 2>&1; then
	echo "1..0 # SKIP no git here, and none to be had"
	exit 4
fi
# Whoever runs this may sign commits, or have hooks.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
src=$("$TOP/scripts/source")
"$TOP/scripts/graft" --quiet "$src"
record=$src/.kgraft-grafted
out=$dir/out
repo=$dir/repo
tree=$BUILD/series-tree
shopt -s extglob

# Without the cover letter
patches()
{
	find "$out" -name '*.patch' ! -name '0000-*' | sort
}

# Of the tree, what the series touches: it is as good for git as all of it.
pristine()
{
	local path

	mkdir -p "$repo"
	cp -a "$record/pristine/." "$repo/"
	for path in MAINTAINERS Makefile Kbuild; do
		cp "$src/$path" "$repo/"
	done
	cd "$repo"
	git init -q
	git add -A
	git -c user.name=a -c user.email=a@localhost commit -qm pristine
}

is_written()
{
	"$TOP/scripts/series" "$out" "$src"
	[ -s "$out/0000-cover-letter.patch" ]
	fails grep -n -e '\*\*\*' -e '@[0-9a-z]*@' "$out/0000-cover-letter.patch"
	# It has figures, and a list of all patches behind the text.
	grep -q 'insmod to complete, idle machine  *ms  *[0-9]' "$out/0000-cover-letter.patch"
	[ "$(patches | wc -l)" -gt "$(wc -l <"$TOP/patches/$KERNEL_SERIES/series")" ]
}

git_takes_it()
{
	pristine
	patches | xargs git -c user.name=a -c user.email=a@localhost am -q --whitespace=nowarn
}

same_as_grafted()
{
	local path

	cd "$repo"
	while read -r _ _ _ path; do
		cmp "$path" "$src/$path"
		[ -x "$path" ] || [ ! -x "$src/$path" ]
	done <"$record/manifest"
	# And no more than that.
	git ls-files | grep -vxF -e MAINTAINERS -e Makefile -e Kbuild |
		diff - <(awk '{ print $4 }' "$record/manifest" | LC_ALL=C sort)
	grep -A 1 '^KGRAFT$' MAINTAINERS
}

no_sign_off_is_made_up()
{
	fails grep -l '^Signed-off-by:' "$out"/*.patch
	"$TOP/scripts/series" --signoff --from 'An Author <a@example.org>' "$dir/signed" "$src"
	[ "$(grep -l '^Signed-off-by: An Author <a@example.org>$' "$dir"/signed/*.patch | wc -l)" -eq \
		"$(patches | wc -l)" ]
	grep -q '^From: An Author <a@example.org>$' "$dir/signed/0001-"*
}

refuses_a_directory_with_files()
{
	fails "$TOP/scripts/series" "$out" "$src"
}

# As scripts/check has it for the files themselves. Patches in a patch have blanks at
# the ends of lines. Newer kernels have a header and an allocator that 6.12 has not,
# and kGraft's files are the same for both.
checkpatch_is_content()
{
	local patch patches newer=

	[ "$KERNEL_SERIES" = 6.12 ] || newer=,ARCH_INCLUDE_LINUX,INCLUDE_LINUX,ALLOC_WITH_SIZEOF

	mapfile -t patches < <(patches | grep -v broken-twins | while read -r patch; do
		[ -z "$all" ] && [ "$(wc -l <"$patch")" -gt 1000 ] || echo "$patch"
	done)
	cd "$src"
	scripts/checkpatch.pl --quiet --strict --show-types --no-signoff \
		--ignore FILE_PATH_CHANGES,BIT_MACRO,SYMBOLIC_PERMS,MACRO_ARG_REUSE,CONST_STRUCT,ENOSYS,OPEN_ENDED_LINE,"PARENTHESIS_ALIGNMENT$newer" \
		"${patches[@]}"
}

# By these each step must be compiled without a warning. That of Debian 12 is too old for
# newer kernels.
compilers=(gcc clang-19)

# build COMPILER FLAVOUR TARGET...
build()
{
	KDIR=$tree "$TOP/scripts/kernel" --no-graft --out "series-$2-$1" "$2" "CC=$1" W=1 "${@:3}"
}

# includers OUT HEADER...: which of the hooked files' objects include one of these, as
# make has noted when it made them
includers()
{
	local object out=$1
	shift

	for object in "${hooked[@]}"; do
		[ ! -f "$out/${object%/*}/.${object##*/}.cmd" ] ||
			! grep -qFw "${@/#/-e}" "$out/${object%/*}/.${object##*/}.cmd" || echo "$object"
	done
}

# examine OUT: the objects that stdin names, by make's own commands, but without code:
# what a header may have broken is said before, in two thirds of the time.
examine()
{
	local object command

	while read -r object; do
		command=$(sed -n 's/^savedcmd_[^ ]* := //p' "$1/${object%/*}/.${object##*/}.cmd")
		command=${command%% ; *}
		command=${command/ -c -o $object / -fsyntax-only }
		[[ $command == *' -fsyntax-only '* ]] || { echo "$object: $command?"; return 1; }
		# As make reads it, which has written it for itself.
		command=${command//'$(pound)'/#}
		command=${command//'$$'/'$'}
		printf '%s\0' "${command/ -Wp,-MMD,+([^ ]) / }"
	done >"$dir/commands"
	(cd "$1" && xargs -0 -r -n 1 -P "$(nproc)" sh -c <"$dir/commands")
}

# built_of FLAVOUR COMPILER: the objects of hooked files that this configuration has
built_of()
{
	build "$2" "$1" syncconfig >&2
	printf '%s\n' "${hooked[@]}" | built_objects "$tree" "$BUILD/series-$1-$2/.config"
}

# compile COMPILER FLAVOUR PATCH: what it changes, and what has a header of it
compile()
{
	local compiler=$1 flavour=$2 out=$BUILD/series-$2-$1 path headers=() sources=() targets=()

	while read -r path; do
		case $path in
		scripts/* | samples/* | tools/*) ;;
		*.h) headers+=("$path") ;;
		*/kgraft/*.c | */monitors/kgr/*.c) ;;
		*.c) sources+=("$path") ;;
		esac
	done < <(sed -n 's,^+++ b/\([^[:blank:]]*\).*,\1,p' "$3")
	[ ${#sources[@]} -eq 0 ] ||
		mapfile -t targets < <(printf '%s\n' "${sources[@]}" | objects_of "$tree" |
			built_objects "$tree" "$out/.config")
	if [ "$flavour" = kvm ]; then
		# The first time, what the steps before have changed is new to it.
		[ -d "$out/kernel/kgraft" ] ||
			mapfile -t targets < <(built_of kvm "$compiler")
		targets+=(kernel/kgraft/ arch/x86/kgraft/)
		[ ! -d "$tree/samples/kgraft" ] || targets+=(samples/kgraft/)
	fi
	[ ${#headers[@]} -eq 0 ] || targets+=(prepare)
	[ ${#targets[@]} -eq 0 ] || build "$compiler" "$flavour" "${targets[@]}"
	[ ${#headers[@]} -eq 0 ] || includers "$out" "${headers[@]}" |
		{ grep -vxF "$(printf '%s\n' "${targets[@]}")" || :; } | examine "$out"
	# Which has the monitor
	! grep -q '^+++ b/kernel/trace/rv/' "$3" || [ "$flavour" != kvm ] ||
		build "$compiler" debug kernel/trace/rv/
}

# Before the engine is complete there is no CONFIG_KGRAFT to enable. Both kernels have
# KVM, without which one of the hooks is in a file that is never compiled.
each_step_builds()
{
	local patch compiler hooked targets

	"$TOP/scripts/deps" clang-19 || return 4
	mapfile -t hooked < <(hooked_objects "$src")
	# At the same place each time, for make. What fails may have begun.
	rm -rf "$tree"
	cp -al "$src" "$tree" 2>/dev/null || { rm -rf "$tree"; cp -a "$src" "$tree"; }
	"$TOP/scripts/graft" --undo "$tree"
	rm -rf "$BUILD"/series-kvm-*/kernel/kgraft
	for compiler in "${compilers[@]}"; do
		mapfile -t targets < <(built_of nokgraft_kvm "$compiler")
		build "$compiler" nokgraft_kvm "${targets[@]}"
	done
	for patch in $(patches); do
		echo "${patch##*/}"
		patch -s -p1 -d "$tree" -i "$patch"
		[[ ${patch##*/} != ????-selftests-* ]] || break
		for compiler in "${compilers[@]}"; do
			compile "$compiler" nokgraft_kvm "$patch"
			[ ! -f "$tree/Kconfig.kgraft" ] || compile "$compiler" kvm "$patch"
		done
	done
	rm -rf "$tree"
}

cases=(is_written git_takes_it same_as_grafted no_sign_off_is_made_up
	refuses_a_directory_with_files checkpatch_is_content)
[ -z "$all" ] || cases+=(each_step_builds)
ktap_plan ${#cases[@]}
for case in "${cases[@]}"; do
	ktap_case "${case//_/ }" "$case"
done
ktap_exit
