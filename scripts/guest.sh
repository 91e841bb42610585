# SPDX-License-Identifier: GPL-2.0
# Tests that take a guest of their own: because nothing but a boot undoes what they do to
# it, or because of their kernel. Sourced after lib.sh and ktap.sh, never run.
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

# livepatch_refers MODULE SYMBOL...: has such a module these to be linked, each as OBJECT.NAME,
# and can it warn? What there is for kGraft to carry out.
livepatch_refers()
{
	local symbols symbol module=$1
	shift

	symbols=$(readelf -sW "$module")
	for symbol; do
		grep -q "\.klp\.sym\.$symbol" <<<"$symbols"
	done
	readelf -SW "$module" | grep -q ' __bug_table '
}

# guest_livepatch_job WARNING VM-OPTION... -- ARG...: runs dir/job in it, with the
# functions of scripts/livepatch-job.sh. It must come to its end, and the kernel must
# have warned once, by a WARN() where WARNING says; guest_said tells how far it came.
guest_livepatch_job()
{
	local warning=$1 status=0 options=()
	shift

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	"$TOP/scripts/vm" "${options[@]}" --timeout 1800 --log "$dir/log" -- \
		bash "$dir/job" "$TOP/scripts/livepatch-job.sh" "${@:2}" >"$dir/out" 2>"$dir/vm" || status=$?
	guest_says
	if [ "$status" -ne 126 ] || ! grep -qx 'all of it' "$dir/out"; then
		cat "$dir/vm"
		return 1
	fi
	# at the beginning: a CPU that leaks has "Spectre V2 : WARNING:"
	[ "$(grep -cE '^(\[[^]]*\] *)*WARNING: ' "$dir/log")" -eq 1 ]
	grep -qE "^(\[[^]]*\] *)*WARNING: .*$warning" "$dir/log"
	fails grep -E 'BUG:|Oops:|general protection' "$dir/log"
}

guest_says()
{
	cat "$dir/out"
	grep -E 'kgraft:|livepatch:' "$dir/log" | tail || :
}

# guest_said NAME: did such a job say that it works?
guest_said()
{
	[ -f "$dir/out" ] || return 4
	grep -qx "works: $1" "$dir/out" || { guest_says; return 1; }
}
