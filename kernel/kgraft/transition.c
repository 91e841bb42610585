// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * transition.c - from the opening of a universe to its completion
 *
 * A scan looks at every task and finds the horizon, soon after a task crossed
 * or died. From time to time while something is pending, tasks that lag are
 * pushed before that: kernel threads are moved and sleepers are woken (a retry).
 * A scan must miss nobody, and is in one piece; pushing takes long, and stops to
 * let others run. Any number of changes may be pending; each is complete when
 * the horizon has reached its universe.
 *
 * No completion is lost: a task stores its universe, then sets the request
 * bit. A scan clears the bit, then looks at the tasks. Both with a full
 * barrier between the two steps. So whatever the scan does not see of a task
 * sets the bit after it was cleared, and another scan follows.
 *
 * Here and elsewhere "(models/NAME.pml: STEP)" says by which step of which model
 * something is shown; the models are in the repository that this comes from.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/cpu.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <trace/events/kgraft.h>

#include "blockers.h"
#include "core.h"
#include "garbage.h"
#include "move.h"
#include "patch.h"
#include "settle.h"
#include "sysfs.h"
#include "task.h"
#include "transition.h"
#include "universe.h"
#include "wait.h"
#include "wake.h"

/* Retries start this far apart and double up to the maximum, in ms. */
#define KGR_RETRY_MIN_MS	2
#define KGR_RETRY_MAX_MS	1000

/* A scan waits for this many times as long as the last one took. */
#define KGR_SCAN_GAP_FACTOR	8

/* No more than this many tasks are woken at a time. */
#define KGR_WAKE_BATCH		1024

static void kgr_scan_fn(struct work_struct *work);
static void kgr_retry_fn(struct work_struct *work);
static void kgr_scan_irq(struct irq_work *work);

/* Changes that some task has yet to cross, oldest first. kgr_mutex; RCU. */
static LIST_HEAD(kgr_changes);

/* The next wait between retries. kgr_mutex. */
static unsigned int kgr_retry_ms;

/* Where the next retry goes on waking, see kgr_push_tasks(). kgr_mutex. */
static pid_t kgr_retry_from;

/* Least time between two scans in jiffies. Written by scans, read anywhere. */
static unsigned long kgr_scan_gap = 1;

/* Bit 0: somebody has crossed since the last scan began. */
static unsigned long kgr_scan_requested;

static DECLARE_DELAYED_WORK(kgr_scan_work, kgr_scan_fn);
static DECLARE_DELAYED_WORK(kgr_retry_work, kgr_retry_fn);
static DEFINE_IRQ_WORK(kgr_scan_irq_work, kgr_scan_irq);

/**
 * kgr_scan_request - somebody has crossed: have the horizon looked at
 *
 * Coalesced. By irq_work, because it is called from the depths of the
 * scheduler and on the way to user mode with interrupts off.
 *
 * Context: any.
 */
void kgr_scan_request(void)
{
	/*
	 * The universe before the request; pairs with kgr_scan()
	 * (models/complete.pml: request)
	 */
	smp_mb();
	if (!test_bit(0, &kgr_scan_requested) &&
	    !test_and_set_bit(0, &kgr_scan_requested))
		irq_work_queue(&kgr_scan_irq_work);
}

static void kgr_scan_irq(struct irq_work *work)
{
	queue_delayed_work(kgr_wq, &kgr_scan_work, READ_ONCE(kgr_scan_gap));
}

/* What is done about tasks that lag. */
struct kgr_push {
	enum kgr_wake_policy wake;
	unsigned int woken;
};

/*
 * A task that lags without a mark would never cross. Only one that is crossing
 * right now should look like that; if there is another, put it right rather
 * than wait for ever.
 */
static void kgr_remark(struct task_struct *task)
{
	if (test_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS))
		return;
	set_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS);
	kick_process(task);
}

/* Returns whether it has crossed; if not, it may be worth waking it. */
static bool kgr_push_across(struct task_struct *task)
{
	kgr_remark(task);
	return kgr_movable(task) && kgr_move_task(task);
}

static bool kgr_push_task(struct task_struct *task, void *arg)
{
	struct kgr_push *push = arg;

	/* It has crossed since it was found. */
	if (!kgr_task_lags(task))
		return false;
	if (!kgr_push_across(task))
		push->woken += !kgr_wake_task(task, push->wake);
	return push->woken == KGR_WAKE_BATCH;
}

/*
 * Move who can be moved, and wake sleepers. Begins at @from and returns where
 * to go on, 0 if everybody has had his turn.
 */
static pid_t kgr_push(pid_t from, enum kgr_wake_policy wake)
{
	struct kgr_push push = { .wake = wake };

	lockdep_assert_held(&kgr_mutex);

	if (wake != KGR_WAKE_NONE)
		kgr_wait_prepare();
	cpus_read_lock();
	from = kgr_push_tasks(from, kgr_push_task, &push);
	cpus_read_unlock();
	return from;
}

/**
 * struct kgr_scan - what a look at every task finds
 * @newest:	the newest universe
 * @horizon:	the smallest one that a task lives in
 * @remaining:	how many tasks do not live in @newest
 */
