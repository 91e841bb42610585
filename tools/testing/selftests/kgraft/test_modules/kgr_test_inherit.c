// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_inherit.c - a restart function that a child must not inherit
 *
 * Leaves in restart_block, like nanosleep() when a signal interrupts it, the
 * function in which restart_syscall() is to continue.
 */

#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/thread_info.h>

static long kgr_continue(struct restart_block *restart)
{
	return 1;
}

static int kgr_new_first(void)
{
	set_restart_fn(&current->restart_block, kgr_continue);
	return 1;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_first, kgr_new_first),
		KGR_PATCH_END
	},
};

static int __init kgr_test_inherit_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_inherit_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_inherit_init);
module_exit(kgr_test_inherit_exit);
MODULE_DESCRIPTION("kGraft selftests: a restart function that a child must not inherit");
MODULE_LICENSE("GPL");
