// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches of modules that are loaded and unloaded.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define OBJ	"kgr_test_obj"
#define LIFE1	"kgr_test_life1"
#define LIFE2	"kgr_test_life2"

FIXTURE(modules) {};

FIXTURE_SETUP(modules)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(modules)
{
	EXPECT_TRUE(kgr_clean_up());
}

static int apply(const char *patch, const char *params)
{
	int ret = kgr_load(patch, params);

	return ret ?: kgr_wait_done(KGR_SETTLE_MS);
}

TEST_F_TIMEOUT(modules, is_there, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "0"));
	ASSERT_TRUE(kgr_world_is("0000", "0000"));

	ASSERT_EQ(0, apply(LIFE1, "mask=0x35"));
	EXPECT_TRUE(kgr_world_is("1010", "1100"));
	EXPECT_TRUE(kgr_functions_are(LIFE1, 2, 4));
	EXPECT_TRUE(kgr_state_has(LIFE1, "kgr_obj_1 " OBJ " 0 2"));
	EXPECT_TRUE(kgr_state_has(LIFE1, "kgr_test_many_02 vmlinux 0 2"));

	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
	EXPECT_EQ(0, kgr_retire(LIFE1));
	EXPECT_EQ(0, kgr_unload(OBJ));
}

/*
 * Loaded later, and patched before its init runs; unloaded, and loaded again.
 */
TEST_F_TIMEOUT(modules, comes_and_goes, KGR_TIMEOUT)
{
	long u;

	ASSERT_EQ(0, apply(LIFE1, "mask=0xf1"));
	EXPECT_TRUE(kgr_world_is("1000", "-"));
	EXPECT_TRUE(kgr_state_has(LIFE1, "kgr_obj_0 " OBJ " 0 5"));
	EXPECT_TRUE(kgr_state_has(LIFE1, "kgr_test_many_00 vmlinux 0 2"));

	u = kgr_global("universe");
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, kgr_load(OBJ, NULL));
		EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "16843009"));
		EXPECT_TRUE(kgr_world_is("1000", "1111"));
		EXPECT_TRUE(kgr_functions_are(LIFE1, 2, 5));
		ASSERT_EQ(0, kgr_unload(OBJ));
		EXPECT_TRUE(kgr_world_is("1000", "-"));
		EXPECT_TRUE(kgr_state_has(LIFE1, "kgr_obj_0 " OBJ " 0 5"));
	}
	/* No task has to cross for that. */
	EXPECT_EQ(u, kgr_global("universe"));

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "0"));
}

/*
 * A patch of absent modules only waits for no sleeper, wherever it sleeps.
 * scripts/tests/first.sh runs this as the first change since boot.
 */
TEST_F_TIMEOUT(modules, absent_alone, KGR_TIMEOUT)
{
	struct kgr_held held;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, apply(LIFE1, "mask=0xf0"));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applied"));
	EXPECT_TRUE(kgr_functions_are(LIFE1, 5, 4));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	ASSERT_EQ(0, kgr_enable(LIFE1));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));

	/*
	 * A module that is loaded later is treated as if it had been loaded
	 * before.
	 */
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "16843009"));
	EXPECT_TRUE(kgr_world_is("0000", "1111"));
	ASSERT_TRUE(kgr_let_go(&held, seen));
}

/* But it has to wait for a task that lags behind another change. */
TEST_F_TIMEOUT(modules, absent_behind_another, KGR_TIMEOUT)
{
	struct kgr_held held;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load("kgr_test_patch1", NULL));
	ASSERT_EQ(0, kgr_load(LIFE1, "mask=0xf0"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(held.pid));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applying"));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applied"));
}

