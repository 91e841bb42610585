// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * If there is no memory to clean up after a change, everything continues to
 * work, and the next change catches up.
 */

#include "../kselftest_harness.h"
#include "kgr_fault.h"
#include "kgr_sweep.h"
#include "kgr_test.h"

#define REVERTED	kgr_generation(1)
#define MENDS		kgr_generation(2)

FIXTURE(settle) {};

FIXTURE_VARIANT(settle) {
	const struct kgr_stand *stand;
};

FIXTURE_VARIANT_ADD(settle, alone) { .stand = &kgr_stand_alone };
FIXTURE_VARIANT_ADD(settle, stacked) { .stand = &kgr_stand_stacked };
FIXTURE_VARIANT_ADD(settle, beside) { .stand = &kgr_stand_beside };

FIXTURE_SETUP(settle)
{
	ASSERT_TRUE(kgr_sweep_begin());
	ASSERT_TRUE(variant->stand->begin());
}

FIXTURE_TEARDOWN_PARENT(settle)
{
	EXPECT_TRUE(kgr_sweep_end());
}

/*
 * Waits for a change, and for the end of the pass that found it complete: a
 * write to wake_delay_ms waits for it.
 */
static int pass_done(void)
{
	return kgr_wait_done(KGR_SETTLE_MS) ?:
	       kgr_write(KGR_DIR "wake_delay_ms", "20");
}

static void expect_mended(struct __test_metadata *_metadata,
			  const struct kgr_snapshot *clean, int shows)
{
	ASSERT_EQ(0, kgr_apply(MENDS));
	EXPECT_TRUE(kgr_now_is(2, 2));
	ASSERT_EQ(0, kgr_revert_done(MENDS));
	ASSERT_EQ(0, kgr_retire(MENDS));
	EXPECT_TRUE(kgr_now_is(shows, shows));
	EXPECT_TRUE(kgr_snapshot_same(clean));
}

/*
 * A patch is applied and reverted, and allocation @nth of the worker that
 * cleans up fails, after the apply or after the revert.
 */
static enum kgr_fault_fate round_trip(struct __test_metadata *_metadata, int nth,
				      bool after_revert, int shows)
{
	enum kgr_fault_fate fate = KGR_FAULT_MISSED;

	if (!after_revert)
		ASSERT_TRUE(kgr_fault_arm_workers(nth));
	ASSERT_EQ(0, kgr_load(REVERTED, NULL));
	ASSERT_EQ(0, pass_done());
	if (!after_revert)
		fate = kgr_fault_disarm_workers();
	EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_TRUE(kgr_status_is(REVERTED, "applied"));

	if (after_revert)
		ASSERT_TRUE(kgr_fault_arm_workers(nth));
	ASSERT_EQ(0, kgr_revert(REVERTED));
	ASSERT_EQ(0, pass_done());
	if (after_revert)
		fate = kgr_fault_disarm_workers();
	EXPECT_TRUE(kgr_now_is(shows, shows));
	/* What could not be cleaned up: its code is not in use. */
	ASSERT_EQ(0, kgr_retire(REVERTED));
	EXPECT_TRUE(kgr_now_is(shows, shows));
	return fate;
}

static struct kgr_tally sweep(struct __test_metadata *_metadata,
			      bool after_revert, int shows)
{
	enum kgr_fault_fate fate = KGR_FAULT_FAILED;
	struct kgr_tally tally = { .nth = 1 };
	struct kgr_snapshot clean;

	kgr_snapshot_take_but_changes(&clean);
	ASSERT_TRUE(kgr_fault_within("kgr_settle_sites"));
	while (fate != KGR_FAULT_FEWER) {
		fate = round_trip(_metadata, tally.nth, after_revert, shows);
		if (after_revert && fate == KGR_FAULT_FAILED)
			expect_mended(_metadata, &clean, shows);
		EXPECT_TRUE(kgr_snapshot_same(&clean));
		ASSERT_TRUE(__test_passed(_metadata)) {
			TH_LOG("after the failure of allocation %d", tally.nth);
		}
		if (fate == KGR_FAULT_FAILED) {
			tally.failed++;
			tally.nth++;
		}
	}
	ASSERT_TRUE(kgr_fault_within(NULL));
	kgr_snapshot_free(&clean);
	return tally;
}

TEST_F_TIMEOUT(settle, one_fails, KGR_TIMEOUT)
{
	const struct kgr_stand *stand = variant->stand;
	struct kgr_tally tally;

	tally = sweep(_metadata, false, stand->shows);
	TH_LOG("after apply: %d allocations", tally.failed);
	EXPECT_LE(KGR_SWEEP_FUNCS, tally.failed);
	tally = sweep(_metadata, true, stand->shows);
	TH_LOG("after revert: %d allocations", tally.failed);
	EXPECT_LE(KGR_SWEEP_FUNCS, tally.failed);
	ASSERT_TRUE(stand->end());
	EXPECT_TRUE(kgr_memory_left_is(0));
}

/* Every other patch of a stack is reverted at once, the rest from below. */
static void change_a_lot(struct __test_metadata *_metadata, int shows)
{
	int g, top = KGR_SWEEP_TRIED;

	for (g = 1; g <= top; g++) {
		ASSERT_EQ(0, kgr_load(kgr_generation(g), NULL));
		ASSERT_EQ(0, pass_done());
		EXPECT_TRUE(kgr_now_is(g, g));
		if (g % 2)
			continue;
		ASSERT_EQ(0, kgr_revert(kgr_generation(g)));
		ASSERT_EQ(0, pass_done());
		EXPECT_TRUE(kgr_now_is(g - 1, g - 1));
	}
	for (g = 1; g < top; g += 2) {
		ASSERT_EQ(0, kgr_revert(kgr_generation(g)));
		ASSERT_EQ(0, pass_done());
		EXPECT_TRUE(kgr_now_is(top, top));
	}
	ASSERT_EQ(0, kgr_revert(kgr_generation(top)));
	ASSERT_EQ(0, pass_done());
	EXPECT_TRUE(kgr_now_is(shows, shows));
	ASSERT_EQ(0, kgr_retire_all(top));
	EXPECT_TRUE(kgr_now_is(shows, shows));
}

TEST_F_TIMEOUT(settle, all_fail, KGR_TIMEOUT)
{
	/* All allocations; those for each function; those of ftrace. */
	static const char * const where[] = {
		"kgr_settle_sites", "kgr_versions_settle", "kgr_unhook_sites",
	};
	const struct kgr_stand *stand = variant->stand;
	struct kgr_snapshot clean;
	int i;

	kgr_snapshot_take_but_changes(&clean);
	for (i = 0; i < ARRAY_SIZE(where); i++) {
		long failed;

		ASSERT_TRUE(kgr_fault_within(where[i]));
		ASSERT_TRUE(kgr_fault_arm_all());
		change_a_lot(_metadata, stand->shows);
		failed = kgr_fault_disarm_all();
		TH_LOG("%s: %ld allocations have failed", where[i], failed);
		/*
		 * With a patch below, no function is removed from ftrace; and
		 * unregistering takes no memory.
		 */
		EXPECT_TRUE(failed > 0 ||
			    (i == 2 && stand != &kgr_stand_beside));
		expect_mended(_metadata, &clean, stand->shows);
	}
	kgr_snapshot_free(&clean);
	ASSERT_TRUE(stand->end());
	EXPECT_TRUE(kgr_memory_left_is(0));
}

int main(int argc, char **argv)
{
	return kgr_sweep_main(argc, argv, test_harness_run);
}
