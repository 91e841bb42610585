// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches that are enabled again, replace each other, and restore what they
 * replaced.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define LIFE1	"kgr_test_life1"
#define LIFE2	"kgr_test_life2"
#define LIFE3	"kgr_test_life3"
#define LIFE4	"kgr_test_life4"

/* In the kernel only. */
#define ALL	"mask=0xf"

FIXTURE(lives) {};

FIXTURE_SETUP(lives)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(lives)
{
	EXPECT_TRUE(kgr_clean_up());
}

static int apply(const char *patch, const char *params)
{
	int ret = kgr_load(patch, params);

	return ret ?: kgr_wait_done(KGR_SETTLE_MS);
}

static int enable(const char *patch)
{
	int ret = kgr_enable(patch);

	return ret ?: kgr_wait_done(KGR_SETTLE_MS);
}

static bool settles_as(const char *patch, const char *status)
{
	return KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(patch, status));
}

static bool world(const char *kernel)
{
	return kgr_world_is(kernel, "-");
}

/* Whether a patch has the symbol of a third module; -1 if it does not say. */
static int knows_third(const char *patch)
{
	char path[128], buf[512], *p;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/seen", patch);
	if (kgr_read(path, buf, sizeof(buf)) < 0)
		return -1;
	p = strchr(buf, '|');
	p = p ? strchr(p + 1, '|') : NULL;
	return p ? p[1] - '0' : -1;
}

/* Reverted and applied again without reloading, complete each time. */
TEST_F_TIMEOUT(lives, again, KGR_TIMEOUT)
{
	ASSERT_EQ(0, apply(LIFE1, ALL));
	EXPECT_EQ(-EINVAL, kgr_enable(LIFE1));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, kgr_revert_done(LIFE1));
		EXPECT_TRUE(world("0000"));
		EXPECT_TRUE(settles_as(LIFE1, "reverted"));
		EXPECT_TRUE(kgr_functions_are(LIFE1, 4, 4));
		ASSERT_EQ(0, enable(LIFE1));
		EXPECT_TRUE(world("1111"));
		EXPECT_TRUE(kgr_status_is(LIFE1, "applied"));
		EXPECT_TRUE(kgr_functions_are(LIFE1, 2, 4));
		EXPECT_EQ(-EWOULDBLOCK, kgr_unload(LIFE1));
	}
}

/*
 * The same for incomplete changes, repeatedly, with a task of each world held.
 */
