#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# kgr-obj: small files, each compiled twice, by gcc and by clang, with PATCHED
# defined and without. What kgr-obj must say of the two is in their lines
# "expect:", and what it must not say in "never:"; "expect gcc:" is for one
# compiler.
#
# With a line "plan", a kernel is linked from the file, compiled with KERNEL defined,
# and from what it is with REST defined, if it mentions that. A patch is planned
# for this kernel. The lines then also match relocations of the patch
# (SECTION TYPE TARGET), and what it replaces ("replaces NAME POSITION"). With a line
# "module", the file is a module of a kernel with IBT instead. "flags:" go to the
# compiler, "options:" to kgr-obj.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$TOP/scripts/kgr-build"
flags=(
	-c -O2 -w -pg -mfentry -fno-pic -mcmodel=kernel -mno-red-zone -fno-asynchronous-unwind-tables
	-fcf-protection=branch -fno-stack-protector -ffunction-sections -fdata-sections
)
# As in Linux 6.12. The tests bring the entries that they have.
sizes=(--size __bug_table=12 --size bug_line=8)

# lines KIND COMPILER FILE: what the file says of that kind
lines()
{
	sed -n -E "s,^// $1( $2)?: ,,p" "$3"
}

# link_kernel: of the objects in k/, and of stubs of what these and the patch use. With
# a module, only of the latter, exported, and of a list of functions that IBT forbids to point to.
link_kernel()
{
	local symbol parts=("$dir"/k/*.o)

	cat >"$dir/lds" <<-'END'
		SECTIONS {
			. = 0xffffffff81000000;
			.text : { *(.text*) }
			.rodata : { *(.rodata*) }
			.ibt_endbr_seal : { *(.ibt_endbr_seal) }
			.data : { *(.data*) *(.bss*) }
			__init_begin = .;
			.init : { *(.init*) . = . + 16; }
			__init_end = .;
			/DISCARD/ : { *(.note*) *(.comment) *(.eh_frame) }
		}
	END
	nm -g --defined-only "$dir"/k/*.o | awk 'NF == 3 { print $3 }' | sort -u >"$dir/defined"
	nm -u "$dir"/k/*.o "$dir"/{orig,patched}/core.o | awk '$1 == "U" { print $2 }' | sort -u |
		comm -23 - "$dir/defined" >"$dir/undefined"
	while read -r symbol; do
		printf '.globl "%s"\n.type "%s", @function\n"%s": ret\n.size "%s", 1\n' \
			"$symbol" "$symbol" "$symbol" "$symbol"
	done <"$dir/undefined" | gcc -c -Wa,--noexecstack -x assembler -o "$dir/k/stubs.o" -
	: >"$dir/k/Module.symvers"
	parts+=("$dir/k/stubs.o")
	if [ "$module" != - ]; then
		ld -r -z noexecstack -o "$dir/k/$module" "$dir/k/core.o"
		echo '.section .ibt_endbr_seal, "a"; .long 0' |
			gcc -c -Wa,--noexecstack -x assembler -o "$dir/k/seals.o" -
		parts=("$dir"/k/{stubs,seals}.o)
		awk '{ print "0\t" $1 "\tvmlinux\tEXPORT_SYMBOL\t" }' "$dir/undefined" >"$dir/k/Module.symvers"
	fi
	ld -z noexecstack --no-warn-rwx-segments -T "$dir/lds" -o "$dir/k/vmlinux" "${parts[@]}"
}

# plan COMPILER FILE FLAG...: leaves what kgr-obj says of a patch for such a kernel,
# and what is in it.
plan()
{
	local compiler=$1 file=$2 options=() module=-
	shift 2

	! grep -qx '// module' "$file" || module=core.ko
	rm -rf "$dir"/{k,orig,patched,body-1.o,main.c}
	mkdir "$dir"/{k,orig,patched}
	"$compiler" "${flags[@]}" -g "$@" -o "$dir/orig/core.o" "$file"
	"$compiler" "${flags[@]}" -g "$@" -DPATCHED -o "$dir/patched/core.o" "$file"
	"$compiler" "${flags[@]/#-f*-sections/-O2}" "$@" -DKERNEL -o "$dir/k/core.o" "$file"
	! grep -qw REST "$file" ||
		"$compiler" "${flags[@]}" "$@" -DREST -o "$dir/k/rest.o" "$file"
	read -ra options < <(lines options "$compiler" "$file") || :
	plan_objects "$file" "${options[@]}"
}

# plan_objects FILE OPTION...: the same, of the objects there
plan_objects()
{
	local file=$1 status=0
	shift

	link_kernel
	printf '%s\tcore.o\t%s\t%s\n' "$(basename "$file")" "$module" \
		"$([ "$module" = - ] && echo vmlinux || echo core)" >"$dir/jobs"
	"$BUILD/kgr-build/kgr-obj" "${sizes[@]}" "$@" --name test --build-id 00 \
		plan "$dir/k" "$dir/jobs" "$dir" >"$dir/plan.said" 2>&1 || status=$?
	sed 's/^ *//' "$dir/plan.said" >"$dir/said"
	[ ! -f "$dir/main.c" ] ||
		tr -d '\n\t' <"$dir/main.c" | grep -oE 'KGR_PATCH_OBJPOS[^)]*' |
			sed -E 's/[^(]*\(([^,]*),.*, /replaces \1 /' >>"$dir/said"
	[ ! -f "$dir/body-1.o" ] ||
		objdump -rw "$dir/body-1.o" | awk '
			/^RELOCATION/ { sec = substr($4, 2, length($4) - 3) }
			$2 ~ /^R_X86/ { sub(/0x0*/, "0x", $3); print sec, $2, $3 }' >>"$dir/said"
	return "$status"
}

# says COMPILER FILE
says()
{
	local words status=0 more

	read -ra more < <(lines flags "$1" "$2") || :
	if grep -qx '// plan' "$2"; then
		plan "$1" "$2" "${more[@]}" || status=$?
	else
		"$1" "${flags[@]}" "${more[@]}" -o "$dir/a.o" "$2"
		"$1" "${flags[@]}" "${more[@]}" -DPATCHED -o "$dir/b.o" "$2"
		"$BUILD/kgr-build/kgr-obj" "${sizes[@]}" diff "$dir/a.o" "$dir/b.o" >"$dir/said" 2>&1 || status=$?
	fi
	if [ "$status" -ne 0 ] && [ "$status" -ne 3 ] && [ "$status" -ne 4 ]; then
		cat "$dir/said"
		return 1
	fi
	lines expect "$1" "$2" >"$dir/expected"
	[ -s "$dir/expected" ]
	while read -r words; do
		grep -qE -- "^$words([: ]|\$)" "$dir/said" && continue
		cat "$dir/said"
		echo "nothing of: $words"
		return 1
	done <"$dir/expected"
	while read -r words; do
		grep -qE -- "^$words([: ]|\$)" "$dir/said" || continue
		cat "$dir/said"
		echo "it says: $words"
		return 1
	done < <(lines never "$1" "$2")
}

# An object that is cut off or changed anywhere is refused or understood; it must
# not bring kgr-obj down, nor have it read or write where it must not.
broken_objects()
{
	local i size status seed=1

	"$TOP/scripts/kgr-build" --sanitize
	gcc "${flags[@]}" -o "$dir/a.o" "$TOP/tools/kgraft/build/tests/objects/statics.c"
	size=$(stat -c %s "$dir/a.o")
	for i in {1..150}; do
		cp "$dir/a.o" "$dir/b.o"
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		if [ $((i % 5)) -eq 0 ]; then
			truncate -s $((seed % size)) "$dir/b.o"
		else
			printf '%b' "\\x$(printf %02x $((seed / 65536 % 256)))" |
				dd of="$dir/b.o" bs=1 seek=$((seed % size)) conv=notrunc 2>/dev/null
		fi
		status=0
		ASAN_OPTIONS=exitcode=125:detect_leaks=0 UBSAN_OPTIONS=exitcode=125 \
			timeout 10 "$BUILD/kgr-build-sanitize/kgr-obj" "${sizes[@]}" diff "$dir/a.o" "$dir/b.o" \
			>"$dir/said" 2>&1 || status=$?
		[ "$status" -lt 124 ] || { cat "$dir/said"; echo "number $i: exit status $status"; return 1; }
	done
}

# of_tree COMMAND...: runs functions of kgr-build for the build tree in fake/k
of_tree()
{
	local from=$TOP/tools/kgraft/build

	# shellcheck disable=SC2034 # its own
	(
		kdir=$dir/fake/k work=$dir/fake/work src=$dir/fake/src named=$dir/fake/src here=$from
		. "$from/lib.sh"
		. "$from/tree.sh"
		. "$from/compile.sh"
		. "$from/module.sh"
		"$@"
	)
}

# build_fake FLAG: a build tree in fake/k with one object, on which objtool was run with
# that flag
build_fake()
{
	rm -rf "$dir/fake"
	mkdir -p "$dir"/fake/{k/tools/objtool,src,work}
	printf 'const int table[] = { 1, 2 };\nint f(int x) { return table[x]; }\n' >"$dir/fake/src/x.c"
	cat >"$dir/fake/k/tools/objtool/objtool" <<-'END'
		#!/bin/bash
		[ "$1" = --nops ] || exit 0
		off=$(objdump -h "$2" | awk '$2 == ".text" { print $6 }')
		printf '\220' | dd of="$2" bs=1 seek=$((16#$off)) conv=notrunc 2>/dev/null
	END
	chmod +x "$dir/fake/k/tools/objtool/objtool"
	printf 'savedcmd_x.o := gcc -O2 -c -o x.o %s ; ./tools/objtool/objtool %s x.o\n' \
		"$dir/fake/src/x.c" "$1" >"$dir/fake/k/.x.o.cmd"
	(cd "$dir/fake/k" && gcc -O2 -c -o x.o "$dir/fake/src/x.c" && ./tools/objtool/objtool "$1" x.o)
}

same_as_kernel()
{
	build_fake --nops
	of_tree baseline x.o
}

# Of what comes before the comparison, nothing may fail.
other_table()
{
	build_fake --none
	of_tree baseline x.o
	sed -i 's/1, 2/1, 3/' "$dir/fake/src/x.c"
	fails of_tree baseline x.o
}

# Of two objects that no module can replace, the second one does not compile.
unreachable()
{
	# shellcheck disable=SC2034 # of kgr-build
	local tree=$dir/fake/src others=(x.o y.o)

	check_unreachable
	refused
}

compares_each()
{
	local status=0

	sed -E 's/x\.([oc])/y.\1/g' "$dir/fake/k/.x.o.cmd" >"$dir/fake/k/.y.o.cmd"
	of_tree unreachable >"$dir/said" || status=$?
	[ "$status" -eq 4 ] && [ "$(grep -c '^A: ' "$dir/said")" -eq 1 ] && grep -q '^A: y.o changes' "$dir/said"
}

# compiled_with FLAG...: a structure of a header grows, in an object of a kernel that is
# built with these flags
compiled_with()
{
	rm -rf "$dir"/{fake,k,orig,patched}
	mkdir -p "$dir"/{k,orig,patched} "$dir"/fake/{k,src,work/tree}
	printf 'struct shared { int one, two; };\n' >"$dir/fake/src/shared.h"
	printf '#include "shared.h"\nint f(struct shared *s) { return s->two; }\n' >"$dir/fake/src/x.c"
	cp "$dir"/fake/src/x.c "$dir/fake/work/tree/"
	printf 'struct shared { int one, more, two; };\n' >"$dir/fake/work/tree/shared.h"
	printf 'savedcmd_x.o := gcc %s -c -o x.o %s\n' "${flags[*]/-c/} $*" "$dir/fake/src/x.c" \
		>"$dir/fake/k/.x.o.cmd"
	(cd "$dir/fake/k" && gcc "${flags[@]}" "$@" -c -o x.o "$dir/fake/src/x.c")
}

# split_and_reduced FLAG...: makes no difference to what the layouts are compared by.
split_and_reduced()
{
	# shellcheck disable=SC2034 # of kgr-build
	local status=0 module=- tree=$dir/fake/work/tree

	compiled_with "$@"
	of_tree baseline x.o
	of_tree original x.o
	of_tree patched x.o
	cp "$dir/fake/k/x.o" "$dir/k/core.o"
	cp "$dir/fake/work/orig/x.o" "$dir/orig/core.o"
	cp "$dir/fake/work/patched/x.o" "$dir/patched/core.o"
	plan_objects x.c || status=$?
	cat "$dir/said"
	[ "$status" -eq 4 ] && grep -q 'L: `shared` is 12 bytes long instead of 8' "$dir/said"
}

# What has its debugging information elsewhere is not taken for what has none to compare.
skeleton()
{
	local status=0 module=-

	compiled_with
	gcc "${flags[@]}" -g -gsplit-dwarf -o "$dir/orig/core.o" "$dir/fake/src/x.c"
	gcc "${flags[@]}" -g -gsplit-dwarf -o "$dir/patched/core.o" "$dir/fake/work/tree/x.c"
	cp "$dir/fake/k/x.o" "$dir/k/core.o"
	plan_objects x.c || status=$?
	cat "$dir/said"
	[ "$status" -eq 6 ] && grep -q 'has its debugging information in another file' "$dir/said"
}

refuses_cfi()
{
	local status=0

	echo CONFIG_CC_IS_CLANG=y >"$dir/fake/k/.config"
	of_tree check_config
	echo CONFIG_CFI_CLANG=y >>"$dir/fake/k/.config"
	of_tree check_config || status=$?
	[ "$status" -eq 4 ]
}

# A module must be able to take the place of what is there, and C to have the names.
refuses_words()
{
	local fix=$TOP/tools/kgraft/build/tests/first.patch words option value said status

	rm -rf "$dir/out"
	mkdir -p "$dir/out/there"
	mkfifo "$dir/out/pipe"
	for words in "-o:$dir/out/there:no file" "-o:$dir/out/pipe:no file" "-o:$dir/out/there/:no file" \
		'-n:a"b:name of a patch' '-n:a\b:name of a patch' '--set:a"b:name of a set' \
		'--set:a\b:name of a set' $'--set:a\tb:name of a set' '--set::name of a set' \
		'-n:a b:name of a patch'; do
		IFS=: read -r option value said <<<"$words"
		status=0
		"$BUILD/kgr-build/kgr-build" build -k "$dir/nowhere" "$option" "$value" "$fix" \
			>"$dir/said" 2>&1 || status=$?
		grep -qF -- "$said" "$dir/said" || status=0
		[ "$status" -eq 1 ] || { cat "$dir/said"; echo "$option $value: not refused"; return 1; }
	done
}

# That of a later one has sections that kgr-obj does not understand yet.
refuses_series()
{
	local release status

	: >"$dir/fake/k/.config"
	mkdir -p "$dir/fake/k/include/config"
	for release in 6.12.117 6.12.0-kgr+ 6.13.1 7.3.4 10.0; do
		status=0
		echo "$release" >"$dir/fake/k/include/config/kernel.release"
		of_tree check_config >"$dir/said" 2>&1 || status=$?
		case $release in
		6.12.*) [ "$status" -eq 0 ] ;;
		*) [ "$status" -eq 4 ] && grep -q "is Linux $release, and kgr build is for 6.12" "$dir/said" ;;
		esac
	done
}

compiler_is()
{
	# shellcheck disable=SC2034 # of kgr-build
	jobs=($'x.c\tx.o\t-\tvmlinux')
	printf 'savedcmd_x.o := clang-99 -c -o x.o x.c\n' >"$dir/fake/k/.x.o.cmd"
	printf 'CONFIG_CC_IS_CLANG=y\nCONFIG_LD_IS_LLD=y\n' >"$dir/fake/k/.config"
	diff <(printf 'CC=clang-99\nLLVM=1\n') <(of_tree compiler_of_kernel)
	: >"$dir/fake/k/.config"
	[ -z "$(of_tree compiler_of_kernel)" ]
}

tests=("$TOP"/tools/kgraft/build/tests/objects/*.c)
compilers=(gcc clang)
ktap_plan $((${#tests[@]} * ${#compilers[@]} + 11))
for compiler in "${compilers[@]}"; do
	for file in "${tests[@]}"; do
		ktap_case "$compiler: $(basename "$file" .c)" says "$compiler" "$file"
	done
done
ktap_case "objects that are broken" broken_objects
ktap_case "an object that objtool has changed is the kernel's" same_as_kernel
ktap_case "an object with another table is not" other_table
ktap_case "an object outside of the kernel is compared, and not another one" compares_each
ktap_case "layouts are compared if the kernel has less debugging information" split_and_reduced \
	-g -femit-struct-debug-baseonly
ktap_case "layouts are compared if the kernel has it in other files" split_and_reduced -g -gsplit-dwarf
ktap_case "objects without all of it are not compared" skeleton
ktap_case "kernels with CFI are refused" refuses_cfi
ktap_case "later kernels are refused" refuses_series
ktap_case "outputs that are no files, and names that C does not understand, are refused" refuses_words
ktap_case "the module gets the kernel's compiler" compiler_is
ktap_exit
