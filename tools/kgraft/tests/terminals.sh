# SPDX-License-Identifier: GPL-2.0
# What kgr shows on a terminal. Sourced by scripts/tests/kgr.sh, as recorded.sh is.
#
# shellcheck shell=bash disable=SC2154,SC2034

# on STATUS SIZE STEP... -- ARG...: kgr on a terminal; what it writes is in $dir/out
on()
{
	local wanted=$1 size=$2 status=0 steps=()
	shift 2

	while [ "$1" != -- ]; do
		steps+=("$1")
		shift
	done
	shift
	TERM=xterm "$here/tests/terminal" "$size" "${steps[@]}" -- \
		"$kgr" --root="$root" "$@" >"$dir/out" 2>&1 || status=$?
	: >"$dir/err"
	if grep -E 'runtime error|AddressSanitizer|LeakSanitizer' "$dir/out"; then
		return 1
	fi
	[ "$status" -eq "$wanted" ] && return
	cat -v "$dir/out"
	echo "kgr $*: exit status $status, not $wanted"
	return 1
}

# left: the screen is as it was before, and has a cursor
left()
{
	tail -c 30 "$dir/out" | grep -qF $'\e[?7h\e[?25h\e[?1049l'
}

top_shows_changes_until_it_is_told_to_quit()
{
	busy
	on 0 24x80 shows 'fix.*applying' shows '3 tasks have yet to cross' \
		shows 'bash\(12\) in a syscall: recvfrom' shows 'q: quit' \
		run "echo 0 >$root/sys/kernel/kgraft/in_progress; echo applied >$root/sys/kernel/kgraft/fix/status" \
		shows 'ready' type x shows 'ready' type q -- top
	left
	# end of the input; a terminal that is gone, so nothing can be restored; none
	on 0 24x80 shows 'q: quit' type '\4' -- top
	left
	on 3 24x80 shows 'q: quit' hang up -- top
	run 0 top
	fails grep -q 'q: quit' "$dir/out"
	json 0 top
	rm -r "$root/sys/kernel/kgraft"
	on 7 24x80 -- top
}

signals_end_top_and_restore_the_terminal()
{
	local signal

	busy
	for signal in INT TERM HUP; do
		on 0 24x80 shows 'q: quit' signal "$signal" -- top
		left
	done
}

keys_that_send_signals_to_top()
{
	busy
	on 0 24x80 shows 'q: quit' type '\34' -- top
	left
	on 0 24x80 shows 'q: quit' type '\3' -- top
	left
}

# shell STEP...: the same as on, with a shell that has job control; top is its first job
shell()
{
	printf '%s\n' "PS1='ready> '" "alias top='$kgr --root=$root top'" \
		>"$dir/bashrc"
	TERM=xterm "$here/tests/terminal" 24x80 shows 'ready> ' type 'top\n' shows 'q: quit' \
		"$@" type 'exit\n' -- bash --noprofile --rcfile "$dir/bashrc" -i >"$dir/out" 2>&1 ||
		{ cat -v "$dir/out"; return 1; }
}

# The shell has its screen back, and top what it needs when it goes on.
top_stops_and_goes_on()
{
	local leaves='\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049l' stops enters='\x1b\[\?1049h'

	busy
	stops=(type '\32' shows "$leaves" shows 'Stopped' shows 'ready> ')
	shell "${stops[@]}" type 'stty -a\n' shows ' icanon' shows ' echo ' shows 'ready> ' \
		run "echo applied >$root/sys/kernel/kgraft/fix/status" \
		type 'fg\n' shows "$enters" shows 'fix.*applied' shows 'q: quit' \
		"${stops[@]}" type 'fg\n' shows "$enters" shows 'q: quit' \
		type q shows "$leaves" shows 'ready> ' type 'echo "top: $?"\n' shows '[\r\n]top: 0\r'
	# in the background it waits for the terminal, or ends
	shell "${stops[@]}" \
		type 'bg; while jobs %1 | grep Running; do sleep 0.1; done; jobs %1\n' shows 'Stopped  ' \
		type 'fg\n' shows "$enters" shows 'q: quit' \
		"${stops[@]}" type 'kill %1; while jobs %1; do sleep 0.1; done\n' shows 'Done  '
	# where nothing says so before
	shell run "kill -STOP \$(pgrep -f \"^$kgr --root=$root top\")" shows 'Stopped' shows 'ready> ' \
		type 'fg\n' shows "$enters" shows 'q: quit' type q shows "$leaves" shows 'ready> '
}

