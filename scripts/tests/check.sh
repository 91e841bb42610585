#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of what `make check` brings along: each fault that it is there to find is
# made in a copy of the overlay, and must be found.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
copy=$dir/overlay
src=$("$TOP/scripts/source")

core=kernel/kgraft/patch.c
api=include/linux/kgraft.h
sysfs=kernel/kgraft/sysfs.c
abi=Documentation/ABI/testing/sysfs-kernel-kgraft
tests=tools/testing/selftests/kgraft
proc=$(cd "$TOP" && grep -l kgr_in_progress patches/"$KERNEL_SERIES"/*.patch)

fresh()
{
	rm -rf "$copy"
	mkdir "$copy"
	(cd "$TOP" && cp -a --parents README.md include kernel arch patches Documentation models \
		tools/testing/selftests/kgraft "$copy/")
	cd "$copy"
}

# in_copy CHECK
in_copy()
{
	case $1 in
	kernel-doc) "$TOP/scripts/check.d/kernel-doc" "$src" "$copy" ;;
	abi) "$TOP/scripts/check.d/abi" "$copy" ;;
	lists) "$TOP/scripts/check.d/lists" "$copy" ;;
	esac
}

# finds CHECK WORDS FILE SED-SCRIPT: after that edit of that file
finds()
{
	local said

	fresh
	sed -i -E "$4" "$3"
	if cmp -s "$3" "$TOP/$3"; then
		echo "the edit changes nothing"
		return 1
	fi
	if said=$(in_copy "$1"); then
		echo "not found"
		return 1
	fi
	grep -qF -- "$2" <<<"$said" || { echo "$said"; return 1; }
}

accepts()
{
	fresh
	in_copy "$1"
}

ktap_plan 31

ktap_case "kernel-doc: accepts what is there" accepts kernel-doc
ktap_case "kernel-doc: exported function without" \
	finds kernel-doc "kgr_patch_kernel has no kernel-doc" $core '/^ \* kgr_patch_kernel - /d'
ktap_case "kernel-doc: only an ordinary comment" \
	finds kernel-doc "kgr_patch_remove has no kernel-doc" $core '/^\/\*\*$/{N;s/^\/\*\*(\n \* kgr_patch_remove)/\/*\1/}'
ktap_case "kernel-doc: declared function" \
	finds kernel-doc "kgr_new has no kernel-doc" $api '$i int kgr_new(void);'
ktap_case "kernel-doc: declared function with an attribute" \
	finds kernel-doc "kgr_new has no kernel-doc" $api '$i __printf(1, 2) void *kgr_new(const char *f, ...);'
ktap_case "kernel-doc: inline function" \
	finds kernel-doc "kgr_new has no kernel-doc" $api '$i static inline void kgr_new(void) { if (1) { } }'
ktap_case "kernel-doc: function behind the use of a macro" \
	finds kernel-doc "kgr_new has no kernel-doc" $api '$i FOO(A, b)\nint kgr_new(void);'
ktap_case "kernel-doc: macro" \
	finds kernel-doc "KGR_NEW has no kernel-doc" $api '$i #define KGR_NEW(x) (x)'
ktap_case "kernel-doc: struct" \
	finds kernel-doc "kgr_new has no kernel-doc" $api '$i struct kgr_new { int a; struct { int b; } c; };'
ktap_case "kernel-doc: enum" \
	finds kernel-doc "kgr_new has no kernel-doc" $api '$i enum kgr_new { KGR_A };'
ktap_case "kernel-doc: typedef" \
	finds kernel-doc "kgr_new_t has no kernel-doc" $api '$i typedef void (*kgr_new_t)(int a);'
ktap_case "kernel-doc: a new export" \
	finds kernel-doc "kgr_settle_all has no kernel-doc" $core '$a EXPORT_SYMBOL_GPL(kgr_settle_all);'

ktap_case "abi: accepts what is there" accepts abi
ktap_case "abi: attribute that is not documented" \
	finds abi "/sys/kernel/kgraft/horizon is not in" $abi '/^What:.*horizon$/,/^$/d'
ktap_case "abi: documented attribute that is not there" \
	finds abi "has /sys/kernel/kgraft/remaining, which" $sysfs '/&remaining_attr\.attr,/d'
ktap_case "abi: in the wrong directory" \
	finds abi "/sys/kernel/kgraft/status is not in" $sysfs 's/&remaining_attr\.attr,/&\n\t\&status_attr.attr,/'
ktap_case "abi: binary attribute" \
	finds abi "/sys/kernel/kgraft/<patch>/state is not in" $abi '/^What:.*state$/,/^$/d'
ktap_case "abi: attribute whose name can't be told" \
	finds abi "can't tell what file horizon_attr is" $sysfs 's/= __ATTR_RO\(horizon\)/= HORIZON/'
ktap_case "abi: link" \
	finds abi "/sys/kernel/kgraft/<patch>/owner is not in" $abi '/^What:.*owner$/,/^$/d'
ktap_case "abi: writable, documented as read-only" \
	finds abi "/sys/kernel/kgraft/horizon is neither" $sysfs 's/__ATTR_RO\(horizon\)/__ATTR_RW(horizon)/'
ktap_case "abi: file in debugfs" \
	finds abi "/sys/kernel/debug/kgraft/kgr_new is not in Documentation/kgraft.txt" $sysfs \
	'$a int x = debugfs_create_file("kgr_new", 0400, dir, NULL, NULL);'
ktap_case "abi: file in /proc" \
	finds abi "/proc/<pid>/task/<tid>/kgr_new is not in" "$proc" 's/^\+.*kgr_proc_tid_show.*/&\n+ ONE("kgr_new", S_IRUSR, f),/'

ktap_case "lists: accepts what is there" accepts lists
ktap_case "lists: program that git does not ignore" \
	finds lists "basic: not in $tests/.gitignore" $tests/.gitignore '/^basic$/d'
ktap_case "lists: new program" \
	finds lists "kgr_new: not in $tests/.gitignore" $tests/Makefile 's/^\tfail_nth \\$/&\n\tkgr_new \\/'
ktap_case "lists: program that is no more" \
	finds lists "basic: in $tests/.gitignore, but not generated" $tests/Makefile '/^\tbasic \\$/d'
ktap_case "lists: test without a row" \
	finds lists "many: has no row in $tests/README.md" $tests/README.md '/^\| `many` /d'
ktap_case "lists: function that only the models know" \
	finds lists "kgr_new: named in models/" models/complete.pml 's/kgr_request_irq/kgr_new/'
ktap_case "lists: function that only a comment knows" \
	finds lists "kgr_request_irq: named in models/" kernel/kgraft/request.c 's,.*kgr_request_irq\(.*,/* kgr_request_irq() */,; s/kgr_request_irq\)/kgr_new)/'
ktap_case "lists: another figure in a table of the bench" \
	finds lists "bench.md: has other figures" Documentation/kgraft/bench.md '/idle machine/s/[0-9]\.[0-9] /9.9 /'
ktap_case "lists: another figure in README.md" \
	finds lists "README.md: has other figures" README.md '/^\| insmod .*idle machine/s/[0-9]\.[0-9] /9.9 /'
ktap_exit
