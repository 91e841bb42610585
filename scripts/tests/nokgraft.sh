#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Without CONFIG_KGRAFT a grafted tree is the same code as before: every file
# with a hook compiles to the same instructions. And undoing a graft of
# the real series on the real source leaves that source.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/objects.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
now=$dir/now

src=$("$TOP/scripts/source")
"$TOP/scripts/graft" --quiet "$src"

# The source before the graft. Hard links are enough: a graft never writes into
# a file, it replaces it.
pristine=$BUILD/pristine/linux-source-$KERNEL_SERIES
rm -rf "$BUILD/pristine"
mkdir -p "$BUILD/pristine"
cp -al "$src" "$pristine" 2>/dev/null || cp -a "$src" "$pristine"
"$TOP/scripts/graft" --undo "$pristine" 2>/dev/null

# Time stamps and owners apart, which tar compares too.
undo_leaves_the_source_as_unpacked()
{
	local tarball=/usr/src/linux-source-$KERNEL_SERIES.tar.xz

	[ -z "${KDIR:-}" ] && [ -f "$tarball" ] || return 4
	tar -dJf "$tarball" -C "${pristine%/*}" >"$dir/differs" || :
	fails grep -v -E ': (Mod time|Uid|Gid) differs$' "$dir/differs"
	[ -z "$(find "$pristine" -iname '*kgraft*')" ]
}

out=$BUILD/nokgraft-objects
before=$BUILD/pristine-objects

"$TOP/scripts/kernel" --out nokgraft-objects nokgraft_kvm syncconfig
mapfile -t hooked < <(hooked_objects "$src")
mapfile -t objects < <(printf '%s\n' "${hooked[@]}" | built_objects "$src" "$out/.config")

# What the kernel's build generates from its own headers shows in these.
generated=(arch/x86/kernel/asm-offsets.s kernel/bounds.s)

# A hook in a file that this configuration leaves out would not be looked at. What a
# backport changes in such a file is other code, as it is in the newer kernel.
only_backports_are_left_out()
{
	local object

	printf '%s\n' "${objects[@]}" >"$dir/built"
	printf '%s\n' "${hooked[@]}" | grep -vxFf "$dir/built" >"$dir/left-out" || :
	while read -r object; do
		grep -l -F "+++ b/${object%.o}.c" "$TOP/patches/$KERNEL_SERIES"/*.patch >"$dir/patches"
		fails grep -v -e -backport-of- "$dir/patches"
	done <"$dir/left-out"
}

# built FILE DIRECTORY: how it is now, kept there
built()
{
	mkdir -p "$2/${1%/*}"
	cp -p "$out/$1" "$2/$1"
}

# Without the graft, the same commands compile the same files of the other tree. It
# needs no directory of its own, with all the tools that a build begins with.
build()
{
	local file dir command

	"$TOP/scripts/kernel" --out nokgraft-objects nokgraft_kvm "${generated[@]}" "${objects[@]}"
	rm -rf "$before"
	for file in "${generated[@]}" "${objects[@]}"; do
		dir=${file%/*}
		command=$(sed -n '1s/^\(saved\)\{0,1\}cmd_[^ ]* := //p' "$out/$dir/.${file##*/}.cmd")
		[[ $command == *"$src/"* ]]
		built "$file" "$now"
		(cd "$out" && eval "${command//"$src/"/"$pristine/"}")
		built "$file" "$before"
		cp -p "$now/$file" "$out/$file"
	done
}

# Those commands are the right ones if both trees make of the fragments the same
# configuration, and of their headers the same numbers.
same_configuration()
{
	KDIR=$pristine "$TOP/scripts/kernel" --no-graft --out pristine-config nokgraft_kvm syncconfig
	# What the architecture has; that it is used depends on KGRAFT.
	diff <(grep CONFIG_ "$BUILD/pristine-config/.config") \
		<(grep CONFIG_ "$out/.config" | grep -v -e KGRAFT -e HAVE_DYNAMIC_FTRACE_WITH_JMP)
}

same_numbers()
{
	local file

	for file in "${generated[@]}"; do
		grep -q -e '->' "$out/$file"
		diff <(grep -e '->' "$before/$file") <(grep -e '->' "$out/$file")
	done
}

# code OBJECT: its instructions, with what they refer to. Not compared, because
# they name places in the source: the line numbers in WARN's table, which is not
# code, and the numbers the compiler puts behind the names of static variables
# (__already_done.12) and the kernel behind its unique ones (__UNIQUE_ID_foo34).
code()
{
	objdump --disassemble --reloc --no-show-raw-insn "$1" |
		sed -E '/file format/d; s/\.[0-9]+\b//g; s/(__UNIQUE_ID_[A-Za-z_]*)[0-9]+/\1/g'
}

same_code()
{
	code "$before/$1" >"$dir/before"
	code "$out/$1" >"$dir/after"
	diff "$dir/before" "$dir/after"
}

# The comparison must be able to fail: with kGraft the hooks do show.
kgraft_is_other_code()
{
	code "$before/kernel/fork.o" >"$dir/before"
	code "$BUILD/base/kernel/fork.o" >"$dir/after"
	fails cmp "$dir/before" "$dir/after"
}

ktap_plan $((${#objects[@]} + 6))
ktap_case "undo leaves the source as unpacked" undo_leaves_the_source_as_unpacked
ktap_case "only what backports change is left out" only_backports_are_left_out
ktap_case "builds without CONFIG_KGRAFT, grafted and not" build
ktap_case "same configuration" same_configuration
ktap_case "same numbers for assembler" same_numbers
for object in "${objects[@]}"; do
	ktap_case "same code: $object" same_code "$object"
done
ktap_case "with CONFIG_KGRAFT it is other code" kgraft_is_other_code
ktap_exit
