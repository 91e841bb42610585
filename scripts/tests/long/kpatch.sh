#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Modules that kpatch-build makes, carried out by kGraft with the base kernel, and
# the command kpatch, which loads and unloads them: both as Debian has them, unpacked
# here and not installed.
#
# The objects that the diff changes are compiled in the way of kpatch-build, see
# scripts/kpatch.sh; then its create-diff-object finds what changed, the module is made of
# its sources, and its create-klp-module writes the relocations for livepatch.

set -euo pipefail
. "$(dirname "$0")/../../lib.sh"
. "$TOP/scripts/ktap.sh"
. "$TOP/scripts/archive.sh"
. "$TOP/scripts/guest.sh"
. "$TOP/scripts/kpatch.sh"

skip()
{
	echo "1..0 # SKIP $1"
	exit 4
}

base=$BUILD/base
tests=$base/selftests-src/tools/testing/selftests/kgraft/test_modules
[ -f "$tests/kgr_test_obj.ko" ] || skip "the selftests of the base kernel are not built"
src=$(readlink "$base/source")
root=$kpatch_root
dir=$(mktemp -d "$BUILD/kpatch-test.XXXXXX")
trap 'rm -rf "$dir"' EXIT

# --- from a diff to a module ---

# What a kernel without IBT has. kpatch-build accepts no other.
no_ibt=(CONFIG_X86_KERNEL_IBT= "KCFLAGS=-include $dir/no-ibt.h -I$root/usr/share/kpatch/patch")

# object STATE NAME CMD FROM [OPTION]: compiles NAME.c
object()
{
	mkdir -p "$dir/$1"
	kpatch_object "$dir/tree/$2.c" "$dir/$1/$2.o" "$3" "$4" "$dir/no-ibt.h" "${@:5}"
}

objects()
{
	object "$1" random "$base/drivers/char/.random.o.cmd" "$src/drivers/char"
	object "$1" kgr_test_obj_main "$tests/.kgr_test_obj_main.o.cmd" "$tests" --module
}

# A function of the kernel that uses a static local variable, a variable that is not
# exported, and warns; and one of a module that calls functions there.
the_diff()
{
	cat <<-END
		--- random.c
		+++ random.c
		@@ -1640,7 +1640,10 @@
		 		spin_unlock(&bootid_spinlock);
		 	}
		 
		-	snprintf(uuid_string, sizeof(uuid_string), "%pU", uuid);
		+	static unsigned int reads;
		+
		+	WARN(*lenp == 7, "as it should\\n");
		+	snprintf(uuid_string, sizeof(uuid_string), "$1 %u %u", input_pool.init_bits, ++reads);
		 	return proc_dostring(&fake_table, 0, buf, lenp, ppos);
		 }
		 
		--- kgr_test_obj_main.c
		+++ kgr_test_obj_main.c
		@@ -80,7 +80,7 @@
		 
		 static int secret_get(char *buf, const struct kernel_param *kp)
		 {
		-	return sysfs_emit(buf, "%d\\n", kgr_obj_tell());
		+	return sysfs_emit(buf, "$1 %d\\n", kgr_obj_tell() + kgr_obj_0());
		 }
		 
		 static const struct kernel_param_ops secret_ops = { .get = secret_get };
	END
}

originals()
{
	mkdir -p "$dir/tree"
	kpatch_no_ibt "$dir"
	cp "$src/drivers/char/random.c" "$tests/kgr_test_obj_main.c" "$dir/tree"
	objects orig
	readelf -s --wide "$base/vmlinux" >"$dir/random.symtab"
	readelf -s --wide "$tests/kgr_test_obj.ko" >"$dir/kgr_test_obj_main.symtab"
}

# changed NAME OBJECT MODULE
changed()
{
	kpatch_diff "$dir/orig/$1.o" "$dir/$3/$1.o" "$2" "$dir/$1.symtab" "$3" "$dir/$3/out/$1.o"
}

