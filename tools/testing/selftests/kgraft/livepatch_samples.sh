#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The modules of samples/livepatch, unmodified, carried out by kGraft. With ENGINE=0 in
# the environment, livepatch's own engine carries them out, for which all that is
# expected here must be true, too.

. "$(dirname "$0")/livepatch_lib.sh"

klp=/sys/kernel/livepatch
kgraft=/sys/kernel/kgraft
engine=${ENGINE:-1}

# within SECONDS COMMAND...
within()
{
	local end=$((SECONDS + $1 * (1 + 3 * checked)))
	shift

	until "$@"; do
		[ $SECONDS -lt $end ] || {
			echo "# not in time: $*"
			return 1
		}
		sleep 0.1
	done
}

# load NAME [PARAMETER...]: NAME as the file has it
load()
{
	local name=$1
	shift
	insmod "$modules/livepatch-$name.ko" "$@"
}

settled()
{
	[ "$(cat "$klp/livepatch_$1/transition")" = 0 ]
}

# Whether the engine that is asked for has carried it out
served()
{
	if [ "$engine" = 1 ]; then
		[ -d "$kgraft/livepatch_$1" ]
	else
		[ ! -e "$kgraft/livepatch_$1" ]
	fi
}

# enable NAME: loads a livepatch, waits for it
enable()
{
	load "$1" && within 30 settled "${1//-/_}" && served "${1//-/_}" &&
		[ "$(cat "$klp/livepatch_${1//-/_}/enabled")" = 1 ]
}

gone()
{
	[ ! -e "$klp/livepatch_$1" ]
}

# retire NAME: disables a livepatch, waits, and unloads it
retire()
{
	local name=${1//-/_}

	echo 0 >"$klp/livepatch_$name/enabled" && within 30 gone "$name" &&
		within 10 rmmod "livepatch_$name"
}

# What the modules have printed since log_mark.
log_mark()
{
	mark="livepatch_samples.sh: $EPOCHREALTIME"
	echo "$mark" >/dev/kmsg
}

log()
{
	dmesg | sed "1,/$mark/d; s/^\\[[ 0-9.]*\\] //" | grep '^livepatch_' || :
}

# logs PATTERN: whether they have printed it
logs()
{
	log | grep -q -e "$1"
}

# logged LINE...: whether they have printed this and nothing else
logged()
{
	diff -u --label expected --label printed <(printf '%s\n' "$@") <(log) | sed 's/^/# /'
	return "${PIPESTATUS[0]}"
}

sample()
{
	local before

	before=$(cat /proc/cmdline)
	enable sample || return
	[ "$(cat /proc/cmdline)" = "this has been live patched" ] || return
	retire sample || return
	[ "$(cat /proc/cmdline)" = "$before" ]
}

demo=livepatch_callbacks_demo
mod=livepatch_callbacks_mod
busymod=livepatch_callbacks_busymod
coming="[MODULE_STATE_COMING] Full formed, running module_init"
live="[MODULE_STATE_LIVE] Normal state"
going="[MODULE_STATE_GOING] Going away"

callbacks()
{
	log_mark
	load callbacks-mod && enable callbacks-demo && rmmod "$mod" &&
		load callbacks-mod && retire callbacks-demo && rmmod "$mod" || return
	logged "$mod: livepatch_callbacks_mod_init" \
		"$demo: pre_patch_callback: vmlinux" \
		"$demo: pre_patch_callback: $mod -> $live" \
		"$demo: post_patch_callback: vmlinux" \
		"$demo: post_patch_callback: $mod -> $live" \
		"$mod: livepatch_callbacks_mod_exit" \
		"$demo: pre_unpatch_callback: $mod -> $going" \
		"$demo: post_unpatch_callback: $mod -> $going" \
		"$demo: pre_patch_callback: $mod -> $coming" \
		"$demo: post_patch_callback: $mod -> $coming" \
		"$mod: livepatch_callbacks_mod_init" \
		"$demo: pre_unpatch_callback: vmlinux" \
		"$demo: pre_unpatch_callback: $mod -> $live" \
		"$demo: post_unpatch_callback: vmlinux" \
		"$demo: post_unpatch_callback: $mod -> $live" \
		"$mod: livepatch_callbacks_mod_exit"
}

# busy_with SECONDS: a work item sleeps so long in a function, which is then patched.
# $pending: whether the change waited for it; empty if it had not slept long enough for
# the livepatch to come meanwhile, so that nothing can be said
busy_with()
{
	log_mark
	load callbacks-busymod sleep_secs="$1" && within 10 logs "sleeping $1" &&
		load callbacks-demo || return
	pending=$(cat "$klp/$demo/transition")
	if logs "busymod_work_func exit"; then
		pending=
	fi
	within $((30 + $1)) settled callbacks_demo
}

# A work item is in the function while it is patched, and a later one is not.
busy()
{
	local nap=$((4 + 6 * checked)) pending

	busy_with $nap || return
	# A busy machine may need longer than that.
	while [ -z "$pending" ] && [ $nap -lt 200 ]; do
		retire callbacks-demo && rmmod "$busymod" || return
		nap=$((4 * nap))
		busy_with $nap || return
	done
	[ "$pending" = 1 ] && served callbacks_demo || return
	rmmod "$busymod" && load callbacks-busymod &&
		within 10 logs "$demo: patched_work_func" || return
	retire callbacks-demo && rmmod "$busymod" || return
	logged "$busymod: livepatch_callbacks_mod_init" \
		"$busymod: busymod_work_func, sleeping $nap seconds ..." \
		"$demo: pre_patch_callback: vmlinux" \
		"$demo: pre_patch_callback: $busymod -> $live" \
		"$busymod: busymod_work_func exit" \
		"$demo: post_patch_callback: vmlinux" \
		"$demo: post_patch_callback: $busymod -> $live" \
		"$busymod: livepatch_callbacks_mod_exit" \
		"$demo: pre_unpatch_callback: $busymod -> $going" \
		"$demo: post_unpatch_callback: $busymod -> $going" \
		"$demo: pre_patch_callback: $busymod -> $coming" \
		"$demo: post_patch_callback: $busymod -> $coming" \
		"$busymod: livepatch_callbacks_mod_init" \
		"$demo: patched_work_func" \
		"$demo: pre_unpatch_callback: vmlinux" \
		"$demo: pre_unpatch_callback: $busymod -> $live" \
		"$demo: post_unpatch_callback: vmlinux" \
		"$demo: post_unpatch_callback: $busymod -> $live" \
		"$busymod: livepatch_callbacks_mod_exit"
}

# A module that leaks, and two livepatches, one on the other, that have it leak no more
# and count. Something is freed 12 to 15 seconds after it was allocated.
shadow()
{
	log_mark
	load shadow-mod && enable shadow-fix1 && enable shadow-fix2 &&
		within 30 logs "livepatch_fix2_dummy_leak_dtor: dummy @ .*, prevented leak @" &&
		within 10 logs "livepatch_fix2_dummy_free: dummy @ .*, check counter = [1-9]" &&
		retire shadow-fix2 || return
	# That it is back at the first one, also for what the second one has counted.
	log_mark
	within 30 logs "livepatch_fix1_dummy_leak_dtor: dummy @ .*, prevented leak @" &&
		retire shadow-fix1 && rmmod livepatch_shadow_mod
}

ktap_print_header
[ -e "$switch" ] || {
	ktap_skip_all "needs CONFIG_KGRAFT_LIVEPATCH"
	exit "$KSFT_SKIP"
}
modules=$(find_cases)/test_modules
[ -e "$modules/livepatch-sample.ko" ] || {
	ktap_skip_all "the samples of livepatch are not here"
	exit "$KSFT_SKIP"
}
checked=0
all_cases=(sample callbacks busy)
# The last one takes half a minute, whatever the kernel.
if kernel_checks_itself; then
	checked=1
else
	all_cases+=(shadow)
fi
read -r was <"$switch"
# What a case that fails has left
# shellcheck disable=SC2329 # it is, by the trap
clean_up()
{
	local name

	for name in sample callbacks_demo shadow_fix2 shadow_fix1; do
		[ ! -e "$klp/livepatch_$name" ] || retire "$name"
	done
	for name in "$mod" "$busymod" livepatch_shadow_mod; do
		[ ! -e "/sys/module/$name" ] || rmmod "$name"
	done
	echo "$was" >"$switch"
}
trap clean_up EXIT
echo "$engine" >"$switch"

ktap_set_plan ${#all_cases[@]}
for name in "${all_cases[@]}"; do
	ktap_test_result "$name" "$name"
done
ktap_finished
