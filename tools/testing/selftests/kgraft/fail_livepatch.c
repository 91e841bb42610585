// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules made for livepatch, carried out by kGraft, when memory is short: what
 * fails leaves nothing behind, and succeeds later.
 */

#include <errno.h>

#include "../kselftest_harness.h"
#include "kgr_fault.h"
#include "kgr_klp.h"
#include "kgr_sweep.h"
#include "kgr_test.h"

#define L1	"kgr_test_klp1"
#define L2	"kgr_test_klp2"
#define RELA	"kgr_test_klp_rela"
#define OBJ	"kgr_test_obj"

/* What their replacements return */
#define V1	51
#define V2	52

/* What RELA makes of kgr_obj_0(), which init_saw shows */
#define RELA_SAYS	"42"

FIXTURE(livepatch) {
	struct kgr_image image;
	struct kgr_held held;
};

/* How many of the following allocations fail, too. */
FIXTURE_VARIANT(livepatch) {
	int follow;
};

FIXTURE_VARIANT_ADD(livepatch, one_fails) { .follow = 0 };
FIXTURE_VARIANT_ADD(livepatch, all_fail) { .follow = KGR_FAULT_ALL };

FIXTURE_SETUP(livepatch)
{
	if (kgr_number(KGR_DIR "livepatch") < 0)
		SKIP(return, "needs CONFIG_KGRAFT_LIVEPATCH");
	ASSERT_TRUE(kgr_sweep_begin());
}

FIXTURE_TEARDOWN_PARENT(livepatch)
{
	EXPECT_TRUE(kgr_sweep_end());
}

static int op_disable(const void *patch)
{
	return klp_write(patch, "enabled", "0");
}

static int op_enable(const void *patch)
{
	return klp_write(patch, "enabled", "1");
}

static void end(struct __test_metadata *_metadata, const char *what,
		const struct kgr_tally *tally, int least)
{
	ASSERT_TRUE(kgr_fault_within(NULL));
	TH_LOG("%s: %s", what, kgr_tally_text(tally));
	EXPECT_LE(least, tally->failed);
}

/*
 * At least: what kGraft has for it and its objects, the change, its directories,
 * and a version of each function.
 */
TEST_F_TIMEOUT(livepatch, enable, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_TRUE(kgr_image_read(&self->image, L1, "mask=11 state=1"));
	ASSERT_TRUE(kgr_fault_within("klp_enable_patch"));
	do {
		ret = kgr_sweep_next(&tally, kgr_op_load, &self->image,
				     variant->follow);
		ASSERT_LE(0, ret);
		if (ret == KGR_SWEEP_AGAIN) {
			ASSERT_EQ(-ENOENT, klp_number(L1, "enabled"));
			ASSERT_TRUE(kgr_now_is(0, 0));
			continue;
		}
		ASSERT_TRUE(klp_settles(L1));
		ASSERT_TRUE(kgr_now_is(V1, V1));
		ASSERT_EQ(1, klp_number(L1, OBJ "/patched"));
		ASSERT_EQ(0, klp_retire(L1));
	} while (tally.injected);
	end(_metadata, "enable", &tally, 10);
	EXPECT_EQ(0, kgr_unload(OBJ));
	EXPECT_TRUE(kgr_memory_left_is(0));
}

TEST_F_TIMEOUT(livepatch, disable, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_TRUE(kgr_image_read(&self->image, L1, "mask=3"));
	ASSERT_TRUE(kgr_fault_within("kgr_livepatch_set"));
	do {
		ASSERT_EQ(0, kgr_image_load(&self->image));
		ASSERT_TRUE(klp_settles(L1));
		while ((ret = kgr_sweep_next(&tally, op_disable, L1,
					     variant->follow)) == KGR_SWEEP_AGAIN) {
			ASSERT_EQ(1, klp_number(L1, "enabled"));
			ASSERT_EQ(0, klp_number(L1, "transition"));
			ASSERT_TRUE(kgr_now_is(V1, V1));
		}
		ASSERT_EQ(0, ret);
		ASSERT_TRUE(klp_gone(L1));
		ASSERT_TRUE(kgr_now_is(0, 0));
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L1)));
	} while (tally.injected);
	end(_metadata, "disable", &tally, 1);
	EXPECT_TRUE(kgr_memory_left_is(0));
}

