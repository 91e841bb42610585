// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * transition.c - the changes that some task has yet to cross
 *
 * A change opens a universe and marks every task that has yet to cross into it.
 * Any number of changes may be pending; each is complete when the horizon,
 * which scans determine (scan.c), has reached its universe.
 *
 * Here and elsewhere "(models/NAME.pml: STEP)" names the step of the model that
 * verifies the code in question; the models are in the repository that this
 * comes from.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/ktime.h>
#include <linux/rculist.h>
#include <trace/events/kgraft.h>

#include "applied.h"
#include "core.h"
#include "garbage.h"
#include "tally.h"
#include "task.h"
#include "transition.h"
#include "universe.h"

/* Changes that some task has yet to cross, oldest first. kgr_mutex; RCU. */
static LIST_HEAD(kgr_changes);

/**
 * kgr_change_alloc - prepare a change
 * @patch: the patch
 *
 * The caller says what kind of change it is.
 *
 * Return: the change, to be passed to kgr_change_begin() or kfree(); %NULL if
 *	   out of memory.
 */
struct kgr_change *kgr_change_alloc(struct kgr_applied *patch)
{
	struct kgr_change *change = kgr_alloc(sizeof(*change));

	if (change)
		change->patch = patch;
	return change;
}

/**
 * kgr_change_begin - open the next universe and mark the tasks
 * @change: from kgr_change_alloc(); its versions are published
 *
 * Cannot fail. The caller must then call kgr_scan_start(), which makes the
 * tasks cross.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_change_begin(struct kgr_change *change)
{
	lockdep_assert_held(&kgr_mutex);

	change->start = ktime_get();
	change->universe = kgr_newest + 1;
	kgr_stats_begin(&change->patch->stats, change->universe, change->start);
	list_add_tail_rcu(&change->list, &kgr_changes);
	trace_kgr_change_begin(change->patch->patch->name, change->revert,
			       change->universe);
	pr_info("'%s': %s, universe %u\n", change->patch->patch->name,
		change->revert ? "reverting" : "applying", change->universe);
	kgr_universe_raise(change->strict);
	kgr_mark_all();
}

static void kgr_change_complete(struct kgr_change *change)
{
	s64 usecs = ktime_us_delta(ktime_get(), change->start);
	const char *name = change->patch->patch->name;

	trace_kgr_change_complete(name, change->revert, change->universe, usecs);
	pr_info("'%s': %s after %lld ms\n", name,
		change->revert ? "reverted" : "applied",
		div_s64(usecs, USEC_PER_MSEC));
	kgr_stats_complete(&change->patch->stats, change->universe,
			   div_s64(usecs, USEC_PER_MSEC));
	list_del_rcu(&change->list);
	kgr_discard(change);
}

/**
 * kgr_changes_complete - complete the changes that every task has crossed
 * @horizon: the smallest universe that a task lives in
 *
 * Context: kgr_mutex held.
 */
void kgr_changes_complete(u32 horizon)
{
	struct kgr_change *change, *next;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry_safe(change, next, &kgr_changes, list)
		if (!kgr_universe_before(horizon, change->universe))
			kgr_change_complete(change);
}

/**
 * kgr_in_progress - has any task yet to cross?
 *
 * Context: any; a snapshot without kgr_mutex.
 * Return: whether one has.
 */
bool kgr_in_progress(void)
{
	return !list_empty_careful(&kgr_changes);
}

/**
 * kgr_change_alone - is only one change pending?
 *
 * Context: kgr_mutex held.
 * Return: whether it is.
 */
bool kgr_change_alone(void)
{
	lockdep_assert_held(&kgr_mutex);
	return list_is_singular(&kgr_changes);
}

/**
 * kgr_pending_ms - how long has any change been pending?
 *
 * Context: kgr_mutex held; kgr_in_progress().
 * Return: ms since the oldest change began.
 */
s64 kgr_pending_ms(void)
{
	struct kgr_change *oldest = list_first_entry(&kgr_changes,
						     struct kgr_change, list);

	lockdep_assert_held(&kgr_mutex);
	return ktime_ms_delta(ktime_get(), oldest->start);
}

/**
 * kgr_waited_ms - how long has a task been expected to cross?
 * @universe: where it lives
 *
 * Context: any. A snapshot.
 * Return: ms since the beginning of the oldest change that a task of @universe
 *	   has yet to cross; 0 if there is none.
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
