# SPDX-License-Identifier: GPL-2.0
# Trees that are unusual, but right, and what a kernel would hardly write. Sourced by
# scripts/tests/kgr.sh, as recorded.sh is.
#
# shellcheck shell=bash disable=SC2154,SC2034

what_to_do_about_each_reason()
{
	busy
	printf '%s\t%s\t2\t%s\t%s\t60000\t-\t-\n' 101 a user stopped 102 b user traced \
		103 c user frozen 104 d user uninterruptible 105 e user exiting \
		106 f user 'in an exception' 107 g kthread 'in a work item: foo' \
		108 h kthread 'between its safe points' 109 i user 'in a syscall: read' \
		0 j idle 'in a syscall: read' 110 k user "may return into patch 'x'" \
		111 l user 'function foo on its stack' 112 m kthread 'function foo on its stack' \
		113 n user - 114 o kthread running | blockers
	run 0 blocking
	said '^TID +COMMAND +KIND +WAITED +REASON$' '^113 +n +user +60 s +-$'
	json 0 blocking
	[ "$(value '" ".join(b["comm"] + ":" + b["next"] for b in o["blockers"])')" = \
		'a:kill -CONT 101 b:kgr blocking -vv c:kgr blocking -vv d:kgr blocking -vv e:kgr blocking -vv f:kgr blocking -vv g:kgr blocking -vv h:kgr blocking -vv i:kgr poke 109 j:kgr wait k:kgr poke 110 l:kgr poke 111 m:kgr wait n:kgr wait o:kgr wait' ]
	run 0 blocking -v
	said '^n\(113\)$' '^    next +kill -CONT 101$'
	fails grep -qE 'next +kgr blocking|thaw' "$dir/out"
}

# Unknown times and universes, and a patch whose module is still held.
tasks_that_hold_a_patch()
{
	busy
	printf '%s\t%s\t%s\t%s\t%s\t%s\t-\t%s\n' 101 a - - - - - \
		102 b 3 user "may return into patch 'fix'" 5 - 103 c 3 user "may return into patch 'fixed'" 5 - \
		104 - 2 kthread stopped 18446744073709551615 - x1 d 2 user x 1 - | blockers
	json 0 blocking fix
	[ "$(value '[(b["tid"], b["universe"], b["waited_ms"], b["kind"]) for b in o["blockers"]]')" = \
		"[(101, None, None, None), (102, 3, 5, 'user'), (104, 2, None, 'kthread')]" ]
	run 0 blocking -v fix
	said '^a\(101\)$' "^b\(102\) may return into patch 'fix'$"
	[ "$(grep -c waited "$dir/out")" -eq 1 ]
	[ "$(grep -c universe "$dir/out")" -eq 2 ]
	run 0 blocking cve
	[ ! -s "$dir/out" ]
	rm "$root/sys/kernel/kgraft/fix/universe"
	json 0 blocking fix
	[ "$(value 'len(o["blockers"])')" = 4 ]
	# the administrator can do something about a user's task
	printf '%s\t%s\t2\t%s\tstopped\t7\t-\t-\n' 1 kernel kthread 2 user user 3 other user |
		blockers
	json 0 status
	[ "$(value 'o["patches"][1]["oldest_blocker"]["comm"]')" = user ]
	printf '%s\t%s\t2\t%s\tstopped\t7\t-\t-\n' 2 user user 1 kernel kthread | blockers
	json 0 status
	[ "$(value 'o["patches"][1]["oldest_blocker"]["comm"]')" = user ]
}

