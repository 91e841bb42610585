// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_direct.c - a function that calls a trampoline, as with BPF
 *
 * The trampoline does nothing: the function goes on.
 */

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>

#include <asm/ibt.h>
#include <asm/nospec-branch.h>

#include "kgr_test_direct.h"

#define TARGET	"kgr_test_first"

asm(".pushsection	.text, \"ax\", @progbits\n"
	".type		kgr_test_tramp, @function\n"
	".globl		kgr_test_tramp\n"
	"kgr_test_tramp:\n"
	ASM_ENDBR
	ASM_RET
	".size		kgr_test_tramp, .-kgr_test_tramp\n"
	".popsection\n");

static struct ftrace_ops direct;

static int __init kgr_test_direct_init(void)
{
	int ret;

	ret = ftrace_set_filter(&direct, TARGET, strlen(TARGET), 1);
	if (ret)
		return ret;
	return register_ftrace_direct(&direct, (unsigned long)kgr_test_tramp);
}

static void __exit kgr_test_direct_exit(void)
{
	unregister_ftrace_direct(&direct, (unsigned long)kgr_test_tramp, true);
}

module_init(kgr_test_direct_init);
module_exit(kgr_test_direct_exit);
MODULE_DESCRIPTION("kGraft selftests: a direct call from a function");
MODULE_LICENSE("GPL");
