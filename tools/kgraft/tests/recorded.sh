# SPDX-License-Identifier: GPL-2.0
# What kgr makes of recorded trees. Sourced by scripts/tests/kgr.sh, which sets
# $kgr (built with sanitizers), $fast (without), $here and $dir.
#
# shellcheck shell=bash disable=SC2154,SC2034

# run STATUS ARG...: kgr, on the tree; its output is in $dir/out and $dir/err
run()
{
	local wanted=$1 status=0
	shift

	"$kgr" --root="$root" "$@" >"$dir/out" 2>"$dir/err" </dev/null || status=$?
	if grep -E 'runtime error|AddressSanitizer|LeakSanitizer' "$dir/err"; then
		cat "$dir/err"
		return 1
	fi
	[ "$status" -eq "$wanted" ] && return
	cat "$dir/out" "$dir/err"
	echo "kgr $*: exit status $status, not $wanted"
	return 1
}

# json STATUS ARG...: the same with --json; the last test has the schema look at all
# that was printed
json()
{
	run "$1" --json "${@:2}" || return
	if [ -s "$dir/err" ]; then
		cat "$dir/err"
		return 1
	fi
	cp "$dir/out" "$(mktemp "$dir/json/XXXXXX")"
}

the_schema_allows_all_that_was_printed()
{
	set -- "$dir"/json/*
	[ $# -gt 40 ]
	"$here/tests/validate" "$here/kgr.schema.json" "$@"
}

# value EXPRESSION: of the JSON object o
value()
{
	python3 -IS -c 'import json, sys; o = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' \
		"$dir/out" "$1"
}

# said PATTERN...: each is somewhere in the output
said()
{
	local pattern

	for pattern; do
		grep -qE -- "$pattern" "$dir/out" "$dir/err" || {
			cat "$dir/out" "$dir/err"
			echo "did not say: $pattern"
			return 1
		}
	done
}

# --- status ---

status_of_an_idle_kernel()
{
	tree
	run 0 status
	[ "$(cat "$dir/out")" = ready ]
	run 0 check
	[ ! -s "$dir/out" ]
	json 0 status
	[ "$(value 'o["state"], o["patches"], o["tasks"]')" = "('ready', [], 400)" ]
}

status_while_a_change_is_in_progress()
{
	busy
	run 0 status
	[ "$(head -n 1 "$dir/out")" = in_progress ]
	said '^fix +applying +397 of 400 +23 s ago +bash\(12\) in a syscall: recvfrom +kgr poke 12$' \
		'^cve +applied +- +23 s ago +- +-$'
	run 1 check
	json 0 status
	[ "$(value '[(p["left"], p["crossed"], p["since_ms"]) for p in o["patches"]]')" = \
		'[(0, 400, 23000), (3, 397, 23000)]' ]
}

# Each patch has its own tasks to wait for.
two_changes_wait_for_different_tasks()
{
	busy
	put sys/kernel/kgraft/universe 4
	patch later reverting 4 3 'qux vmlinux'
	printf '13\tcat\t3\tuser\tstopped\t5000\t-\t-\n' \
		>>"$root/sys/kernel/debug/kgraft/blockers"
	json 0 status
	[ "$(value '{p["name"]: p["left"] for p in o["patches"]}')" = \
		"{'cve': 0, 'fix': 3, 'later': 4}" ]
	run 0 blocking fix
	fails grep -q '^13 ' "$dir/out"
	run 0 blocking later
	said '^13 '
}

statistics_of_the_kernel()
{
	busy
	# Not the log: the kernel knows.
	run 0 status
	said '^fix .* 23 s ago'
	printf 'began_ms 99000\ntook_ms -\nlongest_ms 0\nexit 1\nslee' \
		>"$root/sys/kernel/kgraft/fix/statistics"
	run 0 patches -v
	said 'last change +60 ms, exit 10, new 3$' 'last change +not complete, exit 1$'
	json 0 patches
	[ "$(value '[p["statistics"] for p in o["patches"]][1]')" = \
		"{'began_ms': 99000, 'took_ms': None, 'longest_ms': 0, 'crossed': {'exit': 1}}" ]
	[ "$(value '[p["statistics"]["crossed"] for p in o["patches"]][0]')" = \
		"{'exit': 10, 'loop': 0, 'new': 3}" ]
	json 0 status
	[ "$(value 'o["patches"][1]["since_ms"]')" = 1000 ]
	rm "$root"/sys/kernel/kgraft/*/statistics
	json 0 status
	[ "$(value 'o["patches"][1]["since_ms"]')" = 12000 ]
	json 0 patches
	[ "$(value 'o["patches"][1]["statistics"]')" = None ]
}

