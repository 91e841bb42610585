#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of scripts/vm, with the base kernel and its selftests: what COMMAND does
# arrives unchanged, and each way in which a guest can fail is called what it is.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d "$BUILD/vm-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir"

# vm STATUS WORDS [OPTION...] -- COMMAND...: the VM ends with this status and
# these words on stderr.
vm()
{
	local want=$1 words=$2 status=0
	shift 2
	"$TOP/scripts/vm" --log "$dir/log" --timeout 60 "$@" >out 2>err || status=$?
	cat err
	[ "$status" -eq "$want" ] || { echo "exit status $status, not $want"; return 1; }
	[ -z "$words" ] || grep -qF -- "$words" err
}

command_arrives_as_it_is()
{
	cat >job <<-'END'
		printf 'plain\nCR: \r\nraw: \001\377\n'
		echo error >&2
		echo "$1|$2"
		pwd
		echo "$FROM_THE_HOST"
		[ ! -t 0 ]; echo "no terminal: $?"
		read -r; echo "nothing to read: $?"
		seq 100000 | sha256sum
	END
	FROM_THE_HOST='a "b" $c' bash job 'two  words' "it's" >want 2>&1
	FROM_THE_HOST='a "b" $c' vm 0 '' -- bash job 'two  words' "it's"
	cmp want out
}

guest_is_a_whole_system()
{
	vm 7 '' --smp 3 -- bash -euc '
		[ "$(nproc)" -eq 3 ]
		[ "$(id -u)" -eq 0 ]
		[ $$ -ne 1 ]
		echo x >/dev/stdout
		echo x >/etc/new
		rm /etc/passwd
		echo x >"$0/new"
		unshare --user --net true
		ls /sys/kernel/debug/kunit /sys/kernel/tracing/trace /dev/shm /dev/mqueue /dev/ptmx
		grep -q cpu /sys/fs/cgroup/cgroup.controllers
		(sleep 0.1 & )
		sleep 0.3
		[ -z "$(ps -eo stat= | grep Z)" ]
		exit 7
	' "$dir"
	[ -e /etc/passwd ]
	[ ! -e /etc/new ]
	[ ! -e new ]
}

what_the_command_leaves_running_does_not_delay_the_end()
{
	SECONDS=0
	vm 0 '' -- bash -c 'sleep 1000 & trap "" TERM; sleep 1000 & echo started'
	[ "$SECONDS" -lt 45 ]
	[ "$(cat out)" = started ]
}

icount_has_one_cpu()
{
	vm 0 '' --icount --smp 2 -- nproc
	[ "$(cat out)" -eq 1 ]
}

status_of_a_signal()
{
	vm 139 '' -- bash -c 'kill -SEGV $$'
}

panic()
{
	vm 126 'the kernel complained' -- bash -c 'echo c >/proc/sysrq-trigger'
	grep -q 'Kernel panic' err
}

splat_although_the_command_succeeded()
{
	vm 126 'WARNING: CPU: 0 PID: 1 at fake' -- \
		bash -c 'echo "<4>WARNING: CPU: 0 PID: 1 at fake" >/dev/kmsg'
}

taint_although_nothing_was_printed()
{
	vm 126 'taint left by a splat' -- bash -c 'echo 512 >/proc/sys/kernel/tainted'
}

# mistake NAME: the module that makes it, as a command in the guest
mistake()
{
	local module=$BUILD/base/selftests/kgraft/test_modules/kgr_test_splat.ko

	[ -f "$module" ] || return 4
	printf 'insmod %q mistake=%s' "$module" "$1"
}

# When all results are there, and good ones.
splat_after_the_command()
{
	local late

	late=$(mistake late)
	vm 126 'the kernel complained, after the command had ended' --linger 5 -- bash -c "$late; echo ok"
	grep -q 'WARNING: CPU' err
	[ "$(cat out)" = ok ]
	# and one before it is not called that
	vm 126 'the kernel complained, see above' --linger 1 -- bash -c "$late; sleep 4"
}

# It can't even panic: no CPU takes an interrupt.
hang_with_interrupts_off()
{
	local hang

	hang=$(mistake hang)
	vm 124 'no end after 20 s' --timeout 20 -- bash -c "$hang; sleep 1000"
}

flood()
{
	SECONDS=0
	VM_CONSOLE_MAX=200000 vm 123 'the console was flooded' -- bash -c 'yes >/dev/ttyS0'
	[ "$SECONDS" -lt 45 ]
}

flood_of_complaints()
{
	VM_CONSOLE_MAX=200000 vm 126 'the kernel complained' -- \
		bash -c 'yes "BUG: the same again" >/dev/ttyS0'
	# not all of them
	[ "$(wc -l <err)" -lt 100 ]
}

qemu_killed_from_outside()
{
	local status=0

	"$TOP/scripts/vm" --log "$dir/log" -- bash -c 'echo up; sleep 1000' >out 2>err &
	timeout 60 bash -c 'until grep -q up out; do sleep 0.2; done'
	pkill -KILL -f "^qemu.*file:$dir/log"
	wait $! || status=$?
	cat err
	[ "$status" -eq 127 ]
	grep -qF 'killed from outside' err
}

timeout_kills_the_guest()
{
	SECONDS=0
	vm 124 'no end after 8 s' --timeout 8 -- sleep 1000
	[ "$SECONDS" -lt 20 ]
}

guest_that_dies_without_a_status()
{
	vm 127 'without saying' -- bash -c 'echo b >/proc/sysrq-trigger'
}

command_that_does_not_exist()
{
	vm 127 '' -- /no/such/command
	grep -q 'No such file' out
}

# This end of it being killed must not leave a guest behind.
killed_with_its_guest()
{
	local pid

	"$TOP/scripts/vm" --log "$dir/log" -- bash -c 'echo up; sleep 1000' >out 2>err &
	pid=$!
	timeout 60 bash -c 'until grep -q up out; do sleep 0.2; done'
	pgrep -f "file:$dir/log" >guest
	kill -TERM "$pid"
	wait "$pid" && return 1
	sleep 1
	fails pgrep -f "file:$dir/log"
}

wrong_usage()
{
	vm 125 'unknown option' --no-such-option -- true
	vm 125 'no command'
	vm 125 'no kernel' --kernel "$dir" -- true
	vm 125 'no init' --root "$dir"
	vm 125 'runs no command' --root / -- true
	vm 125 '' --smp none -- true
}

tests=(command_arrives_as_it_is guest_is_a_whole_system
	what_the_command_leaves_running_does_not_delay_the_end
	icount_has_one_cpu status_of_a_signal panic
	splat_although_the_command_succeeded splat_after_the_command
	taint_although_nothing_was_printed flood flood_of_complaints
	hang_with_interrupts_off qemu_killed_from_outside
	timeout_kills_the_guest guest_that_dies_without_a_status
	command_that_does_not_exist killed_with_its_guest wrong_usage)
ktap_plan ${#tests[@]}
for test in "${tests[@]}"; do
	ktap_case "${test//_/ }" "$test"
done
ktap_exit
