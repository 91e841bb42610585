// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pause.c - system calls that are left in the middle, and go on
 *
 * A system call with a deadline, or with part of its work done, must not start
 * again from the beginning. It keeps both in its task's restart_block, and
 * restart_syscall() makes the same call with the same arguments: it finds what
 * was kept and goes on from there. That may happen any number of times.
 *
 * The arguments are kept, too, and not taken from the registers: a task may
 * call restart_syscall() at any time, and must not get a system call by that
 * which its filters have never seen.
 */

#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/kgraft_hooks.h>
#include <linux/limits.h>
#include <linux/restart_block.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/thread_info.h>

#include "arch.h"
#include "flags.h"
#include "restart.h"

/* restart_block.h does not know how many arguments a system call has. */
static_assert(sizeof_field(struct restart_block, kgr.args) ==
	      KGR_SYSCALL_ARGS * sizeof(unsigned long));

/**
 * kgr_go_on - make a system call again that was left by kgr_pause()
 * @restart: what it has kept
 *
 * Context: in restart_syscall().
 * Return: what the call returns.
 */
long kgr_go_on(struct restart_block *restart)
{
	long ret;

	/*
	 * The instruction may be that of another ABI by now, where the number
	 * means another call; and a call that goes on is none that does.
	 */
	if (task_kgr_continued(current) ||
	    !kgr_arch_same_abi(restart->kgr.nr)) {
		restart->fn = do_no_restart_syscall;
		return restart->kgr.done ?: -EINTR;
	}
	task_set_kgr_continued(current);
	ret = kgr_arch_call(restart->kgr.nr, restart->kgr.args);
	task_clear_kgr_continued(current);

	/*
	 * Left again, or about to start again here: as a restart_block, so that
	 * kgr_signal() sees it.
	 */
	if (ret == -ERESTARTNOHAND)
		ret = set_restart_fn(restart, kgr_go_on);
	if (ret == -ERESTART_RESTARTBLOCK)
		return ret;
	/* Once only. */
	restart->fn = do_no_restart_syscall;
	/* What came before counts, as in any call that fails half way. */
	if (ret <= 0 && restart->kgr.done)
		return restart->kgr.done;
	/* A signal may have it start again, and then from the beginning. */
	if (ret == -ERESTARTSYS || ret == -ERESTARTNOINTR)
		kgr_arch_restart_call(restart->kgr.nr);
	return ret;
}

/*
 * Is @call what current's system call is there for? io_uring_enter() runs task
 * work while it waits, which may read and write on behalf of requests, and so
 * does a task that has left its system call already. Neither may be taken for
 * the call: it is left with what it has kept, or is one that goes on itself.
 */
static bool kgr_is_call_of(enum kgr_call call)
{
	bool continued = task_kgr_continued(current);
	int nr = continued ? current->restart_block.kgr.nr : kgr_arch_call_nr();

	if (!continued && kgr_arch_in_restart_syscall(current))
		return false;
	return nr >= 0 &&
	       kgr_arch_is_ring(nr) == (call == KGR_CALL_IO_URING);
}

/**
 * __kgr_pause - what kgr_pause() does if the task was notified
 * @call: whose call it is
 * @deadline: until when it waits; %S64_MAX if for ever
 * @done: what it returns if it does not go on; 0: -EINTR
 *
 * If there is nothing to keep, the call starts again, as it is. What is not the
 * call that has slept returns what it has, as for any reason to end early.
 *
 * Context: as kgr_pause().
 * Return: as kgr_pause().
 */
int __kgr_pause(enum kgr_call call, s64 deadline, long done)
{
	struct restart_block *restart = &current->restart_block;
	bool continued = task_kgr_continued(current);

	if (!kgr_is_call_of(call) || __kgr_interrupted() != -ERESTARTNOHAND)
		return 0;
	if (!continued) {
		if (deadline == S64_MAX && !done)
			return -ERESTARTNOHAND;
		restart->kgr.nr = kgr_arch_save_call(restart->kgr.args,
						     &restart->kgr.ip);
	}
	restart->kgr.call = call;
	restart->kgr.deadline = deadline;
	restart->kgr.done = done;
	return set_restart_fn(restart, kgr_go_on);
}
EXPORT_SYMBOL(__kgr_pause);

