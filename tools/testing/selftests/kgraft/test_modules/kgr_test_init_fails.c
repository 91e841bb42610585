// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_init_fails.c - a module whose init fails after it applied its patch
 *
 * It does not clean up, which authors may forget. Its text must stay until no
 * task runs it.
 */

#include <linux/delay.h>
#include <linux/kgraft.h>
#include <linux/module.h>

static int kgr_new_first(void)
{
	return 1;
}

static int kgr_new_second(void)
{
	return 1;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_first, kgr_new_first),
		KGR_PATCH(kgr_test_second, kgr_new_second),
		KGR_PATCH_END
	},
};

static unsigned int delay_ms;
module_param(delay_ms, uint, 0400);
MODULE_PARM_DESC(delay_ms, "how long the patch lives before init fails");

module_param_named(replace_all, patch.replace_all, bool, 0400);

static int __init kgr_test_init_fails_init(void)
{
	int ret = kgr_patch_kernel(&patch);

	if (ret)
		return ret;
	msleep(delay_ms);
	return -ENODATA;
}

static void __exit kgr_test_init_fails_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_init_fails_init);
module_exit(kgr_test_init_fails_exit);
MODULE_DESCRIPTION("kGraft selftests: init fails after the patch was applied");
MODULE_LICENSE("GPL");
