// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches that replace others, are enabled again, or are malformed, when memory
 * is short.
 */

#include <errno.h>
#include <stdio.h>

#include "../kselftest_harness.h"
#include "kgr_fault.h"
#include "kgr_sweep.h"
#include "kgr_test.h"

#define LIFE1	"kgr_test_life1"
#define LIFE2	"kgr_test_life2"
#define LIFE3	"kgr_test_life3"

/* The results of the two patches, and of the one that replaces them. */
#define BEFORE	"1221"
#define AFTER	"3300"

/* At least: a version of each of four functions, and the change. */
#define LEAST	(4 + 1)

FIXTURE(lives) {
	struct kgr_image life3;
};

/* How many of the following allocations fail, too. */
FIXTURE_VARIANT(lives) {
	int follow;
};

FIXTURE_VARIANT_ADD(lives, one_fails) { .follow = 0 };
FIXTURE_VARIANT_ADD(lives, all_fail) { .follow = KGR_FAULT_ALL };

static bool world(const char *kernel)
{
	return kgr_world_is(kernel, "-");
}

FIXTURE_SETUP(lives)
{
	ASSERT_TRUE(kgr_sweep_begin());
	ASSERT_TRUE(kgr_image_read(&self->life3, LIFE3, "mask=0x3 replace_all=1"));
	ASSERT_EQ(0, kgr_load(LIFE1, "mask=0xf"));
	ASSERT_EQ(0, kgr_load(LIFE2, "mask=0x6"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(world(BEFORE));
}

FIXTURE_TEARDOWN_PARENT(lives)
{
	EXPECT_TRUE(kgr_sweep_end());
}

static int done(int ret)
{
	return ret ?: kgr_wait_done(KGR_SETTLE_MS);
}

/* Revert all that is still applied. */
static void end(struct __test_metadata *_metadata)
{
	static const char * const patches[] = { LIFE1, LIFE2, LIFE3 };
	int i;

	ASSERT_TRUE(kgr_fault_within(NULL));
	for (i = 0; i < ARRAY_SIZE(patches); i++)
		if (kgr_status_is(patches[i], "applied"))
			ASSERT_EQ(0, done(kgr_revert(patches[i])));
	EXPECT_TRUE(world("0000"));
	for (i = 0; i < ARRAY_SIZE(patches); i++)
		if (kgr_patch_exists(patches[i]))
			ASSERT_EQ(0, kgr_retire(patches[i]));
	EXPECT_TRUE(kgr_memory_left_is(0));
}

TEST_F_TIMEOUT(lives, replace, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_TRUE(kgr_fault_within("kgr_patch_begin"));
	do {
		ret = kgr_sweep_next(&tally, kgr_op_load, &self->life3,
				     variant->follow);
		if (ret == KGR_SWEEP_AGAIN) {
			ASSERT_TRUE(world(BEFORE));
			continue;
		}
		ASSERT_EQ(0, done(ret));
		ASSERT_TRUE(world(AFTER));
		ASSERT_EQ(0, done(kgr_enable(LIFE2)));
		ASSERT_TRUE(world(BEFORE));
		ASSERT_EQ(0, kgr_retire(LIFE3));
	} while (tally.injected);
	TH_LOG("replace: %s", kgr_tally_text(&tally));
	EXPECT_LE(LEAST, tally.failed);
	end(_metadata);
}

/* The replaced patches come back, which resolves all symbols again. */
TEST_F_TIMEOUT(lives, back, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_EQ(0, done(kgr_image_load(&self->life3)));
	ASSERT_TRUE(kgr_fault_within("kgr_patch_enable"));
	do {
		ret = kgr_sweep_next(&tally, kgr_op_enable, LIFE1,
				     variant->follow);
		if (ret == KGR_SWEEP_AGAIN) {
			ASSERT_TRUE(world(AFTER));
			continue;
		}
		ASSERT_EQ(0, done(ret));
		ASSERT_TRUE(world(BEFORE));
		ASSERT_EQ(0, done(kgr_enable(LIFE3)));
		ASSERT_TRUE(world(AFTER));
	} while (tally.injected);
	TH_LOG("back: %s", kgr_tally_text(&tally));
	EXPECT_LE(LEAST, tally.failed);
	end(_metadata);
}

/* The same while a task is held in the universe before. */
TEST_F_TIMEOUT(lives, cancel, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	struct kgr_held held;
	int ret, seen[2];

	ASSERT_TRUE(kgr_fault_within("kgr_patch_revert"));
	do {
		ASSERT_TRUE(kgr_hold(&held, "world_hard"));
		ASSERT_EQ(0, kgr_image_load(&self->life3));
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_global("remaining") == 1));
		while ((ret = kgr_sweep_next(&tally, kgr_op_revert, LIFE3,
					     variant->follow)) == KGR_SWEEP_AGAIN)
			ASSERT_TRUE(world(AFTER));
		ASSERT_EQ(0, ret);
		EXPECT_TRUE(world(BEFORE));
		ASSERT_TRUE(kgr_let_go(&held, seen));
		EXPECT_TRUE(kgr_world_seen(seen, BEFORE, "-"));
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		ASSERT_EQ(0, kgr_retire(LIFE3));
	} while (tally.injected);
	TH_LOG("cancel: %s", kgr_tally_text(&tally));
	EXPECT_LE(LEAST, tally.failed);
	end(_metadata);
}

/* After a revert, without having been replaced. */
TEST_F_TIMEOUT(lives, again, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_EQ(0, done(kgr_revert(LIFE1)));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_released(LIFE1)));
	ASSERT_TRUE(kgr_fault_within("kgr_patch_enable"));
	do {
		ret = kgr_sweep_next(&tally, kgr_op_enable, LIFE1,
				     variant->follow);
		if (ret == KGR_SWEEP_AGAIN) {
			ASSERT_TRUE(world("0220"));
			continue;
		}
		ASSERT_EQ(0, done(ret));
		ASSERT_TRUE(world("1111"));
		ASSERT_EQ(0, done(kgr_revert(LIFE1)));
		ASSERT_TRUE(world("0220"));
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_released(LIFE1)));
	} while (tally.injected);
	TH_LOG("again: %s", kgr_tally_text(&tally));
	EXPECT_LE(LEAST, tally.failed);
	end(_metadata);
}

/* With and without memory to look for further faults. */
TEST_F_TIMEOUT(lives, malformed, KGR_TIMEOUT)
{
	static const char * const faults[] = {
		"fault=set", "fault=null", "fault=twice", "fault=unknown",
	};
	struct kgr_snapshot before;
	struct kgr_image bad;
	int i, ret;

	ASSERT_TRUE(kgr_fault_within("kgr_patch_begin"));
	kgr_snapshot_take(&before);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		struct kgr_tally tally = { 0 };

		ASSERT_TRUE(kgr_image_read(&bad, "kgr_test_bad", faults[i]));
		do {
			ASSERT_TRUE(kgr_fault_arm(++tally.nth, variant->follow));
			ret = kgr_image_load(&bad);
			tally.injected = kgr_fault_disarm();
			EXPECT_TRUE(ret == -EINVAL || ret == -ENOENT ||
				    (ret == -ENOMEM && tally.injected)) {
				TH_LOG("%s: %d", faults[i], ret);
			}
			ASSERT_TRUE(kgr_snapshot_same(&before));
		} while (tally.injected);
		/* At least the patch. */
		EXPECT_LT(1, tally.nth);
	}
	kgr_snapshot_free(&before);
	end(_metadata);
}

int main(int argc, char **argv)
{
	return kgr_sweep_main(argc, argv, test_harness_run);
}