universes_wrap_around()
{
	busy
	put sys/kernel/kgraft/universe 1
	put sys/kernel/kgraft/fix/universe 1
	sed -i 's/\t2\t/\t4294967295\t/' "$root/sys/kernel/debug/kgraft/blockers"
	json 0 status
	[ "$(value 'o["patches"][1]["left"]')" = 3 ]
}

next_command_is_quoted_for_a_shell()
{
	tree
	patch "it's;reboot" reverted 3 4 'foo vmlinux'
	patch -f reverted 3 4 'foo vmlinux'
	json 0 status
	value '"\n".join(p["next"] for p in o["patches"] if p["next"])' >"$dir/next"
	grep -qx "kgr unload -- -f" "$dir/next"
	grep -qxF "kgr unload 'it'\\''s;reboot'" "$dir/next"
}

# --- odd states ---

files_that_are_half_read()
{
	busy
	printf 1 >"$root/sys/kernel/kgraft/universe"
	: >"$root/sys/kernel/kgraft/fix/status"
	printf 'appl' >"$root/sys/kernel/kgraft/cve/status"
	printf 'foo vmlinux 0 2\nbar vml' >"$root/sys/kernel/kgraft/cve/state"
	printf '99\thalf\t2\tus' >>"$root/sys/kernel/debug/kgraft/blockers"
	json 0 status
	[ "$(value 'o["universe"], [p["status"] for p in o["patches"]]')" = \
		"(None, ['unknown', 'unknown'])" ]
	json 0 patches
	[ "$(value 'len(o["patches"][0]["functions"])')" = 1 ]
	json 0 blocking
	[ "$(value 'len(o["blockers"])')" = 3 ]
	: >"$root/sys/kernel/kgraft/in_progress"
	run 3 check
	json 0 status
	[ "$(value 'o["state"]')" = unknown ]
}

patches_that_vanish_while_they_are_listed()
{
	local pid rounds=0

	busy
	touch "$dir/running"
	while [ -e "$dir/running" ]; do
		mv "$root/sys/kernel/kgraft/fix" "$root/gone"
		mv "$root/gone" "$root/sys/kernel/kgraft/fix"
	done &
	pid=$!
	while [ "$rounds" -lt 30 ] && json 0 patches; do
		rounds=$((rounds + 1))
	done
	rm "$dir/running"
	wait "$pid"
	[ "$rounds" -eq 30 ]
	# listed, and gone when it is opened
	mkdir "$root/sys/kernel/kgraft/ghost"
	json 0 status
	[ "$(value '[p["name"] for p in o["patches"]]')" = "['cve', 'fix']" ]
}

names_with_odd_characters()
{
	busy
	patch $'\x80\e[31mred' applied 2 2 'foo vmlinux'
	printf '%b' '77\t\\033[2J\\377\\342\\200\\256x\t2\tuser\tstopped\t1\t-\t-\n' \
		>>"$root/sys/kernel/debug/kgraft/blockers"
	put proc/77/comm x
	printf 'a\0\e]0;b\7\0' >"$root/proc/77/cmdline"
	put proc/77/cgroup $'0::/a/evil\e[1m.service'
	for i in status patches 'patches -v' blocking 'blocking -vv'; do
		# shellcheck disable=SC2086 # words
		run 0 $i
		if LC_ALL=C grep -q -P '[\x00-\x08\x0b-\x1f\x7f]' "$dir/out"; then
			cat -v "$dir/out"
			return 1
		fi
		# shellcheck disable=SC2086 # words
		json 0 $i
	done
	# which would turn the rest of the line round
	run 0 blocking
	fails grep -q $'\xe2\x80\xae' "$dir/out"
}

