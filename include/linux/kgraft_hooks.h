/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the rest of the kernel calls kGraft.
 *
 * Every hook compiles to nothing without CONFIG_KGRAFT. With it, and nothing to
 * cross: the exit to user mode and its loop are as before; the loops of kernel
 * threads and of idle tasks test a flag, and the former set a bit for as long as
 * they sleep; so does a task that handles a signal; fork copies a number; exit
 * takes an uncontended lock twice; some system calls test a bit when they have
 * been interrupted.
 */
#ifndef _LINUX_KGRAFT_HOOKS_H
#define _LINUX_KGRAFT_HOOKS_H

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/thread_info.h>

struct module;
struct pid;
struct pid_namespace;
struct seq_file;

#ifdef CONFIG_KGRAFT

/**
 * KGR_EXIT_WORK - work for the exit to user mode: this task has yet to cross
 */
#define KGR_EXIT_WORK	_TIF_KGR_IN_PROGRESS

/**
 * KGR_TASK_FLAGS - what kGraft keeps in task_struct.atomic_flags
 *
 * By task_kgr_...(), task_set_kgr_...() and task_clear_kgr_...():
 *
 * * safe_sleep: asleep, or about to be, with nothing of the old code in hand
 * * safe_loop: has a loop of its own that calls kgr_task_safe()
 * * may_stop: a user task behind its system call, or before it
 * * notified: by kGraft, while it slept in a system call
 * * restart: if so, the call can start again, unnoticed; otherwise it may be cut
 *   short, as by a signal
 * * may_return: when it crossed last, it was in the middle of something, or a
 *   system call of it was to be continued outside of the kernel's own text
 *
 * The first three are written by the task itself only, and read by the mover
 * with the task's scheduler locks held. "notified" and "restart" are written
 * while the task sleeps, with its pi_lock held; "notified" is taken back when the
 * task crosses, and "may_return" is written then.
 */
#define KGR_TASK_FLAGS	(BIT(PFA_KGR_SAFE_SLEEP) | BIT(PFA_KGR_SAFE_LOOP) | \
			 BIT(PFA_KGR_MAY_STOP) | BIT(PFA_KGR_NOTIFIED) | \
			 BIT(PFA_KGR_RESTART) | BIT(PFA_KGR_MAY_RETURN))

TASK_PFA_TEST(KGR_SAFE_SLEEP, kgr_safe_sleep)
TASK_PFA_SET(KGR_SAFE_SLEEP, kgr_safe_sleep)
TASK_PFA_CLEAR(KGR_SAFE_SLEEP, kgr_safe_sleep)

TASK_PFA_TEST(KGR_SAFE_LOOP, kgr_safe_loop)
TASK_PFA_SET(KGR_SAFE_LOOP, kgr_safe_loop)

TASK_PFA_TEST(KGR_MAY_STOP, kgr_may_stop)
TASK_PFA_SET(KGR_MAY_STOP, kgr_may_stop)
TASK_PFA_CLEAR(KGR_MAY_STOP, kgr_may_stop)

TASK_PFA_TEST(KGR_NOTIFIED, kgr_notified)
TASK_PFA_SET(KGR_NOTIFIED, kgr_notified)
TASK_PFA_CLEAR(KGR_NOTIFIED, kgr_notified)

TASK_PFA_TEST(KGR_RESTART, kgr_restart)
TASK_PFA_SET(KGR_RESTART, kgr_restart)
TASK_PFA_CLEAR(KGR_RESTART, kgr_restart)

TASK_PFA_TEST(KGR_MAY_RETURN, kgr_may_return)
TASK_PFA_SET(KGR_MAY_RETURN, kgr_may_return)
TASK_PFA_CLEAR(KGR_MAY_RETURN, kgr_may_return)

void __kgr_exit_to_user(void);
void __kgr_task_safe(void);
void __kgr_idle_task_safe(void);
int __kgr_interrupted(void);
void kgr_copy_process(struct task_struct *child);
void kgr_exchange_tids(struct task_struct *task);
void kgr_task_exiting(struct task_struct *task);
void kgr_task_dead(struct task_struct *task);
int kgr_module_coming(struct module *mod);
void kgr_module_going(struct module *mod);
int kgr_proc_pid_show(struct seq_file *m, struct pid_namespace *ns,
		      struct pid *pid, struct task_struct *task);
