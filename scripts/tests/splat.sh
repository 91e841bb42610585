#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tests of scripts/splat: every kind of complaint is found, a healthy log is not
# taken for one.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# What a good run prints, with words in it that could mislead.
cat >"$dir/clean" <<-'END'
	[    0.000000] Linux version 6.12.117 (builder@host) #1 SMP PREEMPT_DYNAMIC
	[    0.000000] kasan: KernelAddressSanitizer initialized (generic)
	[    0.010000] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on
	[    0.020000] MDS: MDS CPU bug present and SMT on, data leak possible.
	[    0.030000] rcu: RCU lockdep checking is enabled.
	[    0.040000] kmemleak: Kernel memory leak detector initialized (mem pool available: 15667)
	[    0.050000] ODEBUG: selftest passed
	[    0.060000] Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar
	[    0.070000] Mountpoint-cache hash table entries: 2048 (order: 2, 16384 bytes, linear)
	[    1.000000] traps: crashme[77] general protection fault ip:401136 sp:7ffe error:0 in crashme[401000+1000]
	[    1.100000] DEBUG: nothing wrong
	[    1.200000] reboot: Power down
END

healthy_log_passes()
{
	"$TOP/scripts/splat" "$dir/clean"
}

# finds LINE: in the middle of the healthy log, and prints it
finds()
{
	local out status=0

	{ sed 5q "$dir/clean"; printf '%s\n' "$1"; sed 1,5d "$dir/clean"; } >"$dir/log"
	out=$("$TOP/scripts/splat" "$dir/log") || status=$?
	[ "$status" -eq 1 ] || { echo "exit status $status, not 1"; return 1; }
	grep -qF -- "$1" <<<"$out"
}

what_the_unwinder_is_known_for()
{
	local known='WARNING: stack going in the wrong direction? at return_to_handler+0x46/0x50'

	{ cat "$dir/clean"; echo "[    1.0] $known"; } >"$dir/log"
	"$TOP/scripts/splat" "$dir/log" 2>"$dir/err"
	grep -qF 'not about kGraft: stack going in the wrong direction' "$dir/err"
	finds "[    1.0] ${known/return_to_handler/kgr_handler}"
	echo '[    2.0] kernel BUG at mm/slub.c:1!' >>"$dir/log"
	fails "$TOP/scripts/splat" "$dir/log" >/dev/null 2>&1
}

unreadable_log_is_an_error()
{
	local status=0

	"$TOP/scripts/splat" "$dir/none" 2>/dev/null || status=$?
	[ "$status" -eq 2 ]
}

second_log_counts_too()
{
	echo '[    1.0] kernel BUG at mm/slub.c:1!' >"$dir/log"
	fails "$TOP/scripts/splat" "$dir/clean" "$dir/log" >/dev/null
}

# race [TITLE [LINE]]: a report of KCSAN, about others unless said
race()
{
	cat <<-END
		[    2.0] ==================================================================
		[    2.0] BUG: KCSAN: ${1:-data-race in do_foo / do_bar}
		[    2.0]
		[    2.0] write to 0xffff888003d5c040 of 8 bytes by interrupt on cpu 1:
		[    2.0]  do_foo+0x57/0xd0
		[    2.0]  ${2:-asm_foo+0x12/0x20}
		[    2.0]
		[    2.0] read to 0xffff888003d5c040 of 8 bytes by task 77 on cpu 0:
		[    2.0]  do_bar+0x1/0x2
		[    2.0]
		[    2.0] value changed: 0x0 -> 0x1
		[    2.0]
		[    2.0] Reported by Kernel Concurrency Sanitizer on:
		[    2.0] CPU: 0 UID: 0 PID: 77 Comm: kgr_test Not tainted 6.12.117 #1
		[    2.0] Workqueue: kgraft foo_fn
		[    2.0] ==================================================================
	END
}

races_of_others_are_counted()
{
	{ race; race; race 'race at unknown origin, with read in do_foo+0x5/0x10'; cat "$dir/clean"; } >"$dir/log"
	"$TOP/scripts/splat" "$dir/log" 2>"$dir/err"
	grep -qF 'KCSAN: data-race in do_foo / do_bar (2)' "$dir/err"
	grep -qF 'KCSAN: race at unknown origin, with read in do_foo' "$dir/err"
	[ "$(wc -l <"$dir/err")" -eq 2 ]
}

