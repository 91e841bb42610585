// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_patch.c - replaces the functions that the selftests call
 *
 * Built several times, as kgr_test_patch1.ko and so on: the replacements return
 * KGR_TEST_GENERATION.
 */

#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static int kgr_new_first(void)
{
	return KGR_TEST_GENERATION;
}

static int kgr_new_second(void)
{
	return KGR_TEST_GENERATION;
}

static int kgr_new_signal(void)
{
	return KGR_TEST_GENERATION;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_first, kgr_new_first),
		KGR_PATCH(kgr_test_second, kgr_new_second),
		KGR_PATCH(kgr_test_signal, kgr_new_signal),
		KGR_PATCH_END
	},
};

static bool function;
module_param(function, bool, 0400);
MODULE_PARM_DESC(function, "whether tasks may cross in place");

static int __init kgr_test_patch_init(void)
{
	if (function)
		patch.consistency = KGR_CONSISTENCY_FUNCTION;
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_patch_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_patch_init);
module_exit(kgr_test_patch_exit);
MODULE_DESCRIPTION("kGraft selftests: one of several patches of the same functions");
MODULE_LICENSE("GPL");
