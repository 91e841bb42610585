// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * task.c - a task's universe: how it changes
 *
 * A task's universe is written by kgr_copy_process() before others can find the
 * task, and then by kgr_cross() alone, by the task itself with preemption off,
 * or by the mover with the task's scheduler locks held while the task does not
 * run. So there is one writer at a time, but for an interrupt in which the task
 * is forced while it crosses. It never goes down: the writer that clears the
 * mark reads kgr_newest afterwards, and stores nothing older than what is
 * there.
 *
 * No number of pending tasks is kept. Whether a change is complete is found by
 * looking at all tasks; each crossing asks for such a look. That leaves
 * nothing to leak: a counter would have to be right in fork's failure exits,
 * for tasks that die marked, and for marks set twice.
 */

#include <linux/cpu.h>
#include <linux/kernel.h>
#include <linux/kgraft_hooks.h>
#include <linux/restart_block.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <trace/events/ipi.h>
#include <trace/events/kgraft.h>

#include "core.h"
#include "exiting.h"
#include "flags.h"
#include "request.h"
#include "tally.h"
#include "task.h"
#include "universe.h"
#include "walk.h"

/*
 * Could the task come back into a patch that is released after this crossing?
 * At its exit, or where it stops on its way there, it is inside of nothing, and
 * its restart function is all that leads anywhere. Elsewhere it may be anywhere.
 * Others than user tasks have no use for the answer.
 */
static void kgr_note_return(struct task_struct *task, enum kgr_way way)
{
	bool outside = way == KGR_WAY_EXIT || way == KGR_WAY_SLEEP;
	unsigned long fn = (unsigned long)READ_ONCE(task->restart_block.fn);

	if (outside && core_kernel_text(fn))
		task_clear_kgr_may_return(task);
	else
		task_set_kgr_may_return(task);
}

/**
 * kgr_cross - take a task into the newest universe
 * @task: current, or a task that the mover holds off its CPU
 * @to: the newest universe as far as the caller knows
 * @way: how it got here
 *
 * The mark is cleared before the newest universe is read (test_and_clear is a
 * full barrier): if a writer raises it in between, either we read the new
 * number, or its mark comes after our clearing and stays (models/cross.pml:
 * cross).
 *
 * If the newest universe is not @to any more, which a stack was checked
 * against, nothing happens and the mark stays. Likewise on a CPU that is about
 * to go away, whose interrupts are lost: the request for a scan would wait there,
 * and all later ones with it. Its tasks are moved by others, or are back with it.
 *
 * Context: preemption off.
 * Return: whether it crossed.
 */
bool kgr_cross(struct task_struct *task, u32 to, enum kgr_way way)
{
	u32 from;

	lockdep_assert_preemption_disabled();

	if (unlikely(cpu_is_offline(smp_processor_id())) ||
	    !test_and_clear_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS))
		return false;
	if (unlikely(kgr_universe_newest() != to)) {
		set_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS);
		return false;
	}
	/*
	 * The notification, if there was one, has done its work. But a task that
	 * is forced may not have run since it was woken, and must find out why:
	 * that is for the end of its call.
	 */
	if (task_kgr_notified(task)) {
		if (way == KGR_WAY_FORCE)
			set_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS);
		else
			task_clear_kgr_notified(task);
	}

	/* Before the store: a task that has crossed has its answer. */
	kgr_note_return(task, way);

	/*
	 * It may be there: marked again while it crossed before; or forced, in
	 * an interrupt since the look at the newest, and then perhaps further
	 * (models/force.pml: store).
	 */
	from = READ_ONCE(task->kgr_universe);
	/* Before the store: the scan that sees the last store sees them all. */
	kgr_tally(way, 1);
	do {
		if (!kgr_universe_before(from, to)) {
			kgr_tally(way, -1);
			return true;
		}
	} while (!try_cmpxchg(&task->kgr_universe, &from, to));

	/*
	 * Ask after the store; full barrier in there, see kgr_scan_request()
	 * (models/complete.pml: store, request)
	 */
	kgr_scan_request();
	trace_kgr_task_cross(task, from, to, kgr_way_name(way));
	return true;
}

