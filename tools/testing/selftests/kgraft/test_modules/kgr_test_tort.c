// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_tort.c - a patch of any of the functions that kgrtorture calls
 *
 * Built several times, as kgr_test_tort1.ko and so on: KGR_TEST_GENERATION is
 * what the replacements return. They note when they are called although the patch
 * was released.
 */

#include <linux/kgraft.h>
#include <linux/module.h>

#include "kgr_test_torture.h"

/* Nothing may run the replacements any more. */
static bool released;

static int replacement(unsigned int nr, unsigned int dwell_us)
{
	if (READ_ONCE(released))
		kgr_tort_fault("function %u of patch %d runs, which was released",
			       nr, KGR_TEST_GENERATION);
	kgr_tort_dwell(nr, dwell_us);
	return KGR_TEST_GENERATION;
}

static int kgr_new_0(void)
{
	return replacement(0, 0);
}

static int kgr_new_1(void)
{
	return replacement(1, 0);
}

#define KGR_TORT_NEW(nr)						\
static int kgr_new_##nr(unsigned int dwell_us)				\
{									\
	return replacement(nr, dwell_us);				\
}

KGR_TORT_NEW(2)
KGR_TORT_NEW(3)
KGR_TORT_NEW(4)
KGR_TORT_NEW(5)
KGR_TORT_NEW(6)
KGR_TORT_NEW(7)

static const struct kgr_patch_fun funcs[KGR_TORT_FUNCS] = {
	KGR_PATCH(kgr_test_first, kgr_new_0),
	KGR_PATCH(kgr_test_second, kgr_new_1),
	KGR_PATCH_OBJ(kgr_tort_2, kgr_new_2, "kgr_test_torture"),
	KGR_PATCH_OBJ(kgr_tort_3, kgr_new_3, "kgr_test_torture"),
	KGR_PATCH_OBJ(kgr_tort_4, kgr_new_4, "kgr_test_tgt1"),
	KGR_PATCH_OBJ(kgr_tort_5, kgr_new_5, "kgr_test_tgt1"),
	KGR_PATCH_OBJ(kgr_tort_6, kgr_new_6, "kgr_test_tgt2"),
	KGR_PATCH_OBJ(kgr_tort_7, kgr_new_7, "kgr_test_tgt2"),
};

static unsigned int mask = 0xff;
module_param(mask, uint, 0444);
MODULE_PARM_DESC(mask, "which of the functions to replace, bit by bit");

static bool replace_all;
module_param(replace_all, bool, 0444);

static char *set;
module_param(set, charp, 0444);
MODULE_PARM_DESC(set, "the set that the patch belongs to");

static bool function;
module_param(function, bool, 0444);
MODULE_PARM_DESC(function, "whether tasks may cross in place");

/* With room for all functions and the end. */
static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = { [KGR_TORT_FUNCS] = KGR_PATCH_END },
};

static int __init kgr_test_tort_init(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < KGR_TORT_FUNCS; i++)
		if (mask & 1 << i)
			patch.patches[nr++] = funcs[i];
	patch.replace_all = replace_all;
	patch.replaces = set;
	if (function)
		patch.consistency = KGR_CONSISTENCY_FUNCTION;
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_tort_exit(void)
{
	WRITE_ONCE(released, true);
	kgr_patch_remove(&patch);
}

module_init(kgr_test_tort_init);
module_exit(kgr_test_tort_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch that kgrtorture applies");
MODULE_LICENSE("GPL");
