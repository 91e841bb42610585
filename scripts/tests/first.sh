#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What only the first change since boot shows, each in a guest of its own.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d "$BUILD/first-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# first PROGRAM TEST: the first thing that the guest does
first()
{
	local status=0

	[ -x "$BUILD/base/selftests/kgraft/$1" ] || return 4
	cd "$BUILD/base/selftests/kgraft"
	"$TOP/scripts/vm" --log "$dir/log" --timeout 120 -- bash -euc '
		[ "$(cat /sys/kernel/kgraft/universe)" -eq 0 ]
		"./$0" -t "$1"
	' "$1" "$2" || status=$?
	return "$status"
}

a_patch_of_modules_that_are_not_loaded()
{
	first modules absent_alone
}

a_patch_of_the_kernel()
{
	first basic apply_revert_unload
}

# What takes long and is the same for all changes is done at boot. The change
# wakes sleepers, for which it needs to know where they may sleep.
no_change_looks_through_all_symbols_of_the_kernel()
{
	local modules=$BUILD/base/selftests/kgraft/test_modules status=0

	[ -f "$modules/kgr_test_patch1.ko" ] || return 4
	"$TOP/scripts/vm" --log "$dir/log" --timeout 120 -- bash -euc '
		cd /sys/kernel/kgraft
		[ "$(cat universe)" -eq 0 ]
		sleep 3600 &
		tracing=/sys/kernel/tracing
		grep -qw kallsyms_on_each_symbol \
			$tracing/available_filter_functions || exit 4
		echo kallsyms_on_each_symbol >$tracing/set_ftrace_filter
		echo function >$tracing/current_tracer
		insmod "$0/kgr_test_patch1.ko"
		until grep -qx applied kgr_test_patch1/status; do sleep 0.1; done
		! grep -q kallsyms_on_each_symbol $tracing/trace
	' "$modules" || status=$?
	return "$status"
}

tests=(a_patch_of_modules_that_are_not_loaded a_patch_of_the_kernel
	no_change_looks_through_all_symbols_of_the_kernel)
ktap_plan ${#tests[@]}
for test in "${tests[@]}"; do
	ktap_case "${test//_/ }" "$test"
done
ktap_exit
