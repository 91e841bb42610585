// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_tramp.c - a trampoline around a function, as with fexit
 *
 * It calls the function, and returns to the caller of the function. Like code
 * of the BPF JIT, it has a frame pointer and no ORC data: objtool does not
 * process this file. So it must not need objtool for anything else, such as
 * return thunks; see the Makefile.
 *
 * The same is true of its functions in C. A task can sleep in one of them, which no
 * trampoline has called.
 */

#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/wait.h>

#include <asm/ibt.h>

#include "kgr_test_tramp.h"

static char *func = "eventfd_read";
module_param(func, charp, 0400);
MODULE_PARM_DESC(func, "around this one");

int kgr_test_tramp_inside;
module_param_named(inside, kgr_test_tramp_inside, int, 0444);
MODULE_PARM_DESC(inside, "how many tasks are in there");

/*
 * 8(%rbp) is its return address as set by ftrace: after the call in the
 * function, or in the replacement. It gets there by a return, because the
 * target of an indirect call would need an ENDBR.
 */
asm(".pushsection	.text, \"ax\", @progbits\n"
	/* The lowest bit of its address would have a meaning for ftrace. */
	".balign	16\n"
	".type		kgr_test_tramp_around, @function\n"
	".globl		kgr_test_tramp_around\n"
	"kgr_test_tramp_around:\n"
	ASM_ENDBR
	"	pushq	%rbp\n"
	"	movq	%rsp, %rbp\n"
	"	subq	$8, %rsp\n"
	"	lock incl kgr_test_tramp_inside(%rip)\n"
	"	call	1f\n"
	"	lock decl kgr_test_tramp_inside(%rip)\n"
	"	leave\n"
	"	addq	$8, %rsp\n"
	"	ret\n"
	"	int3\n"
	"1:	pushq	8(%rbp)\n"
	"	ret\n"
	"	int3\n"
	".size		kgr_test_tramp_around, .-kgr_test_tramp_around\n"
	".popsection\n");

static struct ftrace_ops direct;
static bool attached;

static void kgr_test_tramp_detach(void)
{
	if (xchg(&attached, false))
		unregister_ftrace_direct(&direct,
					 (unsigned long)kgr_test_tramp_around,
					 true);
}

/* Unloading waits for tasks inside: this lets none in, to get them out before. */
static int kgr_test_tramp_set(const char *val, const struct kernel_param *kp)
{
	bool on;
	int ret = kstrtobool(val, &on);

	if (!ret && on)
		ret = -EINVAL;
	if (!ret)
		kgr_test_tramp_detach();
	return ret;
}

static const struct kernel_param_ops attached_ops = {
	.set = kgr_test_tramp_set,
	.get = param_get_bool,
};

module_param_cb(attached, &attached_ops, &attached, 0600);
MODULE_PARM_DESC(attached, "whether it is around the function; 0 detaches it");

static DECLARE_WAIT_QUEUE_HEAD(never);

static int kgr_test_tramp_sleep(const char *val, const struct kernel_param *kp)
{
	return wait_event_interruptible(never, false);
}

static const struct kernel_param_ops sleep_ops = {
	.set = kgr_test_tramp_sleep,
};

module_param_cb(sleep, &sleep_ops, NULL, 0200);
MODULE_PARM_DESC(sleep, "whoever writes to it sleeps here until a signal comes");

static int __init kgr_test_tramp_init(void)
{
	int ret = ftrace_set_filter(&direct, func, strlen(func), 1);

	ret = ret ?: register_ftrace_direct(&direct,
					(unsigned long)kgr_test_tramp_around);
	attached = !ret;
	return ret;
}

static void __exit kgr_test_tramp_exit(void)
{
	kgr_test_tramp_detach();
	/* Tasks on their way in or out were preempted there. */
	do {
		synchronize_rcu_tasks();
		if (READ_ONCE(kgr_test_tramp_inside))
			msleep(20);
	} while (READ_ONCE(kgr_test_tramp_inside));
	synchronize_rcu_tasks();
}

module_init(kgr_test_tramp_init);
module_exit(kgr_test_tramp_exit);
MODULE_DESCRIPTION("kGraft selftests: a trampoline around a function");
MODULE_LICENSE("GPL");
