// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which callbacks of a patch are called, and when: the manual's table.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define OBJ	"kgr_test_obj"
#define LIFE1	"kgr_test_life1"
#define LIFE2	"kgr_test_life2"

FIXTURE(callbacks) {};

FIXTURE_SETUP(callbacks)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(callbacks)
{
	EXPECT_TRUE(kgr_clean_up());
}

static int apply(const char *patch, const char *params)
{
	int ret = kgr_load(patch, params);

	return ret ?: kgr_wait_done(KGR_SETTLE_MS);
}

static bool settles_as(const char *patch, const char *status)
{
	return KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(patch, status));
}

/* The callbacks called since the last read; a line feed clears the list. */
static bool called(const char *patch, const char *which)
{
	char path[128], buf[300], *is = buf;

	if (kgr_param_read(patch, "callbacks", buf, sizeof(buf)) < 0)
		return false;
	snprintf(path, sizeof(path), "/sys/module/%s/parameters/callbacks",
		 patch);
	kgr_write(path, "\n");
	is += strspn(is, "\n");
	if (!strcmp(is, which))
		return true;
	fprintf(stderr, "# callbacks of %s: '%s', not '%s'\n", patch, is, which);
	return false;
}

TEST_F_TIMEOUT(callbacks, apply_and_revert, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, apply(LIFE1, NULL));
	EXPECT_TRUE(called(LIFE1, "amaAmA"));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(settles_as(LIFE1, "reverted"));
	EXPECT_TRUE(called(LIFE1, "rmrRmR"));
	ASSERT_EQ(0, kgr_enable(LIFE1));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(called(LIFE1, "amaAmA"));
}

