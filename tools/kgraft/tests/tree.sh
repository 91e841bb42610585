# SPDX-License-Identifier: GPL-2.0
# Trees as the kernel would show them, for kgr's option --root. Sourced, never run.
#
# shellcheck shell=bash disable=SC2154

# put FILE WORDS...: a line
put()
{
	mkdir -p "$root/${1%/*}"
	printf '%s\n' "${*:2}" >"$root/$1"
}

# tree: an idle kernel with kGraft, in a new directory that $root names
tree()
{
	root=$(mktemp -d "$dir/root.XXXXXX")
	put sys/kernel/kgraft/in_progress 0
	put sys/kernel/kgraft/universe 3
	put sys/kernel/kgraft/horizon 3
	put sys/kernel/kgraft/remaining 0
	put sys/kernel/kgraft/wake transparent
	put sys/kernel/kgraft/wake_delay_ms 20
	put sys/kernel/kgraft/force_load_module 0
	: >"$root/sys/kernel/kgraft/force"
	: >"$root/sys/kernel/kgraft/wake_now"
	put sys/devices/system/cpu/possible 0-3
	put proc/loadavg 0.00 0.01 0.05 1/396 4711
	put proc/uptime 100.00 200.00
	put proc/sys/kernel/ftrace_enabled 1
	put sys/kernel/debug/kgraft/sites $'function\treplacement\tothers'
	blockers </dev/null
	mkdir -p "$root/dev" "$root/sys/module"
	: >"$root/dev/kmsg"
}

# blockers: the kernel's list, with the lines of stdin
blockers()
{
	put sys/kernel/debug/kgraft/blockers \
		$'tid\tcomm\tuniverse\tkind\treason\twaited_ms\tsyscall\twchan'
	cat >>"$root/sys/kernel/debug/kgraft/blockers"
}

# patch NAME STATUS UNIVERSE STATE [FUNCTION...]
patch()
{
	local name=sys/kernel/kgraft/$1 module=${1//[^A-Za-z0-9_]/_} function

	put "$name/status" "$2"
	put "$name/universe" "$3"
	put "$name/forced" 0
	put "$name/refs" 1
	put "$name/replace_all" 0
	put "$name/consistency" entry
	put "$name/deadline_ms" 0
	put "$name/on_deadline" report
	printf '%s\n' 'began_ms 77000' 'took_ms 60' 'longest_ms 90' 'exit 10' 'loop 0' 'new 3' \
		'of_the_future 5' >"$root/$name/statistics"
	: >"$root/$name/revert"
	: >"$root/$name/enable"
	: >"$root/$name/state"
	for function in "${@:5}"; do
		printf '%s 0 %s\n' "$function" "$4" >>"$root/$name/state"
	done
	mkdir -p "$root/sys/module/$module"
	put "sys/module/$module/initstate" live
	ln -sfn "../../../module/$module" "$root/$name/owner"
}

# busy: a change in progress that waits for three tasks
busy()
{
	tree
	put sys/kernel/kgraft/in_progress 1
	put sys/kernel/kgraft/horizon 2
	put sys/kernel/kgraft/remaining 3
	patch cve applied 2 2 'foo vmlinux'
	patch fix applying 3 1 'bar vmlinux' 'baz ext4'
	printf '%b' '12\tbash\t2\tuser\tin a syscall: recvfrom\t12000\trecvfrom\tunix_wait\n' \
		'4711\t\\346\\227\\245\\134\t2\tuser\tstopped\t11000\t-\t-\n' \
		'0\tswapper/3\t2\tidle\tidle CPU 3\t20\t-\t-\n' | blockers
	printf '%s\n' "6,10,50000000,-;kgraft: 'cve': applying, universe 2" \
		"6,11,50060000,-;kgraft: 'cve': applied after 60 ms" \
		'6,12,60000000,-;something else' \
		' SUBSYSTEM=usb' \
		"6,13,88000000,-,caller=T99;kgraft: 'fix': applying, universe 3" >"$root/dev/kmsg"
}
