#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Usage: scripts/tests/checkers.sh [FLAVOUR...]
#
# The checking kernels notice what they are there to notice, and what they say is
# taken for a splat: a module makes each mistake in a virtual machine. For the
# flavours that are built, of those that check anything.

set -euo pipefail
. "$(dirname "$0")/../lib.sh"
. "$TOP/scripts/ktap.sh"

dir=$(mktemp -d "$BUILD/checkers.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# Mistake and what the kernel is to say, by flavour. lockdep gives up after its
# first report, and KASAN makes it: so those are last. Then the leak: it is found
# when the machine is about to be switched off.
declare -A mistakes=(
	[debug]='
		soft_lockup     BUG: soft lockup - CPU
		rcu_stall       rcu_preempt (self-)?detected (expedited )?stall
		hung_task       INFO: task .* blocked for more than
		no_rcu_lock     WARNING: suspicious RCU usage
		atomic_sleep    BUG: sleeping function called from invalid context
		list            list_del corruption
		free_active     ODEBUG: free active
		lock_order      WARNING: possible circular locking dependency detected
		use_after_free  BUG: KASAN: slab-use-after-free in kgr_test_use_after_free
		out_of_bounds   BUG: KASAN: slab-out-of-bounds in kgr_test_out_of_bounds
		leak            unreferenced object'
	[kcsan]='
		race            BUG: KCSAN: data-race in kgr_test_count_fn
		no_barrier      BUG: KCSAN: data-race in kgr_test_(reader|writer)_fn'
)
mistakes[debug-small]=${mistakes[debug]}

[ $# -gt 0 ] || set -- "$(debug_flavour)" kcsan
flavours=()
for flavour; do
	[ -n "${mistakes[$flavour]:-}" ] || die "$flavour is no flavour that checks anything"
	[ ! -d "$BUILD/$flavour/selftests" ] || flavours+=("$flavour")
done
cases=0
for flavour in "${flavours[@]}"; do
	cases=$((cases + 1 + $(grep -c '[a-z]' <<<"${mistakes[$flavour]}")))
done
if [ $cases -eq 0 ]; then
	echo "1..0 # SKIP no checking kernel is built"
	exit 4
fi

# In the guest: one after the other, each with its name before it in the log. The
# watchdogs as impatient as they can be.
cat >"$dir/job" <<'END'
cd "$1"
shift
echo 1 >/proc/sys/kernel/watchdog_thresh
echo 2 >/proc/sys/kernel/hung_task_timeout_secs
echo 3 >/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout
for mistake; do
	echo "checkers: $mistake" >/dev/kmsg
	insmod kgr_test_splat.ko mistake="$mistake"
	rmmod kgr_test_splat
done
END

# run FLAVOUR: the machine is called what it is
run()
{
	local status=0 names

	read -r -d '' -a names < <(awk '{ print $1 }' <<<"${mistakes[$1]}") || :
	"$TOP/scripts/vm" --kernel "$BUILD/$1" --mem 2G --timeout 900 --log "$dir/$1.log" \
		--append "kmemleak=on kasan_multi_shot" -- \
		bash "$dir/job" "$BUILD/$1/selftests/kgraft/test_modules" "${names[@]}" \
		>"$dir/out" 2>&1 || status=$?
	[ "$status" -eq 126 ] || { cat "$dir/out"; echo "exit status $status, not 126"; return 1; }
}

# noticed FLAVOUR MISTAKE WORDS: in that part of the log
noticed()
{
	local status=0

	# the lines from the mistake's name to the next one's
	awk -v name="checkers: $2" '
		/checkers: / { on = index($0, name) }
		on { sub(/checkers: .*/, ""); print }
	' "$dir/$1.log" >"$dir/part"
	"$TOP/scripts/splat" "$dir/part" >"$dir/splat" || status=$?
	if [ "$status" -ne 1 ] || ! grep -qE -- "$3" "$dir/splat"; then
		cat "$dir/part"
		echo "no splat that says: $3"
		return 1
	fi
}

ktap_plan "$cases"
for flavour in "${flavours[@]}"; do
	ktap_case "$flavour: a guest that says such is called a complaint" run "$flavour"
	while read -r mistake words; do
		[ -z "$mistake" ] || ktap_case "$flavour: notices $mistake" noticed "$flavour" "$mistake" "$words"
	done <<<"${mistakes[$flavour]}"
done
ktap_exit
