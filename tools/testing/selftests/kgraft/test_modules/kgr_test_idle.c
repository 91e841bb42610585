// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_idle.c - a patch whose replacement can hold an idle task
 *
 * The idle task of the CPU in the parameter "cpu" stays in the middle of a
 * round of its loop while that names its CPU, for a limited time, because
 * nothing else runs there. The parameter "held" says whether it is held.
 */

#include <linux/irqflags.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/processor.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>

/* Shorter than the timeout of any watchdog. */
#define HOLD_NS		(5 * NSEC_PER_SEC)

static int hold_cpu = -1;
module_param_named(cpu, hold_cpu, int, 0600);
MODULE_PARM_DESC(cpu, "CPU whose idle task is held; -1: none");

static bool held;
module_param(held, bool, 0400);
MODULE_PARM_DESC(held, "whether it is");

/* Replaces a function that updates clocks and watchdogs, which can wait. */
static void kgr_new_idle_enter(void)
{
	u64 start = ktime_get_mono_fast_ns();
	int this_cpu = smp_processor_id();

	if (READ_ONCE(hold_cpu) != this_cpu)
		return;

	local_irq_enable();
	WRITE_ONCE(held, true);
	while (READ_ONCE(hold_cpu) == this_cpu &&
	       ktime_get_mono_fast_ns() - start < HOLD_NS)
		cpu_relax();
	WRITE_ONCE(held, false);
	local_irq_disable();
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(arch_cpu_idle_enter, kgr_new_idle_enter),
		KGR_PATCH_END
	},
};

static int __init kgr_test_idle_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_idle_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_idle_init);
module_exit(kgr_test_idle_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch whose replacement can keep an idle task");
MODULE_LICENSE("GPL");
