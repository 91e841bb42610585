// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_drain.c - a patch whose code is called from elsewhere, later
 *
 * Counts how often /proc/cmdline is read, and says so now and then from a work
 * item. kGraft waits for tasks that run a replacement. It does not know about
 * work, timers, RCU callbacks or tables of functions that a replacement has
 * left behind: those are for the author to take back, in this order:
 *
 *  1. nobody starts them any more (the replacements are not run any more),
 *  2. those that are under way are waited for,
 *  3. then the module may go.
 *
 * post_revert is called between 1 and 3.
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
 * Every task has gone back to the original, so nobody queues the work any
 * more: cancel what is queued, wait for what runs.
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

/* If another patch has taken over, post_revert was not called: drain here. */
static void __exit kgraft_drain_exit(void)
{
	kgr_patch_remove(&patch);
	cancel_delayed_work_sync(&report);
}

module_init(kgraft_drain_init);
module_exit(kgraft_drain_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: a patch that cleans up behind itself");
