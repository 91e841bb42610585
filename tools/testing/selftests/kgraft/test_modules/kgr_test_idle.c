// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_idle.c - a patch that no idle task can cross
 *
 * Idle tasks cross between two rounds of their loop, and do_idle() is on their
 * stacks there. So nobody ever runs the replacement; unless a CPU comes up, which
 * it must not while this is loaded.
 */

#include <linux/bug.h>
#include <linux/kgraft.h>
#include <linux/module.h>

static void kgr_new_idle(void)
{
	WARN_ON_ONCE(1);
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(do_idle, kgr_new_idle),
		KGR_PATCH_END
	},
};

static int __init kgr_test_idle_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_idle_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_idle_init);
module_exit(kgr_test_idle_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch that no idle task can cross");
MODULE_LICENSE("GPL");
