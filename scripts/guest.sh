# SPDX-License-Identifier: GPL-2.0
# Tests that take a guest of their own, with the base kernel, because nothing but a boot
# undoes what they do to it. Sourced after lib.sh, never run.
#
# shellcheck shell=bash

# guest_begin NAME MODULE: sets dir, for what belongs to the test of this name, and
# modules, where those of the selftests are; without MODULE, the test is skipped.
guest_begin()
{
	modules=$BUILD/base/selftests/kgraft/test_modules
	if [ ! -e "$modules/$2.ko" ]; then
		echo "1..0 # SKIP the selftests of the base kernel are not built"
		exit 4
	fi
	dir=$(mktemp -d "$BUILD/$1.XXXXXX")
	trap 'rm -rf "$dir"' EXIT
}

# guest_complains WORDS [ARG...]: runs dir/job in it, which must come to its end, where
# it prints WORDS. The kernel must have complained: what of, is left to the caller.
guest_complains()
{
	local words=$1 status=0
	shift

	"$TOP/scripts/vm" --smp 4 --mem 1G --timeout 600 --log "$dir/log" -- \
		bash "$dir/job" "$modules" "$@" >"$dir/out" 2>"$dir/err" || status=$?
	# a complaint: of its own a failed job would have another status
	[ "$status" -eq 126 ] && grep -qx "$words" "$dir/out" && return
	cat "$dir/out"
	tail -n 40 "$dir/err"
	echo "exit status $status, not 126"
	return 1
}
