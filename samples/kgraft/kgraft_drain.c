// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_drain.c - a patch whose code is called asynchronously
 *
 * Counts how often /proc/cmdline is read, and logs the number from a work item.
 * kGraft waits for tasks that run a replacement. It does not know about work
 * items, timers, RCU callbacks or tables of functions that a replacement has
 * set up. The author must remove those, in this order:
 *
 *  1. no task starts them any more (the replacements no longer run),
 *  2. post_revert cancels pending ones and waits for running ones,
 *  3. the module may be unloaded.
 *
 * kGraft calls post_revert between 1 and 3.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/workqueue.h>

static atomic_t reads;
static char **kgr_saved_command_line;

static void report_fn(struct work_struct *work)
{
	pr_info("/proc/cmdline was read %d times\n", atomic_read(&reads));
}

static DECLARE_DELAYED_WORK(report, report_fn);

static int kgr_cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", *kgr_saved_command_line);
	atomic_inc(&reads);
	schedule_delayed_work(&report, HZ);
	return 0;
}

static const struct kgr_extern externs[] = {
	KGR_EXTERN(saved_command_line, &kgr_saved_command_line),
	KGR_EXTERN_END
};

/*
 * Every task has gone back to the original, so the work is not queued any more:
 * cancel it if it is queued, and wait for it if it runs.
 */
static void drain(struct kgr_patch *patch, struct module *mod)
{
	cancel_delayed_work_sync(&report);
}

static const struct kgr_patch_obj objects[] = {
	{ .name = "vmlinux", .post_revert = drain },
	KGR_OBJECTS_END
};

static struct kgr_patch patch = {
	.name = "sample-drain",
	.owner = THIS_MODULE,
	.objects = objects,
	.externs = externs,
	.patches = {
		KGR_PATCH(cmdline_proc_show, kgr_cmdline_proc_show),
		KGR_PATCH_END
	},
};

static int __init kgraft_drain_init(void)
{
	return kgr_patch_kernel(&patch);
}

/* If another patch has replaced this one, post_revert was not called. */
static void __exit kgraft_drain_exit(void)
{
	kgr_patch_remove(&patch);
	cancel_delayed_work_sync(&report);
}

module_init(kgraft_drain_init);
module_exit(kgraft_drain_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: a patch that cleans up behind itself");