# A frame, in the size of then, when the size changes: five of them, at once
top_fills_the_screen_of_any_size()
{
	local began

	busy
	seq 100 | awk '{ printf "%d\tworker-%d\t2\tuser\tstopped\t-\t-\t-\n", $1 + 100, $1 }' \
		>>"$root/sys/kernel/debug/kgraft/blockers"
	began=$(date +%s%N)
	on 0 24x80 shows 'worker-13' shows 'q: quit' size 9x80 shows 'q: quit' \
		size 30x80 shows 'worker-19' shows 'q: quit' size 9x80 shows 'q: quit' \
		size 40x80 shows 'worker-29' shows 'q: quit' size 9x80 shows 'q: quit' \
		size 50x80 shows 'worker-39' type q -- top
	[ $((($(date +%s%N) - began) / 1000000)) -lt 4000 ]
	on 0 5x80 shows 'fix' shows 'q: quit' type q -- top
	fails grep -q 'have yet to cross' "$dir/out"
	# that of a serial line is not known
	on 0 0x0 shows 'worker-13' shows 'q: quit' type q -- top
	fails grep -q 'worker-39' "$dir/out"
}

a_bar_that_fits_into_the_line()
{
	local columns

	busy
	printf '%b' '99\tlong\t2\tuser\tin a syscall: of a long name, in a \346\227\245\346\234\254\t99000\t-\t-\n' \
		>>"$root/sys/kernel/debug/kgraft/blockers"
	for columns in 40 80 100; do
		on 4 24x$columns shows 'left' shows '\r' -- wait --timeout=0.3
		python3 - "$dir/out" $columns <<-'END_OF_PYTHON'
			import re, sys, unicodedata
			text = open(sys.argv[1], newline="").read()
			bars = re.findall(r"\r\x1b\[K(\[-{24}\][^\r\n]*)", text)
			assert bars, text
			for bar in bars:
			    width = sum(1 + (unicodedata.east_asian_width(c) in "WF") for c in bar)
			    assert width < int(sys.argv[2]), (width, bar)
		END_OF_PYTHON
	done
	grep -q 'of a long name, in a 日本' "$dir/out"
	on 4 0x0 shows 'left' -- wait --timeout=0.3
	# it shows how far it is
	on 0 24x80 shows '\[-{24}\] 3 left' \
		run "echo 1 >$root/sys/kernel/kgraft/remaining" shows '\[#{16}-{8}\] 1 left' \
		run "echo 9 >$root/sys/kernel/kgraft/remaining" shows '\[-{24}\] 9 left' \
		run ": >$root/sys/kernel/debug/kgraft/blockers" shows 'left, 0/s *\r' \
		run "echo 0 >$root/sys/kernel/kgraft/remaining" shows '\[#{24}\] 0 left' \
		run "rm $root/sys/kernel/kgraft/remaining; echo applied >$root/sys/kernel/kgraft/fix/status; echo 0 >$root/sys/kernel/kgraft/in_progress" \
		shows 'fix: applied' -- wait
}

