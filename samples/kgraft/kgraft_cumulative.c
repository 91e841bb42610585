// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_cumulative.c - a patch that replaces all others, and takes over from them
 *
 * This is what a vendor ships: each release contains all fixes of the previous
 * releases and replaces them in one change. No task runs a mix of two releases.
 *
 *	# insmod kgraft_sample.ko
 *	# insmod kgraft_cumulative.ko
 *	# cat /sys/kernel/kgraft/sample/status
 *	replaced
 *
 * To go back one step, write
 *
 *	# echo 1 > /sys/kernel/kgraft/sample/enable
 *
 * as long as the old module has not been unloaded. With these two samples it is
 * refused: the first one does not have the state that this one has changed, see
 * below.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/container_of.h>
#include <linux/kgraft.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

/* A symbol that is not exported, looked up by kGraft. */
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
 * What these patches have changed besides code, under a number that stays the
 * same from release to release. Here it is a counter of releases. A patch that
 * does not have version 2 of this state cannot replace this patch.
 */
#define SAMPLE_STATE	1

struct sample_data {
	struct kref users;
	unsigned int releases;
};

static struct kgr_state states[] = {
	{ .id = SAMPLE_STATE, .version = 2 },
	{ }
};

static void sample_data_free(struct kref *users)
{
	kfree(container_of(users, struct sample_data, users));
}

/*
 * If a predecessor has the state, share its data; otherwise allocate it. The
 * predecessor may come back: the change can fail, or be reverted half way. So
 * each patch has a reference of its own, and nothing is taken away here.
 */
static int sample_pre_apply(struct kgr_patch *patch, struct module *mod)
{
	struct kgr_state *state = kgr_state_get(patch, SAMPLE_STATE);
	struct kgr_state *prev = kgr_state_get_prev(patch, SAMPLE_STATE);
	struct sample_data *data = prev ? prev->data : NULL;

	if (state->data)
		return 0;
	if (data) {
		kref_get(&data->users);
	} else {
		data = kzalloc(sizeof(*data), GFP_KERNEL);
		if (!data)
			return -ENOMEM;
		kref_init(&data->users);
	}
	state->data = data;
	return 0;
}

/* Every task runs this release. */
static void sample_post_apply(struct kgr_patch *patch, struct module *mod)
{
	struct sample_data *data = kgr_state_get(patch, SAMPLE_STATE)->data;

	data->releases++;
}

static void sample_put(struct kgr_patch *patch)
{
	struct kgr_state *state = kgr_state_get(patch, SAMPLE_STATE);
	struct sample_data *data = state->data;

	state->data = NULL;
	if (data)
		kref_put(&data->users, sample_data_free);
}

static void sample_post_revert(struct kgr_patch *patch, struct module *mod)
{
	sample_put(patch);
}

static const struct kgr_patch_obj objects[] = {
	{
		.name = "vmlinux",
		.pre_apply = sample_pre_apply,
		.post_apply = sample_post_apply,
		.post_revert = sample_post_revert,
	},
	KGR_OBJECTS_END
};

/*
 * If patches of several vendors are used together, set .replaces = "vendor"
 * instead: the patch then replaces only patches of the same set, and is refused
 * if it has a function that a patch outside the set has replaced.
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
	/* The callbacks of a patch that was replaced are not called. */
	sample_put(&patch);
}

module_init(kgraft_cumulative_init);
module_exit(kgraft_cumulative_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: a patch that replaces all others");
