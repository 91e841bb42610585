// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * demo_two.c - a patch for the demo: /proc/version and /proc/cmdline
 *
 * See samples/kgraft/kgraft_sample.c for how such a module is made.
 */

#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/utsname.h>

static int demo_two_version(struct seq_file *m, void *v)
{
	seq_printf(m, "%s version %s with demo_two\n", utsname()->sysname,
		   utsname()->release);
	return 0;
}

static int demo_two_cmdline(struct seq_file *m, void *v)
{
	seq_puts(m, "hidden by demo_two\n");
	return 0;
}

static struct kgr_patch patch = {
	.name = "demo_two",
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(version_proc_show, demo_two_version),
		KGR_PATCH(cmdline_proc_show, demo_two_cmdline),
		KGR_PATCH_END
	},
};

static int __init demo_two_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit demo_two_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(demo_two_init);
module_exit(demo_two_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft demo: patch two");
