// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_place.c - a patch of functions in which tasks sleep
 *
 * By default its functions do not depend on each other.
 */

#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

/* What the replacements return. */
#define NEW	9

static bool function = true;
module_param(function, bool, 0400);
MODULE_PARM_DESC(function, "whether tasks may cross in place");

static unsigned int deadline_ms;
module_param(deadline_ms, uint, 0400);
MODULE_PARM_DESC(deadline_ms, "how long a change may take");

static bool revert;
module_param(revert, bool, 0400);
MODULE_PARM_DESC(revert, "whether it is reverted when it takes longer");

static int kgr_new_first(void)
{
	return NEW;
}

static int kgr_new_second(void)
{
	return NEW;
}

/* Sleeps as well: its stack has a return address in this module. */
static int kgr_new_within(int (*sleep)(void *arg), void *arg)
{
	int ret = sleep(arg);

	return ret ?: NEW;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_first, kgr_new_first),
		KGR_PATCH(kgr_test_second, kgr_new_second),
		KGR_PATCH(kgr_test_within, kgr_new_within),
		KGR_PATCH_END
	},
};

static int __init kgr_test_place_init(void)
{
	if (function)
		patch.consistency = KGR_CONSISTENCY_FUNCTION;
	if (revert)
		patch.on_deadline = KGR_DEADLINE_REVERT;
	patch.deadline_ms = deadline_ms;
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_place_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_place_init);
module_exit(kgr_test_place_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch of functions in which tasks sleep");
MODULE_LICENSE("GPL");