int kgr_proc_tid_show(struct seq_file *m, struct pid_namespace *ns,
		      struct pid *pid, struct task_struct *task);

/**
 * kgr_exit_to_user - cross into the newest universe on the way to user mode
 * @ti_work:	thread flags, read with interrupts off
 * @mask:	all flags for which the exit loop goes round
 *
 * Last step of exit_to_user_mode_loop(). Does nothing unless the crossing is
 * the only work left: whatever else the loop has to do is kernel code of the
 * old universe and must run first. What the architecture does after the loop,
 * on x86 user return notifiers and the restoring of I/O bitmap and FPU state,
 * runs in the new universe.
 *
 * Context: interrupts off, and they stay off until user mode.
 * Return: @ti_work, less the flag of the crossing if the task crossed.
 */
static __always_inline unsigned long kgr_exit_to_user(unsigned long ti_work,
						      unsigned long mask)
{
	if (likely((ti_work & mask) != KGR_EXIT_WORK))
		return ti_work;
	__kgr_exit_to_user();
	return ti_work & ~KGR_EXIT_WORK;
}

/**
 * kgr_task_safe - the calling kernel thread holds nothing of the old code
 * @task:	current
 *
 * For the top of a kernel thread's main loop: what the thread does from here
 * on may be new code, and nothing that it did before has left something open
 * which old code must finish. A thread that calls this is not moved while it
 * works, only here and between kgr_safe_sleep_begin() and _end(). The exception
 * are changes that all promise consistency per function: those it crosses
 * wherever it is off its CPU with none of the changed functions on its stack.
 *
 * Context: the thread itself, in task context; does not sleep, does not change
 * the task's state.
 */
static inline void kgr_task_safe(struct task_struct *task)
{
	if (unlikely(!task_kgr_safe_loop(task)))
		task_set_kgr_safe_loop(task);
	if (unlikely(test_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS)))
		__kgr_task_safe();
}

/**
 * kgr_safe_sleep_begin - open the bracket around a safe sleep
 *
 * For a wait, typically schedule(), at a place where kgr_task_safe() could
 * stand. Until kgr_safe_sleep_end() the thread may be crossed from outside.
 * The bracket opens before the flag is tested: a mark set in between is
 * either seen here or its mover sees the bracket. (Where the CPU reorders the
 * two, the mover's next try finds the bracket.) (models/sleep.pml: open)
 *
 * Context: the thread itself; may be called with the task state set.
 */
static inline void kgr_safe_sleep_begin(void)
{
	task_set_kgr_safe_sleep(current);
	barrier();
	if (unlikely(test_thread_flag(TIF_KGR_IN_PROGRESS)))
		__kgr_task_safe();
}

/**
 * kgr_safe_sleep_end - close the bracket around a safe sleep
 *
 * Context: the thread itself.
 */
static inline void kgr_safe_sleep_end(void)
{
	task_clear_kgr_safe_sleep(current);
}

/**
 * kgr_may_stop_begin - from here on the task may be stopped between two halves
 *
 * For the places where a user task is held up by a signal, a tracer or the
 * freezer while it has no system call under way: before it begins, after it
 * has ended, or with none at all. There a stop divides the kernel entry in
 * two: what follows may be of another universe than what went before. The
 * functions that put the task to sleep are called from elsewhere too, so they
 * must be told; they ask by kgr_stop_begin() (models/sleep.pml: stop).
 *
 * Context: the task itself.
 */
static inline void kgr_may_stop_begin(void)
{
	task_set_kgr_may_stop(current);
}

/**
 * kgr_may_stop_end - back to where a stop would be in the middle of something
 *
 * Context: the task itself.
 */
static inline void kgr_may_stop_end(void)
{
	task_clear_kgr_may_stop(current);
}

/**
 * kgr_stop_begin - open the bracket around a stop, if it is a safe sleep
 *
 * Closed by kgr_safe_sleep_end(), opened or not.
 *
 * Context: the task itself, with its state set.
 */
static inline void kgr_stop_begin(void)
{
	if (task_kgr_may_stop(current))
		kgr_safe_sleep_begin();
}

