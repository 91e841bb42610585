#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ftrace finds bytes that are not its own, and shuts itself down while patches are
# applied. Nothing can be redirected any more, but what is redirected goes on, modules
# that are patched can go, and are refused when they come again. In a guest of its
# own, with the base kernel, as nothing but a boot brings ftrace back.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/guest.sh"
. "$TOP/scripts/ktap.sh"

guest_begin dead-ftrace kgr_test_life1

cat >"$dir/job" <<'END'
set -eu
cd "$1"
kgraft=/sys/kernel/kgraft
tracing=/sys/kernel/tracing

insmod kgr_test_obj.ko
insmod kgr_test_life1.ko mask=0x35
until [ "$(cat $kgraft/kgr_test_life1/status)" = applied ]; do
	sleep 0.05
done
# Not a function of the patch
echo kgr_test_many_00 >/sys/kernel/debug/kgraft_test/poke
echo kgr_test_many_00 >$tracing/set_ftrace_filter || :
echo function >$tracing/current_tracer || :
echo - >/sys/kernel/debug/kgraft_test/poke
if insmod kgr_test_patch_many.ko; then
	echo "another patch was taken"
	exit 1
fi
# Its sites stay, and are not those of what comes to the same place.
rmmod kgr_test_obj
for i in 1 2 3; do
	if insmod kgr_test_obj.ko; then
		echo "the module was loaded without its fix"
		exit 1
	fi
done
[ "$(cat $kgraft/kgr_test_life1/status)" = applied ]
[ "$(cat $kgraft/in_progress)" = 0 ]
echo it goes on
END

has_shut_itself_down()
{
	grep -q 'ftrace has shut itself down' "$dir/log"
}

# What is left of the log without ftrace's warnings, and what init says of them
nothing_else()
{
	sed -e '/cut here/d' -e '/WARNING: .* at .*ftrace\.c/,/end trace/d' \
		-e '/init: taint left by a splat/d' "$dir/log" >"$dir/rest"
	"$TOP/scripts/splat" "$dir/rest"
}

ktap_plan 3
ktap_case "what is applied goes on when ftrace has shut itself down" \
	guest_complains "it goes on"
ktap_case "it has shut itself down" has_shut_itself_down
ktap_case "the kernel complains of nothing else" nothing_else
ktap_exit
