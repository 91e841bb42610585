// SPDX-License-Identifier: GPL-2.0
/* For static-key.patch, by --main: the key is on while the patch is applied. */
#include <linux/jump_label.h>

extern struct static_key_false version_twice;

static int enable(struct kgr_patch *patch, struct module *mod)
{
	static_branch_enable(&version_twice);
	return 0;
}

static void disable(struct kgr_patch *patch, struct module *mod)
{
	static_branch_disable(&version_twice);
}

static const struct kgr_patch_obj objects[] = {
	{ .pre_apply = enable, .post_revert = disable },
	KGR_OBJECTS_END
};

#define KGR_MAIN_OBJECTS objects
