#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A module whose licence is not compatible with the GPL gets no symbol by the way of a
# patch that it would not get otherwise. In a guest of its own, with the base kernel:
# such a module makes lockdep stop, for all that is tested after it.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/guest.sh"
. "$TOP/scripts/ktap.sh"

guest_begin licence kgr_test_no_link14

cat >"$dir/job" <<'END'
set -eu
cd "$1"
if said=$(insmod kgr_test_no_link14.ko 2>&1); then
	echo "was loaded"
	exit 1
fi
[[ $said == *"nvalid module format"* || $said == *"xec format"* ]]
[ ! -e /sys/module/kgr_test_no_link14 ]
[ "$(cat /sys/kernel/kgraft/universe)" = 0 ]
# What is in order still is.
insmod kgr_test_patch1.ko
until [ "$(cat /sys/kernel/kgraft/kgr_test_patch1/status)" = applied ]; do
	sleep 0.05
done
[ "$(cat /sys/kernel/debug/kgraft_test/pair)" = "1 1" ]
END

is_asked_for()
{
	"$TOP/scripts/vm" --log "$dir/log" --timeout 120 -- bash -x "$dir/job" "$modules"
	[ "$(grep -c "kgraft: 'kgr_test_no_link14': uses symbols that are not exported, but its licence is not compatible with the GPL" "$dir/log")" -eq 1 ]
}

ktap_plan 1
ktap_case "the licence of a module is asked for" is_asked_for
ktap_exit
