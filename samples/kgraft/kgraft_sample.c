// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_sample.c - a first patch module, to copy from
 *
 * Changes what /proc/cmdline says:
 *
 *	# insmod kgraft_sample.ko
 *	# cat /proc/cmdline
 *	this has been kgrafted
 *	# echo 1 > /sys/kernel/kgraft/sample/revert
 *	# until grep -qx reverted /sys/kernel/kgraft/sample/status; do sleep 1; done
 *	# rmmod kgraft_sample
 */

#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/seq_file.h>

/*
 * The replacement. Same prototype as the original, which is
 * cmdline_proc_show() in fs/proc/cmdline.c. While the patch is applied, tasks
 * that have not crossed yet still run the original, at the same time: what the
 * two leave behind for each other must be good for both.
 */
static int kgr_cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "this has been kgrafted\n");
	return 0;
}

/*
 * Replaced together: within one entry to the kernel, a task runs all of the
 * originals or all of the replacements, never a mix.
 */
static struct kgr_patch patch = {
	.name = "sample",
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(cmdline_proc_show, kgr_cmdline_proc_show),
		KGR_PATCH_END
	},
};

/* Applying comes last in init: nothing may fail once it has succeeded. */
static int __init kgraft_sample_init(void)
{
	return kgr_patch_kernel(&patch);
}

/*
 * The module can only be unloaded after the patch was reverted. Removing comes
 * first in exit: when it returns, nobody runs code of this module.
 */
static void __exit kgraft_sample_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgraft_sample_init);
module_exit(kgraft_sample_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: a first patch module");