/* Nor does a task cross in place once one of the modules is loaded. */
TEST_F_TIMEOUT(modules, absent_no_more, KGR_TIMEOUT)
{
	struct kgr_held held, late;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load("kgr_test_patch1", NULL));
	ASSERT_EQ(0, kgr_load(LIFE1, "mask=0xf0"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, kgr_revert("kgr_test_patch1"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	ASSERT_TRUE(kgr_hold(&late, "block_hard"));
	ASSERT_EQ(0, kgr_revert(LIFE1));
	/* The former runs the originals before and after, the latter does not. */
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(held.pid) == 0));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_global("remaining"));
	EXPECT_EQ(1, kgr_pending(late.pid));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	ASSERT_TRUE(kgr_let_go(&late, seen));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/* A module may be patched while it is loaded, and unloaded before the patch. */
TEST_F_TIMEOUT(modules, goes_first, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, apply(LIFE1, NULL));
	ASSERT_EQ(0, apply(LIFE2, "mask=0xc3"));
	EXPECT_TRUE(kgr_world_is("2211", "1122"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	EXPECT_TRUE(kgr_world_is("2211", "-"));

	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_EQ(0, kgr_retire(LIFE1));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("2200", "0022"));
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "33685504"));
}

/* Two patches of the same functions, both before the module. */
TEST_F_TIMEOUT(modules, stacked_before, KGR_TIMEOUT)
{
	ASSERT_EQ(0, apply(LIFE1, "mask=0x70"));
	ASSERT_EQ(0, apply(LIFE2, "mask=0x60"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("0000", "1220"));
	ASSERT_EQ(0, kgr_revert_done(LIFE2));
	EXPECT_TRUE(kgr_world_is("0000", "1110"));
	ASSERT_EQ(0, kgr_enable(LIFE2));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(kgr_world_is("0000", "0220"));
}

/* A task of an old universe sees the old module as well, and so on. */
TEST_F_TIMEOUT(modules, comes_while_pending, KGR_TIMEOUT)
{
	struct kgr_held old, mid, new;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE1, NULL));
	ASSERT_TRUE(kgr_hold(&mid, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE2, "mask=0x33"));
	ASSERT_EQ(0, kgr_revert(LIFE1));
	ASSERT_TRUE(kgr_hold(&new, "world_hard"));
	EXPECT_EQ(1, kgr_global("in_progress"));

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("2200", "2200"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
	EXPECT_TRUE(kgr_world_seen(seen, "0000", "0000"));
	ASSERT_TRUE(kgr_let_go(&mid, seen));
	EXPECT_TRUE(kgr_world_seen(seen, "1111", "1111"));
	ASSERT_TRUE(kgr_let_go(&new, seen));
	EXPECT_TRUE(kgr_world_seen(seen, "2200", "2200"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_world_is("2200", "2200"));
}

TEST_F_TIMEOUT(modules, goes_while_pending, KGR_TIMEOUT)
{
	struct kgr_held old;
	int seen[2];

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE1, NULL));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, kgr_unload(OBJ));
		EXPECT_TRUE(kgr_world_is("1111", "-"));
		ASSERT_EQ(0, kgr_load(OBJ, NULL));
		EXPECT_TRUE(kgr_world_is("1111", "1111"));
	}
	EXPECT_EQ(1, kgr_global("in_progress"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
	EXPECT_TRUE(kgr_world_seen(seen, "0000", "0000"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_world_is("1111", "1111"));
}

static bool running(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return !waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
	       !info.si_pid;
}

/* In its init, the module ran the replacements of one patch. */
static bool one_world(void)
{
	long saw = kgr_number("/sys/module/" OBJ "/parameters/init_saw");

	if (saw == 0x01010101 || saw == 0x02020202)
		return true;
	fprintf(stderr, "# init saw %lx\n", saw);
	return false;
}

/* Repeatedly, at any moment of successive changes. */
TEST_F_TIMEOUT(modules, under_load, KGR_TIMEOUT)
{
	int turns = kgr_rounds(40);
	pid_t pid;

	ASSERT_TRUE(kgr_storm_start(KGR_STORM_FORK, 2));
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_SPIN, 1));
	ASSERT_EQ(0, kgr_load(LIFE2, "mask=0xf0"));
	ASSERT_EQ(0, kgr_load(LIFE1, NULL));
	pid = kgr_fork();
	if (!pid) {
		for (int i = 0; i < turns; i++)
			if (kgr_load(OBJ, NULL) || !one_world() ||
			    kgr_unload(OBJ))
				_exit(1);
		_exit(0);
	}
	while (running(pid)) {
		ASSERT_EQ(0, kgr_revert(LIFE1));
		ASSERT_EQ(0, kgr_enable(LIFE1));
	}
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_LT(0, kgr_storm_stop());
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_world_is("1111", "-"));
}