threads_that_end_while_they_are_listed()
{
	busy
	rm -r "$root/sys/kernel/debug"
	put proc/12/task/12/kgr_in_progress 1
	put proc/13/task/13/kgr_in_progress 1
	: >"$root/proc/13/task/13/comm"
	put proc/14/task/14/kgr_in_progress 1
	printf 'ab\0\n' >"$root/proc/14/task/14/comm"
	put proc/15/task/15/kgr_in_progress 1
	printf '\n' >"$root/proc/15/task/15/comm"
	mkdir -p "$root/proc/16/task/16" "$root/proc/17" "$root/proc/18/task/18/kgr_in_progress"
	put proc/19/task/19/kgr_in_progress 1
	printf '%b' 'caf\303\251' >"$root/proc/19/task/19/comm"
	json 0 blocking
	[ "$(value '[(b["tid"], b["comm"]) for b in o["blockers"]]')" = \
		"[(14, 'ab'), (15, '-'), (19, 'café')]" ]
	[ "$(value 'o["source"]')" = proc ]
	run 0 status
	said '^fix +applying +397 of 400 .* ab\(14\)'
}

details_of_patches()
{
	local patch=sys/kernel/kgraft/odd

	busy
	patch odd replaced 1 1
	printf '%s\n' 'foo vmlinux 2 0' 'bar vmlinux 0 99' 'foo ext4 0 5' 'foo vmlinux 0 2' \
		' x 0 2' 'x  0 2' 'x y z 2' 'x y 1 z' 'x y' >"$root/$patch/state"
	put $patch/forced 1
	put $patch/replace_all 1
	put $patch/deadline_ms 90000
	ln -sfn odd_module "$root/$patch/owner"
	rm "$root/$patch/on_deadline" "$root/$patch/consistency"
	patch half applied 4294967296 6 'foo vmlinux'
	ln -sfn / "$root/sys/kernel/kgraft/half/owner"
	printf '%s\n' 'began_ms 18446744073709551615' 'took_ms x' 'exit' 'a_b 3' 'exit 4294967296' \
		'sl\eep 4' >"$root/sys/kernel/kgraft/half/statistics"
	run 0 patches -v
	said '^    status       replaced, forced$' '^    live         no$' '^    module       odd_module$' \
		'^    consistency  -, replaces all others$' '^    deadline     90 s, then -$' \
		'^    foo +vmlinux #2 +not applied yet' '^    bar +vmlinux +unknown ' \
		'a module that it patches runs the original'
	json 0 patches
	[ "$(value '[(f["name"], f["object"], f["position"], f["state_name"]) for p in o["patches"] if p["name"] == "odd" for f in p["functions"]]')" = \
		"[('foo', 'vmlinux', 2, 'not applied yet'), ('bar', 'vmlinux', 0, 'unknown'), ('foo', 'ext4', 0, 'module not loaded'), ('foo', 'vmlinux', 0, 'applied')]" ]
	[ "$(value '[(p["universe"], p["statistics"]) for p in o["patches"] if p["name"] == "half"]')" = \
		"[(None, None)]" ]
	json 0 patches odd-module
	[ "$(value '[p["name"] for p in o["patches"]]')" = "['odd']" ]
	run 0 status
	said '^odd +replaced, forced +- .* -$'
	put $patch/forced 0
	run 0 status
	said '^odd +replaced +- .*kgr unload odd$'
	run 0 revert odd-module
	[ "$(cat "$root/$patch/revert")" = 1 ]
	json 0 wait odd_module
	# of a patch that has none yet
	rm "$root/$patch/state"
	put $patch/status applied
	run 0 patches
	said '^odd +applied +unknown +0'
}

livepatches_in_each_state()
{
	local name

	busy
	for name in 1:1:applying 0:1:reverting 1:0:applied 0:0:reverted; do
		put "sys/kernel/livepatch/klp-${name##*:}/enabled" "${name%%:*}"
		put "sys/kernel/livepatch/klp-${name##*:}/transition" "${name:2:1}"
	done
	put sys/kernel/livepatch/gone/enabled 1
	put sys/kernel/livepatch/cve/enabled 1
	put sys/kernel/livepatch/cve/transition 0
	run 0 patches
	said '^klp-applying +applying +for some tasks .*livepatch' '^klp-reverting +reverting +for some' \
		'^klp-applied +applied +for all tasks' '^klp-reverted +reverted +no '
	fails grep -q gone "$dir/out"
	[ "$(grep -c '^cve' "$dir/out")" -eq 1 ]
	run 0 patches klp-applied
	[ "$(wc -l <"$dir/out")" -eq 1 ]
	json 0 patches klp-reverting
	json 6 patches klp-nothing
	run 6 revert klp-applied
}

