#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# scripts/authoring.d/verify: it finds nothing wrong with modules that kgr build made,
# and finds each thing that is made wrong in them.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

base=$BUILD/base
kgr=$BUILD/kgr-build/kgr-build
if [ ! -f "$base/vmlinux" ] || [ ! -x "$kgr" ]; then
	echo "1..0 # SKIP the base kernel or kgr build is not built"
	exit 4
fi
"$TOP/scripts/deps" python3-pyelftools python3-capstone

dir=$(mktemp -d "$BUILD/verify-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT
src=$(readlink "$base/source")
cd "$dir"

# fix NAME FILE SED: a patch
fix()
{
	mkdir -p "b/$(dirname "$2")"
	sed "$3" "$src/$2" >"b/$2"
	if diff -u --label "a/$2" --label "b/$2" "$src/$2" "b/$2" >"$1.patch"; then
		echo "# $1: nothing to change in $2"
	fi
}

# Two static variables of the same name, a jump label; a table of faults; several
# functions of the same name in the kernel.
one='s/^\tmems_updated = !nodes_equal(top_cpuset.effective_mems, new_mems);/\tmems_updated = nodes_empty(new_mems);/'
fix statics kernel/cgroup/cpuset.c "$one"
fix faults fs/select.c 's/^\tif (nfds > rlimit(RLIMIT_NOFILE))/\tif (nfds > 1000)/'
fix position fs/ext4/readpage.c 's/bio->bi_status == 0);/bio->bi_status == 1);/'
# Another function is changed, which the module does not replace.
fix left-out kernel/cgroup/cpuset.c "$one; /^void cpuset_print_current_mems_allowed/,/^}/s/mems_allowed=/mems=/"

for name in statics faults position; do
	"$kgr" build -k "$base" -o "$name.ko" "$name.patch" >"$name.log" 2>&1 ||
		sed 's/^/# /' "$name.log"
done

# broken NAME OF: a module and a fix of that name, to be spoiled
broken()
{
	cp "$2.ko" "$1.ko"
	[ -f "$1.patch" ] || cp "$2.patch" "$1.patch"
}

# rename_symbol MODULE OLD NEW
rename_symbol()
{
	readelf -sW "$1.ko" | grep -F " $2" >/dev/null || echo "# $1.ko has no $2"
	objcopy --redefine-sym "$2=$3" "$1.ko"
}

# poke NAME WHAT: changes one byte, or one relocation
poke()
{
	PYTHONDONTWRITEBYTECODE=y PYTHONPATH=$TOP/scripts/authoring.d python3 - "$1.ko" "$2" <<-'END'
		import sys
		import elf, unit
		path, what = sys.argv[1:]
		obj = unit.Unit(path)
		data = bytearray(open(path, 'rb').read())
		body = [func for func in obj.functions.values() if func.section.name.startswith('.text.')]

		def addend(section, number, by):
		    table = next(sec for sec in obj.sections
		                 if sec.type == 4 and sec.info == section.index)
		    data[table.offset + 24 * number + 16] += by

		if what == 'immediate':
		    # The 1000 of the fix.
		    at = next(func.section.offset + offset + size - 4 for func in body
		              for offset, size in func.layout
		              if func.section.data[offset + size - 4:offset + size] == b'\xe8\3\0\0')
		    data[at] ^= 1
		elif what == 'branch':
		    # The condition of a short jump.
		    at = next(func.section.offset + offset for func in body
		              for offset, size in func.layout
		              if size == 2 and func.section.data[offset] & 0xf0 == 0x70)
		    data[at] ^= 1
		elif what == 'unwinding':
		    section = obj.section('.orc_unwind')
		    data[section.offset + section.size // 2] ^= 1
		elif what == 'label':
		    # Is the branch likely?
		    section = obj.section('__jump_table')
		    number = next(i for i, rel in enumerate(section.relocs) if rel.offset == 8)
		    addend(section, number, 1)
		elif what == 'addend':
		    # A variable of the kernel, and 4 bytes more.
		    func, number = next((func, i) for func in body
		                        for i, rel in enumerate(func.section.relocs)
		                        if rel.type == elf.R_32S and rel.symbol.name.startswith('.kgr.'))
		    addend(func.section, number, 4)
		open(path, 'wb').write(data)
	END
}

spoil()
{
	local symbol

	broken other-position position
	symbol=$(readelf -sW position.ko | grep -oE '\.kgr\.[1-9][0-9]*\.vmlinux\.\S+' | head -n 1)
	[ -n "$symbol" ] || echo "# position.ko has nothing with a position"
	case $symbol in
	.kgr.1.*) rename_symbol other-position "$symbol" ".kgr.2.${symbol#.kgr.1.}" ;;
	*) rename_symbol other-position "$symbol" ".kgr.1.${symbol#.kgr.[0-9]*.}" ;;
	esac

	broken other-name statics
	rename_symbol other-name .kgr.0.vmlinux.callback_lock .kgr.0.vmlinux.cpuset_mutex

	broken swapped statics
	mapfile -t symbols < <(readelf -sW statics.ko | grep -oE '\.kgr\.0\.vmlinux\.new_cpus\.[0-9]+' | sort -u)
	rename_symbol swapped "${symbols[0]}" between
	rename_symbol swapped "${symbols[1]}" "${symbols[0]}"
	rename_symbol swapped between "${symbols[1]}"

	broken private-copy statics
	rename_symbol private-copy .kgr.0.vmlinux.force_sd_rebuild force_sd_rebuild
	printf '.section .note.GNU-stack\n.bss\n.globl force_sd_rebuild\n.type force_sd_rebuild, @object\n%s\n%s\n' \
		'.size force_sd_rebuild, 1' 'force_sd_rebuild: .zero 1' | as -o copy.o -
	ld -r -o with-copy.ko private-copy.ko copy.o
	mv with-copy.ko private-copy.ko

	broken no-fault-table faults
	objcopy -R __ex_table -R .rela__ex_table no-fault-table.ko

	broken left-out statics

	broken not-exported statics
	rename_symbol not-exported .kgr.0.vmlinux.callback_lock callback_lock

	broken immediate faults
	broken branch faults
	broken unwinding faults
	broken label statics
	broken addend statics
	for symbol in immediate branch unwinding label addend; do
		poke "$symbol" "$symbol"
	done
}
spoil

