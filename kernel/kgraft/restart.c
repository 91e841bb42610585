// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * restart.c - would user space notice if a system call was restarted?
 *
 * The list of system calls is the architecture's, see
 * kgr_arch_syscall_restarts(). This file has what concerns all of them: signal
 * masks, and tracers and supervisors of system calls.
 */

#include <linux/fdtable.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/seccomp.h>
#include <linux/signal.h>

#include "arch.h"
#include "file.h"
#include "restart.h"

/**
 * kgr_mask_holds_back - does a signal mask hold back what the caller's does not?
 * @task: current, or a task that sleeps; in a call with a mask of its own
 *
 * Between the notification and the restart, it has the caller's. A signal that
 * only its own mask holds back would be delivered there.
 *
 * Return: whether there is such a signal.
 */
bool kgr_mask_holds_back(const struct task_struct *task)
{
	sigset_t own;

	sigandnsets(&own, &task->blocked, &task->saved_sigmask);
	return !sigisemptyset(&own);
}

static bool kgr_under_seccomp(const struct task_struct *task)
{
#ifdef CONFIG_SECCOMP
	return READ_ONCE(task->seccomp.mode) != SECCOMP_MODE_DISABLED;
#else
	return false;
#endif
}

/*
 * A filter is asked again. About the same call it says the same, but it may
 * not let restart_syscall() pass, unless it is known to. And the supervisor of a
 * listener sees it all; the task may even be asleep because it waits for the
 * supervisor's answer.
 */
static bool kgr_seccomp_notices(struct task_struct *task,
				enum kgr_restart restart)
{
	if (!kgr_under_seccomp(task))
		return false;
	return seccomp_has_listener(task) ||
	       ((restart == KGR_RESTART_BLOCK || restart == KGR_RESTART_REST) &&
		!kgr_arch_seccomp_restarts(task));
}

/*
 * Between the two parts of a call that is half done, another thread could close
 * the descriptor, and open another file that gets the same number. The call
 * holds its file, but what goes on finds it by the number. (A thread that shares
 * the descriptors comes from one that does: nothing changes while @task sleeps.)
 */
static bool kgr_rest_may_go_elsewhere(struct task_struct *task)
{
	bool shared;

	task_lock(task);
	shared = !task->files || atomic_read(&task->files->count) > 1;
	task_unlock(task);
	return shared;
}

/**
 * kgr_restart_noticed - would a restart of a task's system call be noticed?
 * @task: a task that sleeps; if it runs, the answer is a guess
 *
 * Context: no spinlock held; does not sleep.
 * Return: whether it would, as long as @task sleeps on.
 */
bool kgr_restart_noticed(struct task_struct *task)
{
	unsigned long args[KGR_SYSCALL_ARGS];
	enum kgr_restart restart;

	if (READ_ONCE(task->ptrace))
		return true;

	/* Where its registers are. It may be dying. */
	if (!try_get_task_stack(task))
		return true;
	restart = kgr_arch_syscall_restarts(task, args);
	put_task_stack(task);

	if (restart == KGR_RESTART_NO ||
	    ((restart == KGR_RESTART_SUSPEND || task->restore_sigmask) &&
	     kgr_mask_holds_back(task)))
		return true;
	switch (restart) {
	case KGR_RESTART_EINTR:
		return false;
	case KGR_RESTART_AGAIN:
	case KGR_RESTART_BLOCK:
	case KGR_RESTART_SUSPEND:
		break;
	default:
		restart = kgr_file_restarts(task, restart, args);
		if (restart == KGR_RESTART_NO ||
		    (restart == KGR_RESTART_REST &&
		     kgr_rest_may_go_elsewhere(task)))
			return true;
	}
	return kgr_seccomp_notices(task, restart);
}