# The count of tasks is unknown, or older than that of those that wait.
counts_that_do_not_fit()
{
	busy
	put proc/loadavg 0.00 0.01 0.05 1/1 1
	put sys/devices/system/cpu/possible 0
	run 0 status
	said '^fix +applying +3 left'
	json 0 status
	[ "$(value 'o["tasks"], o["patches"][1]["crossed"]')" = '(2, None)' ]
	put sys/devices/system/cpu/possible 0,2-3,8-9
	json 0 status
	[ "$(value 'o["tasks"]')" = 6 ]
	put sys/devices/system/cpu/possible 3-1
	json 0 status
	[ "$(value 'o["tasks"]')" = 1 ]
	put proc/loadavg nothing
	json 0 status
	[ "$(value 'o["tasks"]')" = None ]
	rm "$root/sys/devices/system/cpu/possible"
	put proc/loadavg 0.00 0.01 0.05 1/50 1
	run 0 status -v
	said 'universe 3, oldest task in 2, 3 tasks have yet to cross' 'wake policy: transparent' \
		'^fix .* 47 of 50'
	run 1 check -v
	said '^in_progress$'
	json 1 check
	[ "$(value 'o["state"]')" = in_progress ]
	put sys/kernel/kgraft/in_progress 0
	run 0 check -v
	said '^ready$'
	json 0 check
	[ "$(value 'o["state"]')" = ready ]
}

# When a change began: by its statistics, by the log, or by the task that it waits for.
times_of_a_change()
{
	local since

	busy
	for since in 50:'50 s' 130:'2 min' 86400:'24 h' 172800:'2 d' 1:'0 ms'; do
		put proc/uptime "$((${since%%:*} + 77)).00"
		[ "$since" != 1:'0 ms' ] || put proc/uptime 1.00
		run 0 status
		said "^fix .* ${since#*:} ago"
	done
	rm "$root/sys/kernel/kgraft/fix/statistics"
	run 0 status
	said '^fix .* 0 ms ago'
	put proc/uptime 100.00
	# lines that are about another change, or none
	printf '%s\n' "6,20,1,-;kgraft: 'fix': applying, universe x" \
		"6,21,2,-;kgraft: 'fix': applying, universe 3 too" "6,22,3,-;kgraft: no patch" \
		"6,23,4,-;kgraft: 'fix': reverting, universe 2" "6,24,5,-;kgraft: 'fix': reverted after 4" \
		"14,25,6,-;kgraft: 'fix': applying, universe 3" "6,26,7,-;kgraft: 'fix': nothing" \
		>>"$root/dev/kmsg"
	run 0 status
	said '^fix .* 12 s ago'
	: >"$root/dev/kmsg"
	run 0 status
	said '^fix .* 12 s ago'
	: >"$root/sys/kernel/debug/kgraft/blockers"
	run 0 status
	said '^fix .* - +- +kgr wait fix$'
	put sys/kernel/kgraft/fix/status reverting
	echo "6,30,90000000,-;kgraft: 'fix': reverting, universe 3" >"$root/dev/kmsg"
	run 0 status
	said '^fix +reverting .* 10 s ago'
	# the clock of a kernel that does not say
	put proc/uptime nothing
	run 0 status
	said '^fix .* 0 ms ago'
	rm "$root/proc/uptime"
	run 0 status
	said '^fix .* 0 ms ago'
}

records_that_are_odd()
{
	tree
	printf '%s\n' '6,1,1,-;kgraft: \x4\xg1\x1g\y\x00\xfF\x7e' '6,2,2,-,caller=T1,caller=T2;kgraft: two' \
		'-6,3,3,-;kgraft: no priority' '6,4,4,-,other=x;kgraft: other' ',5,5,-;kgraft: none' \
		'4,6,6,-;else' >"$root/dev/kmsg"
	json 0 log
	[ "$(value '[r["text"] for r in o["records"]]')" = \
		"['\\\\x4\\\\xg1\\\\x1g\\\\y\\\\x00\\\\xfF~', 'two', 'other']" ]
	# a directory can be opened, but not read
	rm "$root/dev/kmsg"
	mkdir "$root/dev/kmsg"
	json 0 log
	[ "$(value 'o["records"]')" = '[]' ]
}