TEST_F_TIMEOUT(lives, again_half_way, KGR_TIMEOUT)
{
	struct kgr_held held[9];
	int seen[2];

	ASSERT_TRUE(kgr_hold(&held[0], "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE1, ALL));
	for (int i = 1; i < 9; i++) {
		ASSERT_TRUE(kgr_hold(&held[i], "world_hard"));
		ASSERT_EQ(0, i & 1 ? kgr_revert(LIFE1) : kgr_enable(LIFE1));
		EXPECT_TRUE(kgr_status_is(LIFE1, i & 1 ? "reverting" :
							 "applying"));
	}
	EXPECT_TRUE(world("1111"));
	for (int i = 0; i < 9; i++) {
		EXPECT_EQ(1, kgr_global("in_progress"));
		ASSERT_TRUE(kgr_let_go(&held[i], seen));
		EXPECT_TRUE(kgr_world_seen(seen, i & 1 ? "1111" : "0000", "-"));
	}
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applied"));
	EXPECT_TRUE(world("1111"));
}

/* In any order; a patch that is enabled again is the newest. */
TEST_F_TIMEOUT(lives, any_order, KGR_TIMEOUT)
{
	ASSERT_EQ(0, apply(LIFE1, ALL));
	ASSERT_EQ(0, apply(LIFE2, "mask=0x7"));
	ASSERT_EQ(0, apply(LIFE3, "mask=0x3"));
	EXPECT_TRUE(world("3321"));
	ASSERT_EQ(0, kgr_revert_done(LIFE2));
	EXPECT_TRUE(world("3311"));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(world("3300"));
	ASSERT_EQ(0, enable(LIFE2));
	EXPECT_TRUE(world("2220"));
	ASSERT_EQ(0, kgr_revert_done(LIFE3));
	EXPECT_TRUE(world("2220"));
	ASSERT_EQ(0, enable(LIFE1));
	EXPECT_TRUE(world("1111"));
}

/* One step from a stack to the cumulative patch, and one back. */
TEST_F_TIMEOUT(lives, replace_all, KGR_TIMEOUT)
{
	char buf[8];
	long u;

	ASSERT_EQ(0, apply(LIFE1, ALL));
	ASSERT_EQ(0, apply(LIFE2, "mask=0x6"));
	EXPECT_TRUE(world("1221"));
	u = kgr_global("universe");
	ASSERT_EQ(0, apply(LIFE3, "mask=0x3 replace_all=1"));
	EXPECT_EQ(u + 1, kgr_global("universe"));
	EXPECT_TRUE(world("3300"));
	EXPECT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_TRUE(settles_as(LIFE2, "replaced"));
	EXPECT_LT(0, kgr_patch_read(LIFE3, "replace_all", buf, sizeof(buf)));
	EXPECT_STREQ("1", buf);
	EXPECT_LT(0, kgr_patch_read(LIFE1, "replace_all", buf, sizeof(buf)));
	EXPECT_STREQ("0", buf);

	/*
	 * Whichever patch is enabled, all that were replaced together come
	 * back.
	 */
	ASSERT_EQ(0, enable(LIFE1));
	EXPECT_EQ(u + 2, kgr_global("universe"));
	EXPECT_TRUE(world("1221"));
	EXPECT_TRUE(kgr_status_is(LIFE2, "applied"));
	EXPECT_TRUE(settles_as(LIFE3, "replaced"));

	ASSERT_EQ(0, enable(LIFE3));
	EXPECT_TRUE(world("3300"));
	EXPECT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_TRUE(settles_as(LIFE2, "replaced"));
	EXPECT_EQ(0, kgr_unload(LIFE1));
	EXPECT_EQ(0, kgr_unload(LIFE2));
	ASSERT_EQ(0, kgr_revert_done(LIFE3));
	EXPECT_TRUE(world("0000"));
}

/*
 * Reverted before its apply is complete, it leaves the patches that it was to
 * replace.
 */
TEST_F_TIMEOUT(lives, replace_cancelled, KGR_TIMEOUT)
{
	struct kgr_held old, mid, new;
	int seen[2];

	ASSERT_EQ(0, apply(LIFE1, ALL));
	ASSERT_EQ(0, apply(LIFE2, "mask=0x6"));
	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE3, "mask=0x3 replace_all=1"));
	ASSERT_TRUE(kgr_hold(&mid, "world_hard"));
	ASSERT_EQ(0, kgr_revert(LIFE3));
	ASSERT_TRUE(kgr_hold(&new, "world_hard"));
	EXPECT_TRUE(world("1221"));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applying"));

	ASSERT_TRUE(kgr_let_go(&mid, seen));
	EXPECT_TRUE(kgr_world_seen(seen, "3300", "-"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
	EXPECT_TRUE(kgr_world_seen(seen, "1221", "-"));
	ASSERT_TRUE(kgr_let_go(&new, seen));
	EXPECT_TRUE(kgr_world_seen(seen, "1221", "-"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applied"));
	EXPECT_TRUE(kgr_status_is(LIFE2, "applied"));
	EXPECT_TRUE(settles_as(LIFE3, "reverted"));
	EXPECT_TRUE(world("1221"));
}

/* Patches that come back do not displace later ones. */
TEST_F_TIMEOUT(lives, no_way_back, KGR_TIMEOUT)
{
	ASSERT_EQ(0, apply(LIFE1, ALL));
	ASSERT_EQ(0, apply(LIFE2, "mask=0xc replace_all=1"));
	ASSERT_EQ(0, apply(LIFE3, "mask=0x1"));
	EXPECT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_EQ(-EBUSY, kgr_enable(LIFE1));
	EXPECT_TRUE(world("3022"));
	ASSERT_EQ(0, kgr_revert_done(LIFE3));
	ASSERT_EQ(0, enable(LIFE1));
	EXPECT_TRUE(world("1111"));
}

TEST_F_TIMEOUT(lives, sets, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	ASSERT_EQ(0, apply(LIFE1, "mask=0x3 set=one"));
	ASSERT_EQ(0, apply(LIFE2, "mask=0x4 set=two"));
	/* Only patches of its set are replaced. */
	ASSERT_EQ(0, apply(LIFE3, "mask=0x9 set=one"));
	EXPECT_TRUE(world("3023"));
	EXPECT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_TRUE(kgr_status_is(LIFE2, "applied"));

	/* A function of a patch outside the set is not replaced. */
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EBUSY, kgr_load(LIFE4, "mask=0xc set=one"));
	EXPECT_EQ(-EBUSY, kgr_load(LIFE4, "mask=0x8 set=two"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
	/* A patch that belongs to no set may replace it. */
	ASSERT_EQ(0, apply(LIFE4, ALL));
	EXPECT_TRUE(world("4444"));
	/* And that patch has the function then. */
	ASSERT_EQ(0, kgr_unload(LIFE1));
	EXPECT_EQ(-EBUSY, kgr_load(LIFE1, "mask=0x1 set=one"));
}

/* What a patch has set up that is being reverted is not for its successor. */
TEST_F_TIMEOUT(lives, states_that_end, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };
	struct kgr_held held;

	ASSERT_EQ(0, apply(LIFE1, "mask=0xf state_version=2"));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_TRUE(kgr_hold(&held, "block"));
	ASSERT_EQ(0, kgr_revert(LIFE1));
	ASSERT_EQ(0, kgr_load(LIFE2, "mask=0x3 state_version=2 replace_all=1"));
	EXPECT_TRUE(kgr_status_is(LIFE1, "reverting"));
	EXPECT_TRUE(kgr_param_is(LIFE2, "state_seen", "-1"));
	/* That of a patch that is being replaced is. */
	ASSERT_EQ(0, kgr_load(LIFE3, "mask=0x3 state_version=4 replace_all=1"));
	EXPECT_TRUE(kgr_status_is(LIFE2, "reverting"));
	EXPECT_TRUE(kgr_param_is(LIFE3, "state_seen", "2"));
	ASSERT_TRUE(kgr_let_go(&held, seen));
}

/*
 * The symbols of a patch that was replaced stay until its module is unloaded,
 * and so does the module that has them; unless the module goes for which they
 * are.
 */
TEST_F_TIMEOUT(lives, symbols_after_the_end, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load("kgr_test_obj", NULL));
	ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));
	ASSERT_EQ(0, apply(LIFE1, "third=kgr_test_third"));
	EXPECT_EQ(1, knows_third(LIFE1));
	ASSERT_EQ(0, apply(LIFE2, "mask=0xff replace_all=1"));
	ASSERT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_EQ(1, knows_third(LIFE1));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload("kgr_test_third"));
	/* Applied again, and replaced again. */
	ASSERT_EQ(0, enable(LIFE1));
	ASSERT_TRUE(settles_as(LIFE2, "replaced"));
	EXPECT_EQ(1, knows_third(LIFE1));
	ASSERT_EQ(0, enable(LIFE2));
	ASSERT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_EQ(1, knows_third(LIFE1));
	ASSERT_EQ(0, kgr_unload(LIFE1));
	ASSERT_EQ(0, kgr_unload("kgr_test_third"));

	/* Not after a plain revert, nor without the module. */
	ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));
	ASSERT_EQ(0, apply(LIFE1, "third=kgr_test_third"));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	ASSERT_TRUE(settles_as(LIFE1, "reverted"));
	EXPECT_EQ(0, knows_third(LIFE1));
	ASSERT_EQ(0, enable(LIFE1));
	ASSERT_EQ(0, apply(LIFE3, "mask=0xff replace_all=1"));
	ASSERT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_EQ(1, knows_third(LIFE1));
	ASSERT_EQ(0, kgr_unload("kgr_test_obj"));
	EXPECT_EQ(0, knows_third(LIFE1));
	ASSERT_EQ(0, kgr_unload("kgr_test_third"));
}