/* A kernel thread that is busy in the module holds the change. */
TEST_F_TIMEOUT(modules, busy, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(OBJ, "busy=1"));
	ASSERT_EQ(0, kgr_load(LIFE1, NULL));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_global("in_progress"));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applying"));
	EXPECT_TRUE(kgr_world_is("1111", "1111"));

	/* Reverted meanwhile, and applied again: it has missed all of that. */
	ASSERT_EQ(0, kgr_revert(LIFE1));
	ASSERT_EQ(0, kgr_enable(LIFE1));
	EXPECT_EQ(1, kgr_global("in_progress"));
	ASSERT_EQ(0, kgr_write("/sys/module/" OBJ "/parameters/go", "1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_param_is(OBJ, "busy_saw", "0,0"));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applied"));
}

/* What the exit function leaves to be done still runs patched functions. */
TEST_F_TIMEOUT(modules, left_by_exit, KGR_TIMEOUT)
{
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool patched = false;
	char record[512];

	ASSERT_LE(0, kmsg);
	ASSERT_LE(0, lseek(kmsg, 0, SEEK_END));
	ASSERT_EQ(0, apply(LIFE1, "mask=0xf1"));
	ASSERT_EQ(0, kgr_load(OBJ, "late=1"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	while (kgr_kmsg_next(kmsg, record, sizeof(record)))
		patched |= !!strstr(record, OBJ ": late saw 1");
	EXPECT_TRUE(patched);
	close(kmsg);
}

/* A module whose init fails was patched, and is released. */
TEST_F_TIMEOUT(modules, init_fails, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	ASSERT_EQ(0, apply(LIFE1, NULL));
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EIO, kgr_load(OBJ, "fail=-5"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_EQ(-ENOENT, kgr_load(OBJ, "fail=-2 no_such_parameter=1"));
	kgr_snapshot_free(&before);
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("1111", "1111"));
}

FIXTURE(refused) {};

FIXTURE_VARIANT(refused) {
	const char *params;
	int error;
};

FIXTURE_VARIANT_ADD(refused, symbol) {
	.params = "bad_extern=no_such_symbol", .error = -ENOENT,
};

FIXTURE_VARIANT_ADD(refused, srcversion) {
	.params = "srcversion=0123456789ABCDEF0123456", .error = -ENOEXEC,
};

FIXTURE_VARIANT_ADD(refused, build_id) {
	.params = "build_id=00112233445566778899aabbccddeeff00112233",
	.error = -ENOEXEC,
};

FIXTURE_VARIANT_ADD(refused, callback) {
	.params = "refuse_obj=-71", .error = -EPROTO,
};

FIXTURE_VARIANT_ADD(refused, third) {
	.params = "third=kgr_test_third", .error = -ENOENT,
};

/* In kallsyms only until the module has finished its init. */
FIXTURE_VARIANT_ADD(refused, init_symbol) {
	.params = "bad_extern=kgr_obj_init_only", .error = -ENOENT,
};

FIXTURE_SETUP(refused)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(refused)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* The patch is refused if the module is loaded. */
TEST_F_TIMEOUT(refused, patch, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	kgr_snapshot_take(&before);
	EXPECT_EQ(variant->error, kgr_load(LIFE1, variant->params));
	EXPECT_FALSE(kgr_module_loaded(LIFE1));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
	kgr_snapshot_free(&before);
}

/*
 * The module is refused if the patch is applied: it would run without its fix.
 */
TEST_F_TIMEOUT(refused, module, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	ASSERT_EQ(0, apply(LIFE1, variant->params));
	ASSERT_EQ(0, apply(LIFE2, "mask=0x10"));
	kgr_snapshot_take(&before);
	EXPECT_EQ(variant->error, kgr_load(OBJ, NULL));
	EXPECT_FALSE(kgr_module_loaded(OBJ));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_TRUE(kgr_world_is("1111", "-"));
	kgr_snapshot_free(&before);

	/* Unless the administrator permits it. */
	ASSERT_EQ(0, kgr_write(KGR_DIR "force_load_module", "1"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("1111", "0000"));
	EXPECT_TRUE(kgr_state_has(LIFE1, "kgr_obj_0 " OBJ " 0 6"));
	EXPECT_EQ(0, kgr_unload(OBJ));
	EXPECT_TRUE(kgr_state_has(LIFE1, "kgr_obj_0 " OBJ " 0 5"));
}

FIXTURE(builds) {};

FIXTURE_SETUP(builds)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(builds)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* The build that the patch was made for is accepted. */
TEST_F_TIMEOUT(builds, the_right_one, KGR_TIMEOUT)
{
	char have[64], params[128];

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	if (kgr_read("/sys/module/" OBJ "/srcversion", have, sizeof(have)) <= 0)
		SKIP(return, "modules have no srcversion");
	snprintf(params, sizeof(params), "srcversion=%s", have);
	ASSERT_EQ(0, apply(LIFE1, params));
	EXPECT_TRUE(kgr_world_is("1111", "1111"));
}

/* A third module is held while its symbol may be used. */
TEST_F_TIMEOUT(builds, third_module, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));
	ASSERT_EQ(0, apply(LIFE1, "third=kgr_test_third"));
	EXPECT_EQ(0, kgr_unload("kgr_test_third"));
	ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("1111", "1111"));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload("kgr_test_third"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	EXPECT_EQ(0, kgr_unload("kgr_test_third"));

	ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload("kgr_test_third"));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_status_is(LIFE1, "reverted")));
	EXPECT_EQ(0, kgr_unload("kgr_test_third"));
}

