// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_dups.c - replaces one of two functions that share a name
 *
 * The parameter selects it: its position in the order of kallsyms, from 1.
 */

#include <linux/kgraft.h>
#include <linux/module.h>

static int sympos;
module_param(sympos, int, 0400);
MODULE_PARM_DESC(sympos, "which function of that name");

static int kgr_new_dup(void)
{
	return 1;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_dup, kgr_new_dup),
		KGR_PATCH_END
	},
};

static int __init kgr_test_dups_init(void)
{
	patch.patches[0].sympos = sympos;
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_dups_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_dups_init);
module_exit(kgr_test_dups_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch by symbol position");
MODULE_LICENSE("GPL");
