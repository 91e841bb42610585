// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_link.c - a patch that uses symbols that are not exported, directly
 *
 * Of the kernel: functions, one of two with the same name and one whose name
 * also exists in init memory, a variable, a static key, and an alternative. Of
 * a module that is loaded and unloaded: functions, variables, and a pointer to
 * a function.
 */

#include <linux/compiler.h>
#include <linux/jump_label.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sysfs.h>

#include <asm/alternative.h>
#include <asm/asm.h>

#include "kgr_test_link.h"

/* Compared only. */
static int (*tell_ptr)(void) = obj_tell;

/* The second of two functions, as it is used on every CPU. */
static noinline int alternative_dup(void)
{
	int ret;

	asm volatile(ALTERNATIVE("call %c[old]", "call %c[new]",
				 X86_FEATURE_ALWAYS)
		     : "=a" (ret), ASM_CALL_CONSTRAINT
		     : [old] "i" (first_dup), [new] "i" (second_dup)
		     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11",
		       "cc", "memory");
	return ret;
}

static int kgr_new_first(void)
{
	return second_dup() + many_03() + kgr_original + 1;
}

/* 5 if all is as it should be. */
static int kgr_new_obj_0(void)
{
	int (*tell)(void) = obj_tell;

	OPTIMIZER_HIDE_VAR(tell);
	if (READ_ONCE(tell_ptr) != tell)
		return 0x7f;
	return obj_tell() + obj_3() + READ_ONCE(obj_secret) - 79;
}

static int calls_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d,%d,%d,%d,%d\n", first_dup(), second_dup(),
			  many_03(), alternative_dup(),
			  static_branch_unlikely(&key) ? 1 : 0);
}

static const struct kernel_param_ops calls_ops = { .get = calls_get };

module_param_cb(calls, &calls_ops, NULL, 0444);
MODULE_PARM_DESC(calls, "what its references to the kernel give");

static int key_set(const char *val, const struct kernel_param *kp)
{
	if (val[0] == '1')
		static_branch_enable(&key);
	else
		static_branch_disable(&key);
	return 0;
}

static const struct kernel_param_ops key_ops = { .set = key_set };

module_param_cb(key, &key_ops, NULL, 0200);
MODULE_PARM_DESC(key, "switches a static key of the kernel");

static bool again;
module_param(again, bool, 0400);
MODULE_PARM_DESC(again, "apply the patch once more, although it is applied");

static int again_ret;
module_param(again_ret, int, 0400);
MODULE_PARM_DESC(again_ret, "what came of that");

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_first, kgr_new_first),
		KGR_PATCH_OBJ(kgr_obj_0, kgr_new_obj_0, KGR_OBJ),
		KGR_PATCH_END
	},
};

static int __init kgr_test_link_init(void)
{
	int ret = kgr_patch_kernel(&patch);

	if (!ret && again)
		again_ret = kgr_patch_kernel(&patch);
	return ret;
}

static void __exit kgr_test_link_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_link_init);
module_exit(kgr_test_link_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch with direct references");
MODULE_LICENSE("GPL");