static bool third_is_coming(void)
{
	char state[16];

	return kgr_read("/sys/module/kgr_test_third/initstate", state,
			sizeof(state)) > 0 && !strncmp(state, "coming", 6);
}

/* In the background: one whose init waits, and fails in the end. */
static pid_t load_third(const char *params)
{
	pid_t pid = kgr_fork();

	if (!pid)
		_exit(-kgr_load("kgr_test_third", params));
	if (pid > 0 && !KGR_WITHIN(KGR_SETTLE_MS, third_is_coming()))
		return -1;
	return pid;
}

/* A module in its init may yet fail, and is then freed: it is not held. */
TEST_F_TIMEOUT(builds, third_module_in_its_init, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	int status;
	pid_t pid;

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	pid = load_third("wait=1 fail=-5");
	ASSERT_LT(0, pid);
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EBUSY, kgr_load(LIFE1, "third=kgr_test_third"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);

	/*
	 * Nor when the module that needs it is loaded. (The init sleeps: no
	 * waiting.)
	 */
	ASSERT_EQ(0, kgr_unload(OBJ));
	ASSERT_EQ(0, kgr_load(LIFE1, "third=kgr_test_third"));
	EXPECT_EQ(-EBUSY, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, kgr_write("/sys/module/kgr_test_third/parameters/go", "1"));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(EIO, WEXITSTATUS(status));
	EXPECT_EQ(-ENOENT, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));

	/* Once it has finished its init, it is held. */
	ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("1111", "1111"));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload("kgr_test_third"));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
