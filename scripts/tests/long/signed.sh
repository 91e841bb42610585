#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The kernel of configs/signed: what kgr says where the kernel loads only signed
# modules, by lockdown or by module.sig_enforce; what it can do under lockdown; and
# that it takes only the lines of its own load from the log, where the log names the
# task. Builds that kernel.

set -euo pipefail
. "$(dirname "$0")/../../lib.sh"
. "$TOP/scripts/ktap.sh"

unset MAKEFLAGS MFLAGS MAKELEVEL KGR_ROOT
signed=$BUILD/signed
tests=$TOP/tools/testing/selftests/kgraft/test_modules
dir=$(mktemp -d "$BUILD/signed-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# sign KEY CERTIFICATE NAME: a copy of the sample with this signature
sign()
{
	"$signed/scripts/sign-file" sha256 "$1" "$2" "$dir/unsigned.ko" "$dir/$3.ko"
}

modules()
{
	"$TOP/scripts/deps" openssl
	"$TOP/scripts/kernel" signed >&2
	make -C "$TOP/tools/kgraft" O="$BUILD/kgr" >&2
	cp "$signed/samples/kgraft/kgraft_sample.ko" "$dir/unsigned.ko"
	sign "$signed/certs/signing_key.pem" "$signed/certs/signing_key.x509" signed
	openssl req -new -x509 -newkey rsa:2048 -nodes -subj /CN=Another \
		-keyout "$dir/key" -out "$dir/certificate"
	sign "$dir/key" "$dir/certificate" another
	sed 's/has been kgrafted/has been kGRAFTED/' "$dir/signed.ko" >"$dir/changed.ko"
	fails cmp -s "$dir/signed.ko" "$dir/changed.ko"
	mkdir "$dir/modules"
	cp "$tests/kgr_test_bad.c" "$tests/kgr_test_kernel.h" "$dir/modules"
	echo 'obj-m := kgr_test_bad.o' >"$dir/modules/Makefile"
	make -C "$signed" M="$dir/modules"
}

cat >"$dir/job" <<'END'
# DIR KGR STUCK
set -euo pipefail
dir=$1 kgr=$2 stuck=$3
bad=$dir/modules/kgr_test_bad.ko
lockdown=/sys/kernel/security/lockdown
enforce=/sys/module/module/parameters/sig_enforce

# run STATUS ARG...: its output is in /tmp/out, both streams
run()
{
	local wanted=$1 status=0
	shift

	"$kgr" "$@" >/tmp/out 2>&1 </dev/null || status=$?
	[ "$status" -eq "$wanted" ] && return
	cat /tmp/out
	echo "kgr $*: exit status $status, not $wanted"
	return 1
}

said()
{
	local pattern

	for pattern; do
		grep -qE -- "$pattern" /tmp/out || { cat /tmp/out; echo "did not say: $pattern"; return 1; }
	done
}

# load_works FILE
load_works()
{
	run 0 load --wait "$1"
	grep -q kgrafted /proc/cmdline
	run 0 unload --wait sample
}

# Another task's load fails all the time, for another reason.
lines_of_this_load_only()
{
	local i mark

	mark=$(dmesg | wc -l)
	touch /tmp/running
	while [ -e /tmp/running ]; do
		insmod "$bad" fault=ambiguous 2>/dev/null || :
	done &
	for i in 1 2 3 4 5; do
		# one of them gets -EEXIST or -EBUSY, when both load it at once
		"$kgr" load "$bad" fault=unknown >>/tmp/lines 2>&1 </dev/null || :
	done
	rm /tmp/running
	wait
	grep -q 'kernel: kgraft: .*kgr_test_nowhere' /tmp/lines
	if grep kgr_test_dup /tmp/lines; then
		return 1
	fi
	# they were there to be taken
	[ "$(dmesg | tail -n "+$mark" | grep -c kgr_test_dup)" -gt 5 ]
}

all_load_where_none_needs_a_signature()
{
	[ "$(cat $enforce)" = N ]
	grep -q '\[none\]' $lockdown
	load_works "$dir/unsigned.ko"
	load_works "$dir/signed.ko"
	run 0 doctor "$dir/unsigned.ko"
	said 'ok +signature +not needed'
	run 0 doctor "$dir/another.ko"
	said "ok +signature +by 'Another', with sha256"
}

lockdown_wants_signatures()
{
	echo integrity >$lockdown
	run 8 load "$dir/unsigned.ko"
	said 'not signed, and this kernel loads only signed modules \(lockdown\): Operation not permitted' \
		'kernel: Lockdown: kgr: unsigned module loading is restricted'
	run 1 doctor "$dir/unsigned.ko"
	said 'bad +signature .*\(lockdown\)'
	run 8 load "$dir/another.ko"
	said "its signature by 'Another' is not accepted"
	run 3 load "$dir/changed.ko"
	said "its signature by .* is not accepted: .* changed after it was signed: Key was rejected"
	load_works "$dir/signed.ko"
}

# Reading what there is, and each write that an administrator needs
lockdown_leaves_the_rest()
{
	local pid level

	"$stuck" stuck >/dev/null 2>&1 &
	pid=$!
	# or all that follow would wait for it
	# shellcheck disable=SC2064 # it is known only here
	trap "kill -KILL $pid 2>/dev/null || :" EXIT
	until grep -q io_submit "/proc/$pid/stack"; do
		sleep 0.1
	done
	for level in integrity confidentiality; do
		echo $level >$lockdown 2>/dev/null || :
		grep -q "\[$level\]" $lockdown
		run 0 load "$dir/signed.ko"
		run 4 wait --timeout=2
		run 0 blocking -vv
		said "^stuck\($pid\) in a syscall: io_submit$" 'stack +\[<0>\]'
		run 0 patches -v
		run 0 poke "$pid"
		run 0 wait --timeout=60
		run 0 revert sample
		run 4 wait --timeout=2
		run 0 poke "$pid"
		run 0 wait --timeout=60
		run 0 unload --wait sample
	done
	run 0 load "$dir/signed.ko"
	run 4 wait --timeout=2
	run 0 force --yes
	run 0 wait --timeout=60
	kill -KILL $pid
	run 0 unload --wait sample
}

confidentiality_has_no_pictures()
{
	run 8 trace -o /tmp/picture.svg -- true
	said 'locked down'
}

enforcement_wants_signatures()
{
	echo Y >$enforce
	run 3 load "$dir/unsigned.ko"
	said 'not signed, and this kernel loads only signed modules \(module.sig_enforce\): Key was rejected' \
		'kernel: Loading of unsigned module is rejected'
	run 3 --json load "$dir/unsigned.ko"
	said '"errno": ?"EKEYREJECTED"' 'Loading of unsigned module is rejected'
	run 3 load "$dir/another.ko"
	said "its signature by 'Another' is not accepted: this kernel may not have the key" \
		'kernel: Loading of module with unavailable key is rejected'
	run 3 load "$dir/changed.ko"
	said 'changed after it was signed'
	run 1 doctor "$dir/unsigned.ko"
	said 'bad +signature .*\(module.sig_enforce\)'
	load_works "$dir/signed.ko"
	mkdir /tmp/fixes
	cp "$dir/unsigned.ko" /tmp/fixes/10.ko
	cp "$dir/signed.ko" /tmp/fixes/20.ko
	run 3 boot /tmp/fixes
	said '^10.ko: failed: it is not signed' '^20.ko: loaded$'
	run 0 unload --wait sample
}

# The last one: it cannot be undone. What is loaded can be reverted and applied again.
no_more_modules()
{
	run 0 load --wait "$dir/signed.ko"
	sysctl -q kernel.modules_disabled=1
	run 0 revert --wait sample
	run 0 enable --wait sample
	grep -q kgrafted /proc/cmdline
	run 8 load "$dir/modules/kgr_test_bad.ko"
	said 'Operation not permitted' 'kernel.modules_disabled'
	run 1 doctor "$dir/modules/kgr_test_bad.ko"
	said 'bad +modules +no module can be loaded'
}

mount -t tmpfs tmpfs /tmp
mount -t securityfs securityfs /sys/kernel/security
for test in lines_of_this_load_only all_load_where_none_needs_a_signature \
	lockdown_wants_signatures lockdown_leaves_the_rest \
	confidentiality_has_no_pictures enforcement_wants_signatures \
	no_more_modules; do
	# No "if" around it: it would switch set -e off inside.
	set +e
	(set -e; "$test")
	failed=$?
	set -e
	[ $failed -ne 0 ] || echo "works: $test"
done
echo all of it
END

in_guest()
{
	local status=0

	"$TOP/scripts/vm" --kernel "$signed" --smp 2 --mem 1G --timeout 600 --log "$dir/log" \
		--append kunit.enable=0 -- \
		bash "$dir/job" "$dir" "$BUILD/kgr/kgr" "$TOP/tools/kgraft/tests/stuck" >"$dir/out" || status=$?
	[ "$status" -eq 0 ] || { cat "$dir/out"; return 1; }
	grep -qx 'all of it' "$dir/out"
}

works()
{
	grep -qx 'all of it' "$dir/out" || return 4
	grep -qx "works: $1" "$dir/out" ||
		{ cat "$dir/out"; tail -n 20 "$dir/log"; return 1; }
}

cases=(lines_of_this_load_only all_load_where_none_needs_a_signature
	lockdown_wants_signatures lockdown_leaves_the_rest confidentiality_has_no_pictures
	enforcement_wants_signatures no_more_modules)
ktap_plan $((2 + ${#cases[@]}))
ktap_case "a kernel that checks signatures, and modules" modules
ktap_case "its guest comes to its end" in_guest
for test in "${cases[@]}"; do
	ktap_case "${test//_/ }" works "$test"
done
ktap_exit
