// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_nested.c - replaces the replacement in which tasks sleep
 *
 * Built twice: kgr_test_nested1.ko replaces that of kgr_test_place, and
 * kgr_test_nested2.ko that of kgr_test_nested1. A task that sleeps in the last
 * has no text of the others on its stack.
 */

#include <linux/kgraft.h>
#include <linux/module.h>

/* What the replacement returns, after the sleep. */
#define NEW	(KGR_TEST_GENERATION * 10)

static int kgr_nested_within(int (*sleep)(void *arg), void *arg)
{
	int ret = sleep(arg);

	return ret ?: NEW;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.consistency = KGR_CONSISTENCY_FUNCTION,
	.patches = {
#if KGR_TEST_GENERATION == 1
		KGR_PATCH_OBJ(kgr_new_within, kgr_nested_within, "kgr_test_place"),
#else
		KGR_PATCH_OBJ(kgr_nested_within, kgr_nested_within, "kgr_test_nested1"),
#endif
		KGR_PATCH_END
	},
};

static int __init kgr_test_nested_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_nested_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_nested_init);
module_exit(kgr_test_nested_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch of a function of another patch");
MODULE_LICENSE("GPL");