# finds_race WORDS: in the report that comes from stdin, after one of others
finds_race()
{
	local out status=0

	{ race; cat; cat "$dir/clean"; } >"$dir/log"
	out=$("$TOP/scripts/splat" "$dir/log" 2>/dev/null) || status=$?
	[ "$status" -eq 1 ] || { echo "exit status $status, not 1"; return 1; }
	grep -qF -- "$1" <<<"$out"
}

race_of_workqueues_whoever_queues()
{
	race 'data-race in process_one_work / queue_delayed_work_on' 'kgr_scan_irq+0x1/0x2' >"$dir/log"
	"$TOP/scripts/splat" "$dir/log" 2>"$dir/err"
	grep -qF 'process_one_work / queue_delayed_work_on (1)' "$dir/err"
	race 'data-race in process_one_work / kgr_scan_fn' | finds_race '/ kgr_scan_fn'
}

# The lock of a bucket, which is a bit of it, and what its holder reads
race_of_rhashtable_in_shadow()
{
	race 'data-race in kgr_shadow_take / rht_deferred_worker' 'kgr_shadow_sweep+0x1/0x2' |
		sed 's/\] write to/] read-write (marked) to/' >"$dir/race"
	"$TOP/scripts/splat" "$dir/race" 2>"$dir/err"
	grep -qF 'kgr_shadow_take / rht_deferred_worker (1)' "$dir/err"
	sed 's/rht_deferred_worker/kgr_shadow_visit/' "$dir/race" | finds_race '/ kgr_shadow_visit'
	sed 's/(marked) //' "$dir/race" | finds_race '/ rht_deferred_worker'
	sed 's/ read to / read (marked) to /' "$dir/race" | finds_race '/ rht_deferred_worker'
}

our_race()
{
	race 'data-race in do_foo / kgr_cross' | finds_race 'do_foo / kgr_cross'
	race 'data-race in __kgr_exit_to_user+0x1/0x2' | finds_race '__kgr_exit_to_user'
}

our_race_by_a_caller()
{
	race '' '__kgr_task_safe+0x1/0x2' | finds_race 'KCSAN: data-race in do_foo / do_bar'
	race '' 'init+0x1/0x2 [kgr_test_patch1]' | finds_race 'KCSAN: data-race in do_foo / do_bar'
}

race_far_from_ours()
{
	race '' $'do_baz+0x1/0x2\n do_qux+0x1/0x2\n kgr_scan+0x1/0x2' >"$dir/log"
	race '' $'asm_sysvec_foo+0x1/0x2\n kgr_scan+0x1/0x2' >>"$dir/log"
	"$TOP/scripts/splat" "$dir/log" 2>"$dir/err"
	grep -qF 'do_foo / do_bar (2)' "$dir/err"
	race '' $'do_baz+0x1/0x2\n kgr_scan+0x1/0x2' | finds_race 'do_foo / do_bar'
	race | grep -v ' of 8 bytes by ' | finds_race 'do_foo / do_bar'
}

race_without_an_end()
{
	race | sed '$d' | finds_race 'KCSAN: data-race in do_foo / do_bar'
	# the bar above the next one is not its end
	{ race | sed '/Reported by/,$d'; race; } | finds_race 'KCSAN: data-race in do_foo / do_bar'
	{ race | sed '$d'; seq 400; race; } | finds_race 'KCSAN: data-race in do_foo / do_bar'
}

# Two CPUs may print at the same time.
complaint_inside_a_race_of_others()
{
	race | sed '4a [    2.0] list_del corruption. prev->next should be ffff' | finds_race 'list_del corruption'
	race '' '[    2.0] WARNING: CPU: 1 PID: 7 at foo' | finds_race 'WARNING: CPU: 1'
}

complaint_after_a_race_of_others()
{
	echo '[    2.0] kernel BUG at mm/slub.c:1!' | finds_race 'kernel BUG at mm/slub.c'
}

