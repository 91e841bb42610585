# SPDX-License-Identifier: GPL-2.0
# Pictures of transitions. Sourced by scripts/tests/kgr.sh, as recorded.sh is.
#
# shellcheck shell=bash disable=SC2154,SC2034

# traced NUMBER: the trace of two changes, the first of which so many tasks cross
traced()
{
	echo '# tracer: nop'
	echo '          insmod-99      [001] .....  1000.000000: kgr_change_begin: patch=fix revert=0 universe=1'
	seq "$1" | awk '{
		way = $1 % 7 == 0 ? "sleep" : $1 % 11 == 0 ? "idle" : $1 % 13 == 0 ? "stack" : "exit"
		printf "          <idle>-0       [000] d.h1.  1000.%06d: kgr_task_cross: comm=task-%d pid=%d from=0 to=1 way=%s\n", 100 + $1 * 4, $1, $1 + 100, way
	}'
	cat <<-'END_OF_TRACE'
	          kgraft-50      [000] .....  1001.000000: kgr_task_blocked: comm=postgres: x pid=9 pid=51 universe=0 kind="user" reason="in a syscall: semtimedop" msecs=1000
	          kgraft-50      [000] .....  1001.100000: kgr_task_blocked: comm=stuck pid=52 universe=0 kind="user" reason="function <foo> on its stack" msecs=1100
	 a: kgr_task_cross: 1 -50      [000] .....  1002.000000: kgr_task_cross: comm=postgres: x pid=9 pid=51 from=0 to=1 way=exit
	          echo-53        [000] .....  1003.000000: kgr_change_begin: patch=fix revert=1 universe=2
	          echo-53        [000] .....  1003.001000: kgr_task_cross: comm=echo pid=53 from=1 to=2 way=exit
	          kgraft-50      [000] .....  1004.000000: kgr_task_cross: comm=stuck pid=52 from=0 to=2 way=force
	          kgraft-50      [000] .....  1004.000100: kgr_change_complete: patch=fix revert=0 universe=1 usecs=4000100
	          kgraft-50      [000] .....  1004.000200: kgr_site_settled: name=foo original=0
	          kgraft-50      [000] .....  1004.000300: kgr_task_blocked: comm=late pid=54 universe=1 kind="user" reason="stopped" msecs=1000
	END_OF_TRACE
}

is_a_picture()
{
	python3 -c '
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
assert root.tag.endswith("svg")
print(" ".join(root.itertext()))' "$dir/picture.svg" >"$dir/out"
}

picture_of_two_changes()
{
	tree
	traced 40 >"$dir/trace"
	run 0 trace -i "$dir/trace" -o "$dir/picture.svg"
	is_a_picture
	said 'Apply of fix' 'complete after 4.0 s' '42 tasks' 'Revert of fix' 'not complete yet' \
		'postgres: x pid=9 +51, 2.0 s by exit, in a syscall: semtimedop' \
		'stuck +52, 4.0 s by force, function <foo> on its stack' \
		'late +54, 1.0 s, not crossed, stopped' 'prefers-color-scheme: dark'
	run 0 trace -i "$dir/trace"
	cmp "$dir/out" "$dir/picture.svg"
	json 0 trace -i "$dir/trace"
	[ "$(value '[(c["universe"], c["usecs"], c["crossed"], c["ways"]["exit"]) for c in o["changes"]]')" = \
		"[(1, 4000100, 42, 30), (2, None, 2, 1)]" ]
}

picture_of_ten_thousand_tasks()
{
	tree
	traced 10000 >"$dir/trace"
	run 0 trace -i "$dir/trace" -o "$dir/picture.svg"
	is_a_picture
	said '10002 tasks' 'and 9993 others'
	[ "$(stat -c %s "$dir/picture.svg")" -lt 150000 ]
}

traces_that_are_none()
{
	tree
	: >"$dir/trace"
	run 1 trace -i "$dir/trace"
	said 'no change'
	json 1 trace -i "$dir/trace"
	run 6 trace -i "$dir/nothing"
	traced 3 >"$dir/trace"
	run 6 trace -i "$dir/trace" -o "$dir/nowhere/picture.svg"
	printf '%s\n' ': kgr_' 'x: kgr_task_cross:' '1.000000: kgr_task_cross: ' \
		'1.000000: kgr_task_cross: comm= pid= from= to= way=' \
		'1.000000: kgr_change_begin: patch=<&"'$'\001\377'' revert=0 universe=4294967295' \
		'1.000000: kgr_change_begin: patch= revert=0 universe=1' \
		'0.000001: kgr_task_cross: comm=<x> pid=1 from=4294967294 to=1 way=new' \
		'1.000001: kgr_task_cross: comm=<x> pid=1 from=4294967294 to=1 way=new' \
		'2.000000: kgr_change_complete: patch= revert=0 universe=1 usecs=18446744073709551615' \
		>"$dir/trace"
	run 0 trace -i "$dir/trace" -o "$dir/picture.svg"
	is_a_picture
	json 0 trace -i "$dir/trace"
}