tables_of_a_newer_kernel()
{
	busy
	printf '%b' 'cpu\ttid\tcomm\tuniverse\tkind\treason\twaited_ms\tsyscall\twchan\tnew\n' \
		'1\t12\tbash\t2\tuser\tof a new kind\t5\t-\t-\tx\n' 'short\tline\n' \
		>"$root/sys/kernel/debug/kgraft/blockers"
	json 0 blocking
	[ "$(value '[(b["tid"], b["reason"], b["next"]) for b in o["blockers"]]')" = \
		"[(12, 'of a new kind', 'kgr wait')]" ]
	printf '%b' 'tid\tcomm\nnothing\tknown\n' >"$root/sys/kernel/debug/kgraft/blockers"
	json 0 blocking
	[ "$(value 'o["blockers"]')" = '[]' ]
}

without_debugfs_proc_lists_the_tasks()
{
	busy
	rm -r "$root/sys/kernel/debug"
	put proc/12/task/12/kgr_in_progress 1
	put proc/12/task/12/comm bash
	put proc/12/task/13/kgr_in_progress 0
	put proc/12/task/13/comm 'not this'
	put proc/14/task/14/kgr_in_progress 1
	put proc/14/task/14/comm $'a\tb\\'
	json 0 blocking
	[ "$(value '[(b["tid"], b["comm"], b["reason"]) for b in o["blockers"]]')" = \
		"[(12, 'bash', None), (14, 'a\\tb\\\\', None)]" ]
	[ "$(value 'o["source"]')" = proc ]
	run 0 blocking
	said 'no reasons'
}

what_a_task_belongs_to()
{
	local id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

	busy
	printf '%b' '20\tpgsql\t2\tuser\tfrozen\t1\t-\t-\n' '21\tgdb-child\t2\tuser\ttraced\t1\t-\t-\n' \
		>>"$root/sys/kernel/debug/kgraft/blockers"
	put proc/20/cgroup $'4:freezer:/other\n0::/system.slice/docker-'"$id.scope"
	printf 'postgres\0-D\0/var/lib\0' >"$root/proc/20/cmdline"
	put proc/21/status $'Name:\tx\nPPid:\t1\nTracerPid:\t99'
	put proc/21/cgroup 0::/user.slice/user-0.slice/session-1.scope
	put proc/21/stack '[<0>] ptrace_stop+0x1/0x2'
	run 0 blocking -vv
	said 'command +postgres -D /var/lib$' "cgroup +/system.slice/docker-$id" \
		'container +0123456789ab$' 'unit +session-1.scope$' 'tracer +99$' \
		"thaw +echo 0 > /sys/fs/cgroup/system.slice/docker-$id.scope/cgroup.freeze" 'stack +\[<0>\] ptrace_stop'
	json 0 blocking -vv
	[ "$(value '[(b["unit"], b["tracer"]) for b in o["blockers"]][-1]')" = "('session-1.scope', 99)" ]
	[ "$(value 'o["blockers"][-1]["stack"]')" = "['[<0>] ptrace_stop+0x1/0x2']" ]
	# Users choose the name, and may hope that root runs the line.
	put proc/20/cgroup "0::/it's; touch x"
	run 0 blocking -v
	grep -qF "thaw       echo 0 > '/sys/fs/cgroup/it'\\''s; touch x/cgroup.freeze'" "$dir/out"
	put proc/20/cgroup $'0::/x\e[31m'
	run 0 blocking -v
	fails grep -q -e thaw -e $'\e' "$dir/out"
}

