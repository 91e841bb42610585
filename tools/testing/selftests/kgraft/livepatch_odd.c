// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Descriptions of livepatches that are odd: kGraft gives the answers of livepatch's
 * own engine, and leaves nothing behind.
 */

#include <errno.h>

#include "../kselftest_harness.h"
#include "kgr_klp.h"
#include "kgr_test.h"

#define L1	"kgr_test_klp1"
#define OBJ	"kgr_test_obj"

FIXTURE(odd) {};

FIXTURE_SETUP(odd)
{
	if (kgr_number(KGR_DIR "livepatch") < 0)
		SKIP(return, "needs CONFIG_KGRAFT_LIVEPATCH");
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(odd)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* Refused or not, and with which error; @not_there: not shown on the other engine */
FIXTURE_VARIANT(odd) {
	const char *params;
	int ret;
	bool not_there;
};

/* livepatch's engine accepts it, and then goes astray when it looks at stacks. */
FIXTURE_VARIANT_ADD(odd, alias) {
	.params = "mask=2 odd=alias", .ret = 0, .not_there = true,
};

FIXTURE_VARIANT_ADD(odd, name) {
	.params = "mask=9 odd=name", .ret = 0,
};

FIXTURE_VARIANT_ADD(odd, callbacks_only) {
	.params = "mask=0", .ret = 0,
};

FIXTURE_VARIANT_ADD(odd, none) {
	.params = "odd=none", .ret = -EINVAL,
};

/* For these, livepatch's engine has a stack trace in the log as well. */
FIXTURE_VARIANT_ADD(odd, twice) {
	.params = "odd=twice", .ret = -EEXIST, .not_there = true,
};

FIXTURE_VARIANT_ADD(odd, obj_twice) {
	.params = "odd=obj_twice", .ret = -EEXIST, .not_there = true,
};

FIXTURE_VARIANT_ADD(odd, obj_again) {
	.params = "mask=9 odd=obj_again", .ret = -EEXIST, .not_there = true,
};

FIXTURE_VARIANT_ADD(odd, vmlinux_again) {
	.params = "odd=vmlinux_again", .ret = -EEXIST, .not_there = true,
};

FIXTURE_VARIANT_ADD(odd, vmlinux_too) {
	.params = "odd=vmlinux_too", .ret = -EEXIST, .not_there = true,
};

FIXTURE_VARIANT_ADD(odd, position) {
	.params = "odd=position", .ret = -EINVAL,
};

FIXTURE_VARIANT_ADD(odd, notrace) {
	.params = "odd=notrace", .ret = -EINVAL,
};

static void is_answered(struct __test_metadata *_metadata, const char *params,
			int expected)
{
	struct kgr_snapshot before;
	int ret;

	kgr_snapshot_take(&before);
	ret = klp_apply(L1, params);
	EXPECT_EQ(kgr_init_error(expected), ret);
	EXPECT_EQ(ret ? -ENOENT : 0, klp_retire(L1));
	if (ret)
		EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_TRUE(kgr_now_is(0, 0));
	kgr_snapshot_free(&before);
}

/* Of either engine, and whether the module is there or not */
TEST_F_TIMEOUT(odd, same_errors, KGR_TIMEOUT)
{
	static const char * const engines[] = { "1", "0" };
	int i, there;

	for (i = 0; i < (variant->not_there ? 1 : 2); i++)
		for (there = 0; there < 2; there++) {
			TH_LOG("engine %s, the module is %s", engines[i],
			       there ? "there" : "not there");
			if (there)
				ASSERT_EQ(0, kgr_load(OBJ, NULL));
			ASSERT_EQ(0, kgr_write(KGR_DIR "livepatch", engines[i]));
			is_answered(_metadata, variant->params, variant->ret);
			if (there)
				ASSERT_EQ(0, kgr_unload(OBJ));
		}
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
