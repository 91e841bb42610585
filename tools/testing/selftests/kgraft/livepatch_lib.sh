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

# run_script SCRIPT CASES: prints "ok NAME" or "not ok NAME" for each of its tests. It
# may end before the last one, because it has failed, or because something that it
# needs is not here: "skip" for each that is left.
run_script()
{
	local script=$1 cases=$2 log=$work/log status=0

	(cd "$work" && KDIR=/ bash "./$script") >"$log" 2>&1 || status=$?
	sed -n 's/^TEST: \(.*\) \.\.\. ok$/ok \1/p' "$log"
	case $status in
	0) ;;
	"$KSFT_SKIP")
		sed 's/^/# /' "$log"
		for ((cases -= $(grep -c '^TEST: .* \.\.\. ok$' "$log"); cases > 0; cases--)); do
			echo "skip $(sed -n 's/^SKIP: //p' "$log" | tail -n 1)"
		done
		;;
	*)
		sed -n 's/^TEST: \(.*\) \.\.\..*/\1/p' "$log" | tail -n 1 | sed 's/^/not ok /'
		sed 's/^/# /' "$log"
		;;
	esac
}

# For run_cases: the scripts.
# shellcheck disable=SC2034
all_scripts=(test-callbacks test-ftrace test-livepatch test-shadow-vars test-state
	test-syscall test-sysfs)

# Those on a kernel that checks itself, which takes several times as long.
# shellcheck disable=SC2034
checked_scripts=(test-livepatch test-state)

kernel_checks_itself()
{
	[ -e /proc/lockdep_stats ] || [ -e /sys/kernel/debug/kcsan ]
}

# cases_of SCRIPT: how many tests it has; newer kernels have more
cases_of()
{
	grep -c '^[[:space:]]*start_test ' "$work/$1.sh"
}

# run_cases ENGINE SCRIPT...: runs these scripts, ENGINE as in the switch. If
# the function check_log is defined, it replaces their check_result.
run_cases()
{
	local engine=$1 nr=0 cases script line was
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
	read -r was <"$switch"
	# shellcheck disable=SC2064 # what it is now
	trap "rm -rf '$work'; echo '$was' >'$switch'" EXIT
	cp -r "$cases/." "$work/"
	if [ -n "$(declare -F check_log)" ]; then
		{
			declare -f check_log
			echo 'check_result() { check_log "$@"; }'
		} >>"$work/functions.sh"
	fi
	echo "$engine" >"$switch"

	for script; do
		nr=$((nr + $(cases_of "$script")))
	done
	ktap_set_plan "$nr"
	for script; do
		while read -r line; do
			case $line in
			"ok "*) ktap_test_pass "$script: ${line#ok }" ;;
			"not ok "*) ktap_test_fail "$script: ${line#not ok }" ;;
			"skip "*) ktap_test_skip "$script: ${line#skip }" ;;
			*) echo "$line" ;;
			esac
		done < <(run_script "$script.sh" "$(cases_of "$script")")
	done
	ktap_finished
}
