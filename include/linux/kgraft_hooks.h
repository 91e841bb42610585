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
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _LINUX_KGRAFT_HOOKS_H
#define _LINUX_KGRAFT_HOOKS_H

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/thread_info.h>

struct module;
struct pid;
struct pid_namespace;
struct pt_regs;
struct seq_file;

/**
 * enum kgr_call - whose wait it is that kgr_pause() leaves, and goes on with
 * @KGR_CALL_SOCK:	a socket's, with one message or a part of a stream
 * @KGR_CALL_SEM:	semtimedop()
 * @KGR_CALL_SIGNAL:	sigtimedwait()
 * @KGR_CALL_AIO:	io_getevents() and io_pgetevents()
 * @KGR_CALL_IO_URING:	io_uring_enter()
 * @KGR_CALL_RECVMMSG:	recvmmsg(), between two messages
 * @KGR_CALL_PIPE:	a write to a pipe; sendfile(), which has one of its own
 * @KGR_CALL_TTY:	a terminal's
 * @KGR_CALL_SELECT:	select(), pselect6() and ppoll()
 *
 * While a system call goes on, its task may run other code, such as task work.
 * What kgr_pause() has kept is for the code that has left it there.
 */
enum kgr_call {
	KGR_CALL_SOCK,
	KGR_CALL_SEM,
	KGR_CALL_SIGNAL,
	KGR_CALL_AIO,
	KGR_CALL_IO_URING,
	KGR_CALL_RECVMMSG,
	KGR_CALL_PIPE,
	KGR_CALL_TTY,
	KGR_CALL_SELECT,
};

#ifdef CONFIG_KGRAFT

/**
 * KGR_EXIT_WORK - work for the exit to user mode: this task has yet to cross
 */
#define KGR_EXIT_WORK	_TIF_KGR_IN_PROGRESS

/*
 * The flags of a task that hooks test and set. kernel/kgraft/flags.h says what
 * each means, and has those that only kGraft uses.
 */
TASK_PFA_TEST(KGR_SAFE_SLEEP, kgr_safe_sleep)
TASK_PFA_SET(KGR_SAFE_SLEEP, kgr_safe_sleep)
TASK_PFA_CLEAR(KGR_SAFE_SLEEP, kgr_safe_sleep)

TASK_PFA_TEST(KGR_SAFE_LOOP, kgr_safe_loop)
TASK_PFA_SET(KGR_SAFE_LOOP, kgr_safe_loop)

TASK_PFA_TEST(KGR_MAY_STOP, kgr_may_stop)
TASK_PFA_SET(KGR_MAY_STOP, kgr_may_stop)
TASK_PFA_CLEAR(KGR_MAY_STOP, kgr_may_stop)

TASK_PFA_TEST(KGR_NOTIFIED, kgr_notified)

TASK_PFA_TEST(KGR_CONTINUED, kgr_continued)

/* kernel/kgraft/exiting.c */
void kgr_task_exiting(struct task_struct *task);
void kgr_task_dead(struct task_struct *task);

/* kernel/kgraft/task.c */
void __kgr_exit_to_user(void);
void kgr_copy_process(struct task_struct *child);
void kgr_exchange_tids(struct task_struct *task);

/* kernel/kgraft/move.c */
void __kgr_task_safe(void);
void __kgr_idle_task_safe(void);

/* kernel/kgraft/wake.c */
int __kgr_interrupted(void);

/* kernel/kgraft/pause.c */
int __kgr_pause(enum kgr_call call, s64 deadline, long done);
int __kgr_pause_done(enum kgr_call call, int error, long done);
long __kgr_rest(enum kgr_call call, long ret, size_t size);
long kgr_go_on(struct restart_block *restart);
long kgr_starts_again(struct restart_block *restart);
void __kgr_no_signal(struct pt_regs *regs);
void __kgr_signal(struct pt_regs *regs);

/* kernel/kgraft/module.c */
int kgr_module_coming(struct module *mod);
void kgr_module_going(struct module *mod);

