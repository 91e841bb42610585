// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wake.c - user tasks that sleep in a system call
 *
 * A notified task leaves its system call as for a signal, finds no signal, and
 * the system call starts again: on the way it crosses. Which calls do so
 * without user space noticing is said by restart.c.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/cgroup.h>
#include <linux/errno.h>
#include <linux/kallsyms.h>
#include <linux/kgraft_hooks.h>
#include <linux/printk.h>
#include <linux/sched/signal.h>

#include "core.h"
#include "move.h"
#include "restart.h"
#include "task.h"
#include "wake.h"

enum kgr_wake_policy kgr_wake_policy = KGR_WAKE_TRANSPARENT;
unsigned int kgr_wake_delay_ms = 20;

/*
 * In the state of a task that sleeps: it has been notified in this very sleep.
 * With the next sleep it is gone, whoever has woken the task.
 */
#define KGR_TASK_NOTIFIED	TASK_STATE_MAX

/*
 * A system call may sleep in something that is not its own wait, and that takes
 * an interruption for more than it is:
 *  - in a page fault. The sleeper does not leave, it spins until the page is
 *    there, or makes the server of the page give up.
 *  - on the way along a path, for the file system that is to be mounted there.
 *  - in task work: the last close of a socket that lingers.
 *  - in a request to a FUSE server, for poll(), which hears of it.
 * All of these are functions that return to their caller's frame.
 */
static const struct {
	const char *name;
	bool exists;
} kgr_elsewhere_names[] = {
	{ "handle_mm_fault", true },
	{ "handle_userfault", IS_ENABLED(CONFIG_USERFAULTFD) },
	{ "filename_lookup", true },
	{ "task_work_run", true },
	{ IS_MODULE(CONFIG_FUSE_FS) ? "fuse:__fuse_simple_request" :
				      "__fuse_simple_request",
	  IS_BUILTIN(CONFIG_FUSE_FS) },
};

/* Where these are. Written with kgr_mutex held. */
static struct kgr_code kgr_elsewhere[ARRAY_SIZE(kgr_elsewhere_names)];

/* One of them is not where it must be: nobody can be woken. kgr_mutex. */
static bool kgr_elsewhere_lost;

/**
 * kgr_wake_prepare - see where sleepers are not to be woken
 *
 * To be called before sleepers are woken, each time: modules come and go.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_wake_prepare(void)
{
	unsigned int i;

	lockdep_assert_held(&kgr_mutex);

	for (i = 0; i < ARRAY_SIZE(kgr_elsewhere); i++) {
		struct kgr_code *code = &kgr_elsewhere[i];
		const char *name = kgr_elsewhere_names[i].name;
		bool exists = kgr_elsewhere_names[i].exists;
		unsigned long addr, size;

		/* What is in the kernel stays where it is. */
		if (exists && code->size)
			continue;
		addr = kallsyms_lookup_name(name);
		if (!addr || !kallsyms_lookup_size_offset(addr, &size, NULL)) {
			addr = 0;
			size = 0;
		}
		if (exists && !size) {
			pr_warn_once("no symbol %s: sleepers are not woken\n",
				     name);
			WRITE_ONCE(kgr_elsewhere_lost, true);
		}
		WRITE_ONCE(code->addr, addr);
		WRITE_ONCE(code->size, size);
	}
}

static unsigned long kgr_switches(struct task_struct *task)
{
	return READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw);
}

static bool kgr_asleep(struct task_struct *task)
{
	return (READ_ONCE(task->__state) & TASK_INTERRUPTIBLE) &&
	       !task->on_rq && !task_curr(task);
}

static bool kgr_asleep_elsewhere(struct task_struct *task)
{
	return READ_ONCE(kgr_elsewhere_lost) ||
	       !kgr_stack_avoids_all(task, kgr_elsewhere,
				     ARRAY_SIZE(kgr_elsewhere));
}