/* Until the exit of the patch module is over, its work may use them. */
TEST_F_TIMEOUT(lives, symbols_until_the_exit_is_over, KGR_TIMEOUT)
{
	pid_t pid;

	ASSERT_EQ(0, kgr_load("kgr_test_obj", NULL));
	ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));
	ASSERT_EQ(0, apply(LIFE1, "third=kgr_test_third linger_ms=2000"));
	ASSERT_EQ(0, apply(LIFE2, "mask=0xff replace_all=1"));
	ASSERT_TRUE(settles_as(LIFE1, "replaced"));
	pid = kgr_fork();
	if (!pid)
		_exit(kgr_unload(LIFE1) != 0);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_patch_exists(LIFE1)));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload("kgr_test_third"));
	EXPECT_TRUE(kgr_module_loaded(LIFE1));
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_FALSE(kgr_module_loaded(LIFE1));
	ASSERT_EQ(0, kgr_unload("kgr_test_third"));
}

TEST_F_TIMEOUT(lives, states, KGR_TIMEOUT)
{
	ASSERT_EQ(0, apply(LIFE1, "mask=0xf state_version=2"));
	EXPECT_TRUE(kgr_param_is(LIFE1, "state_seen", "-1"));
	/*
	 * Too old, or unknown: refused, both on top of it and as its
	 * replacement
	 */
	EXPECT_EQ(-EINVAL, kgr_load(LIFE2, "mask=0x1 state_version=1"));
	EXPECT_EQ(-EINVAL, kgr_load(LIFE2, "state_version=1 replace_all=1"));
	EXPECT_EQ(-EINVAL, kgr_load(LIFE2, "mask=0x1 replace_all=1"));
	ASSERT_EQ(0, apply(LIFE2, "mask=0x3 state_version=3 replace_all=1"));
	EXPECT_TRUE(kgr_param_is(LIFE2, "state_seen", "2"));
	EXPECT_TRUE(world("2200"));
	/* A patch that knows less does not come back. */
	EXPECT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_EQ(-EINVAL, kgr_enable(LIFE1));
	/* A patch that does not know the state may be applied on top. */
	ASSERT_EQ(0, apply(LIFE3, "mask=0x1"));
	EXPECT_TRUE(world("3200"));
}

/* Everything is checked, and nothing is changed. */
TEST_F_TIMEOUT(lives, dry_run, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	long u = kgr_global("universe");

	ASSERT_EQ(0, apply(LIFE2, "mask=0xf set=two"));
	ASSERT_EQ(0, kgr_load(LIFE1, "mask=0xf dry_run=1"));
	EXPECT_FALSE(kgr_patch_exists(LIFE1));
	EXPECT_TRUE(world("2222"));
	EXPECT_EQ(u + 1, kgr_global("universe"));
	ASSERT_EQ(0, kgr_unload(LIFE1));

	kgr_snapshot_take(&before);
	EXPECT_EQ(-EBUSY, kgr_load(LIFE1, "mask=0xf set=one dry_run=1"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
	EXPECT_FALSE(kgr_module_loaded(LIFE1));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
