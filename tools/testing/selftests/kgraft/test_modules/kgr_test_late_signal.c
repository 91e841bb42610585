// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_late_signal.c - a signal between leaving a system call and making it
 * again
 *
 * On the way to user mode, a call is made to start again. What else is to be
 * done there may take long, and a signal may come meanwhile: this sends one at
 * that point.
 */

#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>

static int pid;
module_param(pid, int, 0644);
MODULE_PARM_DESC(pid, "of the task that gets a signal, once; 0: none");

/* The number of the call is where its result was. */
static bool is_to_start_again(const struct pt_regs *regs)
{
	return (int)regs->orig_ax >= 0 && regs->ax == regs->orig_ax;
}

static int after_signals(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	int expected = current->pid;

	if (is_to_start_again(task_pt_regs(current)) &&
	    try_cmpxchg(&pid, &expected, 0))
		send_sig(SIGUSR1, current, 1);
	return 0;
}

static struct kretprobe probe = {
	.kp.symbol_name = "arch_do_signal_or_restart",
	.handler = after_signals,
	.maxactive = 64,
};

static int __init kgr_test_late_signal_init(void)
{
	return register_kretprobe(&probe);
}

static void __exit kgr_test_late_signal_exit(void)
{
	unregister_kretprobe(&probe);
}

module_init(kgr_test_late_signal_init);
module_exit(kgr_test_late_signal_exit);
MODULE_DESCRIPTION("kGraft selftests: a signal before a system call starts again");
MODULE_LICENSE("GPL");
