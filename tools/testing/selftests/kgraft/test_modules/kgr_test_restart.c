// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_restart.c - a patch whose functions continue system calls
 *
 * A read of the file "restart" waits in the replacement. When it is interrupted
 * it leaves in restart_block the address of a function of this module. Another
 * function belongs to a module that may be loaded later.
 */

#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/restart_block.h>
#include <linux/thread_info.h>
#include <linux/wait.h>

static DECLARE_WAIT_QUEUE_HEAD(wait);
static bool go;

static int waiters;
module_param(waiters, int, 0444);
MODULE_PARM_DESC(waiters, "how many wait in it");

static int continued;
module_param(continued, int, 0444);
MODULE_PARM_DESC(continued, "how often a system call was continued");

static long kgr_continue(struct restart_block *restart);

static long kgr_wait(struct restart_block *restart)
{
	int ret;

	WRITE_ONCE(waiters, waiters + 1);
	ret = wait_event_interruptible(wait, READ_ONCE(go));
	WRITE_ONCE(waiters, waiters - 1);
	if (!ret)
		return 1;
	return set_restart_fn(restart, kgr_continue);
}

/* The result of read() is not available any more: one character is enough. */
static long kgr_continue(struct restart_block *restart)
{
	WRITE_ONCE(continued, continued + 1);
	return kgr_wait(restart);
}

static int kgr_new_restart(struct restart_block *restart)
{
	return kgr_wait(restart);
}

static int kgr_new_obj(void)
{
	return 7;
}

static int refuse;
module_param(refuse, int, 0644);
MODULE_PARM_DESC(refuse, "what pre_apply returns for the module");

static int prepared;
module_param(prepared, int, 0444);
MODULE_PARM_DESC(prepared, "for how many modules post_revert is owed");

static int pre_apply(struct kgr_patch *patch, struct module *mod)
{
	prepared += !refuse;
	return refuse;
}

static void post_revert(struct kgr_patch *patch, struct module *mod)
{
	prepared--;
}

static const struct kgr_patch_obj objects[] = {
	{
		.name = "kgr_test_obj",
		.pre_apply = pre_apply,
		.post_revert = post_revert,
	},
	KGR_OBJECTS_END
};

static int go_set(const char *val, const struct kernel_param *kp)
{
	WRITE_ONCE(go, true);
	wake_up_all(&wait);
	return 0;
}

static const struct kernel_param_ops go_ops = { .set = go_set };

module_param_cb(go, &go_ops, NULL, 0200);
MODULE_PARM_DESC(go, "lets all go that wait");

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.objects = objects,
	.patches = {
		KGR_PATCH(kgr_test_restart, kgr_new_restart),
		KGR_PATCH_OBJ(kgr_obj_0, kgr_new_obj, "kgr_test_obj"),
		KGR_PATCH_END
	},
};

static int __init kgr_test_restart_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_restart_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_restart_init);
module_exit(kgr_test_restart_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch whose functions continue system calls");
MODULE_LICENSE("GPL");
