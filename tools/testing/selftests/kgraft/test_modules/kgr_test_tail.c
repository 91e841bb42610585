// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_tail.c - a patch whose text is run by a worker that never called it
 *
 * The replacement queues work, and waits for its completion. The worker lives
 * in the newest universe by then, so the change does not wait for it, but it
 * has yet to return from the patch.
 */

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "kgr_test_kernel.h"

static unsigned int linger_ms = 1500;
module_param(linger_ms, uint, 0400);
MODULE_PARM_DESC(linger_ms, "how long the worker takes to return");

static DECLARE_COMPLETION(kgr_finished);

static void kgr_work_fn(struct work_struct *work)
{
	unsigned long end = jiffies + msecs_to_jiffies(linger_ms);

	atomic_inc(&kgr_test_inside);
	complete(&kgr_finished);
	while (time_before(jiffies, end))
		cpu_relax();
	atomic_dec(&kgr_test_inside);
}

static DECLARE_WORK(kgr_work, kgr_work_fn);

static int kgr_new_first(void)
{
	kgr_test_hold();
	schedule_work(&kgr_work);
	wait_for_completion(&kgr_finished);
	return 1;
}

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_first, kgr_new_first),
		KGR_PATCH_END
	},
};

static int __init kgr_test_tail_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_tail_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_tail_init);
module_exit(kgr_test_tail_exit);
MODULE_DESCRIPTION("kGraft selftests: a worker is late to leave the patch");
MODULE_LICENSE("GPL");