# module NAME: which says NAME where it is at work
module()
{
	local name=$1

	cp "$src/drivers/char/random.c" "$tests/kgr_test_obj_main.c" "$dir/tree"
	the_diff "$name" | patch -s -d "$dir/tree" --no-backup-if-mismatch
	objects "$name"
	kpatch_sizes "$dir"
	mkdir -p "$dir/$name/out"
	changed random vmlinux "$name"
	changed kgr_test_obj_main kgr_test_obj "$name"
	cp -r "$root/usr/share/kpatch/patch" "$dir/$name/patch"
	ld -r -o "$dir/$name/patch/output.o" "$dir/$name"/out/*.o
	touch "$dir/$name/patch/.output.o.cmd"
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$base" M="$dir/$name/patch" ARCH=x86_64 \
		KPATCH_NAME="$name" "${no_ibt[@]}"
	"$root/usr/lib/kpatch/create-klp-module" --no-klp-arch-sections \
		"$dir/$name/patch/$name.ko" "$dir/$name.ko"
}

# --- in the guest ---

cat >"$dir/job" <<'END'
# LIBRARY DIR TESTS KPATCH
set -euo pipefail
. "$1"
dir=$2 tests=$3 kpatch=$4
uuid=/proc/sys/kernel/random/uuid
secret=/sys/module/kgr_test_obj/parameters/secret
uuid_form='^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'

# shows NAME: what both functions say of which patch they are
shows()
{
	grep -qE "^$1 [0-9]+ [0-9]+\$" $uuid
	[ "$(cat $secret)" = "$1 42" ]
}

shows_none()
{
	grep -qE "$uuid_form" $uuid
	[ "$(cat $secret)" = 42 ]
}

# A reader that sees one or the other, whole, in each system call; nothing while the
# module is away. The pause needs no process: in the emulated machine one takes long.
load()
{
	local value

	mkfifo /tmp/nothing
	while [ ! -e /tmp/stop ]; do
		read -r value <$uuid
		[[ $value =~ $uuid_form || $value =~ ^fix[12]\ [0-9]+\ [0-9]+$ ]] ||
			echo "uuid: $value" >>/tmp/wrong
		if read -r value 2>/dev/null <$secret; then
			[[ $value =~ ^(fix[12] )?42$ ]] || echo "secret: $value" >>/tmp/wrong
		fi
		read -r -t 0.002 <>/tmp/nothing || :
	done
}

# says REGEX COMMAND...: the whole output must be taken, or COMMAND may be killed
says()
{
	local regex=$1 said
	shift

	said=$("$@" 2>&1)
	grep -qE "$regex" <<<"$said" || { echo "$said"; return 1; }
}

twenty_times()
{
	local i

	for ((i = 0; i < 20; i++)); do
		insmod "$dir/fix1.ko"
		within 60 settled fix1
		by_kgraft fix1 kgr_test_obj
		shows fix1
		# Now and then the module goes and comes meanwhile.
		if [ $((i % 5)) -eq 4 ]; then
			within 60 unloaded kgr_test_obj
			insmod "$tests/kgr_test_obj.ko"
			shows fix1
		fi
		echo 0 >$livepatch/fix1/enabled
		within 60 gone fix1
		shows_none
		within 60 unloaded fix1
	done
	[ ! -e /tmp/wrong ] || { sort /tmp/wrong | uniq -c; return 1; }
}

# kpatch makes cumulative modules.
takes_over()
{
	insmod "$dir/fix1.ko"
	within 60 settled fix1
	insmod "$dir/fix2.ko"
	within 60 settled fix2
	shows fix2
	within 60 gone fix1
	within 60 unloaded fix1
	by_kgraft fix2 kgr_test_obj
	echo 0 >$livepatch/fix2/enabled
	within 60 gone fix2
	shows_none
	within 60 unloaded fix2
}

# The command, as an administrator would use it
command_works()
{
	"$kpatch" load "$dir/fix1.ko"
	by_kgraft fix1 kgr_test_obj
	shows fix1
	says 'already loaded and enabled' "$kpatch" load "$dir/fix1.ko"
	"$kpatch" load "$dir/fix2.ko"
	shows fix2
	within 60 gone fix1
	"$kpatch" unload fix1
	"$kpatch" unload fix2
	shows_none
	[ ! -e /sys/module/fix1 ]
	[ ! -e /sys/module/fix2 ]
	"$kpatch" load "$dir/fix1.ko"
	"$kpatch" unload --all
	shows_none
	[ ! -e /sys/module/fix1 ]
}

# A task, $reader, that fix1 has to wait for
hold()
{
	echo entry >$kgraft/livepatch_consistency
	cat /sys/kernel/debug/kgraft_test/block_hard >/tmp/held &
	reader=$!
	within 60 grep -q kgr_test_run_block_hard "/proc/$reader/stack"
}

# What it does when a task is in the way: it has 75 s for all of this.
command_waits()
{
	local reader loader

	hold
	"$kpatch" load "$dir/fix1.ko" >/tmp/load &
	loader=$!
	within 60 grep -q 'waiting .* for patch transition' /tmp/load
	[ "$(cat "/proc/$reader/patch_state")" = 0 ]
	says 'performed automatically' "$kpatch" signal
	kill -0 $loader
	echo 1 >/sys/kernel/debug/kgraft_test/release
	wait $loader
	grep -q '^transition complete' /tmp/load
	wait $reader
	by_kgraft fix1 kgr_test_obj
	"$kpatch" unload fix1
}

# What it says then; it starts two processes or more for each task.
command_lists()
{
	local reader said

	hold
	insmod "$dir/fix1.ko"
	said=$("$kpatch" list)
	grep -qxF 'fix1 [enabling...]' <<<"$said"
	grep -qxF "$reader cat" <<<"$said"
	[ "$(cat "/proc/$reader/patch_state")" = 0 ]
	echo 1 >/sys/kernel/debug/kgraft_test/release
	wait $reader
	within 60 settled fix1
	says '^fix1 \[enabled\]$' "$kpatch" list
}

# Of the bug table of such a module; the log shows it.
warns()
{
	insmod "$dir/fix1.ko"
	within 60 settled fix1
	[ "$(head -c 7 $uuid)" = "$(printf 'fix1 25')" ]
	echo 0 >$livepatch/fix1/enabled
	within 60 gone fix1
	within 60 unloaded fix1
}

# What a test that failed has left would make the next ones fail.
clean_up()
{
	local fix

	echo 1 >/sys/kernel/debug/kgraft_test/release
	echo function >$kgraft/livepatch_consistency
	for fix in fix2 fix1; do
		[ ! -e $livepatch/$fix ] || echo 0 >$livepatch/$fix/enabled || :
		within 60 gone $fix || :
		[ ! -e /sys/module/$fix ] || within 60 unloaded $fix || :
	done
}

insmod "$tests/kgr_test_obj.ko"
mount -t tmpfs tmpfs /tmp
load &
load=$!
end_load()
{
	touch /tmp/stop
	wait "$load"
	[ ! -e /tmp/wrong ] || sort /tmp/wrong | uniq -c
}

for test in twenty_times takes_over command_works command_waits command_lists warns; do
	# What the command starts takes long enough.
	[ $test != command_works ] || end_load
	# No "if" around it: it would switch set -e off inside.
	set +e
	(set -e; "$test")
	failed=$?
	set -e
	[ $failed -ne 0 ] || echo "works: $test"
	clean_up
done
echo all of it
END

in_guest()
{
	[ -f "$dir/fix2.ko" ]
	guest_livepatch_job 'CPU: .* proc_do_uuid\+.* \[fix1\]' --smp 2 --mem 1G -- \
		"$dir" "$tests" "$root/usr/sbin/kpatch"
}

why=$(kpatch_have "$dir") || skip "$why"
cases=(twenty_times takes_over command_works command_waits command_lists warns)
ktap_plan $((5 + ${#cases[@]}))
ktap_case "the objects before the diff" originals
ktap_case "a module of the diff" module fix1
ktap_case "another one" module fix2
ktap_case "it has relocations of livepatch" livepatch_refers "$dir/fix1.ko" \
	'vmlinux\.bootid_spinlock\.[0-9]*,1' 'vmlinux\.input_pool,1' \
	'kgr_test_obj\.kgr_obj_tell,1' 'kgr_test_obj\.kgr_obj_0,1'
ktap_case "the guest comes to its end" in_guest
for test in "${cases[@]}"; do
	ktap_case "${test//_/ }" guest_said "$test"
done
ktap_exit
