#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Passes on what the KUnit suites of kGraft found when the kernel booted.

# shellcheck source=/dev/null
. "$(dirname "$0")/../kselftest/ktap_helpers.sh"

ktap_print_header

kunit=/sys/kernel/debug/kunit
[ -d /sys/kernel/debug/kgraft_test ] ||
	mount -t debugfs none /sys/kernel/debug 2>/dev/null || :

shopt -s nullglob
results=("$kunit"/kgraft*/results)
if [ ${#results[@]} -eq 0 ]; then
	ktap_skip_all "needs CONFIG_KGRAFT_KUNIT_TEST and CONFIG_KUNIT_DEBUGFS"
	exit "$KSFT_SKIP"
fi

# A suite's tests are indented by four blanks, its verdict is not indented.
mapfile -t lines < <(grep -h -E '^ {4}(not )?ok ' "${results[@]}")
if [ ${#lines[@]} -eq 0 ]; then
	ktap_exit_fail_msg "no results in ${results[*]}"
fi

ktap_set_plan ${#lines[@]}
for line in "${lines[@]}"; do
	read -r verdict rest <<<"${line/not ok/not_ok}"
	name=${rest#* }
	case $verdict/$name in
	not_ok/*) ktap_test_fail "$name" ;;
	*"# SKIP"*) ktap_test_skip "${name%% # SKIP*}" ;;
	*) ktap_test_pass "$name" ;;
	esac
done
ktap_finished
