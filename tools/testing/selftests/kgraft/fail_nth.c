// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every allocation fails once: the operation fails and leaves all as before, or
 * succeeds without the memory.
 */

#include <errno.h>
#include <stdio.h>

#include "../kselftest_harness.h"
#include "kgr_fault.h"
#include "kgr_sweep.h"
#include "kgr_test.h"

/*
 * The minimum of allocations: the patch, a version of each function, and the
 * change. Fewer failures would mean that the wrong allocations were made to
 * fail.
 */
#define APPLY_LEAST	(1 + KGR_SWEEP_FUNCS + 1)
#define REVERT_LEAST	(KGR_SWEEP_FUNCS + 1)

static struct kgr_image image[KGR_SWEEP_TRIED + 1];

static bool begin(void)
{
	int g;

	for (g = 1; g <= KGR_SWEEP_TRIED; g++)
		if (!kgr_image_read(&image[g], kgr_generation(g), NULL))
			return false;
	return kgr_sweep_begin();
}

/* Patch @g is applied for all tasks. */
static void expect_applied(struct __test_metadata *_metadata,
			   const struct kgr_stand *stand, int g)
{
	if (stand->pending)
		ASSERT_TRUE(stand->end());
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_now_is(g, g));
	EXPECT_TRUE(kgr_status_is(kgr_generation(g), "applied"));
	EXPECT_TRUE(kgr_functions_are(kgr_generation(g), 2, KGR_SWEEP_FUNCS));
}

/* It was reverted, with effect. Its module is still loaded. */
static void expect_reverted(struct __test_metadata *_metadata,
			    const struct kgr_stand *stand, int g)
{
	ASSERT_TRUE(stand->pending ? stand->begin() :
				     !kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_now_is(stand->shows, stand->shows));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_status_is(kgr_generation(g), "reverted")));
}

/*
 * Loads a patch repeatedly, until no allocation fails any more. Only
 * allocations within @where count (NULL: all); @follow further ones fail, too.
 * The modules of applied patches are unloaded when all generations have been
 * used: each waits for grace periods, and together they wait once.
 */
static struct kgr_tally sweep_apply(struct __test_metadata *_metadata,
				    const struct kgr_stand *stand,
				    const char *where, int follow)
{
	struct kgr_tally tally = { 0 };
	int g = 1, ret;

	ASSERT_TRUE(kgr_fault_within(where));
	do {
		ret = kgr_sweep_next(&tally, kgr_op_load, &image[g], follow);
		if (ret == KGR_SWEEP_AGAIN) {
			ASSERT_TRUE(kgr_now_is(stand->shows, stand->shows));
			continue;
		}
		ASSERT_EQ(0, ret);
		expect_applied(_metadata, stand, g);
		ASSERT_EQ(0, kgr_revert_done(kgr_generation(g)));
		expect_reverted(_metadata, stand, g);
		if (g < KGR_SWEEP_TRIED && tally.injected) {
			g++;
		} else {
			ASSERT_EQ(0, kgr_retire_all(g));
			g = 1;
		}
	} while (tally.injected);
	ASSERT_TRUE(kgr_fault_within(NULL));
	return tally;
}

/* For all tasks that are not held. */
static bool load_first(const struct kgr_stand *stand)
{
	if (kgr_image_load(&image[1]))
		return false;
	return stand->pending ?
	       KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1) :
	       !kgr_wait_done(KGR_SETTLE_MS);
}

/* The same for the revert of a patch. */
static struct kgr_tally sweep_revert(struct __test_metadata *_metadata,
				     const struct kgr_stand *stand,
				     const char *where, int follow)
{
	const char *patch = kgr_generation(1);
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_TRUE(load_first(stand));
	ASSERT_TRUE(kgr_fault_within(where));
	do {
		ret = kgr_sweep_next(&tally, kgr_op_revert, patch, follow);
		if (ret == KGR_SWEEP_AGAIN) {
			ASSERT_TRUE(kgr_now_is(1, 1));
			continue;
		}
		ASSERT_EQ(0, ret);
		if (stand->pending)
			ASSERT_TRUE(stand->end());
		expect_reverted(_metadata, stand, 1);
		ASSERT_EQ(0, kgr_retire(patch));
		if (tally.injected)
			ASSERT_TRUE(load_first(stand));
	} while (tally.injected);
	ASSERT_TRUE(kgr_fault_within(NULL));
	return tally;
}

FIXTURE(patch) {};

FIXTURE_VARIANT(patch) {
	const struct kgr_stand *stand;
};

FIXTURE_VARIANT_ADD(patch, alone) { .stand = &kgr_stand_alone };
FIXTURE_VARIANT_ADD(patch, stacked) { .stand = &kgr_stand_stacked };
FIXTURE_VARIANT_ADD(patch, beside) { .stand = &kgr_stand_beside };
FIXTURE_VARIANT_ADD(patch, pending) { .stand = &kgr_stand_pending };

FIXTURE_SETUP(patch)
{
	ASSERT_TRUE(begin());
}

FIXTURE_TEARDOWN_PARENT(patch)
{
	EXPECT_TRUE(kgr_sweep_end());
}

