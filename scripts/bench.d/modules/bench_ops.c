// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_ops.c - other users of ftrace on the first function of the target
 *
 * Parameter kind:
 *
 *	second	   a tracer that does nothing
 *	bare	   redirects the function, and that is all
 *	direct	   the same by a direct call, as BPF's trampolines have
 *
 * The latter two are the least that a redirection can cost in its way.
 */

#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>

#include <asm/ibt.h>
#include <asm/nospec-branch.h>

#define TARGET	"bench_f_1000"

static char *kind = "second";
module_param(kind, charp, 0444);

int bench_ops_new(void);
int bench_ops_new(void)
{
	asm volatile("" : : : "memory");
	return 2000;
}

/* Called in the function: drop the way back into it. */
asm(".pushsection	.text, \"ax\", @progbits\n"
	".type		bench_tramp, @function\n"
	".globl		bench_tramp\n"
	"bench_tramp:\n"
	ASM_ENDBR
	"	add	$8, %rsp\n"
	"	jmp	bench_ops_new\n"
	"	int3\n"
	".size		bench_tramp, .-bench_tramp\n"
	".popsection\n");
void bench_tramp(void);

static void notrace second(unsigned long ip, unsigned long parent_ip,
			   struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
}

static void notrace bare(unsigned long ip, unsigned long parent_ip,
			 struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)bench_ops_new);
}

static struct ftrace_ops ops;

static bool is_direct(void)
{
	return !strcmp(kind, "direct");
}

static int __init bench_ops_init(void)
{
	int ret;

	if (!strcmp(kind, "bare")) {
		ops.func = bare;
		ops.flags = FTRACE_OPS_FL_IPMODIFY;
	} else if (!strcmp(kind, "second")) {
		ops.func = second;
	} else if (!is_direct()) {
		return -EINVAL;
	}
	ret = ftrace_set_filter(&ops, TARGET, strlen(TARGET), 1);
	if (ret)
		return ret;
	return is_direct() ?
	       register_ftrace_direct(&ops, (unsigned long)bench_tramp) :
	       register_ftrace_function(&ops);
}

static void __exit bench_ops_exit(void)
{
	if (is_direct())
		unregister_ftrace_direct(&ops, (unsigned long)bench_tramp, true);
	else
		unregister_ftrace_function(&ops);
}

module_init(bench_ops_init);
module_exit(bench_ops_exit);
MODULE_DESCRIPTION("kGraft bench: other users of ftrace");
MODULE_LICENSE("GPL");
