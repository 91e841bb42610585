// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * scan.c - from the opening of a universe to its completion
 *
 * A scan looks at every task and finds the horizon, soon after a task crossed
 * or died. From time to time while a change is pending, tasks that lag are
 * pushed before that: kernel threads are moved and sleepers are woken (a retry).
 * A scan must not miss a task, and is in one piece; pushing takes long, and
 * stops to let others run.
 */

#include <linux/cpu.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/cputime.h>
#include <linux/sched/task.h>
#include <linux/time64.h>
#include <linux/workqueue.h>

#include "advance.h"
#include "blockers.h"
#include "core.h"
#include "kobj.h"
#include "push.h"
#include "request.h"
#include "scan.h"
#include "settle.h"
#include "transition.h"
#include "universe.h"
#include "wait.h"
#include "wake.h"
#include "walk.h"

/*
 * Retries start this far apart, in ms: a multiple of the time that it takes to
 * push every task, within these limits. The wait doubles up to the maximum.
 */
#define KGR_RETRY_MIN_MS	2
#define KGR_RETRY_FACTOR	4
#define KGR_RETRY_FIRST_MAX_MS	64
#define KGR_RETRY_MAX_MS	1000

/* The next wait between retries. kgr_mutex. */
static unsigned int kgr_retry_ms;

/* Where the next retry goes on waking, see kgr_push_tasks(). kgr_mutex. */
static pid_t kgr_retry_from;

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
	 * by a parent that had crossed. Pairs with the test_and_clear_bit() of
	 * kgr_cross() (models/litmus/fork-visit).
	 */
	universe = smp_load_acquire(&task->kgr_universe);
	if (kgr_universe_before(universe, scan->horizon))
		scan->horizon = universe;
	scan->remaining += universe != scan->newest;
}

static void kgr_retry_fn(struct work_struct *work);

static DECLARE_DELAYED_WORK(kgr_retry_work, kgr_retry_fn);

static void kgr_arm_retry(unsigned int ms)
{
	mod_delayed_work(kgr_wq, &kgr_retry_work, msecs_to_jiffies(ms));
}

/* Look at every task, and complete what is complete. */
static void kgr_scan(void)
{
	struct kgr_scan scan = { .newest = kgr_newest, .horizon = kgr_newest };
	bool was = kgr_in_progress();
	ktime_t start;

	lockdep_assert_held(&kgr_mutex);

	kgr_scan_requests_clear();
	start = ktime_get();
	kgr_visit_tasks(kgr_scan_visit, &scan);
	WRITE_ONCE(kgr_remaining, scan.remaining);
	kgr_scan_took(ktime_sub(ktime_get(), start));

	kgr_universe_set_horizon(scan.horizon);
	/* Before in_progress says that it is done. */
	kgr_patches_advance();
	kgr_changes_complete(scan.horizon);
	kgr_settle_sites();

	if (was && !kgr_in_progress()) {
		cancel_delayed_work(&kgr_retry_work);
		kgr_notify_progress();
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
	unsigned int delay = READ_ONCE(kgr_wake_delay_ms);
	s64 passed = kgr_pending_ms();

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
		kgr_retry_from = kgr_push(0, KGR_WAKE_NONE);
	else
		kgr_retry_from = kgr_push(kgr_retry_from,
					  READ_ONCE(kgr_wake_policy));
	/*
	 * If it goes on at once, it is hardly over. If it is, the last task that
	 * crossed has requested a scan.
	 */
	if (!kgr_retry_from)
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

/* The first push of a change. Returns whether there may be more to wake. */
static bool kgr_push_start(void)
{
	u64 start = task_sched_runtime(current);
	bool more;

	more = kgr_push_first(READ_ONCE(kgr_wake_policy),
			      READ_ONCE(kgr_wake_at_once));
	kgr_retry_ms = clamp_t(u64, KGR_RETRY_FACTOR *
				    div_u64(task_sched_runtime(current) - start,
					    NSEC_PER_MSEC),
			       KGR_RETRY_MIN_MS, KGR_RETRY_FIRST_MAX_MS);
	return more;
}

/**
 * kgr_scan_start - a change has begun: see to it that the tasks cross
 *
 * Context: kgr_mutex held, after kgr_change_begin(). May sleep.
 */
void kgr_scan_start(void)
{
	bool alone = kgr_change_alone();
	bool more;

	lockdep_assert_held(&kgr_mutex);

	/*
	 * The uevent has the universe that was opened. If older changes are
	 * pending, go on waking where that was: with changes that keep coming,
	 * the first tasks would have their turn again and again, and the last
	 * ones late.
	 */
	if (alone) {
		kgr_notify_progress();
		kgr_retry_from = 0;
	}

	kgr_blockers_soon(alone);
	more = kgr_push_start();
	kgr_scan();
	if (kgr_in_progress())
		kgr_arm_retry(kgr_retry_in(more, kgr_wake_due_in(),
					   kgr_retry_ms));
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
 * kgr_push_now - move every task that can be moved, complete what is complete
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_push_now(void)
{
	lockdep_assert_held(&kgr_mutex);

	kgr_push(0, KGR_WAKE_NONE);
	kgr_scan();
}

/**
 * kgr_wake_now - wake sleepers once, without waiting for the delay
 * @policy: which sleepers may be woken
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
		if (kgr_push_across(task)) {
			ret = 0;
		} else {
			ret = kgr_notify_task(task, KGR_WAKE_ALL);
			if (!ret)
				kgr_wake_notified(task);
		}
		cpus_read_unlock();
		kgr_scan();
	}
	mutex_unlock(&kgr_mutex);
	put_task_struct(task);
	return ret;
}

/**
 * kgr_count_remaining - how many tasks have yet to cross, idle tasks included
 *
 * As counted by the last scan, so that reading it often costs nothing. Every
 * crossing is followed by a scan. The number is 0 only if no change is pending.
 *
 * Context: any. A snapshot.
 * Return: the number.
 */
unsigned int kgr_count_remaining(void)
{
	/* Before the first scan of a change, the number is older than that. */
	return kgr_in_progress() ? max(READ_ONCE(kgr_remaining), 1U) : 0;
}

/**
 * kgr_scan_init - have scans done when they are requested
 */
void __init kgr_scan_init(void)
{
	kgr_request_init(kgr_scan_fn);
}
