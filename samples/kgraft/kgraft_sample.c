// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_sample.c - a minimal patch module, as a template
 *
 * Changes the output of /proc/cmdline:
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
 * The replacement. It must have the prototype of the original, which is
 * cmdline_proc_show() in fs/proc/cmdline.c. Until every task has crossed, some
 * tasks run the original while others run the replacement, so any data that
 * both access must suit both.
 */
static int kgr_cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_puts(m, "this has been kgrafted\n");
	return 0;
}

/*
 * All functions listed here are replaced together: within one kernel entry, a
 * task runs either the originals or the replacements, never a mix.
 */
static struct kgr_patch patch = {
	.name = "sample",
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(cmdline_proc_show, kgr_cmdline_proc_show),
		KGR_PATCH_END
	},
};

/* Apply the patch last: init must not fail after this has succeeded. */
static int __init kgraft_sample_init(void)
{
	return kgr_patch_kernel(&patch);
}

/*
 * The module can be unloaded only after the patch was reverted. Remove the
 * patch first: when kgr_patch_remove() returns, no task runs code of this
 * module.
 */
static void __exit kgraft_sample_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgraft_sample_init);
module_exit(kgraft_sample_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: a first patch module");
