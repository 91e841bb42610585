#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The scenarios of the kernel's own selftests of livepatch, with the same
# modules, carried out by kGraft. The scripts are as they are; of the log, what
# livepatch says about its transitions is left out, because kGraft has words of
# its own. What the modules say of their callbacks, in which order, what is
# refused with which error, and what the files say, must be the same.

. "$(dirname "$0")/livepatch_lib.sh"

# In place of check_result() in functions.sh, whose variables these are.
# shellcheck disable=SC2154
check_log()
{
	local own='^livepatch: kernel.ftrace_enabled|^livepatch: sysctl' expect result

	expect=$(grep -E "$own|^[^l]|^l[^i]" <<<"$*")
	result=$(dmesg | awk -v last="$LAST_DMESG" 'p; $0 == last { p = 1 }' |
		sed 's/^\[[ 0-9.]*\] //' |
		grep -e "livepatch:" -e test_klp | grep -v -e "^kgraft:" -e taint |
		grep -E "$own|^[^l]|^l[^i]")
	if [ "$expect" = "$result" ]; then
		echo ok
	else
		printf 'not ok\n%s\n' "$(diff -u <(echo "$expect") <(echo "$result"))"
		die "livepatch kselftest(s) failed"
	fi
}

if kernel_checks_itself; then
	run_cases 1 "${checked_scripts[@]}"
else
	run_cases 1 "${all_scripts[@]}"
fi
