#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Without CONFIG_KGRAFT a grafted tree is the same code as before: every file
# that a patch touches compiles to the same instructions. And undoing a graft of
# the real series on the real source leaves that source.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

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

mapfile -t objects < <(hooked_objects "$src")

build()
{
	"$TOP/scripts/kernel" --out nokgraft-objects nokgraft_kvm "${objects[@]}"
	KDIR=$pristine "$TOP/scripts/kernel" --no-graft --out pristine-objects nokgraft_kvm "${objects[@]}"
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
	code "$BUILD/pristine-objects/$1" >"$dir/before"
	code "$BUILD/nokgraft-objects/$1" >"$dir/after"
	diff "$dir/before" "$dir/after"
}

# The comparison must be able to fail: with kGraft the hooks do show.
kgraft_is_other_code()
{
	code "$BUILD/pristine-objects/kernel/fork.o" >"$dir/before"
	code "$BUILD/base/kernel/fork.o" >"$dir/after"
	fails cmp "$dir/before" "$dir/after"
}

ktap_plan $((${#objects[@]} + 3))
ktap_case "undo leaves the source as unpacked" undo_leaves_the_source_as_unpacked
ktap_case "builds without CONFIG_KGRAFT, grafted and not" build
for object in "${objects[@]}"; do
	ktap_case "same code: $object" same_code "$object"
done
ktap_case "with CONFIG_KGRAFT it is other code" kgraft_is_other_code
ktap_exit
