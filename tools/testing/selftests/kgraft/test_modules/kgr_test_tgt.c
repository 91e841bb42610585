// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_tgt.c - a module with two functions to patch, which comes and goes
 *
 * Built twice, as kgr_test_tgt1.ko and kgr_test_tgt2.ko.
 */

#include <linux/init.h>
#include <linux/module.h>

#include "kgr_test_torture.h"

static int kgr_tort_original;

#if KGR_TEST_GENERATION == 1
KGR_TORT_FUNC(4)
KGR_TORT_FUNC(5)
#define KGR_TGT_FIRST	4
#define KGR_TGT_FNS	{ kgr_tort_4, kgr_tort_5 }
#else
KGR_TORT_FUNC(6)
KGR_TORT_FUNC(7)
#define KGR_TGT_FIRST	6
#define KGR_TGT_FNS	{ kgr_tort_6, kgr_tort_7 }
#endif

static const kgr_tort_fn_t tgt_fns[] = KGR_TGT_FNS;

static int __init kgr_test_tgt_init(void)
{
	kgr_tort_add(KGR_TGT_FIRST, tgt_fns[0], THIS_MODULE);
	kgr_tort_add(KGR_TGT_FIRST + 1, tgt_fns[1], THIS_MODULE);
	return 0;
}

static void __exit kgr_test_tgt_exit(void)
{
	kgr_tort_del(KGR_TGT_FIRST);
	kgr_tort_del(KGR_TGT_FIRST + 1);
}

module_init(kgr_test_tgt_init);
module_exit(kgr_test_tgt_exit);
MODULE_DESCRIPTION("kGraft selftests: a module to patch for kgrtorture");
MODULE_LICENSE("GPL");
