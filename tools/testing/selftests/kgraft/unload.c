// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The code of a patch is freed when no task can run it, and not before.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define P1 "kgr_test_patch1"

FIXTURE(unload) {};

FIXTURE_SETUP(unload)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(unload)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* At once, as scripts do, with threads that enter and leave the code. */
TEST_F_TIMEOUT(unload, right_after_the_revert, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(10), i, tries, first = 0;
	struct kgr_hammer_result result;
	long long start, worst = 0;

	kgr_history_start(0);
	ASSERT_TRUE(kgr_hammer_start("pair", 2));
	ASSERT_TRUE(kgr_hammer_start("pair_sleep", 4));
	for (i = 0; i < rounds; i++) {
		kgr_history_next(1);
		ASSERT_EQ(0, kgr_apply(P1));
		ASSERT_TRUE(kgr_hammers_look());
		kgr_history_next(0);
		ASSERT_EQ(0, kgr_revert_done(P1));
		start = kgr_now_ms();
		tries = 0;
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       (tries++, !kgr_unload(P1))));
		EXPECT_FALSE(kgr_patch_exists(P1));
		first += tries == 1;
		if (worst < kgr_now_ms() - start)
			worst = kgr_now_ms() - start;
	}
	kgr_hammer_stop(&result);
	TH_LOG("%d rounds, %d went at the first try, the slowest after %lld ms",
	       rounds, first, worst);
	EXPECT_LE(6 * 2 * rounds, result.crossed);
	EXPECT_EQ(0, result.mixed);
	EXPECT_EQ(0, result.backwards);
	EXPECT_EQ(0, result.failed);
}

TEST_F_TIMEOUT(unload, not_while_alive, KGR_TIMEOUT)
{
	struct kgr_held held;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(P1));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(P1));
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_revert(P1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(P1));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(1, seen[1]);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(P1));
}

struct loader {
	pthread_t thread;
	const char *params;
	atomic_int ret;
};

/* Not an errno that any call returns. */
#define NOT_YET 4095

static void *loader_fn(void *arg)
{
	struct loader *l = arg;

	atomic_store(&l->ret, kgr_load("kgr_test_init_fails", l->params));
	return NULL;
}

static bool load_in_background(struct loader *l)
{
	atomic_store(&l->ret, NOT_YET);
	return !pthread_create(&l->thread, NULL, loader_fn, l);
}

TEST_F_TIMEOUT(unload, init_fails_after_apply, KGR_TIMEOUT)
{
	long u = kgr_global("universe");

	EXPECT_EQ(-ENODATA, kgr_load("kgr_test_init_fails", "delay_ms=0"));
	EXPECT_FALSE(kgr_patch_exists("kgr_test_init_fails"));
	EXPECT_FALSE(kgr_module_loaded("kgr_test_init_fails"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(u + 2, kgr_global("universe"));
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_TRUE(kgr_is_clean());
}

/* Its init has failed, but a task is still in its code. */
TEST_F_TIMEOUT(unload, init_fails_but_code_is_in_use, KGR_TIMEOUT)
{
	struct loader loader = { .params = "delay_ms=1000" };
	struct kgr_held held;
	int seen[2], fd, ret;

	fd = open(KGR_TARGET "pair", O_RDONLY);
	ASSERT_TRUE(load_in_background(&loader));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_pair(fd, seen) && seen[0] == 1));
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	/* Reverted by the kernel ... */
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_pair(fd, seen) && seen[0] == 0));
	close(fd);
	/* ... and kept. */
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(NOT_YET, atomic_load(&loader.ret));
	EXPECT_EQ(1, kgr_pending(held.pid));
	/* If it was applied again, the module would wait for ever. */
	ret = kgr_enable("kgr_test_init_fails");
	EXPECT_EQ(-ENODEV, ret);
	if (!ret)
		EXPECT_EQ(0, kgr_revert("kgr_test_init_fails"));
	EXPECT_TRUE(kgr_status_is("kgr_test_init_fails", "reverting"));

	/* Other patches are not affected. */
	EXPECT_EQ(0, kgr_load("kgr_test_patch2", NULL));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	EXPECT_TRUE(kgr_now_is(2, 2));

	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(1, seen[1]);
	pthread_join(loader.thread, NULL);
	EXPECT_EQ(-ENODATA, atomic_load(&loader.ret));
	EXPECT_FALSE(kgr_patch_exists("kgr_test_init_fails"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/*
 * Its init has failed while it was still replacing another patch, which cannot
 * come back before a third one is reverted.
 */
TEST_F_TIMEOUT(unload, init_fails_while_it_replaces, KGR_TIMEOUT)
{
	struct loader loader = { .params = "delay_ms=2000 replace_all=1" };
	struct kgr_held held;
	int seen[2], fd;

	ASSERT_EQ(0, kgr_apply("kgr_test_patch2"));
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	fd = open(KGR_TARGET "pair", O_RDONLY);
	ASSERT_TRUE(load_in_background(&loader));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_pair(fd, seen) && seen[0] == 1));
	ASSERT_EQ(0, kgr_load("kgr_test_patch3", NULL));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_pair(fd, seen) && seen[0] == 3));
	close(fd);

	/* It cannot be reverted, and the module waits for that. */
	EXPECT_EQ(-EBUSY, kgr_revert("kgr_test_init_fails"));
	kgr_sleep_ms(3000);
	EXPECT_EQ(NOT_YET, atomic_load(&loader.ret));
	EXPECT_TRUE(kgr_now_is(3, 3));

	/* The held task was never in it. */
	EXPECT_EQ(0, kgr_revert("kgr_test_patch3"));
	pthread_join(loader.thread, NULL);
	EXPECT_EQ(-ENODATA, atomic_load(&loader.ret));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(2, seen[0]);
	EXPECT_EQ(2, seen[1]);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_now_is(2, 2));
}

/* Under load and often, freed text would sooner or later be run. */
TEST_F_TIMEOUT(unload, init_fails_under_load, KGR_TIMEOUT)
{
	struct kgr_hammer_result result;
	int rounds = kgr_rounds(10), i;

	kgr_history_start(0);
	ASSERT_TRUE(kgr_hammer_start("pair", 2));
	ASSERT_TRUE(kgr_hammer_start("pair_sleep", 4));
	for (i = 0; i < rounds; i++) {
		kgr_history_next(1);
		kgr_history_next(0);
		EXPECT_EQ(-ENODATA, kgr_load("kgr_test_init_fails",
					     i % 2 ? "delay_ms=20" : NULL));
		EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		ASSERT_TRUE(kgr_hammers_look());
	}
	kgr_hammer_stop(&result);
	TH_LOG("%lu lines, %lu crossings", result.lines, result.crossed);
	/* Void if no thread has been in a patch. */
	EXPECT_LT(0, result.crossed);
	EXPECT_EQ(0, result.mixed);
	EXPECT_EQ(0, result.backwards);
	EXPECT_EQ(0, result.failed);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
