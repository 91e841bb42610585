// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches that refer directly to symbols that are not exported.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define LINK	"kgr_test_link"
#define DUPS	"kgr_test_dups"
#define OBJ	"kgr_test_obj"
#define NO_LINK	"kgr_test_no_link"

FIXTURE(direct) {};

FIXTURE_SETUP(direct)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(direct)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* A patch shows which of two functions of the same name is called. */
TEST_F_TIMEOUT(direct, kernel, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply(LINK));
	EXPECT_TRUE(kgr_param_is(LINK, "calls", "0,0,0,0,0"));
	EXPECT_TRUE(kgr_now_is(1, 0));

	ASSERT_EQ(0, kgr_load(DUPS, "sympos=2"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_param_is(LINK, "calls", "0,1,0,1,0"));
	EXPECT_TRUE(kgr_now_is(2, 0));
	ASSERT_EQ(0, kgr_revert_done(DUPS));
	ASSERT_EQ(0, kgr_retire(DUPS));

	ASSERT_EQ(0, kgr_load(DUPS, "sympos=1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_param_is(LINK, "calls", "1,0,0,0,0"));
	EXPECT_TRUE(kgr_now_is(1, 0));
}

TEST_F_TIMEOUT(direct, static_key, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply(LINK));
	ASSERT_EQ(0, kgr_write("/sys/module/" LINK "/parameters/key", "1"));
	EXPECT_TRUE(kgr_param_is(LINK, "calls", "0,0,0,0,1"));
	ASSERT_EQ(0, kgr_write("/sys/module/" LINK "/parameters/key", "0"));
	EXPECT_TRUE(kgr_param_is(LINK, "calls", "0,0,0,0,0"));
}

/* As every patch module must. */
TEST_F_TIMEOUT(direct, taints, KGR_TIMEOUT)
{
	char taint[32] = "";

	ASSERT_EQ(0, kgr_load(LINK, NULL));
	EXPECT_LT(0, kgr_read("/sys/module/" LINK "/taint", taint,
			      sizeof(taint)));
	EXPECT_NE(NULL, strchr(taint, 'K'));
}

TEST_F_TIMEOUT(direct, module_is_there, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, kgr_apply(LINK));
	EXPECT_TRUE(kgr_world_is("0000", "5000"));
	ASSERT_EQ(0, kgr_revert_done(LINK));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_released(LINK)));
	ASSERT_EQ(0, kgr_enable(LINK));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_world_is("0000", "5000"));
}

/* Its init is already patched, and it may be at another address. */
/* What is refused does nothing to the patch that is applied. */
TEST_F_TIMEOUT(direct, applied_once, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	ASSERT_EQ(0, kgr_load(LINK, "again=1"));
	EXPECT_EQ(-EEXIST, kgr_number("/sys/module/" LINK "/parameters/again_ret"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_world_is("0000", "5000"));
	ASSERT_EQ(0, kgr_revert_done(LINK));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
}

TEST_F_TIMEOUT(direct, module_comes_and_goes, KGR_TIMEOUT)
{
	int i;

	ASSERT_EQ(0, kgr_apply(LINK));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, kgr_load(OBJ, NULL));
		EXPECT_TRUE(kgr_param_is(OBJ, "init_saw", "5"));
		EXPECT_TRUE(kgr_world_is("0000", "5000"));
		ASSERT_EQ(0, kgr_unload(OBJ));
		/* So that the next one is loaded at another address. */
		if (!i)
			ASSERT_EQ(0, kgr_load("kgr_test_third", NULL));
	}
	/* A module whose init fails was also patched. */
	EXPECT_EQ(-EIO, kgr_load(OBJ, "fail=-5"));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("0000", "5000"));
}

FIXTURE(no_link) {};

FIXTURE_VARIANT(no_link) {
	int nr;
	int error;
};

#define FAULT(_nr, _error) { .nr = (_nr), .error = (_error) }

FIXTURE_VARIANT_ADD(no_link, unknown) FAULT(1, -ENOENT);
FIXTURE_VARIANT_ADD(no_link, ambiguous) FAULT(2, -ENOENT);
FIXTURE_VARIANT_ADD(no_link, position) FAULT(3, -ENOENT);
FIXTURE_VARIANT_ADD(no_link, init) FAULT(4, -ENOENT);
FIXTURE_VARIANT_ADD(no_link, malformed) FAULT(5, -EINVAL);
FIXTURE_VARIANT_ADD(no_link, object) FAULT(6, -EINVAL);
FIXTURE_VARIANT_ADD(no_link, not_patched) FAULT(7, -EINVAL);
FIXTURE_VARIANT_ADD(no_link, unknown_in_module) FAULT(8, -ENOENT);
FIXTURE_VARIANT_ADD(no_link, no_patch_module) FAULT(9, -ENOEXEC);
FIXTURE_VARIANT_ADD(no_link, alternative) FAULT(10, -ENOEXEC);
FIXTURE_VARIANT_ADD(no_link, replaced) FAULT(11, -ENOEXEC);
FIXTURE_VARIANT_ADD(no_link, key_of_module) FAULT(12, -ENOEXEC);
FIXTURE_VARIANT_ADD(no_link, init_code) FAULT(13, -ENOEXEC);

FIXTURE_SETUP(no_link)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(no_link)
{
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(no_link, leaves_nothing, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	char name[32];

	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	snprintf(name, sizeof(name), NO_LINK "%d", variant->nr);
	kgr_snapshot_take(&before);
	EXPECT_EQ(variant->error, kgr_load(name, NULL));
	EXPECT_FALSE(kgr_module_loaded(name));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
	kgr_snapshot_free(&before);
}

/* If a module lacks a symbol, it is refused when it is loaded. */
TEST_F_TIMEOUT(direct, module_lacks_symbol, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	ASSERT_EQ(0, kgr_load(NO_LINK "8", NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	kgr_snapshot_take(&before);
	EXPECT_EQ(-ENOENT, kgr_load(OBJ, NULL));
	EXPECT_FALSE(kgr_module_loaded(OBJ));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
}

/* A pointer to a function that must not be called through one. */
TEST_F_TIMEOUT(direct, no_pointer, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	int ret;

	kgr_snapshot_take(&before);
	ret = kgr_load("kgr_test_bad", "fault=ptr_function");
	if (ret == -EOPNOTSUPP)
		SKIP(return, "needs CONFIG_X86_KERNEL_IBT or CONFIG_CFI_CLANG");
	EXPECT_EQ(-EINVAL, ret);
	EXPECT_FALSE(kgr_module_loaded("kgr_test_bad"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
