#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A test that is ended in the middle, by a signal as that of a timeout or because it
# crashes, leaves the kernel as it was: the next one starts on an unpatched kernel.

# shellcheck source=/dev/null
. "$(dirname "$0")/../kselftest/ktap_helpers.sh"

cd "$(dirname "$0")" || exit

ktap_print_header

if [ ! -d /sys/kernel/kgraft ]; then
	ktap_skip_all "the kernel has no kGraft"
	exit "$KSFT_SKIP"
fi

patches()
{
	find /sys/kernel/kgraft -mindepth 1 -maxdepth 1 -type d
}

# What a test may leave, besides what stays for ever.
left()
{
	patches | grep -v kgr_test_pinned
	find /sys/module -maxdepth 1 -name 'kgr_test_*' ! -name 'kgr_test_pinned*'
	pgrep -l kgrtorture
	grep . /sys/kernel/tracing/dynamic_events
	grep kgr_ /sys/kernel/tracing/enabled_functions
	grep -v nop /sys/kernel/tracing/current_tracer
	grep -L 1 /sys/devices/system/cpu/cpu*/online
	grep -v 0 /sys/kernel/kgraft/in_progress
}

# interrupt NAME WHOM SIGNAL: while it has patches applied
interrupt()
{
	local test whom what i sent='' status

	./kgrtorture --seconds 200 >/dev/null 2>&1 &
	test=$!
	for ((i = 0; i < 600; i++)); do
		[ -z "$(patches)" ] || break
		sleep 0.1
	done
	what=$(patches)
	whom=$test
	[ "$2" = itself ] || whom=$(pgrep -P "$test" | head -n 1)
	if [ -n "$whom" ] && kill -"$3" "$whom"; then
		sent=y
	else
		kill "$test"
	fi
	wait "$test" 2>/dev/null
	status=$?
	if [ -z "$what" ]; then
		echo "# there was nothing to interrupt"
		ktap_test_fail "$1"
	elif [ -z "$sent" ]; then
		echo "# there was nobody to interrupt"
		ktap_test_fail "$1"
	elif [ $status -eq 0 ]; then
		echo "# it has passed all the same"
		ktap_test_fail "$1"
	elif [ -n "$(left)" ]; then
		left | sed 's/^/# left: /'
		ktap_test_fail "$1"
	else
		ktap_test_pass "$1"
	fi
}

ktap_set_plan 2
interrupt "ended by its timeout" itself TERM
interrupt "crashed" child SEGV
ktap_finished
