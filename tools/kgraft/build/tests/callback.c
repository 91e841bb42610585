// SPDX-License-Identifier: GPL-2.0
/* For callback.patch, by --main: a setting that changes with the patch. */

extern int kgr_ctrl_alt_del KGR_SYM(C_A_D);
static int before;

static int set(struct kgr_patch *patch, struct module *mod)
{
	before = kgr_ctrl_alt_del;
	kgr_ctrl_alt_del = 0;
	return 0;
}

static void unset(struct kgr_patch *patch, struct module *mod)
{
	kgr_ctrl_alt_del = before;
}

static const struct kgr_patch_obj objects[] = {
	{ .pre_apply = set, .post_revert = unset },
	KGR_OBJECTS_END
};

#define KGR_MAIN_OBJECTS objects