# Bytes that are no UTF-8, and characters of two, three and four bytes.
names_of_any_bytes()
{
	busy
	printf '%b' '1\t\\303\\251\\360\\237\\220\\247\\342\\202\\254\t2\tuser\tstopped\t1\t-\t-\n' \
		'2\t\\303\\303x\t2\tuser\tstopped\t1\t-\t-\n' '3\t\\340\\200\\200\t2\tuser\tstopped\t1\t-\t-\n' \
		'4\t\\355\\240\\200\t2\tuser\tstopped\t1\t-\t-\n' '5\t\\360\\200\\200\\200\t2\tuser\tstopped\t1\t-\t-\n' \
		'6\t\\364\\220\\200\\200\t2\tuser\tstopped\t1\t-\t-\n' '7\t\\400\\18x\\12\\1\\000\\\t2\tuser\tstopped\t1\t-\t-\n' \
		'8\t\\355\\237\\277\\364\\217\\277\\277\\340\\240\\200\\360\\220\\200\\200\t2\tuser\tstopped\t1\t-\t-\n' |
		blockers
	json 0 blocking
	python3 - "$dir/out" <<-'END_OF_PYTHON'
		import json, sys
		names = [b["comm"] for b in json.load(open(sys.argv[1], encoding="utf-8"))["blockers"]]
		bad = "\ufffd"
		assert names == ["é🐧€", bad * 2 + "x", bad * 3, bad * 3, bad * 4, bad * 4,
		                 "\\400\\18x\\12\\1\\000\\", "\ud7ff\U0010ffff\u0800\U00010000"], names
	END_OF_PYTHON
	# marks that change the direction of what follows
	printf '%b' '9\ta\\342\\200\\213b\\342\\200\\250c\\342\\201\\246d\\342\\201\\252e\\342\\200\\277\t2\tuser\tstopped\t1\t-\t-\n' |
		blockers
	run 0 blocking
	said 'a.342.200.213b.342.200.250c.342.201.246d.*e‿ '
	# a name that is no name of a patch
	mkdir "$root/sys/kernel/kgraft/"$'a\nb'
	put $'sys/kernel/kgraft/a\nb/status' applied
	run 0 metrics
	said 'patch="a.nb"'
	# as kgr would have to be told
	patch '' applied 2 2
	patch "-o'x" reverted 2 2
	json 0 status
	[ "$(value '[p["next"] for p in o["patches"] if p["name"] == "-o\x27x"]')" = \
		"[\"kgr unload -- '-o'\\\\''x'\"]" ]
}

# Tables without a head, with a column twice, with too many; lines without an end.
tables_that_are_odd()
{
	local head=$'tid\tcomm\tuniverse\tkind\treason\twaited_ms\tsyscall\twchan'

	busy
	for table in '' $'\n' "$head" "${head/tid/no}"$'\n1\ta\t2\tuser\tx\t1\t-\t-\n'; do
		printf '%s' "$table" >"$root/sys/kernel/debug/kgraft/blockers"
		printf '%s' "$table" >"$root/sys/kernel/debug/kgraft/sites"
		json 0 blocking
		[ "$(value 'o["source"], o["blockers"]')" = "('kernel', [])" ]
		run 0 patches -v
	done
	printf '%s\n' "$head"$'\ttid' $'1\ta\t2\tuser\tx\t1\t-\t-\t5' $'2\t\t2\tuser\tx\t1\t-\t-\t5' \
		>"$root/sys/kernel/debug/kgraft/blockers"
	json 0 blocking
	[ "$(value '[b["tid"] for b in o["blockers"]]')" = '[1]' ]
	printf '%s%s\n' "$head" "$(printf '\tmore%s' {1..99})" $'1\ta\t2\tuser\tx\t1\t-\t-' \
		"$(printf '\t%s' {1..99})" >"$root/sys/kernel/debug/kgraft/blockers"
	json 0 blocking
	[ "$(value '[b["tid"] for b in o["blockers"]]')" = '[1]' ]
}