# Each line that is kept is right; the others lack something.
lines_that_lack_something()
{
	tree
	sed 's/^/ task-1 [000] ..... /' >"$dir/trace" <<-'END_OF_TRACE'
		5.000000: kgr_change_begin: patch=fix revert=0 universe=5
		5.000000: kgr_change_begin: patch=fix revert=x universe=5
		5.000000: kgr_change_begin: patch=fix universe=5
		5.000000: kgr_change_begin: revert=0 universe=5
		5.000000: kgr_change_begin: patchwork=1 revert=0 universe=5
		5.000000: kgr_change_begin
		5.00000: kgr_change_begin: patch=short revert=0 universe=6
		5: kgr_change_begin: patch=none revert=0 universe=6
		123456789012.000000: kgr_change_begin: patch=long revert=0 universe=6
		.000000: kgr_change_begin: patch=empty revert=0 universe=6
		5.000.000: kgr_change_begin: patch=dots revert=0 universe=6
		5.000100: kgr_task_cross: comm=a pid=1 from=4 to=5 way=loop
		5.000100: kgr_task_cross: comm=a pid=1 from=4 to=5
		5.000100: kgr_task_cross: comm=a pid=1 from=4 way=exit
		5.000100: kgr_task_cross: comm=a pid=1 to=5 way=exit
		5.000100: kgr_task_cross: comm=a from=4 to=5 way=exit
		5.000100: kgr_task_cross: pid=1 from=4 to=5 way=exit
		5.000100: kgr_task_cross: name=a pid=1 from=4 to=5 way=exit
		5.000100: kgr_task_cross: comm=a pid=1 from=5 to=6 way=exit
		5.000200: kgr_task_cross: comm=b pid=2 from=4 to=5 way=of_the_future
		4.000200: kgr_task_cross: comm=earlier pid=2 from=4 to=5 way=exit
		5.000300: kgr_task_blocked: comm=c pid=3 universe=4 kind="user" reason="stopped" msecs=1
		5.000310: kgr_task_blocked: comm=c pid=3 universe=4 kind="user" reason="in a syscall: read" msecs=1
		5.000050: kgr_task_blocked: comm=a pid=1 universe=4 kind="kthread" reason="running" msecs=1
		5.000300: kgr_task_blocked: comm=c pid=3 universe=4 kind="user" reason=stopped msecs=1
		5.000300: kgr_task_blocked: comm=c pid=3 universe=4 kind="user" reason=" msecs=1
		5.000300: kgr_task_blocked: comm=c pid=3 universe=4 kind="user" reason="stopped msecs=1
		5.000300: kgr_task_blocked: comm=c pid=3 universe=4 kind="user" msecs=1
		5.000300: kgr_task_blocked: comm=c pid=3 kind="user" reason="stopped" msecs=1
		5.000300: kgr_task_blocked: comm=c universe=4 kind="user" reason="stopped" msecs=1
		5.000300: kgr_task_blocked: pid=3 universe=4 kind="user" reason="stopped" msecs=1
		5.000300: kgr_task_blocked: comm=newer pid=4 universe=5 kind="user" reason="stopped" msecs=1
		4.000300: kgr_task_blocked: comm=earlier pid=5 universe=4 kind="user" reason="stopped" msecs=1
		5.000300: kgr_task_blocked: comm=swapper pid=0 universe=4 kind="idle" reason="idle CPU 0" msecs=1
		5.000400: kgr_task_cross: comm=swapper pid=0 from=4 to=5 way=idle
		5.000400: kgr_change_complete: patch=fix revert=0 universe=6 usecs=400
		5.000400: kgr_change_complete: patch=fix revert=0 universe=5
		5.000400: kgr_change_complete: patch=fix revert=0 universe=5 usecs=x
		5.000400: kgr_change_complete: patch=fix revert=0 usecs=400
		5.000500: kgr_of_the_future: x=y
	END_OF_TRACE
	json 0 trace -i "$dir/trace"
	[ "$(value '[(c["patch"], c["universe"], c["usecs"], c["crossed"], c["ways"]) for c in o["changes"]]')" = \
		"[('fix', 5, None, 3, {'loop': 1, 'idle': 1, 'other': 1})]" ]
	run 0 trace -i "$dir/trace" -o "$dir/picture.svg"
	is_a_picture
	said 'not complete yet' 'c +3, 0 ms, not crossed, in a syscall: read' '4 tasks crossed' \
		'a +1, 0 ms by loop, running'
	fails grep -qE 'newer|earlier' "$dir/out"
}

# Many tasks of one name; nothing but a beginning; all at once.
pictures_of_few_and_of_equals()
{
	tree
	{
		echo ' a-1 [000] ..... 7.000000: kgr_change_begin: patch=same revert=0 universe=1'
		seq 20 | awk '{ printf " a-1 [000] ..... 7.5%05d: kgr_task_cross: comm=twin pid=%d from=0 to=1 way=%s\n", $1 % 3, $1, $1 % 2 ? "place" : "exit" }'
		echo ' a-1 [000] ..... 7.600000: kgr_change_complete: patch=same revert=0 universe=1 usecs=600000'
		echo ' a-1 [000] ..... 9.000000: kgr_change_begin: patch=alone revert=0 universe=2'
	} >"$dir/trace"
	run 0 trace -i "$dir/trace" -o "$dir/picture.svg"
	is_a_picture
	said 'twin +20 times, the last 500 ms by' 'Apply of alone' ', universe 2: 0 tasks crossed'
	fails grep -q others "$dir/out"
	head -n 1 "$dir/trace" >"$dir/short"
	echo ' a-1 [000] ..... 7.000000: kgr_task_cross: comm=now pid=9 from=0 to=1 way=stack' >>"$dir/short"
	run 0 trace -i "$dir/short" -o "$dir/picture.svg"
	is_a_picture
	said 'not complete yet' 'and 1 others'
}

trace_tests=(picture_of_two_changes picture_of_ten_thousand_tasks traces_that_are_none
	lines_that_lack_something pictures_of_few_and_of_equals)
