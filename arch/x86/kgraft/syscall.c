// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscall.c - which system calls restart without user space noticing
 *
 * A call is listed if, woken with no signal to deliver, it either has done
 * nothing yet and starts again with the same arguments (-ERESTARTSYS,
 * -ERESTARTNOHAND, -ERESTARTNOINTR), or continues where it was with what is
 * left of its timeout (-ERESTART_RESTARTBLOCK). All others count as noticed.
 */

#include <linux/personality.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/socket.h>
#include <uapi/linux/futex.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#ifdef CONFIG_IA32_EMULATION
#include <asm/unistd_32_ia32.h>
#endif

#include "../../../kernel/kgraft/arch.h"

/* The others don't sleep, or (WAIT_REQUEUE_PI) tell user space why they woke. */
static bool kgr_futex_restarts(unsigned long op)
{
	switch (op & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return true;
	}
	return false;
}

static enum kgr_restart kgr_native_restarts(struct task_struct *task, int nr,
					    const unsigned long *args)
{
	switch (nr) {
	/* Wait for children or signals, without a timeout of their own */
	case __NR_wait4:
	case __NR_waitid:
	case __NR_pause:
	case __NR_rt_sigsuspend:
		return KGR_RESTART_YES;

	/* Write the rest of their timeout back first, unless it is sticky */
	case __NR_select:
	case __NR_pselect6:
	case __NR_ppoll:
		return task->personality & STICKY_TIMEOUTS ? KGR_RESTART_NO :
							     KGR_RESTART_YES;

	/* Keep their deadline, or what is left of the time, in restart_block */
	case __NR_nanosleep:
	case __NR_clock_nanosleep:
	case __NR_poll:
	case __NR_restart_syscall:
		return KGR_RESTART_YES;
	case __NR_futex:
		return kgr_futex_restarts(args[1]) ? KGR_RESTART_YES :
						     KGR_RESTART_NO;

	/* Return what there is, or wait with nothing in hand */
	case __NR_read:
	case __NR_accept:
	case __NR_accept4:
		return KGR_RESTART_FD;
	case __NR_recvfrom:
		return args[3] & MSG_WAITALL ? KGR_RESTART_NO : KGR_RESTART_FD;
	case __NR_recvmsg:
		return args[2] & MSG_WAITALL ? KGR_RESTART_NO : KGR_RESTART_FD;
	}
	return KGR_RESTART_NO;
}

/**
 * kgr_arch_syscall_restarts - would a sleeper's system call restart unnoticed?
 * @task: a task that sleeps, its stack held
 * @fd: set to the descriptor that the answer depends on, if it does
 *
 * Compat calls have other numbers; none is listed yet.
 *
 * Return: what it depends on; only true while @task sleeps on.
 */
enum kgr_restart kgr_arch_syscall_restarts(struct task_struct *task,
					   unsigned int *fd)
{
	struct pt_regs *regs = task_pt_regs(task);
	unsigned long args[6];

	if (task_thread_info(task)->status & TS_COMPAT)
		return KGR_RESTART_NO;
	syscall_get_arguments(task, regs, args);
	*fd = args[0];
	return kgr_native_restarts(task, syscall_get_nr(task, regs), args);
}

/**
 * kgr_arch_in_restart_syscall - is a task continuing a system call?
 * @task: the task, its stack held; if it runs, the answer is a guess
 *
 * A task in user mode may look as if until its next interrupt.
 *
 * Return: whether the system call it is in, or was in last, is
 *	   restart_syscall().
 */
bool kgr_arch_in_restart_syscall(struct task_struct *task)
{
	int nr = syscall_get_nr(task, task_pt_regs(task));

#ifdef CONFIG_IA32_EMULATION
	if (task_thread_info(task)->status & TS_COMPAT)
		return nr == __NR_ia32_restart_syscall;
#endif
#ifdef CONFIG_X86_X32_ABI
	nr &= ~__X32_SYSCALL_BIT;
#endif
	return nr == __NR_restart_syscall;
}
