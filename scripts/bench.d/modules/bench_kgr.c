// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_kgr.c - a patch for kGraft; see bench_new.h
 */

#include <linux/kgraft.h>
#include <linux/module.h>

#include "bench_new.h"

#define ENTRY(n)	KGR_PATCH_OBJ(bench_f_##n, new_##n, "bench_target"),

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
#ifdef BENCH_IN_PLACE
	.consistency = KGR_CONSISTENCY_FUNCTION,
#endif
	.patches = {
#if defined(BENCH_NR)
		BENCH_FIRST(BENCH_NR)(ENTRY)
#elif defined(BENCH_PAUSE)
		KGR_PATCH(__x64_sys_pause, new_pause),
#elif defined(BENCH_HOLD)
		ENTRY(1000)
		KGR_PATCH_OBJ(bench_hold, new_hold, "bench_target"),
#endif
		KGR_PATCH_END
	},
};

static int __init bench_kgr_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit bench_kgr_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(bench_kgr_init);
module_exit(bench_kgr_exit);
MODULE_DESCRIPTION("kGraft bench: a patch for kGraft");
MODULE_LICENSE("GPL");
