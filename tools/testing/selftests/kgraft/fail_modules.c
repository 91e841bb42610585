// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules that are patched are loaded and unloaded when memory is short: a
 * module that cannot be patched is refused, a module that is unloaded is
 * forgotten.
 */

#include "../kselftest_harness.h"
#include "kgr_fault.h"
#include "kgr_sweep.h"
#include "kgr_test.h"

#define OBJ	"kgr_test_obj"
#define LIFE	"kgr_test_life1"

/* A site and a version of each of its functions. */
#define COMING_LEAST	(2 * 4)

static struct kgr_image obj;

/* The state with the patch applied and without the module. */
static struct kgr_snapshot without;

FIXTURE(modules) {};

/*
 * @functions: which are patched
 * @kernel: what those of the kernel return then
 */
FIXTURE_VARIANT(modules) {
	const char *functions;
	const char *kernel;
};

FIXTURE_VARIANT_ADD(modules, alone) {
	.functions = "mask=0xf0",
	.kernel = "0000",
};

FIXTURE_VARIANT_ADD(modules, beside) {
	.functions = "mask=0xf5",
	.kernel = "1010",
};

FIXTURE_SETUP(modules)
{
	ASSERT_TRUE(kgr_sweep_begin());
	ASSERT_TRUE(kgr_image_read(&obj, OBJ, NULL));
	ASSERT_EQ(0, kgr_load(LIFE, variant->functions));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	kgr_snapshot_take(&without);
}

FIXTURE_TEARDOWN_PARENT(modules)
{
	EXPECT_TRUE(kgr_sweep_end());
}

static void expect_patched(struct __test_metadata *_metadata, const char *kernel)
{
	EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "16843009"));
	EXPECT_TRUE(kgr_world_is(kernel, "1111"));
	EXPECT_TRUE(kgr_state_has(LIFE, "kgr_obj_3 " OBJ " 0 2"));
}

static void end(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, kgr_revert_done(LIFE));
	ASSERT_EQ(0, kgr_retire(LIFE));
	EXPECT_TRUE(kgr_memory_left_is(0));
}

/* Loads the module repeatedly; it reaches its init, or is refused. */
static struct kgr_tally sweep_coming(struct __test_metadata *_metadata,
				     const char *kernel, const char *where,
				     int follow)
{
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_TRUE(kgr_fault_within(where));
	do {
		ret = kgr_sweep_next(&tally, kgr_op_load, &obj, follow);
		if (ret == KGR_SWEEP_AGAIN) {
			ASSERT_TRUE(kgr_world_is(kernel, "-"));
			continue;
		}
		/*
		 * ftrace reports no error if it has no memory to record the
		 * module's functions; they cannot be traced then.
		 */
		if (!where && ret == -EINVAL && kgr_snapshot_same(&without)) {
			ASSERT_TRUE(kgr_world_is(kernel, "-"));
			continue;
		}
		ASSERT_EQ(0, ret);
		expect_patched(_metadata, kernel);
		ASSERT_EQ(0, kgr_unload(OBJ));
		ASSERT_TRUE(kgr_snapshot_same(&without));
	} while (tally.injected);
	ASSERT_TRUE(kgr_fault_within(NULL));
	TH_LOG("%s: %s", where ?: "all", kgr_tally_text(&tally));
	return tally;
}

TEST_F_TIMEOUT(modules, come, KGR_TIMEOUT)
{
	struct kgr_tally tally;

	tally = sweep_coming(_metadata, variant->kernel,
			     "kgr_module_coming", 0);
	EXPECT_LE(COMING_LEAST, tally.failed);
	tally = sweep_coming(_metadata, variant->kernel,
			     "kgr_module_coming", KGR_FAULT_ALL);
	EXPECT_LE(COMING_LEAST, tally.failed);
	tally = sweep_coming(_metadata, variant->kernel, NULL, 0);
	EXPECT_LE(COMING_LEAST, tally.failed);
	end(_metadata);
}

/*
 * The unloading of a module cannot be refused. If ftrace kept addresses of it,
 * this would show when it is loaded again at the same address.
 */
static void sweep_going(struct __test_metadata *_metadata, const char *kernel,
			const char *where, int follow)
{
	struct kgr_tally tally = { 0 };

	ASSERT_TRUE(kgr_fault_within(where));
	do {
		ASSERT_EQ(0, kgr_image_load(&obj));
		expect_patched(_metadata, kernel);
		ASSERT_EQ(0, kgr_sweep_next(&tally, kgr_op_unload, OBJ, follow));
		EXPECT_TRUE(kgr_world_is(kernel, "-"));
		ASSERT_TRUE(kgr_snapshot_same(&without));
	} while (tally.injected);
	ASSERT_TRUE(kgr_fault_within(NULL));
	TH_LOG("%s: %s", where ?: "all", kgr_tally_text(&tally));
}

TEST_F_TIMEOUT(modules, go, KGR_TIMEOUT)
{
	sweep_going(_metadata, variant->kernel, NULL, 0);
	sweep_going(_metadata, variant->kernel, "kgr_module_going", 10);
	ASSERT_EQ(0, kgr_image_load(&obj));
	expect_patched(_metadata, variant->kernel);
	ASSERT_EQ(0, kgr_revert_done(LIFE));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
	ASSERT_EQ(0, kgr_unload(OBJ));
	ASSERT_EQ(0, kgr_retire(LIFE));
	EXPECT_TRUE(kgr_memory_left_is(0));
}

int main(int argc, char **argv)
{
	return kgr_sweep_main(argc, argv, test_harness_run);
}