files=()
for name in *.ko; do
	files+=("${name%.ko}.patch" "$name")
done
left=0
mkdir work
"$TOP/scripts/authoring.d/verify" -k "$base" --work work "${files[@]}" >said 2>&1 || left=$?

is_right()
{
	cat ./"$1.log"
	grep "^[^:]*ok $1:" said
	grep -q "^ok $1: [1-9][0-9]* functions, [1-9][0-9]* references, 0 not verified$" said
}

# is_wrong NAME WORDS: for this reason
is_wrong()
{
	grep " $1:" said || cat said
	grep -qE "^not ok $1: .*$2" said
	fails grep -q "^ok $1:" said
}

fails_then()
{
	[ "$left" -eq 1 ]
}

ktap_plan 16
ktap_case "static variables: right" is_right statics
ktap_case "user access: right" is_right faults
ktap_case "several of a name: right" is_right position
ktap_case "another one of several of a name" is_wrong other-position 'kgr\.[0-9]+\.vmlinux\.'
ktap_case "another variable" is_wrong other-name 'cpuset_mutex.*, not callback_lock'
ktap_case "static variables of two functions, swapped" is_wrong swapped 'new_cpus\.[0-9], not|new_cpus\.[0-9]\+0x0, not new_cpus'
ktap_case "a copy of a variable that the kernel has" is_wrong private-copy 'a copy of force_sd_rebuild, which the kernel has'
ktap_case "a fault without fixup" is_wrong no-fault-table '__ex_table has 0 entries, not'
ktap_case "a changed function is not replaced" is_wrong left-out 'not replaced, cpuset_print_current_mems_allowed'
ktap_case "a symbol that is not exported" is_wrong not-exported 'callback_lock is not exported'
ktap_case "another number in an instruction" is_wrong immediate 'other bytes, do_sys_poll\+0x'
ktap_case "another condition of a jump" is_wrong branch 'other bytes, do_sys_poll\+0x'
ktap_case "another stack frame for the unwinder" is_wrong unwinding 'other unwinding'
ktap_case "a jump label the other way round" is_wrong label '__jump_table: '
ktap_case "another place of a variable" is_wrong addend '\+0x[0-9a-f]+, not '
ktap_case "the exit status says so" fails_then
ktap_exit
