# SPDX-License-Identifier: GPL-2.0
# KTAP from bash functions. Sourced, never run.
#
# shellcheck shell=bash

ktap_number=0
ktap_planned=0
ktap_failed=0

# Sets ktap_cpu to the seconds of a CPU that commands have used for which this shell has
# waited. It does not print them: the shell of a command substitution has waited for none.
ktap_cpu=0
ktap_count_cpu()
{
	local stat

	read -ra stat <"/proc/$BASHPID/stat"
	ktap_cpu=$(((stat[15] + stat[16]) / 100))
}

# ktap_plan N
ktap_plan()
{
	ktap_planned=$1
	printf 'KTAP version 1\n1..%d\n' "$1"
}

# ktap_case NAME COMMAND [ARG...]: a test, passed if COMMAND returns 0, skipped
# if 4. What it prints is shown only if it doesn't pass. COMMAND may be a
# function; the first command in it that fails ends it.
ktap_case()
{
	local name=$1 output status=0 begin=$SECONDS cpu
	shift
	ktap_number=$((ktap_number + 1))
	ktap_count_cpu
	cpu=$ktap_cpu
	# No "if" and no "||" around it: they would switch set -e off inside.
	set +e
	output=$(set -e; "$@" 2>&1 </dev/null)
	status=$?
	set -e
	[ $status -eq 0 ] || [ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/# /'
	ktap_count_cpu
	cpu=$((ktap_cpu - cpu))
	# For whoever looks for a minute to save.
	[ $cpu -lt 10 ] || printf '# took %d s, %d s of a CPU\n' $((SECONDS - begin)) $cpu
	case $status in
	0) printf 'ok %d %s\n' $ktap_number "$name" ;;
	4) printf 'ok %d %s # SKIP\n' $ktap_number "$name" ;;
	*)
		printf 'not ok %d %s\n' $ktap_number "$name"
		ktap_failed=$((ktap_failed + 1))
		;;
	esac
}

# fails COMMAND...: for set -e, which takes no notice of "! COMMAND"
fails()
{
	if "$@"; then
		echo "did not fail: $*"
		return 1
	fi
}

# ktap_exit: the script's last command. A script that counts its cases wrongly has
# failed, for whoever runs it alone as well.
ktap_exit()
{
	if [ "$ktap_planned" -ne 0 ] && [ "$ktap_number" -ne "$ktap_planned" ]; then
		printf '# %d cases ran, not %d as planned\n' "$ktap_number" "$ktap_planned"
		exit 1
	fi
	[ $ktap_failed -eq 0 ] && exit 0
	exit 1
}
