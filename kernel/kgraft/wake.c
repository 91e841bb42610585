// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wake.c - user tasks that sleep in a system call
 *
 * A notified task leaves its system call as for a signal, finds no signal, and
 * the system call starts again: on the way it crosses. Which calls do so
 * without user space noticing is said by restart.c, and where they must sleep
 * for that by wait.c.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/cgroup.h>
#include <linux/errno.h>
#include <linux/kgraft_hooks.h>
#include <linux/sched/signal.h>

#include "core.h"
#include "flags.h"
#include "move.h"
#include "restart.h"
#include "task.h"
#include "wait.h"
#include "wake.h"

/* The first releases of 6.12 have no task that is not to be notified. */
#ifndef PF_NO_NOTIFY_SIGNAL
#define PF_NO_NOTIFY_SIGNAL	0
#endif

enum kgr_wake_policy kgr_wake_policy = KGR_WAKE_TRANSPARENT;
unsigned int kgr_wake_delay_ms = 20;
unsigned int kgr_wake_at_once = 64;

/*
 * In the state of a task that sleeps: it has been notified in this very sleep.
 * The next sleep does not have it, whatever has woken the task.
 */
#define KGR_TASK_NOTIFIED	TASK_STATE_MAX

static unsigned long kgr_switches(struct task_struct *task)
{
	return READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw);
}

static bool kgr_asleep(struct task_struct *task)
{
	return (READ_ONCE(task->__state) & TASK_INTERRUPTIBLE) &&
	       !task->on_rq && !task_curr(task);
}

/*
 * Why a task is not woken under any policy: it would be in vain, or would do
 * more than wake it. 0 if it may be.
 */
static int kgr_unwakeable(struct task_struct *task)
{
	unsigned int flags = kgr_task_flags(task);
	unsigned int state = READ_ONCE(task->__state);

	/* A core that is being dumped would be cut short. */
	if (kgr_kernel_task(task) ||
	    (flags & (PF_EXITING | PF_NO_NOTIFY_SIGNAL | PF_DUMPCORE |
		      PF_POSTCOREDUMP)))
		return -EOPNOTSUPP;
	if (state == TASK_RUNNING)
		return -EAGAIN;
	if (task_is_traced(task) || task_is_stopped(task) ||
	    cgroup_task_frozen(task) || !(state & TASK_INTERRUPTIBLE))
		return -EBUSY;
	return 0;
}

/**
 * struct kgr_notify - how a task is to be notified
 * @switches:	how often it had left its CPU when its system call was judged
 * @own:	only if it sleeps in its call's own wait
 * @restart:	its call restarts without user space noticing, if it sleeps in
 *		its own wait
 */
struct kgr_notify {
	unsigned long switches;
	bool own;
	bool restart;
};

/* With the task's pi_lock held: a task that sleeps goes on sleeping. */
static int kgr_notify_locked(struct task_struct *task, void *arg)
{
	struct kgr_notify *notify = arg;
	enum kgr_wait wait;

	if (!kgr_asleep(task))
		return -EAGAIN;
	/*
	 * It has crossed since it was found to lag, and sleeps again. It would
	 * leave its system call for nothing, and __kgr_interrupted() would not
	 * let it start again. A mark that is there stays until it wakes: the
	 * task sleeps, and a mover has to wait for kgr_mutex.
	 * (models/wake.pml: locked)
	 */
	if (!test_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS))
		return -EAGAIN;
	/* It has run since it was looked at, and sleeps in some other call. */
	if (kgr_switches(task) != notify->switches)
		return -EAGAIN;
	wait = kgr_wait_of(task);
	if (wait == KGR_WAIT_NEVER || (notify->own && wait != KGR_WAIT_OWN))
		return -EBUSY;
	/* It is on its way out of the call, for us or for other work. */
	if (test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL))
		return -EAGAIN;
	if (notify->restart && wait == KGR_WAIT_OWN)
		task_set_kgr_restart(task);
	else
		task_clear_kgr_restart(task);
	task_set_kgr_notified(task);
	/*
	 * Off its CPU and its runqueue, it cannot write its state, and a waker
	 * needs the lock that we hold. As __set_task_frozen() does.
	 */
	WRITE_ONCE(task->__state, READ_ONCE(task->__state) | KGR_TASK_NOTIFIED);
	return 0;
}

/**
 * kgr_notify_task - notify a task that sleeps in a system call
 * @task: the task, whose task_struct cannot go away
 * @policy: which sleepers may be woken
 *
 * The notification is set while the task is known to sleep in the call that
 * was judged; it acts on that call alone, because the exit that follows
 * clears it. If it was notified, the caller must wake it with
 * kgr_wake_notified(), soon: nothing else does, and what was judged may change.
 *
 * Context: kgr_mutex held, after kgr_wait_prepare(); no spinlock, does not
 *	    sleep.
 * Return: 0 if it was notified; -EOPNOTSUPP if tasks like it never are, -EBUSY
 *	   if it sleeps where it must not be woken, or not under @policy;
 *	   -EAGAIN if it runs, or was about to.
 */
int kgr_notify_task(struct task_struct *task, enum kgr_wake_policy policy)
{
	struct kgr_notify notify = { .switches = kgr_switches(task) };
	int ret = kgr_unwakeable(task);

	lockdep_assert_held(&kgr_mutex);

	if (ret)
		return ret;
	if (policy == KGR_WAKE_NONE)
		return -EBUSY;
	notify.own = policy == KGR_WAKE_TRANSPARENT;
	notify.restart = !kgr_restart_noticed(task);
	if (notify.own && !notify.restart)
		return -EBUSY;

	return task_call_func(task, kgr_notify_locked, &notify);
}

/**
 * kgr_wake_notified - wake a task that was notified
 * @task: the task, whose task_struct cannot go away
 *
 * It may have woken by itself meanwhile, and sleep in its next call, which need
 * not be prepared to be woken for nothing: so only that sleep is ended in which
 * it was notified. (models/wake.pml: late)
 *
 * Context: no scheduler lock held; does not sleep.
 */
void kgr_wake_notified(struct task_struct *task)
{
	wake_up_state(task, KGR_TASK_NOTIFIED);
}

/**
 * __kgr_interrupted - what kgr_interrupted() says of a task that was notified
 *
 * If the answer is no, the wait goes on, and asks again the next time.
 *
 * Context: as kgr_interrupted().
 * Return: as kgr_interrupted().
 */
int __kgr_interrupted(void)
{
	struct task_struct *task = current;

	/* It was moved: there is nothing to leave for, and to take it back. */
	if (!test_thread_flag(TIF_KGR_IN_PROGRESS))
		return 0;
	/*
	 * A signal has its -EINTR. Task work has none: it may have waited all
	 * the time for the task to go to user mode, and user space must not
	 * see it.
	 */
	if (task_sigpending(task))
		return 0;
	/*
	 * A wait that clears the notification has done so. Set it again: the
	 * exit to user mode looks at what we return only if it is set.
	 */
	set_thread_flag(TIF_NOTIFY_SIGNAL);
	return task_kgr_restart(task) ? -ERESTARTNOHAND : -EINTR;
}