what_a_task_does_not_tell()
{
	busy
	printf '%s\t%s\t2\tuser\t%s\t1\t-\t%s\n' 20 kthread frozen schedule 21 odd traced - |
		blockers
	printf '\0\0' >"$(put proc/20/cmdline x; echo "$root/proc/20/cmdline")"
	printf '%s\n' 'nothing' '3:cpu:' >"$root/proc/20/cgroup"
	: >"$root/proc/20/stack"
	put proc/21/cgroup $'4:cpu:/first.service\n3:freezer:/x.service/0123456789abcdef\n'
	put proc/21/status $'TracerPid:\tx\nPPid:'
	run 0 blocking -vv
	said '^    sleeps in  schedule$' '^    unit       first.service$'
	fails grep -qE 'command|container|tracer|stack|thaw|cgroup +x' "$dir/out"
	json 0 blocking -v
	[ "$(value '[(b["cmdline"], b["cgroup"], b["tracer"]) for b in o["blockers"]]')" = \
		"[(None, None, None), (None, '/first.service', None)]" ]
}

# The list of the kernel has no positions: what tells them apart is the module.
functions_of_one_name()
{
	local sites

	busy
	sites=$root/sys/kernel/debug/kgraft/sites
	put sys/kernel/kgraft/cve/state 'dup vmlinux 1 2'
	put sys/kernel/kgraft/fix/state 'dup vmlinux 2 1'
	printf '%s\t%s\t%s\n' dup 'new_dup [cve]' - dup 'new_dup [fix]' kprobe:x >>"$sites"
	run 0 patches -v
	said '^    dup +vmlinux #1 +applied +new_dup \[cve\] +- +-$' \
		'^    dup +vmlinux #2 +being applied +new_dup \[fix\] +- +kprobe:x$'
	json 0 patches
	[ "$(value '[(f["runs"], f["others"]) for p in o["patches"] for f in p["functions"]]')" = \
		"[('new_dup [cve]', None), ('new_dup [fix]', 'kprobe:x')]" ]
	# both in one patch
	put sys/kernel/kgraft/cve/state 'foo vmlinux 0 2'
	put sys/kernel/kgraft/fix/state $'dup vmlinux 1 1\ndup vmlinux 2 1'
	json 0 patches fix
	[ "$(value '[(f["runs"], f["others"]) for p in o["patches"] for f in p["functions"]]')" = \
		'[(None, None), (None, None)]' ]
	# one that is not listed yet, or any more; of a patch whose module is not known
	put sys/kernel/kgraft/cve/state 'dup vmlinux 1 2'
	put sys/kernel/kgraft/fix/state 'dup vmlinux 2 0'
	sed -i '/fix/d' "$sites"
	json 0 patches
	[ "$(value '[f["runs"] for p in o["patches"] for f in p["functions"]]')" = \
		"['new_dup [cve]', None]" ]
	rm "$root/sys/kernel/kgraft/cve/owner"
	json 0 patches
	[ "$(value '[f["runs"] for p in o["patches"] for f in p["functions"]]')" = '[None, None]' ]
	# without a position, it is the first
	put sys/kernel/kgraft/fix/state 'dup vmlinux 0 2'
	json 0 patches
	[ "$(value '[(f["runs"], f["also_in"]) for p in o["patches"] for f in p["functions"]]')" = \
		"[('new_dup [cve]', 'fix'), ('new_dup [cve]', 'cve')]" ]
}

each_name_that_means_no_patch()
{
	busy
	put sys/kernel/livepatch/klp/enabled 1
	put sys/kernel/livepatch/klp/transition 0
	run 6 patches fix nosuch klp neither fix.ko
	said '^fix' '^klp ' "no patch or patch module 'nosuch'" "no patch or patch module 'neither'"
	[ "$(wc -l <"$dir/err")" -eq 2 ]
	json 6 patches fix nosuch
	[ "$(value '[p["name"] for p in o["patches"]], len(o["errors"])')" = "(['fix'], 1)" ]
	run 0 patches klp fix fix.ko
}