/* Those who are woken in vain, or to somebody's surprise, whatever the policy. */
static bool kgr_never_woken(struct task_struct *task)
{
	unsigned int flags = kgr_task_flags(task);

	if (kgr_kernel_task(task) || (flags & (PF_EXITING | PF_NO_NOTIFY_SIGNAL)))
		return true;
	/* Its core would be cut short. */
	if (flags & (PF_DUMPCORE | PF_POSTCOREDUMP))
		return true;
	return task_is_traced(task) || task_is_stopped(task) ||
	       cgroup_task_frozen(task) ||
	       !(READ_ONCE(task->__state) & TASK_INTERRUPTIBLE);
}

/* As far as it can be said without the task's scheduler locks. */
static bool kgr_policy_refuses(struct task_struct *task,
			       enum kgr_wake_policy policy)
{
	if (policy == KGR_WAKE_NONE || kgr_never_woken(task))
		return true;
	return policy == KGR_WAKE_TRANSPARENT && kgr_restart_noticed(task);
}

struct kgr_notify {
	unsigned long switches;
	bool restart;
};

/* With the task's pi_lock held: a task that sleeps goes on sleeping. */
static int kgr_notify_locked(struct task_struct *task, void *arg)
{
	struct kgr_notify *notify = arg;

	if (!kgr_asleep(task))
		return -EAGAIN;
	/*
	 * It has crossed since it was found to lag, and sleeps again. It would
	 * leave its system call for nothing, and __kgr_interrupted() would not
	 * let it start again. A mark that is there stays until it wakes: the
	 * task sleeps, and who might move it has to wait for kgr_mutex.
	 * (models/wake.pml: locked)
	 */
	if (!test_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS))
		return -EAGAIN;
	/* It has run since it was looked at, and sleeps in some other call. */
	if (kgr_switches(task) != notify->switches)
		return -EAGAIN;
	if (kgr_asleep_elsewhere(task))
		return -EAGAIN;
	if (test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL))
		return -EALREADY;
	if (notify->restart)
		task_set_kgr_restart(task);
	else
		task_clear_kgr_restart(task);
	task_set_kgr_notified(task);
	/*
	 * Off its CPU and its runqueue, it cannot write its state, and who wakes
	 * it needs the lock that we hold. As __set_task_frozen() does.
	 */
	WRITE_ONCE(task->__state, READ_ONCE(task->__state) | KGR_TASK_NOTIFIED);
	return 0;
}

/**
 * kgr_wake_task - notify a task that sleeps in a system call
 * @task: the task, whose task_struct cannot go away
 * @policy: whom to wake
 *
 * The notification is set while the task is known to sleep in the call that
 * was judged; it acts on that call alone, because the exit that follows
 * clears it. The wake-up comes later, without the lock. If the task has woken
 * by itself meanwhile, it may sleep in its next call, which need not be
 * prepared to be woken for nothing: so only that sleep is ended in which it was
 * notified. (models/wake.pml: late)
 *
 * Context: kgr_mutex held, after kgr_wake_prepare(); no spinlock, does not
 *	    sleep.
 * Return: whether it was notified.
 */
bool kgr_wake_task(struct task_struct *task, enum kgr_wake_policy policy)
{
	struct kgr_notify notify = { .switches = kgr_switches(task) };

	if (kgr_policy_refuses(task, policy))
		return false;
	notify.restart = policy == KGR_WAKE_TRANSPARENT ||
			 !kgr_restart_noticed(task);

	if (task_call_func(task, kgr_notify_locked, &notify))
		return false;
	wake_up_state(task, KGR_TASK_NOTIFIED);
	return true;
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
	 * It has its -EINTR. Not so task work: it may have waited all the time
	 * for our way to user mode, and nobody ever saw anything of it.
	 */
	if (task_sigpending(task))
		return 0;
	/*
	 * A wait that clears the notification has done so. Without it, nobody
	 * would look at what we return on the way to user mode.
	 */
	set_thread_flag(TIF_NOTIFY_SIGNAL);
	return task_kgr_restart(task) ? -ERESTARTNOHAND : -EINTR;
}