/* kernel/kgraft/proc.c */
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
 * kgr_is_restart - is a system call to start again for kGraft, or to go on?
 * @error:	what kgr_restart(), kgr_interrupted() or kgr_pause() has returned
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
	return error == -ERESTARTNOHAND || error == -ERESTART_RESTARTBLOCK;
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

/**
 * kgr_pause - should an interrupted system call be left, to go on later?
 * @call:	whose it is
 * @deadline:	until when it waits, in whatever unit; %S64_MAX if for ever
 * @done:	what it would return to a signal, if that is not -EINTR; or 0
 *
 * A system call with a deadline, or with part of its work done, must not start
 * again from the beginning. So keep both, and have restart_syscall() make the
 * same call with the same arguments: in it, kgr_deadline() and kgr_done() say
 * what was kept. If a signal with a handler comes in between, the call returns
 * @done, or -EINTR.
 *
 * What this returns must be returned to user mode, and no wait may follow.
 *
 * Context: the task itself, in a system call. Locks do not matter.
 * Return: an error that lets the call go on, if kGraft's notification alone has
 *	   interrupted it and it can go on unnoticed. Otherwise 0.
 */
static inline int kgr_pause(enum kgr_call call, s64 deadline, long done)
{
	return unlikely(task_kgr_notified(current)) ?
	       __kgr_pause(call, deadline, done) : 0;
}

/**
 * kgr_pause_done - add to what kgr_pause() has kept
 * @call:	whose it is
 * @error:	what kgr_pause() has returned, to a part of the call
 * @done:	what the call has done besides, or 0
 *
 * Context: as kgr_pause().
 * Return: an error that lets the call go on.
 */
static inline int kgr_pause_done(enum kgr_call call, int error, long done)
{
	return done ? __kgr_pause_done(call, error, done) : error;
}

/**
 * kgr_continues - does a system call go on that kgr_pause() has left?
 * @call:	whose it is
 *
 * Context: the task itself, in a system call.
 * Return: whether it does.
 */
static inline bool kgr_continues(enum kgr_call call)
{
	return unlikely(task_kgr_continued(current)) &&
	       current->restart_block.kgr.call == call;
}

/**
 * kgr_deadline - until when does a system call wait?
 * @call:	whose it is
 * @deadline:	the end of a timeout that begins now
 *
 * Context: the task itself, in a system call.
 * Return: @deadline, or the one that was kept if the call goes on.
 */
static inline s64 kgr_deadline(enum kgr_call call, s64 deadline)
{
	return kgr_continues(call) ? current->restart_block.kgr.deadline :
				     deadline;
}

/**
 * kgr_done - what has a system call done before it was left?
 * @call:	whose it is
 *
 * Context: the task itself, in a system call.
 * Return: what was kept if the call goes on, otherwise 0.
 */
static inline long kgr_done(enum kgr_call call)
{
	return kgr_continues(call) ? current->restart_block.kgr.done : 0;
}

/**
 * kgr_until - make a point in time of a timeout
 * @call:	whose it is
 * @timeout:	the timeout, may be %NULL; set to the point in time, or to that
 *		which was kept if the call goes on
 *
 * For waits that have a timer of the relative kind.
 *
 * Context: the task itself, in a system call.
 * Return: whether @timeout is a point in time now.
 */
static inline bool kgr_until(enum kgr_call call, ktime_t *timeout)
{
	if (timeout)
		*timeout = kgr_deadline(call, ktime_add_safe(ktime_get(),
							     *timeout));
	return true;
}

/**
 * kgr_timeo - the timeout of a socket's wait
 * @timeo:	of a wait that begins, in jiffies
 *
 * Context: the task itself, in a system call.
 * Return: @timeo, or what is left of it if the call goes on.
 */
static inline long kgr_timeo(long timeo)
{
	s64 deadline;

	if (!kgr_continues(KGR_CALL_SOCK))
		return timeo;
	deadline = current->restart_block.kgr.deadline;
	if (deadline == S64_MAX)
		return timeo;
	return max((long)(deadline - jiffies), 0L);
}

