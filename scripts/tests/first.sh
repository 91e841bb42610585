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

tests=(a_patch_of_modules_that_are_not_loaded a_patch_of_the_kernel)
ktap_plan ${#tests[@]}
for test in "${tests[@]}"; do
	ktap_case "${test//_/ }" "$test"
done
ktap_exit