# There, a wait looks again four times a second.
waits_that_end_in_each_way()
{
	local fix

	busy
	fix=$root/sys/kernel/kgraft/fix/status
	on 5 24x80 shows left run ": >$fix" shows 'fix: removed' -- wait fix
	put sys/kernel/kgraft/fix/status applying
	on 5 24x80 shows left run "echo reverted >$fix" shows 'fix: reverted' -- wait fix
	put sys/kernel/kgraft/fix/status applying
	on 4 24x80 shows left run "echo reverting >$fix" shows 'fix: reverting' -- \
		wait fix --timeout=1
	put sys/kernel/kgraft/fix/status applying
	patch other reverting 3 3 'qux vmlinux'
	on 5 24x80 shows left run ": >$fix" shows left \
		run "echo reverted >$root/sys/kernel/kgraft/other/status" \
		shows 'fix: removed' shows 'other: reverted' -- wait fix other
	patch later reverting 3 3 'qux vmlinux'
	on 0 24x80 shows left \
		run "echo reverted >$root/sys/kernel/kgraft/later/status; echo 0 >$root/sys/kernel/kgraft/in_progress" \
		shows 'later: reverted' -- wait
	# what is complete is not waited for
	run 0 revert cve --wait
	said '^cve: applied'
	# which is not applied, for whatever reason
	run 5 enable other cve --timeout=0.1
	put sys/kernel/kgraft/fix/status applying
	run 4 wait fix cve --timeout=0
	said '^fix: applying' '^cve: applied'
}

force_is_asked_for_by_its_name()
{
	busy
	on 1 24x80 shows '3 tasks block' shows 'bash\(12\)' shows 'continue: ' type 'yes\n' \
		shows 'nothing was done' -- force
	on 1 24x80 shows 'continue: ' type '\4' shows 'nothing was done' -- force
	[ ! -s "$root/sys/kernel/kgraft/force" ]
	seq 100 | awk '{ printf "%d\tworker-%d\t2\tuser\t-\t1\t-\t-\n", $1 + 100, $1 }' \
		>>"$root/sys/kernel/debug/kgraft/blockers"
	on 0 24x80 shows 'worker-7\(107\)\r' shows 'and 93 others' shows 'continue: ' \
		type 'force\n' shows '^forced' -- force
	[ "$(cat "$root/sys/kernel/kgraft/force")" = 1 ]
	blockers </dev/null
	on 1 24x80 shows 'continue: ' type '\n' -- force
	fails grep -q 'tasks block' "$dir/out"
	# nobody could answer
	on 2 24x80 -- force --json
}

colors_of_each_status()
{
	busy
	patch old reverted 1 4 'qux vmlinux'
	patch forced applied 2 2 'qux vmlinux'
	put sys/kernel/kgraft/forced/forced 1
	sed -i 's/2$/6/' "$root/sys/kernel/kgraft/cve/state"
	printf '%s\n' "4,20,89000000,-;kgraft: a warning" "3,21,89000000,-;kgraft: an error" \
		>>"$root/dev/kmsg"
	on 0 24x80 -- patches
	grep -qF $'\e[31mapplied, forced\e[0m' "$dir/out"
	grep -qF $'\e[32mapplied\e[0m' "$dir/out"
	grep -qF $'\e[33mapplying\e[0m' "$dir/out"
	grep -qF $'\e[2mreverted\e[0m' "$dir/out"
	on 0 24x80 -- patches -v
	grep -qF $'\e[31munpatched\e[0m' "$dir/out"
	on 0 24x80 -- log
	grep -qF $'\e[33ma warning\e[0m' "$dir/out"
	grep -qF $'\e[31man error\e[0m' "$dir/out"
	grep -q "'cve': applying" "$dir/out"
	on 0 24x80 -- --color=never log
	fails grep -q $'\e' "$dir/out"
	# an empty NO_COLOR is none; without TERM there are none
	NO_COLOR='' on 0 24x80 -- log
	grep -q $'\e' "$dir/out"
	script -qec "unset TERM; $kgr --root=$root log" "$dir/typescript" >"$dir/out"
	fails grep -q $'\e' "$dir/out"
}

terminal_tests=(top_shows_changes_until_it_is_told_to_quit
	signals_end_top_and_restore_the_terminal keys_that_send_signals_to_top
	top_stops_and_goes_on top_fills_the_screen_of_any_size
	a_bar_that_fits_into_the_line waits_that_end_in_each_way force_is_asked_for_by_its_name colors_of_each_status)
