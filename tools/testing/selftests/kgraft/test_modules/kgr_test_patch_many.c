// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_patch_many.c - replaces 64 functions at once
 */

#include <linux/kgraft.h>
#include <linux/module.h>

static int kgr_new_many(void)
{
	return 1;
}

#define MANY(nr) KGR_PATCH(kgr_test_many_##nr, kgr_new_many)

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		MANY(00), MANY(01), MANY(02), MANY(03), MANY(04), MANY(05),
		MANY(06), MANY(07), MANY(08), MANY(09), MANY(10), MANY(11),
		MANY(12), MANY(13), MANY(14), MANY(15), MANY(16), MANY(17),
		MANY(18), MANY(19), MANY(20), MANY(21), MANY(22), MANY(23),
		MANY(24), MANY(25), MANY(26), MANY(27), MANY(28), MANY(29),
		MANY(30), MANY(31), MANY(32), MANY(33), MANY(34), MANY(35),
		MANY(36), MANY(37), MANY(38), MANY(39), MANY(40), MANY(41),
		MANY(42), MANY(43), MANY(44), MANY(45), MANY(46), MANY(47),
		MANY(48), MANY(49), MANY(50), MANY(51), MANY(52), MANY(53),
		MANY(54), MANY(55), MANY(56), MANY(57), MANY(58), MANY(59),
		MANY(60), MANY(61), MANY(62), MANY(63),
		KGR_PATCH_END
	},
};

static int __init kgr_test_patch_many_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_patch_many_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_patch_many_init);
module_exit(kgr_test_patch_many_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch of 64 functions");
MODULE_LICENSE("GPL");
