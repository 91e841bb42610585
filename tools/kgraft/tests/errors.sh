# SPDX-License-Identifier: GPL-2.0
# What cannot be read, written or understood. Sourced by scripts/tests/kgr.sh, as
# recorded.sh is.
#
# shellcheck shell=bash disable=SC2154,SC2034

# into FILE STATUS ARG...: kgr, with its output there
into()
{
	local file=$1 wanted=$2 status=0
	shift 2

	"$kgr" --root="$root" "$@" >"$file" 2>"$dir/err" </dev/null || status=$?
	: >"$dir/out"
	[ "$status" -eq "$wanted" ] && return
	cat "$dir/err"
	echo "kgr $*: exit status $status, not $wanted"
	return 1
}

output_that_has_no_room()
{
	local words

	busy
	traced 3 >"$dir/trace"
	for words in status '--json status' help patches "trace -i $dir/trace" log 'log --follow' \
		metrics blocking; do
		# shellcheck disable=SC2086 # words
		into /dev/full 3 $words
		said '^kgr: cannot write'
	done
	# a failure keeps its status
	into /dev/full 6 --json patches nothing
	run 3 trace -i "$dir/trace" -o /dev/full
	said 'cannot write the picture: No space left'
}

metrics_are_written_completely_or_not_at_all()
{
	local i status=0

	[ "$(id -u)" -eq 0 ] || return 4
	busy
	for i in {1..20}; do
		patch "a-fix-$i" applied 2 2 'foo vmlinux'
	done
	mkdir "$dir/metrics"
	# where there is room for the first page of it
	# shellcheck disable=SC2016 # are in that shell
	unshare --mount bash -euc 'mount -t tmpfs -o size=8k none "$2"
		echo old >"$2/kgraft.prom"
		status=0
		"$0" --root="$1" metrics -o "$2/kgraft.prom" || status=$?
		cat "$2"/*
		[ "$(ls "$2")" = kgraft.prom ]
		exit $status' "$kgr" "$root" "$dir/metrics" >"$dir/out" 2>"$dir/err" || status=$?
	[ "$status" -eq 3 ] || { cat "$dir/err"; return 1; }
	said 'cannot write .*No space left on device'
	[ "$(cat "$dir/out")" = old ]
	mkdir "$dir/metrics/directory"
	run 3 metrics -o "$dir/metrics/directory"
	said 'cannot write .*Is a directory'
	[ "$(ls "$dir/metrics")" = directory ]
	run 0 metrics -o "$dir/metrics/kgraft.prom"
	[ "$(stat -c %a "$dir/metrics/kgraft.prom")" = 644 ]
	rm -r "$dir/metrics"
}

# A device or a pipe is written to, and stays what it is. Not to one of /dev itself, which
# would be gone if it were not so.
metrics_go_where_they_are_to()
{
	tree
	mkdir "$dir/metrics"
	mkfifo "$dir/metrics/pipe"
	timeout 20 cat "$dir/metrics/pipe" >"$dir/metrics/read" &
	run 0 metrics -o "$dir/metrics/pipe"
	[ -p "$dir/metrics/pipe" ]
	wait $!
	cmp "$dir/metrics/read" <("$kgr" --root="$root" metrics)
	ln -s /dev/full "$dir/metrics/full"
	run 3 metrics -o "$dir/metrics/full"
	said 'cannot write .*No space left on device'
	[ -L "$dir/metrics/full" ]
	mkdir "$dir/metrics/real"
	echo old >"$dir/metrics/real/kgraft.prom"
	ln "$dir/metrics/real/kgraft.prom" "$dir/metrics/before"
	ln -s real/kgraft.prom "$dir/metrics/link"
	run 0 metrics -o "$dir/metrics/link"
	[ -L "$dir/metrics/link" ]
	cmp "$dir/metrics/real/kgraft.prom" "$dir/metrics/read"
	[ "$(cat "$dir/metrics/before")" = old ]
	[ "$(ls "$dir/metrics/real")" = kgraft.prom ]
	rm -r "$dir/metrics"
}

# Not by what the kernel would say, but it has no room either.
requests_that_are_not_taken()
{
	local file words

	busy
	for file in cve/revert cve/enable wake_now force; do
		ln -sf /dev/full "$root/sys/kernel/kgraft/$file"
	done
	for words in 'revert cve' 'enable cve' 'poke 12' 'poke' 'poke --all' 'force --yes'; do
		# shellcheck disable=SC2086 # words
		run 3 $words
		said 'kgr: .*No space left on device'
	done
	json 3 poke 12 13
	[ "$(value '[t["result"] for t in o["threads"]]')" = "['ENOSPC', 'ENOSPC']" ]
	json 3 force --yes
	[ "$(value 'o["errors"][0]["errno"]')" = ENOSPC ]
	rm "$root"/sys/kernel/kgraft/{cve/revert,cve/enable,wake_now}
	for words in 'revert cve' 'poke 12'; do
		# shellcheck disable=SC2086 # words
		run 6 $words
	done
	run 6 revert cve
	said 'does not exist any more'
	run 6 enable cve
	said 'No such file'
	# the first one that is refused ends it
	: >"$root/sys/kernel/kgraft/cve/enable"
	run 6 revert cve fix
	[ ! -s "$root/sys/kernel/kgraft/fix/revert" ]
	run 6 enable nothing fix
	[ ! -s "$root/sys/kernel/kgraft/fix/enable" ]
	# taken, but reverted before anybody looks: as by a short deadline
	put sys/kernel/kgraft/cve/status reverted
	run 5 enable --wait cve
	: >"$root/sys/kernel/kgraft/cve/revert"
	run 0 revert --wait cve
}

# The lines of the kernel during a request, and of nobody else.
complaints_during_a_request()
{
	busy
	rm "$root/dev/kmsg"
	mkfifo "$root/dev/kmsg"
	# shellcheck disable=SC2016 # is in that shell
	bash -euc '
		exec 3<>"$0/dev/kmsg"
		printf "%s\n" "4,1,1,-,caller=T$$;kgraft: by this request\x1b" \
			"4,2,2,-,caller=T1;kgraft: by another one" \
			"4,3,3,-,caller=T$$;something else" \
			"6,4,4,-,caller=T$$;kgraft: not a warning" \
			"12,5,5,-,caller=T$$;kgraft: by a program" \
			"3,6,6,-;kgraft: from a kernel that records no caller" >&3
		exec "$@"' "$root" "$kgr" --root="$root" revert cve >"$dir/out" 2>"$dir/err"
	cat "$dir/err"
	[ "$(cat "$dir/err")" = '  kernel: kgraft: by this request\033
  kernel: kgraft: from a kernel that records no caller' ]
	# shellcheck disable=SC2016
	bash -euc '
		exec 3<>"$0/dev/kmsg"
		echo "4,1,1,-,caller=T$$;kgraft: by this request" >&3
		exec "$@"' "$root" "$kgr" --root="$root" --json revert cve >"$dir/out"
	[ "$(value 'o["faults"]')" = "['kgraft: by this request']" ]
	cp "$dir/out" "$(mktemp "$dir/json/XXXXXX")"
	rm "$root/dev/kmsg"
	run 0 revert cve
	json 0 revert cve
	run 0 status
	run 6 log
}

# Of a name, a list, a number, or a time.
wrong_words()
{
	local words many

	busy
	many=$(seq -s ' ' 65)
	for words in 'wait --timeout=' 'wait --timeout=1x' 'wait --timeout=-1' 'wait --timeout=nan' \
		'wait --timeout=1e999' 'wait --timeout=5000000' 'load a.ko --timeout=x' \
		'load a.ko --deadline=x' 'trace --timeout=x' "poke $many" "patches $many" \
		"blocking $many" "revert $many" "trace $many" 'poke 4294967296' 'poke 1x' \
		'force x' 'log x' 'doctor a b' 'top x' 'check --nothing' 'metrics x' 'revert --nothing' \
		'load --nothing' 'trace --nothing' 'log --nothing' 'force --nothing' 'poke --nothing' \
		'blocking --nothing' 'patches --nothing' 'doctor --nothing' 'boot --nothing' '--nothing' \
		'enable' 'unload' '--json nothing' '--json log -f'; do
		# shellcheck disable=SC2086 # words
		run 2 $words
		[ -s "$dir/err" ]
	done
	for words in blocking 'blocking -v'; do
		# shellcheck disable=SC2086 # words
		run 6 $words nothing
		said "no patch or patch module 'nothing'"
	done
	json 6 blocking nothing
	run 6 unload nothing
	run 6 unload a/b
	# a driver, which nobody may be using at the moment
	put sys/module/e1000e/initstate live
	put sys/module/e1000e/taint O
	run 6 unload e1000e
	said "'e1000e' is not a patch module; rmmod"
	json 6 unload nothing
	for words in auto always never; do
		run 0 --color=$words help
	done
	run 0 --root=/ help
	KGR_ROOT=$root "$kgr" status >"$dir/out"
	said '^fix +applying'
	KGR_ROOT='' "$kgr" help >"$dir/out"
	said '^Usage: kgr'
}

# Files that are directories, too large, or empty; nothing of it ends kgr.
files_of_another_kind()
{
	local file

	busy
	put proc/12/task/12/kgr_in_progress 1
	put proc/12/task/12/comm bash
	truncate -s 65M "$root/sys/kernel/debug/kgraft/blockers"
	json 0 blocking
	[ "$(value 'o["source"], len(o["blockers"])')" = "('proc', 1)" ]
	rm -r "$root/proc"
	json 0 blocking
	[ "$(value 'o["source"], o["blockers"]')" = "('none', [])" ]
	for file in universe horizon remaining wake fix/status fix/universe fix/state fix/statistics \
		fix/forced fix/refs fix/owner cve/statistics; do
		rm "$root/sys/kernel/kgraft/$file"
		mkdir "$root/sys/kernel/kgraft/$file"
	done
	rm -r "$root/sys/kernel/debug/kgraft" "$root/sys/devices" "$root/dev/kmsg"
	mkdir "$root/dev/kmsg"
	json 0 status
	[ "$(value 'o["tasks"], o["remaining"], o["wake"]')" = '(None, None, None)' ]
	[ "$(value '[(p["status"], p["left"], p["since_ms"]) for p in o["patches"]]')" = \
		"[('applied', 0, None), ('unknown', 0, None)]" ]
	run 0 status -v
	json 0 patches
	run 0 patches -v
	said '^    module       -$' '^    live         unknown$'
	run 0 metrics
	fails grep -q '^kgraft_universe' "$dir/out"
	run 0 patches fix
	said 'root can see the other users'
	rm "$root/sys/kernel/kgraft/in_progress"
	mkdir "$root/sys/kernel/kgraft/in_progress"
	run 3 check
	run 0 status
	said '^unknown$'
	run 0 metrics
	fails grep -q '^kgraft_in_progress' "$dir/out"
}

what_is_not_for_everybody()
{
	local words status

	[ "$(id -u)" -eq 0 ] || return 4
	busy
	chmod 755 "$dir" "$root"
	cp "$plain" "$dir/kgr-of-all"
	chmod 711 "$root/sys/kernel/kgraft"
	for words in status patches 'revert fix' 'wait fix' 'metrics'; do
		status=0
		su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' $words" \
			>"$dir/out" 2>"$dir/err" || status=$?
		[ "$status" -eq 8 ] || { echo "$words: $status"; cat "$dir/err"; return 1; }
		said 'cannot read /sys/kernel/kgraft: Permission denied'
	done
	chmod 755 "$root/sys/kernel/kgraft"
	chmod 700 "$root/sys/kernel/debug"
	put proc/12/task/12/kgr_in_progress 1
	put proc/12/task/12/comm bash
	put proc/13/task/13/kgr_in_progress 1
	chmod 700 "$root/proc/13/task"
	for words in status 'status -v' blocking doctor; do
		su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' $words" >"$dir/out" || :
	done
	said 'note +debugfs +only root can see'
	su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' status -v" >"$dir/out"
	said 'tasks of other users are not listed'
	su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' blocking" >"$dir/out"
	said 'only your own tasks' '^12 +bash'
	chmod 700 "$root/sys/kernel/kgraft/in_progress"
	status=0
	su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' wait" >"$dir/out" 2>"$dir/err" ||
		status=$?
	[ "$status" -eq 8 ]
	said 'cannot read .*in_progress'
	mkdir -p "$root/etc/kgraft"
	chmod 700 "$root/etc/kgraft"
	status=0
	su -s /bin/sh nobody -c "'$dir/kgr-of-all' --root='$root' boot" >"$dir/out" 2>"$dir/err" ||
		status=$?
	[ "$status" -eq 8 ]
	said "cannot read '/etc/kgraft'"
}

# These do not begin: there is no directory of an instance, or nothing in it.
traces_that_cannot_be_made()
{
	busy
	run 6 trace
	said 'cannot trace: .*No such file'
	put sys/kernel/security/lockdown 'none integrity [confidentiality]'
	run 8 trace
	said 'locked down'
	json 8 trace -- true
	mkdir -p "$root/sys/kernel/tracing/instances"
	run 3 trace
	said 'cannot write .*trace_clock'
	[ -z "$(ls "$root/sys/kernel/tracing/instances")" ]
	# what one that was killed has left; not that of one that runs, or of others
	mkdir "$root/sys/kernel/tracing/instances/"{kgr-4194305,"kgr-$$",kgr-1x,mine}
	run 3 trace
	[ "$(find "$root/sys/kernel/tracing/instances" -mindepth 1 | wc -l)" -eq 3 ]
	[ ! -e "$root/sys/kernel/tracing/instances/kgr-4194305" ]
	rm -r "$root/sys/kernel/kgraft"
	run 7 trace
}

error_tests=(output_that_has_no_room metrics_are_written_completely_or_not_at_all
	metrics_go_where_they_are_to
	requests_that_are_not_taken complaints_during_a_request wrong_words
	files_of_another_kind what_is_not_for_everybody traces_that_cannot_be_made)