blocking_takes_several_names()
{
	busy
	patch other reverting 4 3 'qux vmlinux'
	printf '%s\t%s\t%s\tuser\tstopped\t1\t-\t-\n' 101 a 2 102 b 3 103 c 4 | blockers
	json 0 blocking cve fix
	[ "$(value '[b["tid"] for b in o["blockers"]]')" = '[101]' ]
	json 0 blocking fix other.ko cve
	[ "$(value '[b["tid"] for b in o["blockers"]]')" = '[101, 102]' ]
	run 0 blocking cve
	[ ! -s "$dir/out" ]
	run 6 blocking other nothing
	said "no patch or patch module 'nothing'"
}

# A module may have the name of the patch of another one.
a_patch_goes_before_a_module()
{
	busy
	patch other applied 2 2 'qux vmlinux'
	ln -sfn ../../../module/cve_fix "$root/sys/kernel/kgraft/cve/owner"
	ln -sfn ../../../module/cve "$root/sys/kernel/kgraft/other/owner"
	json 0 patches cve
	[ "$(value '[p["name"] for p in o["patches"]]')" = "['cve']" ]
	json 0 patches cve.ko cve-fix
	[ "$(value '[p["name"] for p in o["patches"]]')" = "['cve', 'other']" ]
	run 0 revert cve cve_fix
	[ "$(cat "$root/sys/kernel/kgraft/cve/revert")" = 1 ]
	[ ! -s "$root/sys/kernel/kgraft/other/revert" ]
	run 1 unload cve
	said '^cve_fix: reverting'
}

# unasked FILE...: forgets what was written there
unasked()
{
	local file

	for file; do
		: >"$root/sys/kernel/kgraft/$file"
	done
}

# All reverts begin, also if one of them is not complete; what is refused ends it.
unload_takes_several_names()
{
	local at=sys/kernel/kgraft

	busy
	patch other applied 2 2 'qux vmlinux'
	run 1 unload cve other
	said "^cve: reverting; 'kgr unload --wait cve'" "^other: reverting; 'kgr unload --wait other'"
	[ "$(cat "$root/$at/cve/revert")$(cat "$root/$at/other/revert")" = 11 ]
	json 1 unload other fix cve
	[ "$(value 'o["patches"]')" = "['other', 'fix', 'cve']" ]
	unasked {cve,other,fix}/revert
	put $at/cve/status applying
	put $at/other/status applying
	json 4 unload --timeout=0.1 cve other
	[ "$(value 'o["patches"], o["complete"], [w["name"] for w in o["waited_for"]]')" = \
		"(['cve', 'other'], False, ['cve', 'other'])" ]
	[ "$(cat "$root/$at/cve/revert")$(cat "$root/$at/other/revert")" = 11 ]
	# one that is there twice, and one that is not there
	unasked {cve,other}/revert
	json 1 unload cve cve.ko
	[ "$(value 'o["patches"]')" = "['cve']" ]
	unasked cve/revert
	run 6 unload cve nothing
	[ ! -s "$root/$at/cve/revert" ]
	ln -sf /dev/full "$root/$at/fix/revert"
	run 3 unload cve fix other
	said '^cve: reverting' "cannot revert 'fix': No space"
	[ "$(cat "$root/$at/cve/revert")" = 1 ]
	[ ! -s "$root/$at/other/revert" ]
}

odd_tests=(what_to_do_about_each_reason tasks_that_hold_a_patch
	threads_that_end_while_they_are_listed details_of_patches livepatches_in_each_state
	counts_that_do_not_fit times_of_a_change records_that_are_odd names_of_any_bytes
	tables_that_are_odd what_a_task_does_not_tell unload_takes_several_names
	functions_of_one_name each_name_that_means_no_patch
	blocking_takes_several_names a_patch_goes_before_a_module)
