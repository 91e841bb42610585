// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * task.c - tasks and their universe: how it changes, and where all tasks are
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
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/kgraft_hooks.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/radix-tree.h>
#include <linux/rcupdate.h>
#include <linux/restart_block.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <trace/events/ipi.h>
#include <trace/events/kgraft.h>

#include "core.h"
#include "flags.h"
#include "request.h"
#include "tally.h"
#include "task.h"
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
	kgr_walk(1, KGR_WALK_LAGGING, kgr_push_mark, NULL, NULL);
	kgr_visit_exiting(kgr_visit_mark, NULL);
	for_each_possible_cpu(cpu)
		kgr_mark(idle_task(cpu));

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
 * being or takes its leader's number in exec. Nothing may depend on it: they
 * are found by kgr_visit_tasks(), and pushed another time.
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
