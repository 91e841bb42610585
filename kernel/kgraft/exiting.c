// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exiting.c - tasks that are about to leave the task list, and dead ones
 */

#include <linux/hash.h>
#include <linux/kgraft_hooks.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>

#include "exiting.h"
#include "request.h"
#include "universe.h"

/*
 * Exiting tasks, from before exit_notify() until their last context switch.
 * Hashed by task to keep exits on different CPUs from meeting at one lock, and
 * the lists short. The lock protects the list. A task's scheduler locks nest in
 * it, and nothing that holds those takes it.
 */
#define KGR_EXITING_BITS	6

static struct kgr_exiting_bucket {
	raw_spinlock_t lock;
	struct hlist_head tasks;
} kgr_exiting[1 << KGR_EXITING_BITS] = {
	[0 ... (1 << KGR_EXITING_BITS) - 1] = {
		.lock = __RAW_SPIN_LOCK_UNLOCKED(kgr_exiting.lock),
	},
};

static struct kgr_exiting_bucket *kgr_exiting_of(struct task_struct *task)
{
	return &kgr_exiting[hash_ptr(task, KGR_EXITING_BITS)];
}

/**
 * kgr_task_exiting - keep a task in sight that is about to leave the task list
 * @task: current
 *
 * Before exit_notify(): a search that does not find the task on the task list
 * any more finds it here (models/life.pml: link). The link is in task_struct and
 * not on the stack of do_exit(), which an oops rewinds.
 *
 * Context: process context.
 */
void kgr_task_exiting(struct task_struct *task)
{
	struct kgr_exiting_bucket *bucket = kgr_exiting_of(task);
	unsigned long flags;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	hlist_add_head(&task->kgr_exiting, &bucket->tasks);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);
}

/**
 * kgr_task_dead - a task has run for the last time
 * @task: a task that was switched out in state TASK_DEAD
 *
 * Context: finish_task_switch(), no scheduler lock held; its caller holds the
 *	    last reference that is ours to rely on.
 */
void kgr_task_dead(struct task_struct *task)
{
	struct kgr_exiting_bucket *bucket = kgr_exiting_of(task);
	unsigned long flags;

	raw_spin_lock_irqsave(&bucket->lock, flags);
	/* It may never have been linked: an oops earlier in do_exit(). */
	hlist_del_init(&task->kgr_exiting);
	raw_spin_unlock_irqrestore(&bucket->lock, flags);

	/*
	 * Off its CPU before the look; pairs with kgr_universe_raise()
	 * (models/life.pml: dead)
	 */
	smp_mb();
	/* It may have been the last one that lived in an old universe. */
	if (kgr_task_lags(task))
		kgr_scan_request();
}

/**
 * kgr_task_is_dead - will a task never run again?
 * @task: the task
 *
 * A zombie stays on the task list for as long as its parent likes. It sets
 * TASK_DEAD itself, while it runs and cannot be preempted; once it is seen
 * off its CPU after that, it is gone.
 *
 * Return: whether it has run for the last time.
 */
bool kgr_task_is_dead(struct task_struct *task)
{
	if (READ_ONCE(task->__state) != TASK_DEAD)
		return false;
	/*
	 * The state before the CPU: the other way round, a task that was
	 * preempted could run again and die in between
	 * (models/litmus/state-cpu).
	 */
	smp_rmb();
	/* Pairs with the release in finish_task(). */
	return !smp_load_acquire(&task->on_cpu);
}

/**
 * kgr_visit_exiting - visit the tasks that may have left the task list
 * @visit: what to call for each that is not dead
 * @arg: its argument
 *
 * Some of them are on the task list as well.
 *
 * Context: no lock that a task's scheduler locks nest in; @visit runs under a
 *	    raw spinlock.
 */
void kgr_visit_exiting(kgr_visit_t visit, void *arg)
{
	struct task_struct *task;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kgr_exiting); i++) {
		raw_spin_lock_irqsave(&kgr_exiting[i].lock, flags);
		hlist_for_each_entry(task, &kgr_exiting[i].tasks, kgr_exiting)
			if (!kgr_task_is_dead(task))
				visit(task, arg);
		raw_spin_unlock_irqrestore(&kgr_exiting[i].lock, flags);
	}
}

/**
 * kgr_exiting_get - an exiting task that cannot be found otherwise
 * @nr: which one, from 0
 *
 * The numbers are not PIDs: while tasks begin and end, one may be omitted or
 * returned twice. This is good enough for a listing, but not for a count.
 *
 * Return: a task that has left the task list and is not dead, with a reference;
 *	   %NULL if there are not as many.
 */
struct task_struct *kgr_exiting_get(unsigned int nr)
{
	struct task_struct *task;
	unsigned long flags;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kgr_exiting); i++) {
		raw_spin_lock_irqsave(&kgr_exiting[i].lock, flags);
		hlist_for_each_entry(task, &kgr_exiting[i].tasks, kgr_exiting) {
			if (pid_alive(task) || kgr_task_is_dead(task) || nr--)
				continue;
			/* Its own reference is dropped after it left the list. */
			get_task_struct(task);
			raw_spin_unlock_irqrestore(&kgr_exiting[i].lock, flags);
			return task;
		}
		raw_spin_unlock_irqrestore(&kgr_exiting[i].lock, flags);
	}
	return NULL;
}
