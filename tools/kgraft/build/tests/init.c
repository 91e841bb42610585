// SPDX-License-Identifier: GPL-2.0
/* For init.patch, by --main: what init code would have done. */
#include <linux/proc_fs.h>

int version_proc_show(struct seq_file *m, void *v) KGR_SYM(version_proc_show);

static int version_show(struct seq_file *m, void *v)
{
	return version_proc_show(m, v);
}

static int create(struct kgr_patch *patch, struct module *mod)
{
	if (!proc_create_single("banner", 0, NULL, version_show))
		return -ENOMEM;
	return 0;
}

static void remove(struct kgr_patch *patch, struct module *mod)
{
	remove_proc_entry("banner", NULL);
}

static const struct kgr_patch_obj objects[] = {
	{ .pre_apply = create, .post_revert = remove },
	KGR_OBJECTS_END
};

#define KGR_MAIN_OBJECTS objects