TEST_F_TIMEOUT(patch, apply, KGR_TIMEOUT)
{
	const struct kgr_stand *stand = variant->stand;
	struct kgr_tally tally;

	ASSERT_TRUE(stand->begin());
	tally = sweep_apply(_metadata, stand, "kgr_patch_begin", 0);
	TH_LOG("one fails: %s", kgr_tally_text(&tally));
	EXPECT_LE(APPLY_LEAST, tally.failed);
	tally = sweep_apply(_metadata, stand, "kgr_patch_begin", KGR_FAULT_ALL);
	TH_LOG("all fail from one on: %s", kgr_tally_text(&tally));
	EXPECT_LE(APPLY_LEAST, tally.failed);
	ASSERT_TRUE(stand->end());
	EXPECT_TRUE(kgr_memory_left_is(0));
}

TEST_F_TIMEOUT(patch, revert, KGR_TIMEOUT)
{
	const struct kgr_stand *stand = variant->stand;
	struct kgr_tally tally;

	ASSERT_TRUE(stand->begin());
	tally = sweep_revert(_metadata, stand, NULL, 0);
	TH_LOG("one fails: %s", kgr_tally_text(&tally));
	EXPECT_LE(REVERT_LEAST, tally.failed);
	tally = sweep_revert(_metadata, stand, "kgr_patch_revert", KGR_FAULT_ALL);
	TH_LOG("all fail from one on: %s", kgr_tally_text(&tally));
	EXPECT_LE(REVERT_LEAST, tally.failed);
	ASSERT_TRUE(stand->end());
	EXPECT_TRUE(kgr_memory_left_is(0));
}

FIXTURE(module) {};

FIXTURE_SETUP(module)
{
	ASSERT_TRUE(begin());
}

FIXTURE_TEARDOWN_PARENT(module)
{
	EXPECT_TRUE(kgr_sweep_end());
}

/* Also what the module loader allocates, before and after init. */
TEST_F_TIMEOUT(module, load, KGR_TIMEOUT)
{
	struct kgr_tally tally;

	tally = sweep_apply(_metadata, &kgr_stand_alone, NULL, 0);
	TH_LOG("one fails: %s", kgr_tally_text(&tally));
	EXPECT_LE(APPLY_LEAST, tally.failed);
	EXPECT_TRUE(kgr_memory_left_is(0));
}

/* Reads a file of each of the patches, whenever there is one. */
static pid_t read_on(void)
{
	char path[128], buf[512];
	pid_t pid = kgr_fork();
	int g;

	if (pid)
		return pid;
	for (g = 1;; g = g % KGR_SWEEP_TRIED + 1) {
		snprintf(path, sizeof(path), KGR_DIR "%s/statistics",
			 kgr_generation(g));
		kgr_read(path, buf, sizeof(buf));
	}
}

/* A directory that cannot be completed is removed while tasks are in its files. */
TEST_F_TIMEOUT(module, load_while_it_is_read, KGR_TIMEOUT)
{
	struct kgr_tally tally;
	pid_t readers[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		readers[i] = read_on();
		ASSERT_LT(0, readers[i]);
	}
	tally = sweep_apply(_metadata, &kgr_stand_alone, "kgr_kobj_add", 0);
	TH_LOG("one fails: %s", kgr_tally_text(&tally));
	/* At least one for each file */
	EXPECT_LE(10, tally.failed);
	for (i = 0; i < ARRAY_SIZE(readers); i++)
		kgr_kill(readers[i]);
	EXPECT_TRUE(kgr_memory_left_is(0));
}

/* The unloading of a module needs no allocation. */
TEST_F_TIMEOUT(module, unload, KGR_TIMEOUT)
{
	const char *patch = kgr_generation(1);
	struct kgr_tally tally = { 0 };
	struct kgr_snapshot clean;

	kgr_snapshot_take_but_changes(&clean);
	do {
		ASSERT_EQ(0, kgr_apply(patch));
		ASSERT_EQ(0, kgr_revert_done(patch));
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_status_is(patch, "reverted")));
		ASSERT_EQ(0, kgr_sweep_next(&tally, kgr_op_unload, patch, 0));
		EXPECT_TRUE(kgr_snapshot_same(&clean));
	} while (tally.injected);
	kgr_snapshot_free(&clean);
	TH_LOG("one fails: %s", kgr_tally_text(&tally));
	EXPECT_TRUE(kgr_memory_left_is(0));
}

static void sweep_going(struct __test_metadata *_metadata, int follow)
{
	struct kgr_tally tally = { 0 };
	struct kgr_snapshot clean;
	struct kgr_image fails;

	ASSERT_TRUE(kgr_image_read(&fails, "kgr_test_init_fails", NULL));
	kgr_snapshot_take_but_changes(&clean);
	ASSERT_TRUE(kgr_fault_within("kgr_module_going"));
	do {
		ASSERT_TRUE(kgr_fault_arm(++tally.nth, follow));
		EXPECT_EQ(-ENODATA, kgr_image_load(&fails));
		tally.injected = kgr_fault_disarm();
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		EXPECT_TRUE(kgr_snapshot_same(&clean));
		ASSERT_TRUE(kgr_now_is(0, 0));
	} while (tally.injected);
	ASSERT_TRUE(kgr_fault_within(NULL));
	kgr_snapshot_free(&clean);
	EXPECT_LT(REVERT_LEAST, tally.nth);
}

/* A patch whose module is being unloaded is reverted, though not at once. */
TEST_F_TIMEOUT(module, going, KGR_TIMEOUT)
{
	sweep_going(_metadata, 0);
	sweep_going(_metadata, 3 * REVERT_LEAST);
	EXPECT_TRUE(kgr_memory_left_is(0));
}

int main(int argc, char **argv)
{
	return kgr_sweep_main(argc, argv, test_harness_run);
}