/**
 * __kgr_exit_to_user - cross; what kgr_exit_to_user() does if it must
 *
 * The exit loop has interrupts off: a mark that is set from here on comes
 * with an interrupt that is taken in user mode and brings us back
 * (models/cross.pml: exit). To try again only saves that.
 *
 * Context: current is about to leave for user mode; interrupts off.
 */
void __kgr_exit_to_user(void)
{
	lockdep_assert_irqs_disabled();

	while (!kgr_cross(current, kgr_universe_newest(), KGR_WAY_EXIT) &&
	       test_thread_flag(TIF_KGR_IN_PROGRESS))
		cpu_relax();
}

/* A zombie may get a mark too. It does not matter: scans skip it. */
static void kgr_mark(struct task_struct *task)
{
	if (kgr_task_lags(task))
		set_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS);
}

/**
 * kgr_copy_process - a new task lives where its parent does
 * @child: the new task, not on the task list yet
 *
 * The parent's own universe cannot change meanwhile, because it runs; except with
 * PREEMPT_RT, where it can be preempted and moved: see kgr_visit_tasks(). What was
 * copied of it earlier does not count: it may have been moved since. So may its
 * mark, or the parent may have none yet: see kgr_mark_all() (models/life.pml:
 * fork).
 *
 * Context: tasklist_lock held for writing.
 */
void kgr_copy_process(struct task_struct *child)
{
	lockdep_assert_held_write(&tasklist_lock);

	child->kgr_universe = current->kgr_universe;
	INIT_HLIST_NODE(&child->kgr_exiting);
	/* No other task can find the child yet. */
	child->atomic_flags &= ~KGR_TASK_FLAGS;
	/*
	 * The child has no system call to continue. What it copied may point
	 * into a patch, and the child is not on the list yet when kGraft looks
	 * for tasks that may return there, before it releases the patch.
	 */
	child->restart_block.fn = do_no_restart_syscall;
	clear_tsk_thread_flag(child, TIF_KGR_IN_PROGRESS);
	kgr_mark(child);
}

/**
 * kgr_exchange_tids - a task is about to take its leader's number, in exec
 * @task: current
 *
 * kgr_walk_tasks() may not find it, because it was at that number before: see
 * to it that there is nothing to be found. The program that an interrupted
 * system call would have gone on for is no more (models/release.pml: exec).
 * Nor may kgr_mark_all() find it, which goes by numbers as well.
 *
 * Context: tasklist_lock held for writing.
 */
void kgr_exchange_tids(struct task_struct *task)
{
	lockdep_assert_held_write(&tasklist_lock);

	WRITE_ONCE(task->restart_block.fn, do_no_restart_syscall);
	kgr_mark(task);
}

static bool kgr_push_mark(struct task_struct *task, void *arg)
{
	kgr_mark(task);
	return false;
}

static void kgr_visit_mark(struct task_struct *task, void *arg)
{
	kgr_mark(task);
}

/**
 * kgr_mark_all - mark every task that has yet to cross, and set it going
 *
 * Then every CPU is interrupted once, whatever it seems to be doing, so that
 * a task in user mode comes by its exit, and idle CPUs go round their loop. To
 * sample which of them need it would lose the one that changes its mind.
 *
 * Tasks are marked by their number, in batches, with no lock held for longer.
 * A task that takes part in a fork, or takes its leader's number in exec, may
 * have a number that was passed already, and marks itself: it does so with
 * tasklist_lock held for writing. If it still read the old number of the newest
 * universe, it had the lock before us, and when we get the lock it can be found
 * (models/life.pml: mark, wait).
 *
 * Context: kgr_mutex held, after kgr_universe_raise(). May sleep.
 */
void kgr_mark_all(void)
{
	unsigned int cpu;

	lockdep_assert_held(&kgr_mutex);

	/* Wait for the forks that may not have seen the new universe. */
	read_lock(&tasklist_lock);
	read_unlock(&tasklist_lock);
	kgr_push_tasks(0, kgr_push_mark, NULL, NULL);
	kgr_visit_exiting(kgr_visit_mark, NULL);

	/*
	 * The marks before the interrupts; the latter are sent after it
	 * (models/cross.pml: mark, kick)
	 */
	smp_mb();

	preempt_disable();
	for_each_online_cpu(cpu)
		if (cpu != smp_processor_id())
			smp_send_reschedule(cpu);
	preempt_enable();
	wake_up_all_idle_cpus();
}
