// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pause.c - registers of system calls that are left and continued
 */

#include <linux/errno.h>
#include <linux/kgraft_backport.h>
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

/* Length of every instruction that makes a system call. */
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

/* Is @nr restart_syscall() in the ABI of the call that current has left? */
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

/* The call that current has left had these arguments. Does it still have them? */
static bool kgr_has_arguments(const struct pt_regs *regs,
			      const unsigned long *args)
{
	struct pt_regs same = {};

#ifdef CONFIG_IA32_EMULATION
	if (current->restart_block.arch_data & TS_COMPAT) {
		kgr_set_compat_arguments(&same, args);
		return (u32)same.bx == (u32)regs->bx &&
		       (u32)same.cx == (u32)regs->cx &&
		       (u32)same.dx == (u32)regs->dx &&
		       (u32)same.si == (u32)regs->si &&
		       (u32)same.di == (u32)regs->di &&
		       (u32)same.bp == (u32)regs->bp;
	}
#endif
	kgr_set_arguments(&same, args);
	return same.di == regs->di && same.si == regs->si &&
	       same.dx == regs->dx && same.r10 == regs->r10 &&
	       same.r8 == regs->r8 && same.r9 == regs->r9;
}

/**
 * kgr_arch_save_call - save the number and arguments of current's system call
 * @args: set to its arguments, %KGR_SYSCALL_ARGS of them
 * @ip: set to the address of the instruction that makes it again
 *
 * Return: its number, including the x32 bit.
 */
int kgr_arch_save_call(unsigned long *args, unsigned long *ip)
{
	struct pt_regs *regs = task_pt_regs(current);

	syscall_get_arguments(current, regs, args);
	*ip = regs->ip - KGR_SYSCALL_INSN;
	return syscall_get_nr(current, regs);
}

/**
 * kgr_arch_call_nr - get the number of the system call that current is in
 *
 * From the entry until the call is left, the return value in the registers is
 * -ENOSYS.
 *
 * Return: its number, including the x32 bit; -1 if current has left the call.
 */
int kgr_arch_call_nr(void)
{
	struct pt_regs *regs = task_pt_regs(current);

	return regs->ax == -ENOSYS ? syscall_get_nr(current, regs) : -1;
}

/**
 * kgr_arch_is_ring - is a system call io_uring_enter()?
 * @nr: its number, from kgr_arch_call_nr(); the same for 32-bit calls
 *
 * Return: whether it is.
 */
bool kgr_arch_is_ring(int nr)
{
	BUILD_BUG_ON(__NR_io_uring_enter != 426);
#ifdef CONFIG_X86_X32_ABI
	nr &= ~__X32_SYSCALL_BIT;
#endif
	return nr == __NR_io_uring_enter;
}

/**
 * kgr_arch_same_abi - is current in the ABI of a call that it has left?
 * @nr: the number of that call, from kgr_arch_save_call()
 *
 * The same number means different calls in the 64-bit and the 32-bit ABI.
 *
 * Context: in restart_syscall().
 * Return: whether it is.
 */
bool kgr_arch_same_abi(int nr)
{
	bool same = true;

#ifdef CONFIG_IA32_EMULATION
	same = !((current->restart_block.arch_data ^
		  current_thread_info()->status) & TS_COMPAT);
#endif
#ifdef CONFIG_X86_X32_ABI
	same &= !((nr ^ syscall_get_nr(current, task_pt_regs(current))) &
		  __X32_SYSCALL_BIT);
#endif
	return same;
}

/**
 * kgr_arch_restart_call - restart another system call in place of current's
 * @nr: its number, as kgr_arch_save_call() has returned it
 *
 * If the current call ends with a restart, the call @nr is made instead.
 */
void kgr_arch_restart_call(int nr)
{
	task_pt_regs(current)->orig_ax = nr;
}

/**
 * kgr_arch_call - make a system call on behalf of current
 * @nr: its number, as kgr_arch_save_call() has returned it
 * @args: its arguments
 *
 * Does not change the registers of the task.
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
 * kgr_arch_leave_call - end a system call that was to be continued
 * @regs: the user mode registers of current
 * @ip: the address of the instruction that makes it again
 * @result: the value that it must return
 *
 * Return: whether the call was on its way out or about to be continued.
 */
bool kgr_arch_leave_call(struct pt_regs *regs, unsigned long ip, long result)
{
	/* On its way out */
	if (syscall_get_nr(current, regs) != -1 &&
	    syscall_get_error(current, regs) == -ERESTART_RESTARTBLOCK) {
		regs->ax = result;
		return true;
	}
	/* In user mode, at the instruction that makes the call again */
	if (regs->ip != ip || !kgr_is_nr_restart(regs->ax))
		return false;
	regs->ax = result;
	regs->ip += KGR_SYSCALL_INSN;
	return true;
}

/**
 * kgr_arch_restart_error - the error with which a system call is on its way out
 * @regs: the user mode registers of current
 *
 * Return: the error; 0 if there is none, or no system call.
 */
int kgr_arch_restart_error(struct pt_regs *regs)
{
	return syscall_get_nr(current, regs) == -1 ?
	       0 : syscall_get_error(current, regs);
}

/**
 * kgr_arch_undo_restart - let a signal find a system call as it was left
 * @regs: the user mode registers of current
 * @ip: the address of the instruction that makes the call again
 * @nr: its number
 * @args: its arguments, from kgr_arch_save_call()
 * @error: the error with which it was left
 *
 * Does nothing if the task is somewhere else, or about to make another call.
 */
void kgr_arch_undo_restart(struct pt_regs *regs, unsigned long ip, int nr,
			   const unsigned long *args, int error)
{
	if (regs->ip != ip || (int)regs->ax != nr ||
	    !kgr_has_arguments(regs, args))
		return;
	regs->ip += KGR_SYSCALL_INSN;
	regs->ax = error;
	regs->orig_ax = nr;
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
	/* Filter results are not cached for x32 calls. */
	if (syscall_get_nr(task, task_pt_regs(task)) & __X32_SYSCALL_BIT)
		return false;
#endif
	return seccomp_always_allows(task, AUDIT_ARCH_X86_64,
				     __NR_restart_syscall);
}
