#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tasks die by an oops in the middle of their exit, when kGraft has them on its
# list of exiting tasks. The kernel goes on, and so does kGraft: thousands of
# tasks come and go after that, and changes complete. In a guest of its own, with
# the base kernel, because an oops is a complaint; here, those are all there is.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/guest.sh"
. "$TOP/scripts/ktap.sh"

oopses=4
guest_begin oops kgr_test_around

# exit_task_stack_account() is called after exit_notify() for every task that exits. No
# program is run for what is done often: that takes its time in a guest.
cat >"$dir/job" <<'END'
set -eu
cd "$1"
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

exits()
{
	local i
	for i in {1..1500}; do
		(:)
	done
}

insmod kgr_test_around.ko targets=exit_task_stack_account oops=kgr_oops
until_is applied kgr_test_around
for i in $(seq "$2"); do
	bash -c 'printf kgr_oops >/proc/$$/comm' || :
done
exits &
exits &
for i in 1 2 3; do
	insmod kgr_test_patch1.ko
	until_is applied kgr_test_patch1
	echo 1 >"$kgraft/kgr_test_patch1/revert"
	until_is reverted kgr_test_patch1
	rmmod kgr_test_patch1
done
wait
echo 1 >"$kgraft/kgr_test_around/revert"
until_is reverted kgr_test_around
rmmod kgr_test_around
echo changes complete
END

died_exiting()
{
	local nr

	nr=$(grep -c 'Comm: kgr_oops' "$dir/log" || :)
	[ "$nr" -ge "$oopses" ] || { echo "$nr reports"; return 1; }
	nr=$(grep -c 'Fixing recursive fault' "$dir/log" || :)
	[ "$nr" -eq "$oopses" ] || { echo "$nr tasks, not $oopses, have died in their exit"; return 1; }
}

# What is left of the log without those reports, and what init says of them.
nothing_else()
{
	sed -e '/BUG: kernel NULL pointer dereference, address: 0000000000000000/,/Fixing recursive fault/d' \
		-e '/init: taint left by a splat/d' "$dir/log" >"$dir/rest"
	"$TOP/scripts/splat" "$dir/rest"
}

ktap_plan 3
ktap_case "changes complete after an oops in an exit" \
	guest_complains "changes complete" "$oopses"
ktap_case "the tasks died in their exit" died_exiting
ktap_case "the kernel complains of nothing else" nothing_else
ktap_exit
