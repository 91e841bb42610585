// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_livepatch.c - the same function, patched by livepatch
 */

#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static int value = 100;
module_param(value, int, 0400);
MODULE_PARM_DESC(value, "what it returns instead");

static int klp_new_first(void)
{
	return READ_ONCE(value);
}

static struct klp_func funcs[] = {
	{
		.old_name = "kgr_test_first",
		.new_func = klp_new_first,
	}, { }
};

static struct klp_object objs[] = {
	{
		/* vmlinux */
		.funcs = funcs,
	}, { }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init kgr_test_livepatch_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit kgr_test_livepatch_exit(void)
{
}

module_init(kgr_test_livepatch_init);
module_exit(kgr_test_livepatch_exit);
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("kGraft selftests: another owner of a function");
MODULE_LICENSE("GPL");
