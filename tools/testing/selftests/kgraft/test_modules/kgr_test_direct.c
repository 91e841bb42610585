// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_direct.c - a function that calls a trampoline, as with BPF
 *
 * The trampoline does nothing: the function or its replacement continues. Other
 * parameters add other users of a function.
 */

#include <linux/ftrace.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include <asm/ibt.h>
#include <asm/nospec-branch.h>

#include "kgr_test_direct.h"

asm(".pushsection	.text, \"ax\", @progbits\n"
	/* The lowest bit of its address would have a meaning for ftrace. */
	".balign	16\n"
	".type		kgr_test_tramp, @function\n"
	".globl		kgr_test_tramp\n"
	"kgr_test_tramp:\n"
	ASM_ENDBR
	ASM_RET
	".size		kgr_test_tramp, .-kgr_test_tramp\n"
	".popsection\n");

static char *target = "kgr_test_first";
module_param(target, charp, 0400);
MODULE_PARM_DESC(target, "the function");

static bool share;
module_param(share, bool, 0400);
MODULE_PARM_DESC(share, "whether the function may be redirected");

static bool post;
module_param(post, bool, 0400);
MODULE_PARM_DESC(post, "a kprobe with a post handler instead");

/* It returns to where ftrace says, so nothing needs to be done. */
static int kgr_test_share(struct ftrace_ops *ops, unsigned long ip,
			  enum ftrace_ops_cmd cmd)
{
	return 0;
}

/* The same, for kernels that do not tell it the function. */
static int kgr_test_share_all(struct ftrace_ops *ops, enum ftrace_ops_cmd cmd)
{
	return 0;
}

static struct ftrace_ops direct;

static void kgr_test_post(struct kprobe *probe, struct pt_regs *regs,
			  unsigned long flags)
{
}

static struct kprobe probe = {
	.post_handler = kgr_test_post,
};

static int __init kgr_test_direct_init(void)
{
	int ret;

	if (post) {
		probe.symbol_name = target;
		return register_kprobe(&probe);
	}
	if (share)
		direct.ops_func =
			__builtin_choose_expr(__same_type(direct.ops_func,
							  &kgr_test_share),
					      kgr_test_share,
					      kgr_test_share_all);
	ret = ftrace_set_filter(&direct, target, strlen(target), 1);
	if (ret)
		return ret;
	return register_ftrace_direct(&direct, (unsigned long)kgr_test_tramp);
}

static void __exit kgr_test_direct_exit(void)
{
	if (post)
		unregister_kprobe(&probe);
	else
		unregister_ftrace_direct(&direct, (unsigned long)kgr_test_tramp,
					 true);
}

module_init(kgr_test_direct_init);
module_exit(kgr_test_direct_exit);
MODULE_DESCRIPTION("kGraft selftests: a direct call from a function");
MODULE_LICENSE("GPL");
