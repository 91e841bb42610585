// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * walk.c - visiting all tasks
 */

#include <linux/cpumask.h>
#include <linux/kgraft_hooks.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "core.h"
#include "exiting.h"
#include "universe.h"
#include "walk.h"

/**
 * kgr_visit_tasks - visit every task that may still run
 * @visit: what to call for each
 * @arg: its argument
 *
 * Threads, then exiting tasks, then idle tasks. A task may come twice.
 * None that exists throughout is missed: a task is put on the list of exiting
 * ones before it leaves the task list, and they are looked at in this order. A
 * task that is forked meanwhile may be missed; its parent was then visited
 * before, and the child's universe is not older than what the parent's was
 * (models/life.pml: visit). With PREEMPT_RT, it could be: the parent can cross
 * between the copy of its universe and the time when the child can be found. So
 * none is forked during the walk.
 *
 * Context: no lock that a task's scheduler locks nest in. May sleep.
 */
void kgr_visit_tasks(kgr_visit_t visit, void *arg)
{
	struct task_struct *g, *t;
	unsigned int cpu;

	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		read_lock(&tasklist_lock);
	rcu_read_lock();
	for_each_process_thread(g, t)
		if (!kgr_task_is_dead(t))
			visit(t, arg);
	rcu_read_unlock();
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		read_unlock(&tasklist_lock);
	kgr_visit_exiting(visit, arg);
	for_each_possible_cpu(cpu)
		visit(idle_task(cpu), arg);
}

/* Tasks handled, and numbers examined, per batch. */
#define KGR_PUSH_BATCH	32
#define KGR_PUSH_LOOK	512

struct kgr_batch {
	struct task_struct *task[KGR_PUSH_BATCH];
	pid_t after[KGR_PUSH_BATCH];
	unsigned int nr;
};

/* Which threads are visited. */
enum kgr_walk {
	KGR_WALK_LAGGING,
	KGR_WALK_ALL,
};

static void kgr_collect_one(struct kgr_batch *batch, struct pid *pid,
			    enum kgr_walk which)
{
	struct task_struct *task = pid_task(pid, PIDTYPE_PID);

	if (!task || kgr_task_is_dead(task) ||
	    (which == KGR_WALK_LAGGING && !kgr_task_lags(task)))
		return;
	batch->task[batch->nr] = get_task_struct(task);
	batch->after[batch->nr++] = pid_nr(pid) + 1;
}

/*
 * Gets hold of some tasks, of those that lag or of all, from the number @from
 * on. Returns where to go on, 0 at the end.
 */
static pid_t kgr_batch_fill(struct kgr_batch *batch, pid_t from,
			    enum kgr_walk which)
{
	struct pid *pids[KGR_PUSH_BATCH];
	unsigned int looked = 0, nr, i;

	batch->nr = 0;
	rcu_read_lock();
	do {
		/* find_ge_pid() would descend the tree once for each. */
		nr = radix_tree_gang_lookup(&init_pid_ns.idr.idr_rt,
					    (void **)pids, from,
					    ARRAY_SIZE(pids));
		for (i = 0; i < nr && batch->nr < KGR_PUSH_BATCH; i++) {
			kgr_collect_one(batch, pids[i], which);
			from = pid_nr(pids[i]) + 1;
		}
		looked += nr;
	} while (i == ARRAY_SIZE(pids) && looked < KGR_PUSH_LOOK &&
		 batch->nr < KGR_PUSH_BATCH);
	rcu_read_unlock();
	/* Fewer than asked for, and all were looked at: those were the last. */
	return nr < ARRAY_SIZE(pids) && i == nr ? 0 : from;
}

/* Threads by their number, see kgr_push_tasks(). */
static pid_t kgr_walk(pid_t from, enum kgr_walk which, kgr_push_t push,
		      kgr_rest_t rest, void *arg)
{
	struct kgr_batch batch;
	bool enough = false;
	unsigned int i;

	do {
		from = kgr_batch_fill(&batch, from, which);
		for (i = 0; i < batch.nr; i++) {
			if (!enough && push(batch.task[i], arg)) {
				enough = true;
				from = batch.after[i];
			}
			put_task_struct(batch.task[i]);
		}
		if (rest)
			rest(arg);
		cond_resched();
	} while (from && !enough);
	return from;
}

/**
 * kgr_push_tasks - do something about every task that lags
 * @from: 0, or what the last call returned
 * @push: what to do; says when to stop
 * @rest: called after some threads by their number, and after the last; or %NULL
 * @arg: the argument of both
 *
 * Idle tasks first, then threads by their number. No lock is held and
 * interrupts are on while @push runs, and others get a turn now and then: it
 * may take long. For the same reason a task can be missed, one that comes into
 * being or takes its leader's number in exec; an exiting task that has no number
 * any more always is. Nothing may depend on it, unless it sees to those itself, as
 * kgr_mark_all() does: they are found by kgr_visit_tasks(), and pushed another
 * time.
 *
 * Context: kgr_mutex held, may sleep.
 * Return: where to go on; 0 if all tasks have had their turn.
 */
pid_t kgr_push_tasks(pid_t from, kgr_push_t push, kgr_rest_t rest, void *arg)
{
	int cpu;

	lockdep_assert_held(&kgr_mutex);

	if (!from) {
		for_each_possible_cpu(cpu)
			if (kgr_task_lags(idle_task(cpu)))
				push(idle_task(cpu), arg);
		from = 1;
	}
	return kgr_walk(from, KGR_WALK_LAGGING, push, rest, arg);
}

/**
 * kgr_walk_tasks - visit every thread, with no lock held
 * @visit: what to call for each; it returns %false
 * @arg: its argument
 *
 * By their number, like kgr_push_tasks(). Two sorts of tasks can be missed: a
 * task that is forked meanwhile, and one that takes its leader's number in exec
 * after that number had its turn. Both have come by kgr_copy_process() or
 * kgr_exchange_tids() meanwhile. Exiting tasks that have no number any more are
 * not visited.
 *
 * Context: process context, may sleep.
 */
void kgr_walk_tasks(kgr_push_t visit, void *arg)
{
	kgr_walk(1, KGR_WALK_ALL, visit, NULL, arg);
}
