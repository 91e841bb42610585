// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_klp.c - the same patch for livepatch; see bench_new.h
 */

#include <linux/livepatch.h>
#include <linux/module.h>

#include "bench_new.h"

#define ENTRY(n)	{ .old_name = "bench_f_" #n, .new_func = new_##n },

static struct klp_func funcs[] = {
#if defined(BENCH_NR)
	BENCH_FIRST(BENCH_NR)(ENTRY)
#elif defined(BENCH_PAUSE)
	{ .old_name = "__x64_sys_pause", .new_func = new_pause },
#elif defined(BENCH_HOLD)
	ENTRY(1000)
	{ .old_name = "bench_hold", .new_func = new_hold },
#endif
	{ }
};

static struct klp_object objs[] = {
	{
#ifndef BENCH_PAUSE
		.name = "bench_target",
#endif
		.funcs = funcs,
	}, { }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static int __init bench_klp_init(void)
{
	return klp_enable_patch(&patch);
}

static void __exit bench_klp_exit(void)
{
}

module_init(bench_klp_init);
module_exit(bench_klp_exit);
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("kGraft bench: a patch for livepatch");
MODULE_LICENSE("GPL");