/**
 * __kgr_pause_done - what kgr_pause_done() does if there is something to add
 * @call: whose call it is
 * @error: what kgr_pause() has returned
 * @done: what the call returns if it does not go on
 *
 * Context: as kgr_pause().
 * Return: as kgr_pause_done().
 */
int __kgr_pause_done(enum kgr_call call, int error, long done)
{
	if (error != -ERESTART_RESTARTBLOCK)
		return __kgr_pause(call, S64_MAX, done) ?: done;
	current->restart_block.kgr.done = done;
	return error;
}

/**
 * __kgr_rest - what kgr_rest() does if the task was notified, or its call goes on
 * @call: whose call it is
 * @ret: how much was moved, or an error
 * @size: how much there was to move
 *
 * Context: as kgr_pause().
 * Return: as kgr_rest().
 */
long __kgr_rest(enum kgr_call call, long ret, size_t size)
{
	long done = kgr_done(call) + max(ret, 0L);

	if (!done)
		return ret;
	if (ret == -ERESTARTSYS || (ret >= 0 && ret < size))
		return kgr_pause(call, S64_MAX, done) ?: done;
	return done;
}

/**
 * kgr_starts_again - marks a system call that is about to start again
 * @restart: how it was left: its number and place, and as @done, its error
 *
 * There is nothing for restart_syscall() to go on with.
 *
 * Context: in restart_syscall().
 * Return: -EINTR.
 */
long kgr_starts_again(struct restart_block *restart)
{
	/* As if there had never been a note: see kgr_inspect_held(). */
	restart->fn = do_no_restart_syscall;
	return -EINTR;
}

/**
 * __kgr_no_signal - what kgr_no_signal() does if the task was notified
 * @regs: the task's registers in user mode
 *
 * Nothing tells when the call has started again, so the note may be older than
 * that. It is then looked at only at the same instruction with the same number
 * and arguments, just before the same call is made once more; there, a signal may
 * as well come a moment later, and end it.
 *
 * Context: as kgr_no_signal().
 */
void __kgr_no_signal(struct pt_regs *regs)
{
	struct restart_block *restart = &current->restart_block;
	int error = kgr_arch_restart_error(regs);

	/* The others do not end by a signal, or are left by kgr_pause(). */
	if (error != -ERESTARTNOHAND && error != -ERESTARTSYS)
		return;
	/*
	 * A call with a signal mask of its own: from here on it is the caller's
	 * that counts. What that lets pass ends the call, unless the call itself
	 * holds it back, which cannot be known then.
	 */
	if (test_restore_sigmask() && kgr_mask_holds_back(current))
		return;
	restart->kgr.nr = kgr_arch_save_call(restart->kgr.args,
					     &restart->kgr.ip);
	restart->kgr.done = error;
	set_restart_fn(restart, kgr_starts_again);
}

/**
 * __kgr_signal - what kgr_signal() does if a system call was left
 * @regs: the task's registers in user mode
 *
 * The call is on its way out, or its task is about to call restart_syscall(), or
 * the call itself again. Either way it is over: not even the handler finds it
 * there.
 *
 * Context: as kgr_signal().
 */
void __kgr_signal(struct pt_regs *regs)
{
	struct restart_block *restart = &current->restart_block;

	if (restart->fn == kgr_starts_again) {
		kgr_arch_undo_restart(regs, restart->kgr.ip, restart->kgr.nr,
				      restart->kgr.args, restart->kgr.done);
		restart->fn = do_no_restart_syscall;
		return;
	}
	if (kgr_arch_leave_call(regs, restart->kgr.ip,
				restart->kgr.done ?: -EINTR))
		restart->fn = do_no_restart_syscall;
}
