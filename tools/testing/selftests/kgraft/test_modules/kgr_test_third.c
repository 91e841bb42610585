// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_third.c - a module that has a symbol for the patch of another
 */

#include <linux/init.h>
#include <linux/module.h>

static int kgr_third = 3;
module_param_named(third, kgr_third, int, 0444);

static int __init kgr_test_third_init(void)
{
	return 0;
}

static void __exit kgr_test_third_exit(void)
{
}

module_init(kgr_test_third_init);
module_exit(kgr_test_third_exit);
MODULE_DESCRIPTION("kGraft selftests: a module with a symbol to look up");
MODULE_LICENSE("GPL");
