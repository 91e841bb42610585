#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Something else than ftrace has written over the entry of a function. ftrace
# warns and shuts itself down for good, so it needs guests of its own.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d "$BUILD/foreign-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# foreign: runs the script on stdin in a guest that ftrace warns in
foreign()
{
	local modules=$BUILD/base/selftests/kgraft/test_modules status=0

	[ -f "$modules/kgr_test_patch1.ko" ] || return 4
	cat >"$dir/script"
	cd "$modules"
	"$TOP/scripts/vm" --log "$dir/log" --timeout 120 --append kgraft.livepatch=0 -- \
		bash -eux "$dir/script" >"$dir/out" 2>&1 || status=$?
	cat "$dir/out"
	grep kgraft: "$dir/log" || :
	# Of the guest: it warned. Of the script: it came to its end.
	[ "$status" -eq 126 ]
	grep -qx 'all of it' "$dir/out"
	# Where it was about to write, and where it shuts itself down; nothing else.
	grep -q 'WARNING: CPU: .* ftrace_bug' "$dir/log"
	grep -E 'WARNING: CPU|BUG:|Oops:' "$dir/log" | fails grep -v ' ftrace_'
	grep -q "kgraft: 'kgr_test_doze' is not redirected: .* 66 66 66 66 90" "$dir/log"
	grep -q 'kgraft: ftrace has shut itself down' "$dir/log"
	fails grep -q 'ftrace_enabled' "$dir/log"
}

# What both scripts begin with.
prelude='
kgraft=/sys/kernel/kgraft
target=/sys/kernel/debug/kgraft_test

wait_done()
{
	until [ "$(cat $kgraft/in_progress)" = 0 ]; do sleep 0.1; done
}

# entry_is WHAT: what the entry of a function does that is patched
entry_is()
{
	grep -q "^kgr_test_first	.*	$1\$" /sys/kernel/debug/kgraft/sites
}

# Not about ftrace: a parameter that no other guest is booted with
[ "$(cat $kgraft/livepatch)" = 0 ]

refused()
{
	said=$(insmod kgr_test_around.ko targets=kgr_test_doze 2>&1) && return 1
	[[ $said == *"No such device"* ]]
	[ ! -e /sys/module/kgr_test_around ]
	[ ! -e $kgraft/kgr_test_around ]
	[ "$(cat $kgraft/in_progress)" = 0 ]
}
'

as_the_first_patch()
{
	foreign <<-END
		$prelude
		echo kgr_test_doze >\$target/poke
		refused
		refused
		[ "\$(cat \$kgraft/universe)" = 0 ]
		[ "\$(cat \$target/pair)" = "0 0" ]
		echo all of it
	END
}

while_another_is_applied()
{
	foreign <<-END
		$prelude
		insmod kgr_test_patch1.ko
		wait_done
		until entry_is jump; do sleep 0.1; done
		echo kgr_test_doze >\$target/poke
		refused
		refused
		[ "\$(cat \$kgraft/universe)" = 1 ]
		# It lives on.
		[ "\$(cat \$target/pair)" = "1 1" ]
		[ "\$(cat \$kgraft/kgr_test_patch1/status)" = applied ]
		entry_is jump
		# and is what it was, after a revert as well
		echo 1 >\$kgraft/kgr_test_patch1/revert
		wait_done
		entry_is call
		[ "\$(cat \$target/pair)" = "0 0" ]
		echo 1 >\$kgraft/kgr_test_patch1/enable
		wait_done
		entry_is call
		[ "\$(cat \$target/pair)" = "1 1" ]
		echo all of it
	END
}

tests=(as_the_first_patch while_another_is_applied)
ktap_plan ${#tests[@]}
for test in "${tests[@]}"; do
	ktap_case "${test//_/ }" "$test"
done
ktap_exit
