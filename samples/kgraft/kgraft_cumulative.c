// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_cumulative.c - a patch that replaces all others, and takes over from them
 *
 * What a vendor ships: each release has all the fixes of those before, and
 * takes their place in one step. Nobody runs a kernel between the two.
 *
 *	# insmod kgraft_sample.ko
 *	# insmod kgraft_cumulative.ko
 *	# cat /sys/kernel/kgraft/sample/status
 *	replaced
 *
 * One step back would be
 *
 *	# echo 1 > /sys/kernel/kgraft/sample/enable
 *
 * as long as the old module has not been unloaded. Here it is refused: the first
 * sample does not know what this one has changed besides code, see below.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

/* Not exported, looked up. */
static char **kgr_saved_command_line;

static int kgr_cmdline_proc_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s kgrafted=2\n", *kgr_saved_command_line);
	return 0;
}

static const struct kgr_extern externs[] = {
	KGR_EXTERN(saved_command_line, &kgr_saved_command_line),
	KGR_EXTERN_END
};

/*
 * What the patches of this line have changed besides code, by a number that
 * stays the same from release to release. Here: a counter of releases. A patch
 * that does not know version 2 of it could not replace this one.
 */
#define SAMPLE_STATE	1

static struct kgr_state states[] = {
	{ .id = SAMPLE_STATE, .version = 2 },
	{ }
};

/*
 * A predecessor that has the state has set up its data: take it over. If there
 * is none, set it up. What is replaced is not called any more, so that it does
 * not tear down what its successor uses.
 */
static int sample_pre_apply(struct kgr_patch *patch, struct module *mod)
{
	struct kgr_state *state = kgr_state_get(patch, SAMPLE_STATE);
	struct kgr_state *prev = kgr_state_get_prev(patch, SAMPLE_STATE);
	unsigned int *releases = prev ? prev->data : NULL;

	if (!releases)
		releases = kzalloc(sizeof(*releases), GFP_KERNEL);
	if (!releases)
		return -ENOMEM;
	(*releases)++;
	state->data = releases;
	return 0;
}

/* Reverted, not replaced: nobody takes it over. */
static void sample_post_revert(struct kgr_patch *patch, struct module *mod)
{
	struct kgr_state *state = kgr_state_get(patch, SAMPLE_STATE);

	kfree(state->data);
	state->data = NULL;
}

static const struct kgr_patch_obj objects[] = {
	{
		.name = "vmlinux",
		.pre_apply = sample_pre_apply,
		.post_revert = sample_post_revert,
	},
	KGR_OBJECTS_END
};

/*
 * Where patches of several vendors live side by side, say .replaces = "vendor"
 * instead: then only those of the same set go, and a function that somebody
 * else has replaced is left to them.
 */
static struct kgr_patch patch = {
	.name = "sample-cumulative",
	.owner = THIS_MODULE,
	.replace_all = true,
	.objects = objects,
	.externs = externs,
	.states = states,
	.patches = {
		KGR_PATCH(cmdline_proc_show, kgr_cmdline_proc_show),
		KGR_PATCH_END
	},
};

static int __init kgraft_cumulative_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgraft_cumulative_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgraft_cumulative_init);
module_exit(kgraft_cumulative_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: a patch that replaces all others");
