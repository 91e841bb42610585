// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_patch_wide.c - replaces the 1,000 functions of kgr_test_wide
 */

#include <linux/kgraft.h>
#include <linux/module.h>

static int kgr_new_wide(void)
{
	return 1;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
#define EACH(n)	KGR_PATCH_OBJ(kgr_wide_##n, kgr_new_wide, "kgr_test_wide"),
#include "kgr_test_wide.h"
#undef EACH
		KGR_PATCH_END
	},
};

static int __init kgr_test_patch_wide_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_patch_wide_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_patch_wide_init);
module_exit(kgr_test_patch_wide_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch of 1,000 functions");
MODULE_LICENSE("GPL");
