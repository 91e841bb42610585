# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Runs the kernel's own selftests of livepatch, unmodified but for the comparison
# of the log. For livepatch_cases.sh and livepatch_engine.sh.

# shellcheck source=/dev/null
. "$(dirname "$0")/../kselftest/ktap_helpers.sh"

switch=/sys/kernel/kgraft/livepatch

# Beside ours: built for us alone, or with all selftests.
find_cases()
{
	local dir

	for dir in "$(dirname "$0")"/../engine/livepatch "$(dirname "$0")"/../livepatch; do
		[ ! -e "$dir/test_modules/test_klp_livepatch.ko" ] || realpath "$dir"
	done | head -n 1
}

# one_case SCRIPT: prints "ok NAME" or "not ok NAME" for each of its tests
run_script()
{
	local script=$1 log=$work/log status=0

	(cd "$work" && KDIR=/ bash "./$script") >"$log" 2>&1 || status=$?
	sed -n 's/^TEST: \(.*\) \.\.\. ok$/ok \1/p' "$log"
	[ $status -eq 0 ] || {
		sed -n 's/^TEST: \(.*\) \.\.\..*/\1/p' "$log" | tail -n 1 | sed 's/^/not ok /'
		sed 's/^/# /' "$log"
	}
}

# For run_cases: the scripts, and how many cases each has.
# shellcheck disable=SC2034
all_scripts=(test-callbacks=11 test-ftrace=1 test-livepatch=3 test-shadow-vars=1
	test-state=4 test-syscall=1 test-sysfs=4)

# Those on a kernel that checks itself, which takes several times as long.
# shellcheck disable=SC2034
checked_scripts=(test-livepatch=3 test-state=4)

kernel_checks_itself()
{
	[ -e /proc/lockdep_stats ] || [ -e /sys/kernel/debug/kcsan ]
}

# run_cases ENGINE SCRIPT=CASES...: runs these scripts, ENGINE as in the switch. If
# the function check_log is defined, it replaces their check_result.
run_cases()
{
	local engine=$1 nr=0 cases script line
	shift

	ktap_print_header
	[ -e "$switch" ] || {
		ktap_skip_all "needs CONFIG_KGRAFT_LIVEPATCH"
		exit "$KSFT_SKIP"
	}
	cases=$(find_cases)
	[ -n "$cases" ] || {
		ktap_skip_all "the selftests of livepatch are not here"
		exit "$KSFT_SKIP"
	}
	[ -d /sys/kernel/debug/dynamic_debug ] ||
		mount -t debugfs none /sys/kernel/debug 2>/dev/null || :
	work=$(mktemp -d)
	trap 'rm -rf "$work"; echo 1 >"$switch"' EXIT
	cp -r "$cases/." "$work/"
	if [ -n "$(declare -F check_log)" ]; then
		{
			declare -f check_log
			echo 'check_result() { check_log "$@"; }'
		} >>"$work/functions.sh"
	fi
	echo "$engine" >"$switch"

	for script; do
		nr=$((nr + ${script#*=}))
	done
	ktap_set_plan "$nr"
	for script; do
		script=${script%=*}.sh
		while read -r line; do
			case $line in
			"ok "*) ktap_test_pass "${script%.sh}: ${line#ok }" ;;
			"not ok "*) ktap_test_fail "${script%.sh}: ${line#not ok }" ;;
			*) echo "$line" ;;
			esac
		done < <(run_script "$script")
	done
	ktap_finished
}
