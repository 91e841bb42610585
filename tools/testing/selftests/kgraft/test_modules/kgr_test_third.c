// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_third.c - a module that has a symbol for the patch of another
 */

#include <linux/completion.h>
#include <linux/init.h>
#include <linux/module.h>

static int kgr_third = 3;
module_param_named(third, kgr_third, int, 0444);

static bool wait;
module_param(wait, bool, 0444);
MODULE_PARM_DESC(wait, "whether init waits until go is written");

static int fail;
module_param(fail, int, 0444);
MODULE_PARM_DESC(fail, "what init returns");

static DECLARE_COMPLETION(third_go);

static int go_set(const char *val, const struct kernel_param *kp)
{
	complete_all(&third_go);
	return 0;
}

static const struct kernel_param_ops go_ops = { .set = go_set };

module_param_cb(go, &go_ops, NULL, 0200);
MODULE_PARM_DESC(go, "lets init go on");

static int __init kgr_test_third_init(void)
{
	if (wait && wait_for_completion_killable(&third_go))
		return -EINTR;
	return fail;
}

static void __exit kgr_test_third_exit(void)
{
}

module_init(kgr_test_third_init);
module_exit(kgr_test_third_exit);
MODULE_DESCRIPTION("kGraft selftests: a module with a symbol to look up");
MODULE_LICENSE("GPL");
