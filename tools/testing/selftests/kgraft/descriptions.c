// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A description that ends too early, contradicts itself, or has an entry
 * without effect is refused, whether its module is loaded or not.
 */

#include <errno.h>
#include <stdio.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define ODD	"kgr_test_odd"
#define OBJ	"kgr_test_obj"

FIXTURE(descriptions) {};

FIXTURE_VARIANT(descriptions) {
	bool loaded;
};

FIXTURE_VARIANT_ADD(descriptions, absent) { .loaded = false };
FIXTURE_VARIANT_ADD(descriptions, live) { .loaded = true };

FIXTURE_SETUP(descriptions)
{
	ASSERT_TRUE(kgr_is_clean());
	if (variant->loaded)
		ASSERT_EQ(0, kgr_load(OBJ, NULL));
}

FIXTURE_TEARDOWN_PARENT(descriptions)
{
	EXPECT_TRUE(kgr_clean_up());
}

static int load(const char *fault)
{
	char params[64];

	snprintf(params, sizeof(params), "fault=%s", fault);
	return kgr_load(ODD, params);
}

static const char * const faults[] = {
	/* the patch */
	"blank", "line_feed", "set",
	/* its functions */
	"twice", "twice_pos", "unique_or_not", "nameless", "cut", "cut_pos",
	"outside", "long_symbol",
	/* its objects */
	"objects_twice", "kernel_twice", "kernel_srcversion", "kernel_build_id",
	"srcversion_empty", "build_id_empty", "build_id_odd", "build_id_upper",
	"build_id_long",
	/* symbols, states, shadow variables */
	"extern_cut", "extern_twice", "extern_object", "extern_long",
	"state_cut", "state_twice",
	"shadow_cut", "shadow_cut_dtor", "shadow_empty", "shadow_twice",
};

TEST_F_TIMEOUT(descriptions, refused, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	unsigned int i;

	kgr_snapshot_take(&before);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		EXPECT_EQ(-EINVAL, load(faults[i])) {
			TH_LOG("fault=%s", faults[i]);
		}
		/* So that the next one has something to show */
		if (kgr_module_loaded(ODD))
			ASSERT_TRUE(kgr_clean_up());
	}
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
}

TEST_F_TIMEOUT(descriptions, accepted, KGR_TIMEOUT)
{
	ASSERT_EQ(0, load("nothing"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(0, kgr_revert_done(ODD));
	EXPECT_EQ(0, kgr_retire(ODD));
}

/* With another patch applied, with which it is compared. */
TEST_F_TIMEOUT(descriptions, refused_beside_another, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	EXPECT_EQ(-EINVAL, load("nameless_set"));
	EXPECT_EQ(-EINVAL, load("twice"));
}

/* Who is inside a patch is told by the text of its module. */
FIXTURE(module_of_patch) {};

FIXTURE_SETUP(module_of_patch)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(module_of_patch)
{
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(module_of_patch, has_no_other_patch, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(ODD, "fault=nothing again=1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(-EEXIST, kgr_number("/sys/module/" ODD "/parameters/again_ret"));
	EXPECT_TRUE(kgr_status_is(ODD, "applied"));
	EXPECT_FALSE(kgr_patch_exists("kgr_test_again"));
	ASSERT_EQ(0, kgr_revert_done(ODD));
	EXPECT_EQ(0, kgr_retire(ODD));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