/**
 * kgr_pause_timeo - as kgr_pause(), for a socket
 * @timeo:	what is left of its timeout, in jiffies
 *
 * Context: as kgr_pause().
 * Return: as kgr_pause(); 0 if it waits for ever.
 */
static inline int kgr_pause_timeo(long timeo)
{
	return timeo == MAX_SCHEDULE_TIMEOUT ? 0 :
	       kgr_pause(KGR_CALL_SOCK, jiffies + timeo, 0);
}

/**
 * kgr_skip - leave out of a buffer what was done before
 * @call:	whose it is
 * @iter:	the whole buffer, &struct iov_iter
 *
 * Context: the task itself, in a system call.
 */
#define kgr_skip(call, iter)						\
do {									\
	if (kgr_continues(call))					\
		iov_iter_advance(iter, current->restart_block.kgr.done);\
} while (0)

/**
 * kgr_count - how much of a buffer is left, without what was done before
 * @call:	whose it is
 * @iter:	the whole buffer, &struct iov_iter
 *
 * Context: the task itself, in a system call.
 * Return: how much.
 */
#define kgr_count(call, iter)						\
({									\
	kgr_skip(call, iter);						\
	iov_iter_count(iter);						\
})

/**
 * kgr_rest - what does a system call return that moves data?
 * @call:	whose it is
 * @ret:	how much it has moved, of that which was to be done, or an error
 * @size:	how much that was
 *
 * The counterpart of kgr_skip(). If only part of it is done, and that because of
 * kGraft's notification, the call is left as by kgr_pause(), and goes on later.
 *
 * Context: as kgr_pause().
 * Return: @ret, with what was done before; or an error that lets the call go on.
 */
static inline long kgr_rest(enum kgr_call call, long ret, size_t size)
{
	if (likely(!task_kgr_notified(current) && !kgr_continues(call)))
		return ret;
	return __kgr_rest(call, ret, size);
}

/**
 * kgr_no_signal - there is no signal to be delivered
 * @regs:	where the task goes
 *
 * If it has left a system call because of kGraft's notification, and that is
 * about to start again, note how it was left: see kgr_signal().
 *
 * Context: the task itself, on its way to user mode.
 */
static inline void kgr_no_signal(struct pt_regs *regs)
{
	if (unlikely(task_kgr_notified(current)))
		__kgr_no_signal(regs);
}

/**
 * kgr_signal - a signal is about to be delivered
 * @regs:	where the task has been, or will be after the handler
 *
 * If the task has left a system call by kgr_pause(), with part of it done, and
 * restart_syscall() has not gone on with it yet, make it return what was done.
 * If the call was about to start again, make it end as if the signal had come
 * while it slept.
 *
 * Context: the task itself, on its way to user mode.
 */
static inline void kgr_signal(struct pt_regs *regs)
{
	if (unlikely(current->restart_block.fn == kgr_go_on ||
		     current->restart_block.fn == kgr_starts_again))
		__kgr_signal(regs);
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

/* Nor these, which do not evaluate what they need not return. */
#define kgr_pause(call, deadline, done)					\
	((void)sizeof(call), (void)sizeof(deadline), (void)sizeof(done), 0)
#define kgr_pause_done(call, error, done)				\
	((void)sizeof(call), (void)sizeof(done), (error))
#define kgr_continues(call)		((void)sizeof(call), false)
#define kgr_deadline(call, deadline)	((void)sizeof(call), (deadline))
#define kgr_done(call)			((void)sizeof(call), 0)
#define kgr_until(call, timeout)					\
	((void)sizeof(call), (void)sizeof(timeout), false)
#define kgr_timeo(timeo)		(timeo)
#define kgr_pause_timeo(timeo)		((void)sizeof(timeo), 0)
#define kgr_skip(call, iter)						\
	do { (void)sizeof(call); (void)sizeof(iter); } while (0)
#define kgr_count(call, iter)						\
	((void)sizeof(call), iov_iter_count(iter))
#define kgr_rest(call, ret, size)					\
	((void)sizeof(call), (void)sizeof(size), (ret))

static inline void kgr_no_signal(struct pt_regs *regs) { }
static inline void kgr_signal(struct pt_regs *regs) { }
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