struct kgr_scan {
	u32 newest;
	u32 horizon;
	unsigned int remaining;
};

/* As of the last scan. Written with kgr_mutex held, read anywhere. */
static unsigned int kgr_remaining;

static void kgr_scan_visit(struct task_struct *task, void *arg)
{
	struct kgr_scan *scan = arg;
	u32 universe;

	/*
	 * Once: between two reads it could cross, and be seen in neither.
	 * Acquire: a child that is forked later is on the list, or was forked
	 * by a parent that had crossed.
	 */
	universe = smp_load_acquire(&task->kgr_universe);
	if (kgr_universe_before(universe, scan->horizon))
		scan->horizon = universe;
	scan->remaining += universe != scan->newest;
}

static void kgr_complete(struct kgr_change *change)
{
	s64 usecs = ktime_us_delta(ktime_get(), change->start);
	const char *name = change->patch->patch->name;

	trace_kgr_change_complete(name, change->revert, change->universe, usecs);
	pr_info("'%s': %s after %lld ms\n", name,
		change->revert ? "reverted" : "applied",
		div_s64(usecs, USEC_PER_MSEC));
	list_del_rcu(&change->list);
	kgr_discard(change);
}

static void kgr_arm_retry(unsigned int ms)
{
	mod_delayed_work(kgr_wq, &kgr_retry_work, msecs_to_jiffies(ms));
}

/* Look at every task, and complete what is complete. */
static void kgr_scan(void)
{
	struct kgr_change *change, *next;
	struct kgr_scan scan = { .newest = kgr_newest, .horizon = kgr_newest };
	bool was = kgr_in_progress();
	ktime_t start;

	lockdep_assert_held(&kgr_mutex);

	clear_bit(0, &kgr_scan_requested);
	/*
	 * The bit before the tasks; pairs with kgr_scan_request()
	 * (models/complete.pml: clear, look)
	 */
	smp_mb__after_atomic();

	start = ktime_get();
	kgr_visit_tasks(kgr_scan_visit, &scan);
	WRITE_ONCE(kgr_remaining, scan.remaining);
	WRITE_ONCE(kgr_scan_gap,
		   1 + nsecs_to_jiffies(KGR_SCAN_GAP_FACTOR *
					ktime_to_ns(ktime_sub(ktime_get(), start))));

	kgr_universe_set_horizon(scan.horizon);
	/* Before in_progress says that it is done. */
	kgr_patches_advance();
	list_for_each_entry_safe(change, next, &kgr_changes, list)
		if (!kgr_universe_before(scan.horizon, change->universe))
			kgr_complete(change);
	kgr_settle_sites();

	if (was && !kgr_in_progress()) {
		cancel_delayed_work(&kgr_retry_work);
		kgr_sysfs_notify_progress();
	}
}

static void kgr_scan_fn(struct work_struct *work)
{
	mutex_lock(&kgr_mutex);
	/* If not, the next change begins with a scan, which clears the bit. */
	if (kgr_in_progress())
		kgr_scan();
	mutex_unlock(&kgr_mutex);
}

/*
 * How many ms until sleepers may be woken; 0: now. Counted from the oldest
 * change, so that changes which keep coming do not put it off for ever.
 */
static unsigned int kgr_wake_due_in(void)
{
	struct kgr_change *oldest = list_first_entry(&kgr_changes,
						     struct kgr_change, list);
	s64 passed = ktime_ms_delta(ktime_get(), oldest->start);
	unsigned int delay = READ_ONCE(kgr_wake_delay_ms);

	return passed >= delay ? 0 : delay - passed;
}

static void kgr_retry_fn(struct work_struct *work)
{
	bool trace = false;
	unsigned int due;

	mutex_lock(&kgr_mutex);
	if (!kgr_in_progress())
		goto out;

	if (kgr_wake_due_in())
		kgr_push(0, KGR_WAKE_NONE);
	else
		kgr_retry_from = kgr_push(kgr_retry_from,
					  READ_ONCE(kgr_wake_policy));
	kgr_scan();
	if (!kgr_in_progress())
		goto out;

	/* The oldest change may be another one now, for which it is too early. */
	due = kgr_wake_due_in();
	if (due)
		kgr_retry_from = 0;
	if (!kgr_retry_from) {
		kgr_retry_ms = min(2 * kgr_retry_ms, KGR_RETRY_MAX_MS);
		trace = kgr_blockers_due();
	}
	kgr_arm_retry(kgr_retry_in(kgr_retry_from, due, kgr_retry_ms));
out:
	mutex_unlock(&kgr_mutex);
	if (trace)
		kgr_blockers_trace();
}

/**
 * kgr_change_alloc - prepare a change
 * @patch: the patch
 * @revert: whether it goes
 *
 * Return: to be given to kgr_change_begin() or kfree(); %NULL without memory.
 */
struct kgr_change *kgr_change_alloc(struct kgr_applied *patch, bool revert)
{
	struct kgr_change *change = kgr_alloc(sizeof(*change));

	if (change) {
		change->patch = patch;
		change->revert = revert;
	}
	return change;
}