/* Enabled again before the task inside is out */
TEST_F_TIMEOUT(livepatch, back, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	int ret, seen[2];

	ASSERT_TRUE(kgr_image_read(&self->image, L1, "mask=5"));
	ASSERT_TRUE(kgr_fault_within("kgr_livepatch_set"));
	do {
		ASSERT_EQ(0, kgr_image_load(&self->image));
		ASSERT_TRUE(klp_settles(L1));
		ASSERT_TRUE(kgr_hold(&self->held, "within"));
		ASSERT_EQ(0, klp_write(L1, "enabled", "0"));
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_global("remaining") == 1));
		while ((ret = kgr_sweep_next(&tally, op_enable, L1,
					     variant->follow)) == KGR_SWEEP_AGAIN) {
			ASSERT_EQ(0, klp_number(L1, "enabled"));
			ASSERT_TRUE(kgr_now_is(0, 0));
		}
		ASSERT_EQ(0, ret);
		ASSERT_TRUE(kgr_now_is(V1, 0));
		ASSERT_TRUE(klp_settles(L1));
		ASSERT_TRUE(kgr_step(&self->held));
		ASSERT_TRUE(kgr_let_go(&self->held, seen));
		EXPECT_EQ(V1, seen[0]);
		ASSERT_EQ(0, klp_retire(L1));
	} while (tally.injected);
	end(_metadata, "back", &tally, 3);
	EXPECT_TRUE(kgr_memory_left_is(0));
}

TEST_F_TIMEOUT(livepatch, replace, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_TRUE(kgr_image_read(&self->image, L2, "mask=1 replace=1"));
	ASSERT_TRUE(kgr_fault_within("klp_enable_patch"));
	do {
		ASSERT_EQ(0, klp_apply(L1, "mask=3"));
		while ((ret = kgr_sweep_next(&tally, kgr_op_load, &self->image,
					     variant->follow)) == KGR_SWEEP_AGAIN) {
			ASSERT_EQ(1, klp_number(L1, "enabled"));
			ASSERT_EQ(-ENOENT, klp_number(L2, "enabled"));
			ASSERT_TRUE(kgr_now_is(V1, V1));
		}
		ASSERT_EQ(0, ret);
		ASSERT_TRUE(klp_gone(L1));
		ASSERT_TRUE(kgr_now_is(V2, 0));
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L1)));
		ASSERT_EQ(0, klp_retire(L2));
	} while (tally.injected);
	end(_metadata, "replace", &tally, 8);
	EXPECT_TRUE(kgr_memory_left_is(0));
}

/* A module that it has functions of, and relocations for: it is refused */
TEST_F_TIMEOUT(livepatch, module_comes, KGR_TIMEOUT)
{
	struct kgr_tally tally = { 0 };
	int ret;

	ASSERT_EQ(0, klp_apply(L1, "mask=3"));
	ASSERT_EQ(0, klp_apply(RELA, NULL));
	ASSERT_TRUE(kgr_image_read(&self->image, OBJ, NULL));
	ASSERT_TRUE(kgr_fault_within("kgr_module_coming"));
	do {
		ret = kgr_sweep_next(&tally, kgr_op_load, &self->image,
				     variant->follow);
		ASSERT_LE(0, ret);
		if (ret == KGR_SWEEP_AGAIN) {
			ASSERT_EQ(0, klp_number(RELA, OBJ "/patched"));
			ASSERT_EQ(1, klp_number(RELA, "enabled"));
			continue;
		}
		ASSERT_EQ(1, klp_number(RELA, OBJ "/patched"));
		/* and kgr_test_second(), which L1 has */
		ASSERT_TRUE(kgr_param_is(OBJ, "init_saw", "93"));
		ASSERT_EQ(0, kgr_unload(OBJ));
		ASSERT_EQ(0, klp_number(RELA, OBJ "/patched"));
	} while (tally.injected);
	end(_metadata, "module comes", &tally, 2);
	EXPECT_EQ(0, klp_retire(RELA));
	EXPECT_EQ(0, klp_retire(L1));
	EXPECT_TRUE(kgr_memory_left_is(0));
}

/* That it goes cannot be refused: what has no memory waits until there is some. */
TEST_F_TIMEOUT(livepatch, module_goes, KGR_TIMEOUT)
{
	int follow = variant->follow == KGR_FAULT_ALL ? 10 : variant->follow;
	struct kgr_tally tally = { 0 };
	struct kgr_snapshot without;

	ASSERT_EQ(0, klp_apply(RELA, NULL));
	ASSERT_TRUE(kgr_image_read(&self->image, OBJ, NULL));
	kgr_snapshot_take(&without);
	if (follow)
		ASSERT_TRUE(kgr_fault_within("kgr_module_going"));
	do {
		ASSERT_EQ(0, kgr_image_load(&self->image));
		ASSERT_TRUE(kgr_param_is(OBJ, "init_saw", RELA_SAYS));
		ASSERT_EQ(0, kgr_sweep_next(&tally, kgr_op_unload, OBJ, follow));
		ASSERT_EQ(0, klp_number(RELA, OBJ "/patched"));
		ASSERT_TRUE(kgr_snapshot_same(&without));
	} while (tally.injected);
	end(_metadata, "module goes", &tally, 0);
	kgr_snapshot_free(&without);
	EXPECT_EQ(0, klp_retire(RELA));
	EXPECT_TRUE(kgr_memory_left_is(0));
}

int main(int argc, char **argv)
{
	return kgr_sweep_main(argc, argv, test_harness_run);
}
