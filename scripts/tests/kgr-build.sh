#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Usage: scripts/tests/kgr-build.sh [--kernel FLAVOUR] [NAME...]
#
# kgr build: source diffs of the kinds that make trouble become modules, which do
# what the diff says, and are gone again after a revert; and what cannot become a
# module is refused with its own exit status.
#
#   --kernel FLAVOUR  with that kernel, built before (default: base); then, and with
#                     NAMEs, only the diffs are built and used
#
# A diff in tools/kgraft/build/tests/ says itself what shows that it works: "Probe:"
# is a command, and a line of its output matches "After:" while the patch is
# applied, and at no other time. "Before:" is what has to be done before, and after
# what is in "Again:" it still has to match. NAME.c beside it goes to --main.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"
. "$TOP/scripts/kgr-build-trees.sh"

flavour=base
if [ "${1:-}" = --kernel ]; then
	flavour=$2
	shift 2
fi
base=$BUILD/$flavour
if [ ! -f "$base/vmlinux" ]; then
	echo "1..0 # SKIP the $flavour kernel is not built"
	exit 4
fi
# Kernels with checkers need more of both.
mem=1G timeout=900
[ "$flavour" = base ] || mem=3G timeout=2700
whole=y
[ $# -eq 0 ] && [ "$flavour" = base ] || whole=''
# With names, only these diffs.
if [ $# -gt 0 ]; then
	diffs=("${@/#/"$TOP/tools/kgraft/build/tests/"}")
	diffs=("${diffs[@]/%/.patch}")
else
	diffs=("$TOP"/tools/kgraft/build/tests/*.patch)
fi
dir=$(mktemp -d "$BUILD/kgr-build-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT
"$TOP/scripts/kgr-build"

kgr()
{
	"$BUILD/kgr-build/kgr-build" "$1" -k "$base" "${@:2}"
}

name_of()
{
	basename "$1" .patch
}

# Leaves what it says, and its exit status.
build_one()
{
	local name main=${1%.patch}.c status=0

	name=$(name_of "$1")
	[ -f "$main" ] || main=
	kgr build -o "$dir/$name.ko" ${main:+--main "$main"} "$1" >"$dir/$name.log" 2>&1 || status=$?
	echo $status >"$dir/$name.status"
}

# Two at a time: much of the work of one is no compiler's.
build_all()
{
	local patch running=0

	for patch in "${diffs[@]}"; do
		build_one "$patch" &
		running=$((running + 1))
		[ $running -lt 2 ] || wait -n
	done
	wait
}

builds()
{
	cat "$dir/$1.log"
	[ "$(<"$dir/$1.status")" -eq 0 ]
}

# The guest has the host's files, and says what it saw.
cat >"$dir/job" <<'END'
set -u
cd "$1"
export base=$2
kgraft=/sys/kernel/kgraft

# until_is STATUS PATCH
until_is()
{
	local status=
	until [ "$status" = "$1" ]; do
		sleep 0.05
		read -r status <"$kgraft/$2/status"
	done
}

shows()
{
	bash -c "$probe" 2>&1 | tee "$name.said" | grep -qE -- "$after"
}

check()
{
	if shows; then echo "$name: $1: shows $after"; return 1; fi
}

one()
{
	bash -c "$before" || return
	check before || return
	insmod "./$name.ko" || return
	until_is applied "$name"
	shows || { echo "$name: applied: does not show $after:"; cat "$name.said"; return 1; }
	if [ -n "$again" ]; then
		bash -c "$again" || return
		shows || { echo "$name: again: does not show $after"; return 1; }
	fi
	echo 1 >"$kgraft/$name/revert"
	until_is reverted "$name"
	check reverted || return
	rmmod "$name"
}

dir=$1
shift 2
mount -t tmpfs tmpfs /tmp
for patch; do
	name=$(basename "$patch" .patch)
	module=$dir/$name.ko
	cd /tmp
	[ -f "$module" ] || continue
	cp "$module" .
	probe=$(sed -n 's/^Probe: //p' "$patch")
	after=$(sed -n 's/^After: //p' "$patch")
	before=$(sed -n 's/^Before: //p' "$patch")
	again=$(sed -n 's/^Again: //p' "$patch")
	one && echo "works: $name"
done

# Not for this build of the module
if [ -f "$dir/of-build/fix.ko" ]; then
	if grep -q ^kgraft_sample /proc/modules; then
		echo 1 >$kgraft/sample/revert
		until_is reverted sample
		rmmod kgraft_sample
	fi
	insmod "$base/samples/kgraft/kgraft_sample.ko"
	until_is applied sample
	for module in "$dir"/of-build/{fix,merged}.ko; do
		insmod "$module" 2>said || echo "refused for the module: $(<said)"
	done
	echo 1 >$kgraft/sample/revert
	until_is reverted sample
	rmmod kgraft_sample
	insmod "$dir/of-build/kgraft_sample.ko"
	until_is applied sample
	insmod "$dir/of-build/merged.ko" && echo "takes the module"
fi

# Not for this build
sed 's/kgr_build=./kgr_build=x/' "$dir/first.ko" >first.ko
insmod ./first.ko 2>said || echo "refused: $(<said)"
END

in_guest()
{
	"$TOP/scripts/vm" --kernel "$base" --mem "$mem" --timeout "$timeout" --log "$dir/log" -- \
		bash "$dir/job" "$dir" "$base" "${diffs[@]}" >"$dir/out"
}

# The log says why.
refuses_another_build()
{
	grep -q '^refused: ' "$dir/out"
	grep -q "'first': is for another build of the kernel" "$dir/log"
}

# author_of ENTRY: makes author.c, which declares an object with a callback
author_of()
{
	cat >"$dir/author.c" <<-END
		static int ready(struct kgr_patch *patch, struct module *mod)
		{
			return 0;
		}

		static const struct kgr_patch_obj objects[] = {
			{ $1, .pre_apply = ready },
			KGR_OBJECTS_END
		};

		#define KGR_MAIN_OBJECTS objects
	END
}

# Makes a tree with another build of a module, which has a srcversion, and a patch of
# that build. The kernel does not keep the build IDs of modules.
of_build()
{
	local tree=$dir/of-build/tree sample=samples/kgraft/kgraft_sample.ko

	mkdir "$dir/of-build"
	cp -al "$base" "$tree"
	objcopy -O binary --only-section .modinfo --set-section-flags .modinfo=alloc \
		"$tree/$sample" "$dir/of-build/modinfo"
	printf 'srcversion=ABCDEF0123456789ABCDEF0\0' >>"$dir/of-build/modinfo"
	cp "$base/$sample" "$dir/of-build/kgraft_sample.ko"
	objcopy --update-section .modinfo="$dir/of-build/modinfo" "$dir/of-build/kgraft_sample.ko"
	ln -f "$dir/of-build/kgraft_sample.ko" "$tree/$sample"
	base=$tree kgr build -o "$dir/of-build/fix.ko" --keep "$dir/of-build/kept" \
		"$TOP/tools/kgraft/build/tests/of-module.patch"
	author_of '.name = "kgraft_sample"'
	base=$tree kgr build -o "$dir/of-build/merged.ko" --main "$dir/author.c" \
		"$TOP/tools/kgraft/build/tests/of-module.patch"
	grep -qx '	{ .name = "kgraft_sample", .srcversion = "ABCDEF0123456789ABCDEF0" },' \
		"$dir/of-build/kept/parts/main.c"
}

# With an author who names the build, one who does not, and one who names another module
of_build_id()
{
	local tree=$dir/of-build-id id author

	cp -al "$base" "$tree"
	sed -i 's/# CONFIG_STACKTRACE_BUILD_ID is not set/CONFIG_STACKTRACE_BUILD_ID=y/' "$tree/.config"
	id=$(readelf -n "$tree/samples/kgraft/kgraft_sample.ko" | sed -n 's/.*Build ID: //p')
	for author in '.name = "kgraft_sample", .srcversion = "X"' '.name = "other"'; do
		author_of "$author"
		rm -rf "$dir/kept"
		base=$tree kgr build -o "$dir/again/of-build-id.ko" --main "$dir/author.c" --keep "$dir/kept" \
			"$TOP/tools/kgraft/build/tests/of-module.patch" >"$dir/said" 2>&1 ||
			{ cat "$dir/said"; return 1; }
		grep -qx "	{ .name = \"kgraft_sample\", .build_id = \"$id\" }," "$dir/kept/parts/main.c"
		if grep 'any build of' "$dir/said"; then return 1; fi
	done
}

takes_only_its_build()
{
	local patch

	[ "$(grep -c '^refused for the module: ' "$dir/out")" -eq 2 ]
	for patch in fix merged; do
		grep -q "'$patch': module kgraft_sample is another build: its srcversion is not known, the patch is for ABCDEF0123456789ABCDEF0" "$dir/log"
	done
	grep -qx 'takes the module' "$dir/out"
}

works()
{
	[ -f "$dir/$1.ko" ] || return 4
	grep -qx "works: $1" "$dir/out" || { cat "$dir/out"; return 1; }
}

twice_the_same()
{
	kgr build -o "$dir/static-local.ko" "$TOP/tools/kgraft/build/tests/static-local.patch"
	kgr build -o "$dir/again/static-local.ko" "$TOP/tools/kgraft/build/tests/static-local.patch"
	cmp "$dir/static-local.ko" "$dir/again/static-local.ko"
}

# Another name of the old file shows what became of it.
old_module()
{
	rm -rf "$dir/old"
	mkdir "$dir/old"
	echo old >"$dir/old/fix.ko"
	ln "$dir/old/fix.ko" "$dir/old/kept"
}

replaces_at_once()
{
	old_module
	kgr build -o "$dir/old/fix.ko" "$TOP/tools/kgraft/build/tests/first.patch"
	[ "$(<"$dir/old/kept")" = old ]
	[ "$(ls "$dir/old")" = $'fix.ko\nkept' ]
	readelf -h "$dir/old/fix.ko" >"$dir/said"
}

says_that_it_is_old()
{
	local status=0

	old_module
	edit kernel/reboot.c 's/^(static )?int C_A_D = 1/int C_A_D = 2/'
	kgr build -o "$dir/old/fix.ko" "$dir/edit.patch" >"$dir/said" 2>&1 || status=$?
	[ "$status" -eq 4 ]
	[ "$(<"$dir/old/fix.ko")" = old ]
	grep -q 'old/fix.ko is still the one from before' "$dir/said" || { cat "$dir/said"; return 1; }
}

# The module may have the name of anything that it is made of.
builds_by_any_name()
{
	local name

	for name in main body-1 parts author kgr-main; do
		kgr build -o "$dir/again/$name.ko" "$TOP/tools/kgraft/build/tests/first.patch" >"$dir/said" 2>&1 ||
			{ cat "$dir/said"; echo "the name is $name"; return 1; }
	done
}

# As the kernel would refuse them
refuses_names()
{
	local name status

	for name in 'a b' $'a\tb' $'caf\xc3\xa9' a/b .a "$(printf 'a%.0s' {1..56})"; do
		status=0
		kgr check -n "$name" "$TOP/tools/kgraft/build/tests/first.patch" >"$dir/said" 2>&1 ||
			status=$?
		grep -qF "$name: cannot be the name of a patch" "$dir/said" || status=0
		[ "$status" -eq 1 ] || { cat "$dir/said"; echo "$name: not refused"; return 1; }
	done
}

explains()
{
	kgr_explain=$("$BUILD/kgr-build/kgr-build" explain "$dir/static-local.ko")
	grep -q 'loadavg_proc_show .*changed' <<<"$kgr_explain"
	grep -q 'reads.* new variable' <<<"$kgr_explain"
}

# In a /dev of its own: objcopy removes its output if it cannot write to it.
explains_to_full()
{
	# shellcheck disable=SC2016 # its own arguments
	unshare -m bash -c '
		set -e
		mount -t tmpfs none /dev
		mknod /dev/null c 1 3
		mknod /dev/full c 1 7
		ln -s /proc/self/fd/1 /dev/stdout
		if "$0" explain "$1" >/dev/full; then
			echo "explain says that it has written"
			exit 1
		fi
		[ -L /dev/stdout ]' "$BUILD/kgr-build/kgr-build" "$dir/static-local.ko"
}

# edit FILE SED-SCRIPT: makes edit.patch of that edit of a file of the source
edit()
{
	local file=$1 src

	src=$(readlink -f "$base/source")
	mkdir -p "$dir/edit/a/${file%/*}" "$dir/edit/b/${file%/*}"
	cp "$src/$file" "$dir/edit/a/$file"
	sed -E "$2" "$src/$file" >"$dir/edit/b/$file"
	(cd "$dir/edit" && diff -u "a/$file" "b/$file") >"$dir/edit.patch" || :
	rm -rf "$dir/edit"
	[ -s "$dir/edit.patch" ] || { echo "the edit changes nothing"; return 1; }
}

# ends STATUS WORDS FILE SED-SCRIPT [OPTION...]: with that edit, kgr check does
ends()
{
	local status=0 want=$1 words=$2

	edit "$3" "$4"
	kgr check "${@:5}" "$dir/edit.patch" >"$dir/said" 2>&1 || status=$?
	[ "$status" -eq "$want" ] && grep -qE -- "$words" "$dir/said" && return
	cat "$dir/said"
	echo "exit status $status, not $want, or nothing of \"$words\""
	return 1
}

# A diff of two files, of which one is not part of this kernel
ends_beside()
{
	edit fs/xfs/xfs_buf.c 's/return 0/return 1/'
	cat "$TOP/tools/kgraft/build/tests/first.patch" >>"$dir/edit.patch"
	kgr check "$dir/edit.patch" >"$dir/said" 2>&1 || { cat "$dir/said"; return 1; }
	grep -q 'note: fs/xfs/xfs_buf.c is part of no object' "$dir/said"
}

# Lines were added above, say, or it is for another place that looks the same.
applies_elsewhere()
{
	sed 's/^@@ -9,10 +9,7 @@/@@ -6,10 +6,7 @@/' "$TOP/tools/kgraft/build/tests/first.patch" >"$dir/edit.patch"
	kgr check "$dir/edit.patch" >"$dir/said" 2>&1 || { cat "$dir/said"; return 1; }
	grep -q '^kgr: note: fs/proc/version.c: Hunk #1 succeeded at 9 (offset 3 lines)' "$dir/said"
}

does_not_apply()
{
	local status=0

	sed 's/^ .*seq_printf.*/ no such line/' "$TOP/tools/kgraft/build/tests/cold.patch" >"$dir/edit.patch"
	kgr check "$dir/edit.patch" || status=$?
	[ "$status" -eq 2 ]
}

# Diffs of which a line is lost, doubled, cut off, changed in a letter, or in
# another place, are understood or refused. An exit status above 5 is a fault of
# kgr's own, or what a sanitizer found.
broken_diffs()
{
	local seed=${KGR_SEED:-20261129} i=0 lines line patch status

	"$TOP/scripts/kgr-build" --sanitize
	while [ "$i" -lt "${KGR_BROKEN_DIFFS:-12}" ]; do
		seed=$(((seed * 1103515245 + 12345) % 2147483648))
		patch=${diffs[$((seed / 65536 % ${#diffs[@]}))]}
		lines=$(wc -l <"$patch")
		line=$((seed / 1024 % lines + 1))
		case $((i % 5)) in
		0) sed "${line}d" "$patch" ;;
		1) sed "${line}p" "$patch" ;;
		2) head -n "$line" "$patch" | head -c -$((seed / 4096 % 16)) ;;
		3) sed -E "${line}s/^(..)./\1$(printf '\\x%02x' $((33 + seed / 4096 % 94)))/" "$patch" ;;
		4) sed -n -e "${line}{h;d}" -e p -e '${x;/./p}' "$patch" ;;
		esac >"$dir/broken.patch"
		status=0
		timeout 120 "$TOP/scripts/kgr-build" --sanitize check -k "$base" "$dir/broken.patch" \
			>"$dir/said" 2>&1 || status=$?
		[ "$status" -le 5 ] || {
			cat "$dir/said" "$dir/broken.patch"
			echo "number $i of $(name_of "$patch"): exit status $status"
			return 1
		}
		i=$((i + 1))
	done
}

# The name of some module of the kernel, as nobody writes it
driver()
{
	local name

	read -r name <"$base/modules.builtin"
	basename "$name" .ko | tr _ -
}

# A header that twenty files include, so that it takes its time.
nothing_stays()
{
	local pid left src

	src=$(readlink "$base/source")
	edit include/linux/splice.h '/define SPLICE_F_MOVE/s,$, /* */,'
	mkdir "$dir/tmp"
	TMPDIR=$dir/tmp "$BUILD/kgr-build/kgr-build" check -k "$base" "$dir/edit.patch" &
	pid=$!
	until compgen -G "$dir/tmp/kgr.*/patched/*" >"$dir/said"; do
		kill -0 "$pid"
		sleep 0.1
	done
	kill -TERM "$pid"
	wait "$pid" || :
	left=$(ls "$dir/tmp")
	[ -z "$left" ] || { echo "left: $left"; return 1; }
	# A kernel that is built meanwhile grafts, which writes its list again.
	left=$(find "$src/" "$base/kernel" -path '*/.kgraft-grafted' -prune -o \
		-newer "$dir/job" -type f -print | head -n 3)
	[ -z "$left" ] || { echo "written: $left"; return 1; }
}

# What is in the source, without what a kernel that is built meanwhile writes.
source_files()
{
	find "$(readlink "$base/source")/" -path '*/.kgraft-grafted' -prune -o \
		-type f -printf '%p %s %T@\n' | sort
}

source_is_the_same()
{
	source_files | diff "$dir/source" -
}

source_files >"$dir/source"
mkdir "$dir/again"
version=fs/proc/version.c
[ -z "$whole" ] || ktap_plan $((2 * ${#diffs[@]} + 43))
build_all
for patch in "${diffs[@]}"; do
	ktap_case "builds: $(name_of "$patch")" builds "$(name_of "$patch")"
done
[ -z "$whole" ] || ktap_case "a patch names the srcversion of its module" of_build
ktap_case "the guest does not complain" in_guest
for patch in "${diffs[@]}"; do
	ktap_case "works: $(name_of "$patch")" works "$(name_of "$patch")"
done
ktap_case "the source is the same" source_is_the_same
[ -n "$whole" ] || ktap_exit
ktap_case "a module for another build is refused" refuses_another_build
ktap_case "a patch of another build of a module is refused" takes_only_its_build
ktap_case "a patch names the build ID of its module" of_build_id
ktap_case "a kernel that knows no build of a module" ends 0 'note: any build of module kgraft_sample' samples/kgraft/kgraft_sample.c 's/this has been/this was/'
ktap_case "two runs give the same bytes" twice_the_same
ktap_case "a module takes the place of the old one at once" replaces_at_once
ktap_case "a refusal leaves the old one, and says so" says_that_it_is_old
ktap_case "a module with the name of its parts" builds_by_any_name
ktap_case "names that no patch can have" refuses_names
ktap_case "explain says what it is" explains
ktap_case "explain leaves what it cannot write to" explains_to_full
ktap_case "a patch that does not apply" does_not_apply
ktap_case "one that applies in another place" applies_elsewhere
ktap_case "one that does not compile" ends 2 'version.c:12:.*error' $version 's/seq_printf\(m,/seq_printf(nothing,/'
ktap_case "init code only" ends 3 'gone after boot' $version 's/"version", 0/"version", 0444/'
ktap_case "a comment only" ends 3 'the machine code stays the same' $version 's/^#include <linux.utsname.h>/& \/\/ what/'
ktap_case "a file that is not built" ends 3 'part of this kernel' fs/xfs/xfs_buf.c 's/return 0/return 1/'
ktap_case "data changed" ends 4 '^D: data `C_A_D`' kernel/reboot.c 's/^(static )?int C_A_D = 1/int C_A_D = 2/'
ktap_case "a configuration" ends 4 '^K: ' init/Kconfig 's/^config SYSVIPC/config SYSVIPCS/'
ktap_case "a table that sources are made of" ends 4 '^N: .*syscall_64.tbl' arch/x86/entry/syscalls/syscall_64.tbl 's/sys_read$/sys_write/'
ktap_case "one of which they are made by way of .." ends 4 '^N: .*cpufeatures.h' arch/x86/include/asm/cpufeatures.h 's/^(#define X86_FEATURE_FPU.*)\( 0/\1( 1/'
ktap_case "a header that is reached by .." ends 0 '^kgr: kernel/futex/core.c kernel/futex/pi.c' kernel/locking/rtmutex_common.h 's/^(	if \(leftmost)\)/\1 \&\& lock->waiters.rb_root.rb_node)/'
ktap_case "init code of a module only" ends 3 'only init code' samples/kgraft/kgraft_drain.c 's/^	return kgr_patch_kernel/	cond_resched();\n&/'
ktap_case "exit code of a module" ends 4 '^F: .cleanup_module. changed' samples/kgraft/kgraft_drain.c 's/^	kgr_patch_remove/	cond_resched();\n&/;s/was read/is read/'
ktap_case "a static call in a module" ends 0 'kgr_cmdline_proc_show' samples/kgraft/kgraft_sample.c 's/^	seq_puts/	cond_resched();\n&/'
ktap_case "a file beside it that is not built" ends_beside
ktap_case "a namespace of a module" imports_namespace
ktap_case "objects that are newer than vmlinux" objects_are_newer
ktap_case "a tree with a + in its path" tree_with_plus
ktap_case "a tree in the source" tree_in_source
ktap_case "a tree whose source is elsewhere" tree_of_another_source
ktap_case "assembly" ends 4 '^A: ' arch/x86/lib/memcpy_64.S 's/^.movq %rdi, %rax/& ; nop/'
ktap_case "a function that ftrace does not reach" ends 4 '^F: function `get_options`' lib/cmdline.c 's/while \(i < nints/while (1 + i < nints/'
ktap_case "a weak function that another file defines" ends 4 '^F: .arch_smt_update. of kernel/cpu.c is weak' kernel/cpu.c 's/__weak arch_smt_update\(void\) \{ \}/__weak arch_smt_update(void) { cpu_relax(); }/'
ktap_case "diffs that are broken" broken_diffs
ktap_case "wrong use" ends 1 'not a number' $version 's/0;/1;/' -j none
ktap_case "nowhere to put the module" ends 1 'nowhere is not a directory' $version 's/0;/1;/' -o "$dir/nowhere/x.ko"
ktap_case "a name that a driver has" ends 1 'is the name of a module' $version 's/0;/1;/' -o "$dir/$(driver).ko"
ktap_case "nothing stays of what is interrupted" nothing_stays
ktap_case "and still the same" source_is_the_same
ktap_exit