/**
 * kgr_idle_task_safe - the idle task is between two rounds of its loop
 *
 * Context: the idle task of this CPU, preemption off.
 */
static inline void kgr_idle_task_safe(void)
{
	if (unlikely(test_thread_flag(TIF_KGR_IN_PROGRESS)))
		__kgr_idle_task_safe();
}

/**
 * kgr_interrupted - has kGraft, and nothing else, asked a system call to end?
 *
 * For waits that take TIF_NOTIFY_SIGNAL to mean task work, and go on once that
 * is done. To be asked when there is no task work left, and nothing to return.
 * What it returns must be returned to user mode, and no wait may follow.
 *
 * Context: the task itself, in a system call.
 * Return: 0 if not; -ERESTARTNOHAND if the call is to start again; -EINTR if it
 *	   cannot, and user space is to see that.
 */
static inline int kgr_interrupted(void)
{
	return unlikely(task_kgr_notified(current)) ? __kgr_interrupted() : 0;
}

/**
 * kgr_restart - should an interrupted system call start again after all?
 * @error:	what it would return
 * @can:	whether it could: nothing is done yet, no time is running out
 *
 * For system calls that return -EINTR for whatever interrupts them. Signals
 * have their -EINTR as before. (Task work that comes with ours has not.)
 *
 * Context: the task itself, in a system call. Locks do not matter.
 * Return: -ERESTARTNOHAND if @error is -EINTR and the reason is kGraft's
 *	   notification alone; otherwise @error.
 */
static inline int kgr_restart(int error, bool can)
{
	if (error != -EINTR || !can)
		return error;
	return kgr_interrupted() ?: error;
}

/**
 * kgr_is_restart - is a system call to start again for kGraft?
 * @error:	what kgr_restart() has returned
 *
 * A wait with a deadline must not start again, because its timeout would begin
 * anew. Where this is true, such a call sets up its restart_block with the
 * deadline and returns -ERESTART_RESTARTBLOCK instead.
 *
 * Context: any.
 * Return: whether kGraft's notification alone has ended the wait, and the call
 *	   can be continued unnoticed.
 */
static inline bool kgr_is_restart(int error)
{
	return error == -ERESTARTNOHAND;
}

/**
 * kgr_is_eintr - has a system call been interrupted?
 * @error:	what it returns, after kgr_restart()
 *
 * Either way its signal mask is needed until signals have been looked at, see
 * restore_saved_sigmask_unless().
 *
 * Context: any.
 * Return: whether @error is -EINTR or what kgr_restart(), or a restart_block
 *	   set up behind kgr_is_restart(), has made of it.
 */
static inline bool kgr_is_eintr(int error)
{
	return error == -EINTR || error == -ERESTARTNOHAND ||
	       error == -ERESTART_RESTARTBLOCK;
}

#else /* !CONFIG_KGRAFT */

#define KGR_EXIT_WORK	(0)

static __always_inline unsigned long kgr_exit_to_user(unsigned long ti_work,
						      unsigned long mask)
{
	return ti_work;
}

static inline void kgr_task_safe(struct task_struct *task) { }
static inline void kgr_safe_sleep_begin(void) { }
static inline void kgr_safe_sleep_end(void) { }
static inline void kgr_may_stop_begin(void) { }
static inline void kgr_may_stop_end(void) { }
static inline void kgr_stop_begin(void) { }
static inline void kgr_idle_task_safe(void) { }

static inline int kgr_interrupted(void)
{
	return 0;
}

/* No function: to the compiler, the callers are to be what they were. */
#define kgr_restart(error, can)	((void)(can), (error))

static inline bool kgr_is_restart(int error)
{
	return false;
}

static inline bool kgr_is_eintr(int error)
{
	return error == -EINTR;
}

static inline void kgr_copy_process(struct task_struct *child) { }
static inline void kgr_exchange_tids(struct task_struct *task) { }
static inline void kgr_task_exiting(struct task_struct *task) { }
static inline void kgr_task_dead(struct task_struct *task) { }
static inline int kgr_module_coming(struct module *mod)
{
	return 0;
}

static inline void kgr_module_going(struct module *mod) { }

#endif /* CONFIG_KGRAFT */

#endif /* _LINUX_KGRAFT_HOOKS_H */