mapfile -t kinds <<-'END'
	BUG|[    1.0] kernel BUG at kernel/fork.c:123!
	WARN|[    1.0] WARNING: CPU: 1 PID: 77 at kernel/fork.c:123 copy_process+0x1/0x2
	WARN with caller|[    1.0][   T77] WARNING: CPU: 1 PID: 77 at kernel/fork.c:123 copy_process+0x1/0x2
	KASAN|[    1.0] BUG: KASAN: slab-use-after-free in foo+0x1/0x2
	KCSAN|[    1.0] BUG: KCSAN: data-race in foo / bar
	UBSAN|[    1.0] UBSAN: array-index-out-of-bounds in lib/foo.c:1:2
	refcount|[    1.0] refcount_t: underflow; use-after-free.
	NULL pointer|[    1.0] BUG: kernel NULL pointer dereference, address: 0000000000000008
	page fault|[    1.0] BUG: unable to handle page fault for address: ffffc90000000000
	Oops|[    1.0] Oops: Oops: 0002 [#1] PREEMPT SMP
	general protection|[    1.0] Oops: general protection fault, probably for non-canonical address 0x6b6b: 0000 [#1]
	general protection, bare|[    1.0] general protection fault: 0000 [#1] SMP
	panic|[    1.0] Kernel panic - not syncing: sysrq triggered crash
	stack protector|[    1.0] Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: foo
	stack end|[    1.0] corrupted stack end detected inside scheduler
	list|[    1.0] list_del corruption. prev->next should be ffff, but was 6b6b
	slab|[    1.0] BUG kmalloc-64 (Not tainted): Redzone overwritten
	page|[    1.0] BUG: Bad page state in process foo  pfn:1234
	atomic schedule|[    1.0] BUG: scheduling while atomic: foo/77/0x00000002
	atomic sleep|[    1.0] BUG: sleeping function called from invalid context at mm/foo.c:1
	lockdep: circular|[    1.0] WARNING: possible circular locking dependency detected
	lockdep: recursive|[    1.0] WARNING: possible recursive locking detected
	lockdep: irq|[    1.0] WARNING: inconsistent lock state
	lockdep: irq order|[    1.0] WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected
	lockdep: unlock|[    1.0] WARNING: bad unlock balance detected!
	lockdep: free|[    1.0] WARNING: held lock freed!
	lockdep: user|[    1.0] WARNING: lock held when returning to user space!
	lockdep: wait context|[    1.0] [ BUG: Invalid wait context ]
	lockdep: RCU|[    1.0] WARNING: suspicious RCU usage
	lockdep: key|[    1.0] INFO: trying to register non-static key.
	RCU stall|[    1.0] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:
	RCU self-stall|[    1.0] rcu: INFO: rcu_preempt self-detected stall on CPU
	RCU expedited stall|[    1.0] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... }
	RCU tasks stall|[    1.0] INFO: rcu_tasks detected stalls on tasks:
	monitor|[    1.0] rv: monitor kgr does not allow event complete on state behind
	hung task|[    1.0] INFO: task foo:77 blocked for more than 120 seconds.
	soft lockup|[    1.0] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [foo:77]
	hard lockup|[    1.0] watchdog: Watchdog detected hard LOCKUP on cpu 1
	workqueue|[    1.0] BUG: workqueue lockup - pool cpus=1 node=0 flags=0x0 nice=0 stuck for 33s!
	leak|[    1.0] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
	any other back trace|[    1.0] Call Trace:
	unseen, but tainted|init: taint left by a splat: 512
END

ktap_plan $((${#kinds[@]} + 13))
ktap_case "a healthy log passes" healthy_log_passes
for kind in "${kinds[@]}"; do
	ktap_case "finds: ${kind%%|*}" finds "${kind#*|}"
done
ktap_case "a log that can't be read is an error" unreadable_log_is_an_error
ktap_case "every log counts" second_log_counts_too
ktap_case "races of others are counted" races_of_others_are_counted
ktap_case "a line that the unwinder is known for does not count" what_the_unwinder_is_known_for
ktap_case "a race of the workqueues does not count for the caller" race_of_workqueues_whoever_queues
ktap_case "nor does one of rhashtable with its lock, for shadow variables" race_of_rhashtable_in_shadow
ktap_case "finds: our race" our_race
ktap_case "finds: a race below a function of ours" our_race_by_a_caller
ktap_case "a race far below ours, or that interrupted us, is not ours" race_far_from_ours
ktap_case "finds: a race whose report has no end" race_without_an_end
ktap_case "finds: what another CPU prints into a race of others" complaint_inside_a_race_of_others
ktap_case "finds: what comes after a race of others" complaint_after_a_race_of_others
ktap_exit
