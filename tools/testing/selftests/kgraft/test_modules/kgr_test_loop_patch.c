// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_loop_patch.c - replaces the main loop of a kernel thread
 */

#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/sched.h>

static int kgr_new_main_loop(const bool *stay)
{
	while (READ_ONCE(*stay))
		schedule_timeout_idle(1);
	return 1;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_main_loop, kgr_new_main_loop),
		KGR_PATCH_END
	},
};

static int __init kgr_test_loop_patch_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_loop_patch_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_loop_patch_init);
module_exit(kgr_test_loop_patch_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch of a kernel thread's main loop");
MODULE_LICENSE("GPL");