/* Before the first task runs new code, and after the last has crossed. */
TEST_F_TIMEOUT(callbacks, while_pending, KGR_TIMEOUT)
{
	struct kgr_held old;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE1, "mask=0xf"));
	EXPECT_TRUE(called(LIFE1, "a"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(called(LIFE1, "A"));

	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_revert(LIFE1));
	EXPECT_TRUE(called(LIFE1, "r"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
	EXPECT_TRUE(settles_as(LIFE1, "reverted"));
	EXPECT_TRUE(called(LIFE1, "R"));
}

TEST_F_TIMEOUT(callbacks, cancelled, KGR_TIMEOUT)
{
	struct kgr_held old;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE1, "mask=0xf"));
	EXPECT_TRUE(called(LIFE1, "a"));
	ASSERT_EQ(0, kgr_revert(LIFE1));
	EXPECT_TRUE(settles_as(LIFE1, "reverted"));
	EXPECT_TRUE(called(LIFE1, "R"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
}

/* Nothing has been undone that would have to be set up again. */
TEST_F_TIMEOUT(callbacks, revert_cancelled, KGR_TIMEOUT)
{
	struct kgr_held old;
	int seen[2];

	ASSERT_EQ(0, apply(LIFE1, "mask=0xf"));
	EXPECT_TRUE(called(LIFE1, "aA"));
	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_revert(LIFE1));
	EXPECT_TRUE(called(LIFE1, "r"));
	ASSERT_EQ(0, kgr_enable(LIFE1));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(called(LIFE1, "A"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
}

TEST_F_TIMEOUT(callbacks, refused, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, apply(LIFE1, NULL));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(settles_as(LIFE1, "reverted"));
	EXPECT_TRUE(called(LIFE1, "amaAmArmrRmR"));

	/*
	 * The callback of the kernel runs first, and its post_revert on
	 * failure.
	 */
	kgr_snapshot_take(&before);
	ASSERT_EQ(0, kgr_write("/sys/module/" LIFE1 "/parameters/refuse_obj",
			       "-71"));
	EXPECT_EQ(-EPROTO, kgr_enable(LIFE1));
	EXPECT_TRUE(called(LIFE1, "amaR"));
	EXPECT_TRUE(kgr_status_is(LIFE1, "reverted"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	ASSERT_EQ(0, kgr_write("/sys/module/" LIFE1 "/parameters/refuse",
			       "-71"));
	EXPECT_EQ(-EPROTO, kgr_enable(LIFE1));
	EXPECT_TRUE(called(LIFE1, "a"));
	kgr_snapshot_free(&before);
}

TEST_F_TIMEOUT(callbacks, modules, KGR_TIMEOUT)
{
	struct kgr_held old;
	int seen[2];

	ASSERT_EQ(0, apply(LIFE1, NULL));
	EXPECT_TRUE(called(LIFE1, "aA"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(called(LIFE1, "mamA"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	EXPECT_TRUE(called(LIFE1, "mrmR"));
	EXPECT_EQ(-EIO, kgr_load(OBJ, "fail=-5"));
	EXPECT_TRUE(called(LIFE1, "mamAmrmR"));

	/*
	 * For a module loaded during the change, post_apply is called with the
	 * others.
	 */
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(settles_as(LIFE1, "reverted"));
	EXPECT_TRUE(called(LIFE1, "rR"));
	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_enable(LIFE1));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(called(LIFE1, "ama"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	EXPECT_TRUE(called(LIFE1, "mR"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(called(LIFE1, "ma"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(called(LIFE1, "AmA"));
}

/* Each module separately. */
TEST_F_TIMEOUT(callbacks, two_modules, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));
	ASSERT_EQ(0, apply(LIFE1, "also=kgr_test_third"));
	EXPECT_TRUE(called(LIFE1, "amaAmA"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(called(LIFE1, "mamA"));
	ASSERT_EQ(0, kgr_unload("kgr_test_third"));
	EXPECT_TRUE(called(LIFE1, "mrmR"));
	EXPECT_TRUE(kgr_world_is("1111", "1111"));
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	EXPECT_TRUE(settles_as(LIFE1, "reverted"));
	EXPECT_TRUE(called(LIFE1, "rmrRmR"));
}

/*
 * The callbacks of a replaced patch are not called, those of its successor are.
 */
TEST_F_TIMEOUT(callbacks, replaced, KGR_TIMEOUT)
{
	ASSERT_EQ(0, apply(LIFE1, "mask=0xf"));
	EXPECT_TRUE(called(LIFE1, "aA"));
	ASSERT_EQ(0, apply(LIFE2, "mask=0xf replace_all=1"));
	EXPECT_TRUE(called(LIFE2, "aA"));
	EXPECT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_TRUE(called(LIFE1, ""));
	ASSERT_EQ(0, kgr_enable(LIFE1));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(settles_as(LIFE2, "replaced"));
	EXPECT_TRUE(called(LIFE1, "aA"));
	EXPECT_TRUE(called(LIFE2, ""));
}

/*
 * A module is loaded while one patch is being replaced by another, which
 * refuses the module: neither patch keeps what it has set up for the module.
 */
TEST_F_TIMEOUT(callbacks, refused_while_replaced, KGR_TIMEOUT)
{
	struct kgr_held old;
	int seen[2];

	ASSERT_EQ(0, apply(LIFE1, NULL));
	EXPECT_TRUE(called(LIFE1, "aA"));
	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE2, "replace_all=1 refuse_obj=-71"));
	EXPECT_TRUE(called(LIFE2, "a"));
	EXPECT_EQ(-EPROTO, kgr_load(OBJ, NULL));
	EXPECT_TRUE(called(LIFE1, "mamR"));
	EXPECT_TRUE(called(LIFE2, "ma"));

	/* The same if the module is loaded nevertheless. */
	ASSERT_EQ(0, kgr_write(KGR_DIR "force_load_module", "1"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(called(LIFE1, "mamR"));
	EXPECT_TRUE(called(LIFE2, "ma"));
	EXPECT_TRUE(kgr_world_is("2222", "0000"));
	ASSERT_TRUE(kgr_let_go(&old, seen));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(settles_as(LIFE1, "replaced"));
	EXPECT_TRUE(called(LIFE1, ""));
	EXPECT_TRUE(called(LIFE2, "A"));
}

/*
 * The cancelled successor gets post_revert; the patch that stays gets nothing.
 */
TEST_F_TIMEOUT(callbacks, replace_cancelled, KGR_TIMEOUT)
{
	struct kgr_held old;
	int seen[2];

	ASSERT_EQ(0, apply(LIFE1, "mask=0xf"));
	EXPECT_TRUE(called(LIFE1, "aA"));
	ASSERT_TRUE(kgr_hold(&old, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE2, "mask=0xf replace_all=1"));
	ASSERT_EQ(0, kgr_revert(LIFE2));
	ASSERT_TRUE(kgr_let_go(&old, seen));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(settles_as(LIFE2, "reverted"));
	EXPECT_TRUE(called(LIFE2, "aR"));
	EXPECT_TRUE(called(LIFE1, ""));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applied"));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
