// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * wake.c - user tasks that sleep in a system call
 *
 * A notified task leaves its system call as for a signal, finds no signal, and
 * the system call starts again: on the way it crosses. Which calls do so
 * without user space noticing is known by their number, see
 * kgr_arch_syscall_restarts(), and for those that work on a descriptor by what
 * it refers to.
 */

#include <linux/cgroup.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/seccomp.h>
#include <linux/signal.h>
#include <linux/userfaultfd_k.h>
#include <net/sock.h>

#include "arch.h"
#include "core.h"
#include "move.h"
#include "task.h"
#include "wake.h"

enum kgr_wake_policy kgr_wake_policy = KGR_WAKE_TRANSPARENT;
unsigned int kgr_wake_delay_ms = 20;

/*
 * A pipe read returns what there is, or waits with nothing in hand. A socket
 * with a timeout would start it anew, one with a low-water mark may hold some
 * data already.
 */
static bool kgr_fd_restarts(struct task_struct *task, unsigned int fd)
{
	bool ret = false;
	struct socket *sock;
	struct file *file;

	file = fget_task(task, fd);
	if (!file)
		return false;
	sock = sock_from_file(file);
	if (sock)
		ret = READ_ONCE(sock->sk->sk_rcvtimeo) == MAX_SCHEDULE_TIMEOUT &&
		      READ_ONCE(sock->sk->sk_rcvlowat) <= 1;
	else
		ret = S_ISFIFO(file_inode(file)->i_mode);
	fput(file);
	return ret;
}

/*
 * Under a seccomp filter the sleep may be the one in which a supervisor is
 * asked, and restart_syscall() may be refused: not woken.
 */
static bool kgr_under_seccomp(struct task_struct *task)
{
#ifdef CONFIG_SECCOMP
	return READ_ONCE(task->seccomp.mode) != SECCOMP_MODE_DISABLED;
#else
	return false;
#endif
}

static bool kgr_syscall_restarts(struct task_struct *task)
{
	enum kgr_restart restart;
	unsigned int fd;

	/* Where its registers are. It may be dying. */
	if (!try_get_task_stack(task))
		return false;
	restart = kgr_arch_syscall_restarts(task, &fd);
	put_task_stack(task);

	return restart == KGR_RESTART_YES ||
	       (restart == KGR_RESTART_FD && kgr_fd_restarts(task, fd));
}

/* Never woken, under any policy: woken in vain, or to somebody's surprise. */
static bool kgr_wake_never(struct task_struct *task)
{
	return (task->flags & PF_EXITING) || kgr_kernel_task(task) ||
	       task_is_traced(task) || task_is_stopped(task) ||
	       cgroup_task_frozen(task);
}

/*
 * A system call that restarts may sleep in a page fault instead, until a user
 * space handler fills the page. Such a sleeper does not leave when it is
 * notified, it spins until the page is there.
 */
static bool kgr_in_userfault(struct task_struct *task)
{
#ifdef CONFIG_USERFAULTFD
	unsigned long addr = (unsigned long)handle_userfault, size;

	return !kallsyms_lookup_size_offset(addr, &size, NULL) ||
	       !kgr_stack_avoids(task, addr, size);
#else
	return false;
#endif
}

/*
 * Between the notification and the restart, a system call with a signal mask
 * of its own has the caller's. A signal that only its own mask holds back
 * would be delivered there.
 */
static bool kgr_mask_holds_back(struct task_struct *task)
{
	sigset_t own;

	if (!task->restore_sigmask)
		return false;
	sigandnsets(&own, &task->blocked, &task->saved_sigmask);
	return !sigisemptyset(&own);
}

static unsigned long kgr_switches(struct task_struct *task)
{
	return READ_ONCE(task->nvcsw) + READ_ONCE(task->nivcsw);
}

/* With the task's pi_lock held: a task that sleeps goes on sleeping. */
static int kgr_notify_locked(struct task_struct *task, void *arg)
{
	unsigned long *switches = arg;

	if (!(READ_ONCE(task->__state) & TASK_INTERRUPTIBLE) || task->on_rq ||
	    task_curr(task))
		return -EAGAIN;
	/* It has run since it was looked at, and sleeps in some other call. */
	if (kgr_switches(task) != *switches)
		return -EAGAIN;
	if (kgr_in_userfault(task))
		return -EAGAIN;
	if (test_and_set_tsk_thread_flag(task, TIF_NOTIFY_SIGNAL))
		return -EALREADY;
	return 0;
}

/**
 * kgr_wake_task - notify a task that sleeps in a system call
 * @task: the task, whose task_struct cannot go away
 * @policy: whom to wake
 *
 * The notification is set while the task is known to sleep in the call that
 * was judged; it acts on that call alone, because the exit that follows
 * clears it.
 *
 * Context: any but with a scheduler lock held; does not sleep.
 * Return: whether it was notified.
 */
bool kgr_wake_task(struct task_struct *task, enum kgr_wake_policy policy)
{
	unsigned long switches = kgr_switches(task);

	if (policy == KGR_WAKE_NONE || kgr_wake_never(task))
		return false;
	if (!(READ_ONCE(task->__state) & TASK_INTERRUPTIBLE))
		return false;
	if (policy == KGR_WAKE_TRANSPARENT &&
	    (READ_ONCE(task->ptrace) || kgr_under_seccomp(task) ||
	     kgr_mask_holds_back(task) || !kgr_syscall_restarts(task)))
		return false;

	if (task_call_func(task, kgr_notify_locked, &switches))
		return false;
	wake_up_state(task, TASK_INTERRUPTIBLE);
	return true;
}