another_user()
{
	[ "$(id -u)" -eq 0 ] || return 4
	busy
	chmod 700 "$root/sys/kernel/debug" "$root/dev/kmsg"
	chmod 755 "$dir" "$root"
	put proc/12/task/12/kgr_in_progress 1
	put proc/12/task/12/comm bash
	chmod 600 "$root/proc/12/task/12/kgr_in_progress"
	chmod 200 "$root"/sys/kernel/kgraft/*/revert
	chmod 200 "$root"/sys/kernel/kgraft/force
	# It can neither read where the build is, perhaps, nor write where the tests are.
	cp "$plain" "$dir/kgr-of-all"
	su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' --json blocking" >"$dir/out"
	[ "$(value 'o["source"], o["blockers"]')" = "('own', [])" ]
	su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' status" >"$dir/out"
	said '397 of 400' 'sudo kgr status'
	for i in 'revert fix' 'force --yes' log; do
		status=0
		su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' $i" \
			>"$dir/out" 2>"$dir/err" || status=$?
		[ "$status" -eq 8 ] || { echo "$i: $status"; cat "$dir/err"; return 1; }
	done
}

a_read_only_sys()
{
	[ "$(id -u)" -eq 0 ] || return 4
	busy
	unshare --mount bash -euc 'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"
		for words in "revert fix" "poke 12" poke "force --yes"; do
			status=0
			"$0" --root="$1" $words || status=$?
			[ "$status" -eq 8 ] || { echo "$words: $status"; exit 1; }
		done
		"$0" --root="$1" status' "$kgr" "$root" >"$dir/out" 2>"$dir/err"
	said 'Read-only|read-only|root'
}

a_kernel_without_kgraft()
{
	tree
	rm -r "$root/sys/kernel/kgraft"
	for command in status check patches blocking wait 'load x.ko' 'revert x' 'enable x' \
		'unload x' poke force; do
		# shellcheck disable=SC2086 # words
		run 7 $command
		said 'no kGraft' 'CONFIG_KGRAFT'
		# shellcheck disable=SC2086 # words
		json 7 $command
	done
	rm -r "$root/sys"
	run 7 status
	said 'not mounted'
}

# --- patches ---

patches_and_what_else_is_on_their_functions()
{
	busy
	patch other applied 2 2 'bar vmlinux'
	printf 'bar\tnew_bar [fix]\tkprobe:kprobe_dispatcher,direct:bpf_trampoline_1\n' \
		>>"$root/sys/kernel/debug/kgraft/sites"
	put sys/kernel/livepatch/klp/enabled 1
	put sys/kernel/livepatch/klp/transition 0
	run 0 patches
	said '^fix +applying +for some tasks +2' '^other +applied +for all tasks' \
		'^klp +applied +for all tasks .*livepatch, read-only'
	run 0 patches -v fix
	said 'bar +vmlinux +being applied +new_bar \[fix\] +also in other +kprobe:'
	json 0 patches
	[ "$(value '[(p["name"], p["kind"], p["live_for_all"]) for p in o["patches"]]')" = \
		"[('cve', 'kgraft', True), ('fix', 'kgraft', False), ('other', 'kgraft', True), ('klp', 'livepatch', True)]" ]
	run 6 patches nothing
}

a_patch_that_a_module_runs_without()
{
	busy
	sed -i 's/2$/6/' "$root/sys/kernel/kgraft/cve/state"
	run 0 patches
	said '^cve +applied +not in a module'
	run 1 doctor
	said 'bad +patches +cve: 1 functions run the original'
}

# Whether it is signed matters where the kernel wants that.
doctor_wants_a_signature_where_the_kernel_does()
{
	local module=$dir/unsigned.ko parameters=sys/module/module/parameters

	gcc -x c -c -o "$module" - <<-'C'
		static const char info[] __attribute__((section(".modinfo"), used)) =
			"license=GPL\0name=unsigned\0vermagic=0";
	C
	tree
	run 1 doctor "$module"
	said 'ok +signature +not needed'
	put $parameters/sig_enforce N
	put sys/kernel/security/lockdown '[none] integrity confidentiality'
	run 1 doctor "$module"
	said 'ok +signature +not needed'
	put sys/kernel/security/lockdown 'none [integrity] confidentiality'
	run 1 doctor "$module"
	said 'bad +signature .*\(lockdown\), and this one is not signed'
	put proc/sys/kernel/modules_disabled 1
	run 1 doctor "$module"
	said 'bad +modules +no module can be loaded'
	[ "$(grep -c 'no module can be loaded\|modules_disabled' "$dir/out")" -eq 1 ]
	put $parameters/sig_enforce Y
	json 1 doctor "$module"
	[ "$(value '[f["level"] for f in o["findings"] if f["check"] == "signature"]')" = "['bad']" ]
}

# --- what is written ---

writes_what_the_kernel_wants()
{
	busy
	run 0 revert cve
	[ "$(cat "$root/sys/kernel/kgraft/cve/revert")" = 1 ]
	run 0 enable cve
	[ "$(cat "$root/sys/kernel/kgraft/cve/enable")" = 1 ]
	run 0 poke 12
	[ "$(cat "$root/sys/kernel/kgraft/wake_now")" = "tid 12" ]
	run 0 poke 1
	[ "$(cat "$root/sys/kernel/kgraft/wake_now")" = "tid 1" ]
	run 0 poke
	[ "$(cat "$root/sys/kernel/kgraft/wake_now")" = 1 ]
	run 0 poke --all
	[ "$(cat "$root/sys/kernel/kgraft/wake_now")" = all ]
	run 0 force --yes
	[ "$(cat "$root/sys/kernel/kgraft/force")" = 1 ]
	for command in 'revert cve' 'poke 12' 'force --yes'; do
		# shellcheck disable=SC2086 # words
		json 0 $command
	done
}

force_asks_first()
{
	busy
	run 2 force
	said '--yes'
	[ ! -s "$root/sys/kernel/kgraft/force" ]
	put sys/kernel/kgraft/in_progress 0
	run 1 force --yes
	said 'no change is in progress'
}

# --- wait ---

wait_for_what_is_complete_or_not()
{
	tree
	run 0 wait
	said ready
	busy
	run 4 wait --timeout=0.2
	said '^fix: applying' 'the change continues'
	json 4 wait --timeout=0
	run 0 wait cve
	said '^cve: applied'
	run 6 wait nothing
}

# Not woken by anything, it would look again at its timeout only.
wait_for_a_patch_that_is_reverted_instead()
{
	busy
	(sleep 0.3; put sys/kernel/kgraft/fix/status reverted; put sys/kernel/kgraft/in_progress 0) &
	run 5 wait fix --timeout=1.5
	said '^fix: reverted'
	wait
}

# --- log ---

log_of_ours_only()
{
	busy
	run 0 log
	[ "$(wc -l <"$dir/out")" -eq 3 ]
	said "^\[ *88.000000\] 'fix': applying, universe 3$"
	json 0 log
	# by a program, into /dev/kmsg
	echo "12,14,89000000,-;kgraft: 'fix': applied after 1 ms" >>"$root/dev/kmsg"
	run 0 log
	[ "$(wc -l <"$dir/out")" -eq 3 ]
	printf '%s\n' 'no record' '6;no commas' '6,1;short' '6,1,x,-;no number' ';' \
		"3,14,90000000,-;kgraft: 'a\\x5c\\x1b': no 'x' in vmlinux" >>"$root/dev/kmsg"
	json 0 log
	[ "$(value 'o["records"][3]["text"]')" = "'a\\"$'\e'"': no 'x' in vmlinux" ]
	run 0 log
	said "'a.*033': no 'x'"
}

# --- usage ---

wrong_usage()
{
	tree
	for words in '' nothing 'revert' 'load' 'poke x' 'poke 0' 'wait --timeout=x' 'status x' \
		'load a.ko b.ko' 'load --on-deadline=x a.ko' 'poke --all 5' '--color=x status'; do
		# shellcheck disable=SC2086 # words
		run 2 $words
	done
	run 0 help
	run 0 --help
	run 0 --version
	run 0 load --help
}

colors_only_where_they_are_wanted()
{
	busy
	run 0 status
	fails grep -q $'\e' "$dir/out"
	run 0 --color=always status
	grep -q $'\e' "$dir/out"
	run 0 --color=always --json status
	fails grep -q $'\e' "$dir/out"
	script -qec "NO_COLOR=1 TERM=xterm $kgr --root=$root status" "$dir/typescript" >"$dir/out"
	fails grep -q $'\e' "$dir/out"
	script -qec "TERM=xterm $kgr --root=$root status" "$dir/typescript" >"$dir/out"
	grep -q $'\e' "$dir/out"
	script -qec "TERM=dumb $kgr --root=$root status" "$dir/typescript" >"$dir/out"
	fails grep -q $'\e' "$dir/out"
}

build_is_run_from_beside()
{
	tree
	mkdir -p "$dir/beside"
	cp "$plain" "$dir/beside/kgr"
	printf '%s\n' '#!/bin/sh' 'echo "build: $*"; exit 42' >"$dir/beside/kgr-build"
	chmod +x "$dir/beside/kgr-build"
	kgr=$dir/beside/kgr
	for words in 'build a b' 'explain x' 'check x.patch' 'check -v x.patch'; do
		status=0
		# shellcheck disable=SC2086 # words
		"$kgr" $words >"$dir/out" || status=$?
		[ "$status" -eq 42 ]
		[ "$(cat "$dir/out")" = "build: $words" ]
	done
	run 0 check
	run 0 check --color never
	# which prints none
	for words in '--json build x' '--json check x.patch' '--json explain x'; do
		# shellcheck disable=SC2086 # words
		run 1 $words
		said 'does not print JSON'
	done
	# where a checkout has it
	mkdir "$dir/kgr-build"
	mv "$dir/beside/kgr-build" "$dir/kgr-build/"
	status=0
	"$kgr" build x >"$dir/out" || status=$?
	[ "$status" -eq 42 ]
	rm -r "$dir/kgr-build"
	run 3 build x
	said 'kgr-build'
}

# --- many ---

# milliseconds_of COMMAND...: of a CPU, the best of three
milliseconds_of()
{
	python3 -IS -c '
import resource, subprocess, sys

def used():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

best = 9e9
for i in range(3):
    before = used()
    subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True)
    best = min(best, used() - before)
print(round(best * 1000))' "$@"
}

# Where even awk takes long to print two columns of them, the machine is slow.
ten_thousand_blockers_in_a_tenth_of_a_second()
{
	local used most

	busy
	seq 10000 | awk '{ printf "%d\tworker-%d\t2\tuser\tin a syscall: recvfrom\t%d\trecvfrom\tunix_wait\n", $1, $1, $1 }' >"$dir/many"
	blockers <"$dir/many"
	json 0 blocking
	[ "$(value 'len(o["blockers"])')" = 10000 ]
	# shellcheck disable=SC2016 # awk's
	most=$((20 * $(milliseconds_of awk '{ print $1, $5 }' "$dir/many")))
	[ "$most" -gt 100 ] || most=100
	for command in status blocking '--json blocking'; do
		# shellcheck disable=SC2086 # words
		used=$(milliseconds_of "$fast" --root="$root" $command)
		echo "kgr $command: $used ms, of $most" | tee -a "$dir/times"
		[ "$used" -lt "$most" ]
	done
}

recorded_tests=(status_of_an_idle_kernel status_while_a_change_is_in_progress
	two_changes_wait_for_different_tasks statistics_of_the_kernel universes_wrap_around
	next_command_is_quoted_for_a_shell files_that_are_half_read
	patches_that_vanish_while_they_are_listed names_with_odd_characters
	tables_of_a_newer_kernel without_debugfs_proc_lists_the_tasks
	what_a_task_belongs_to another_user
	a_read_only_sys a_kernel_without_kgraft
	patches_and_what_else_is_on_their_functions a_patch_that_a_module_runs_without
	doctor_wants_a_signature_where_the_kernel_does
	writes_what_the_kernel_wants force_asks_first wait_for_what_is_complete_or_not
	wait_for_a_patch_that_is_reverted_instead log_of_ours_only wrong_usage
	colors_only_where_they_are_wanted build_is_run_from_beside
	ten_thousand_blockers_in_a_tenth_of_a_second)
