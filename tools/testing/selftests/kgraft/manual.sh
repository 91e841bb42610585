#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Types the manual's examples for administrators and for authors (sections 3 to
# 6 of Documentation/kgraft.txt) as they are printed, in their order and in one
# shell, and compares what they print with what the manual shows.
#
# A line is typed if it begins with a tab and "# " or "$ ". The lines that follow,
# up to the next such line or an empty one, are its output; if there are none, any
# output will do. Blanks do not count, a number of several digits stands for any
# number, and "..." for all further lines. Each heading above such lines is a
# test, which fails if a line fails or prints something else.
#
# The module is the sample, built with the tests. "make" in the manual only
# checks that it would build that: kbuild takes too long in an emulated machine.

cd "$(dirname "$0")" || exit 1
# shellcheck source=/dev/null
. ../kselftest/ktap_helpers.sh

ktap_print_header

modules=$PWD/test_modules
kgraft=/sys/kernel/kgraft
manual=$PWD/kgraft.txt
[ -e "$manual" ] || manual=$PWD/../../../../Documentation/kgraft.txt
[ -d "$kgraft" ] || { ktap_skip_all "needs CONFIG_KGRAFT"; exit "$KSFT_SKIP"; }
for file in "$manual" "$modules/kgraft_sample.ko"; do
	[ -e "$file" ] || ktap_exit_fail_msg "no $file"
done
# Patches that others have forced stay for ever, and do not matter here.
[ ! -e "$kgraft/sample" ] || ktap_exit_fail_msg "the sample is applied already"
grep -qx 0 "$kgraft/in_progress" || ktap_exit_fail_msg "a change is pending"
[ -d /sys/kernel/debug/kgraft ] || mount -t debugfs none /sys/kernel/debug

dir=$(mktemp -d)
said=$dir/said
mkdir "$dir/here"
cp "$modules/kgraft_sample.ko" "$dir/here"
# In a build of the overlay, kgr is made beside the kernel.
PATH=$PATH:$PWD/../../kgr
cd "$dir/here" || exit 1

# As after the examples, also if one of them has failed half way.
clean_up()
{
	kill "$!"
	[ ! -e "$kgraft/sample" ] || {
		echo 1 >"$kgraft/sample/revert"
		until grep -qxE 'reverted|replaced' "$kgraft/sample/status"; do
			echo all >"$kgraft/wake_now"
			sleep 0.1
		done
	}
	rmmod kgraft_sample
	rm -rf /tmp/kgraft-fifo "$dir"
} >/dev/null 2>&1
trap clean_up EXIT
# A loop in the manual would wait for ever for what does not come.
( sleep 240; kill -ALRM $$ ) >/dev/null 2>&1 &
watchdog=$!
trap 'ktap_print_msg "still waits: $typed"; ktap_test_fail "$heading"; exit 1' ALRM

make()
{
	[ "$*" = "-C /lib/modules/$(uname -r)/build M=$PWD" ] &&
		[ "$(cat Makefile)" = "obj-m := kgraft_sample.o" ]
}

# Prints "H heading", "T line to type" and "S line that is shown".
examples()
{
	awk '
	/^[0-9]+\. / { section = $1 + 0 }
	/^(=+|-+)$/ { heading = last }
	{ last = $0 }
	section < 3 || section > 6 { next }
	/^\t[#$] / {
		if (heading != printed)
			print "H " heading
		printed = heading
		print "T " substr($0, 4)
		shown = 1
		next
	}
	/^\t./ && shown { print "S " substr($0, 2); next }
	{ shown = 0 }
	' "$manual"
}

# Are the lines that are shown, if any, those that were printed?
as_shown()
{
	local shown=("$@") printed words found i word

	[ ${#shown[@]} -gt 0 ] || return 0
	mapfile -t printed <"$said"
	for i in "${!shown[@]}"; do
		read -r -a words <<<"${shown[i]}"
		[ "${words[*]}" != "..." ] || return 0
		read -r -a found <<<"${printed[i]}"
		[ ${#words[@]} -eq ${#found[@]} ] || return 1
		for word in "${!words[@]}"; do
			[ "${words[word]}" = "${found[word]}" ] && continue
			[[ ${words[word]} =~ ^[0-9][0-9]+$ && ${found[word]} =~ ^[0-9]+$ ]] ||
				return 1
		done
	done
	[ ${#printed[@]} -eq ${#shown[@]} ]
}

# Types $typed, which is to print $shown, in this shell.
type_it()
{
	eval "$typed" >"$said" 2>&1 </dev/null || {
		ktap_print_msg "fails with $?: $typed"
		sed 's/^/# | /' "$said"
		return 1
	}
	as_shown "${shown[@]}" && return
	ktap_print_msg "does not print what the manual shows: $typed"
	sed 's/^/# | /' "$said"
	return 1
}

verdict()
{
	local name=${heading,,}

	case $outcome in
	pass) ktap_test_pass "${name//[^a-z ]/}" ;;
	skip) ktap_test_skip "${name//[^a-z ]/}" ;;
	fail) ktap_test_fail "${name//[^a-z ]/}" ;;
	esac
}

mapfile -t lines < <(examples)
nr=$(printf '%s\n' "${lines[@]}" | grep -c '^H ')
[ "$nr" -gt 0 ] || ktap_exit_fail_msg "no examples in $manual"
ktap_set_plan "$nr"

heading='' outcome=''
for ((i = 0; i < ${#lines[@]}; i++)); do
	text=${lines[i]:2}
	case ${lines[i]} in
	H*)
		[ -z "$heading" ] || verdict
		heading=$text outcome=pass
		;;
	T*)
		typed=$text shown=()
		while [[ ${lines[i + 1]} == S* ]]; do
			shown+=("${lines[++i]:2}")
		done
		# What the first line needs and this machine does not have.
		command -v "${typed%% *}" >/dev/null || outcome=skip
		[ "$outcome" = pass ] || continue
		type_it || outcome=fail
		;;
	esac
done
verdict
kill "$watchdog" 2>/dev/null
ktap_finished