/**
 * kgr_change_begin - open the next universe and set the tasks going
 * @change: from kgr_change_alloc(); its versions are published
 *
 * Cannot fail.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_change_begin(struct kgr_change *change)
{
	bool was = kgr_in_progress();

	lockdep_assert_held(&kgr_mutex);

	change->start = ktime_get();
	change->universe = kgr_newest + 1;
	list_add_tail_rcu(&change->list, &kgr_changes);
	trace_kgr_change_begin(change->patch->patch->name, change->revert,
			       change->universe);
	pr_info("'%s': %s, universe %u\n", change->patch->patch->name,
		change->revert ? "reverting" : "applying", change->universe);
	kgr_universe_raise(change->strict);
	kgr_mark_all();
	/* The uevent has the universe that was opened. */
	if (!was)
		kgr_sysfs_notify_progress();

	kgr_blockers_soon(!was);
	kgr_retry_ms = KGR_RETRY_MIN_MS;
	kgr_retry_from = 0;
	kgr_push(0, KGR_WAKE_NONE);
	kgr_scan();
	if (kgr_in_progress())
		kgr_arm_retry(kgr_retry_ms);
}

/**
 * kgr_retry_soon - the policy has changed: have the tasks looked at anew
 *
 * Context: process context.
 */
void kgr_retry_soon(void)
{
	mutex_lock(&kgr_mutex);
	if (kgr_in_progress()) {
		kgr_retry_ms = KGR_RETRY_MIN_MS;
		kgr_retry_from = 0;
		kgr_arm_retry(0);
	}
	mutex_unlock(&kgr_mutex);
}

/**
 * kgr_push_now - look at every task, move who can be, complete what is complete
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_push_now(void)
{
	kgr_push(0, KGR_WAKE_NONE);
	kgr_scan();
}

/**
 * kgr_wake_now - wake sleepers once, without waiting for the delay
 * @policy: whom to wake
 *
 * Does nothing if nothing is pending.
 *
 * Context: process context.
 */
void kgr_wake_now(enum kgr_wake_policy policy)
{
	pid_t from = 0;

	do {
		mutex_lock(&kgr_mutex);
		if (kgr_in_progress()) {
			from = kgr_push(from, policy);
			kgr_scan();
		} else {
			from = 0;
		}
		mutex_unlock(&kgr_mutex);
	} while (from);
}

/**
 * kgr_wake_one - get one task across, as far as that is possible
 * @nr: its number in the initial pid namespace, as in blockers
 *
 * It is crossed where it is if it can be, or else notified as under the policy
 * "all".
 *
 * Context: process context.
 * Return: 0 if it has crossed or was notified; -ESRCH if there is no such task,
 *	   -EALREADY if it has nothing to cross, -EOPNOTSUPP if tasks like it are
 *	   never notified, -EBUSY if it sleeps where it must not be woken;
 *	   -EAGAIN if it runs.
 */
int kgr_wake_one(pid_t nr)
{
	struct task_struct *task;
	int ret;

	rcu_read_lock();
	task = find_task_by_pid_ns(nr, &init_pid_ns);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	if (!task)
		return -ESRCH;

	mutex_lock(&kgr_mutex);
	if (kgr_task_is_dead(task)) {
		ret = -ESRCH;
	} else if (!kgr_task_lags(task)) {
		ret = -EALREADY;
	} else {
		kgr_wait_prepare();
		cpus_read_lock();
		ret = kgr_push_across(task) ? 0 :
					      kgr_wake_task(task, KGR_WAKE_ALL);
		cpus_read_unlock();
		kgr_scan();
	}
	mutex_unlock(&kgr_mutex);
	put_task_struct(task);
	return ret;
}

/**
 * kgr_in_progress - has any task yet to cross?
 *
 * Context: any; a snapshot without kgr_mutex.
 */
bool kgr_in_progress(void)
{
	return !list_empty_careful(&kgr_changes);
}

/**
 * kgr_waited_ms - since when is a task expected to cross?
 * @universe: where it lives
 *
 * Context: any. A snapshot.
 * Return: ms since the oldest change began that a task of @universe has yet to
 *	   cross, 0 if there is none.
 */
s64 kgr_waited_ms(u32 universe)
{
	struct kgr_change *change;
	s64 ms = 0;

	rcu_read_lock();
	list_for_each_entry_rcu(change, &kgr_changes, list) {
		if (!kgr_universe_before(universe, change->universe))
			continue;
		ms = ktime_ms_delta(ktime_get(), change->start);
		break;
	}
	rcu_read_unlock();
	return ms;
}

/**
 * kgr_count_remaining - how many tasks have yet to cross, idle tasks included
 *
 * As the last scan counted them: anybody may ask, as often as they like. Every
 * crossing is followed by a scan, and so is every retry. The number is 0 only
 * if no change is pending.
 *
 * Context: any. A snapshot.
 * Return: the number.
 */
unsigned int kgr_count_remaining(void)
{
	/* Before the first scan of a change, the number is older than that. */
	return kgr_in_progress() ? max(READ_ONCE(kgr_remaining), 1U) : 0;
}
