# SPDX-License-Identifier: GPL-2.0
# What the kernel refuses, and what kgr says then. Sourced by tests/guest, which sets
# $kgr, $modules, $sample, $kgraft and $dir.
#
# shellcheck shell=bash disable=SC2154

# Neither is what root would get.
another_user_may_not()
{
	local words status

	for words in "load $sample" "load --dry-run $modules/kgr_test_life1.ko" trace poke; do
		status=0
		su -s /bin/bash nobody -c "$kgr $words" >"$dir/out" 2>&1 || status=$?
		[ "$status" -eq 8 ] || { echo "$words: $status"; cat "$dir/out"; return 1; }
	done
	su -s /bin/bash nobody -c "$kgr load $sample" >"$dir/out" 2>&1 || :
	said 'only root may load modules'
	su -s /bin/bash nobody -c "$kgr doctor $modules/kgr_test_life1.ko" >"$dir/out" 2>&1
	said 'note +dry run +only root'
	run 0 load --wait "$sample"
	for words in 'revert sample' 'unload sample' 'enable sample'; do
		status=0
		su -s /bin/bash nobody -c "$kgr $words" >"$dir/out" 2>&1 || status=$?
		[ "$status" -eq 8 ]
		said 'only root may do this'
	done
	run 0 unload --wait sample
	status=0
	su -s /bin/bash nobody -c "$kgr unload kgr_test_threads" >"$dir/out" 2>&1 || status=$?
	[ "$status" -eq 6 ]
}

# Who loads a file has not named the one beside it.
modules_that_are_needed()
{
	local patch=$dir/beside/kgr_test_tort1.ko

	mkdir "$dir/beside"
	cp "$modules"/kgr_test_{tort1,torture}.ko "$dir/beside/"
	chmod 777 "$dir/beside"
	run 8 load "$patch"
	said 'kgr_test_torture, which kgr_test_tort1 needs, .*others can write'
	[ ! -e /sys/module/kgr_test_torture ]
	# then it is not asked for
	insmod "$modules/kgr_test_torture.ko"
	run 0 load --wait "$patch"
	run 0 unload --wait kgr_test_tort1
	rmmod kgr_test_torture
	chmod 755 "$dir/beside"
	run 0 load --wait "$patch"
	[ -e /sys/module/kgr_test_torture ]
	run 0 unload --wait kgr_test_tort1
	rmmod kgr_test_torture
	# as if nothing had been
	run 3 load "$patch" mask=0
	[ ! -e /sys/module/kgr_test_torture ]
}

in_the_order_of_the_patches()
{
	run 0 load --wait "$modules/kgr_test_life1.ko"
	run 0 load --wait "$modules/kgr_test_life2.ko" replace_all=1
	run 0 patches -v
	said 'status +replaced' 'replaces all others'
	run 0 load --wait "$modules/kgr_test_life3.ko"
	run 3 enable kgr_test_life1
	said 'a later patch, or another user of ftrace, has one of its functions' \
		"kernel: kgraft: .*is replaced by patch"
	json 3 enable kgr_test_life1
	[ "$(value 'len(o["faults"]) > 0')" = True ]
	run 0 patches -v kgr_test_life3
	said 'also in kgr_test_life2'
	run 0 unload --wait kgr_test_life3
	run 0 unload kgr_test_life1
	run 0 unload --wait kgr_test_life2
}

threads_that_are_not_woken()
{
	local parameters=/sys/module/kgr_test_threads/parameters
	local target=/sys/kernel/debug/kgraft_test hard

	run 3 load "$modules/kgr_test_threads.ko" kind=work hold=1
	said 'module kgr_test_threads is loaded, but has applied no patch'
	until [ "$(cat "$parameters/held")" = Y ]; do
		sleep 0.1
	done
	cat "$target/block_hard" >/dev/null &
	hard=$!
	until [ "$(cat "$target/waiters")" -gt 0 ]; do
		sleep 0.1
	done
	run 0 load "$sample"
	run 3 poke "$(cat "$parameters/pid")"
	said 'it is a kernel thread, or exits; such threads are never woken'
	# one of them is enough
	json 3 poke "$(cat "$parameters/pid")" $$
	run 0 blocking
	said "^$(cat "$parameters/pid") +kworker" "^$hard +cat +user"
	run 0 poke --all
	run 0 poke
	run 1 doctor "$sample"
	echo 0 >"$parameters/hold"
	echo 1 >"$target/release"
	wait "$hard" || :
	run 0 wait
	run 0 unload --wait sample
	rmmod kgr_test_threads
}
