// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pause.c - the registers of a system call that is left, and made again
 */

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/seccomp.h>
#include <uapi/linux/audit.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#ifdef CONFIG_IA32_EMULATION
#include <asm/unistd_32_ia32.h>
#endif

#include "../../../kernel/kgraft/arch.h"
#include "syscall.h"

/* An instruction that makes a system call, whichever it is. */
#define KGR_SYSCALL_INSN	2

#ifdef CONFIG_IA32_EMULATION
static void kgr_set_compat_arguments(struct pt_regs *regs,
				     const unsigned long *args)
{
	regs->bx = args[0];
	regs->cx = args[1];
	regs->dx = args[2];
	regs->si = args[3];
	regs->di = args[4];
	regs->bp = args[5];
}
#endif

/* Is it the number of restart_syscall() for the call that current has left? */
static bool kgr_is_nr_restart(u32 nr)
{
#ifdef CONFIG_IA32_EMULATION
	if (current->restart_block.arch_data & TS_COMPAT)
		return nr == __NR_ia32_restart_syscall;
#endif
#ifdef CONFIG_X86_X32_ABI
	nr &= ~__X32_SYSCALL_BIT;
#endif
	return nr == __NR_restart_syscall;
}

static void kgr_set_arguments(struct pt_regs *regs, const unsigned long *args)
{
	regs->di = args[0];
	regs->si = args[1];
	regs->dx = args[2];
	regs->r10 = args[3];
	regs->r8 = args[4];
	regs->r9 = args[5];
}

/**
 * kgr_arch_save_call - what system call is it that current makes?
 * @args: set to its arguments, %KGR_SYSCALL_ARGS of them
 * @ip: set to where it is made again
 *
 * Return: its number, with the mark of x32.
 */
int kgr_arch_save_call(unsigned long *args, unsigned long *ip)
{
	struct pt_regs *regs = task_pt_regs(current);

	syscall_get_arguments(current, regs, args);
	*ip = regs->ip - KGR_SYSCALL_INSN;
	return syscall_get_nr(current, regs);
}

/**
 * kgr_arch_restart_call - have another system call start again than current's
 * @nr: its number, as kgr_arch_save_call() has returned it
 *
 * If the call that current makes is to start again, it is that one.
 */
void kgr_arch_restart_call(int nr)
{
	task_pt_regs(current)->orig_ax = nr;
}

/**
 * kgr_arch_call - make a system call for current
 * @nr: its number, as kgr_arch_save_call() has returned it
 * @args: its arguments
 *
 * The task's own registers stay what they are.
 *
 * Context: in a system call of the same kind: 64-bit, x32 or 32-bit.
 * Return: what it returns.
 */
long kgr_arch_call(int nr, const unsigned long *args)
{
	struct pt_regs regs = *task_pt_regs(current);

#ifdef CONFIG_IA32_EMULATION
	if (kgr_in_compat(current)) {
		kgr_set_compat_arguments(&regs, args);
		return ia32_sys_call(&regs, nr);
	}
#endif
	kgr_set_arguments(&regs, args);
#ifdef CONFIG_X86_X32_ABI
	if (nr & __X32_SYSCALL_BIT)
		return x32_sys_call(&regs, nr & ~__X32_SYSCALL_BIT);
#endif
	return x64_sys_call(&regs, nr);
}

/**
 * kgr_arch_leave_call - let a system call end that was to go on
 * @regs: current's registers in user mode
 * @ip: where it is made again
 * @result: what it is to return
 *
 * Return: whether it was on its way out, or about to go on.
 */
bool kgr_arch_leave_call(struct pt_regs *regs, unsigned long ip, long result)
{
	/* On its way out */
	if (syscall_get_nr(current, regs) != -1 &&
	    syscall_get_error(current, regs) == -ERESTART_RESTARTBLOCK) {
		regs->ax = result;
		return true;
	}
	/* Out, and back at the instruction that is to make the next call. */
	if (regs->ip != ip || !kgr_is_nr_restart(regs->ax))
		return false;
	regs->ax = result;
	regs->ip += KGR_SYSCALL_INSN;
	return true;
}

/**
 * kgr_arch_seccomp_restarts - may a task's system call be continued?
 * @task: a task under seccomp, which sleeps in a system call
 *
 * Return: whether its filters are known to allow restart_syscall().
 */
bool kgr_arch_seccomp_restarts(struct task_struct *task)
{
#ifdef CONFIG_IA32_EMULATION
	if (kgr_in_compat(task))
		return seccomp_always_allows(task, AUDIT_ARCH_I386,
					     __NR_ia32_restart_syscall);
#endif
#ifdef CONFIG_X86_X32_ABI
	/* Filters are not cached for these. */
	if (syscall_get_nr(task, task_pt_regs(task)) & __X32_SYSCALL_BIT)
		return false;
#endif
	return seccomp_always_allows(task, AUDIT_ARCH_X86_64,
				     __NR_restart_syscall);
}
