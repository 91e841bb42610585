// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deadline.c - deadlines for the changes of patches
 *
 * overdue.c acts on changes that are late.
 */

#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/workqueue.h>

#include "applied.h"
#include "core.h"
#include "deadline.h"

/* Queued for the earliest deadline of a pending change. See overdue.c. */
static struct delayed_work kgr_deadline_work;

/**
 * kgr_deadline_counts - is there anything to do when the deadline passes?
 * @applied: the patch
 *
 * Context: kgr_mutex held.
 * Return: whether its change is pending, has a deadline, and needs action.
 */
bool kgr_deadline_counts(const struct kgr_applied *applied)
{
	lockdep_assert_held(&kgr_mutex);

	return applied->deadline.ms && !applied->deadline.done &&
	       kgr_patch_pending(applied);
}

/**
 * kgr_deadline_in - when is the deadline?
 * @applied: a patch whose change is pending
 *
 * Context: kgr_mutex held.
 * Return: ms until the deadline; negative if it has passed.
 */
s64 kgr_deadline_in(const struct kgr_applied *applied)
{
	lockdep_assert_held(&kgr_mutex);

	return applied->deadline.ms -
	       ktime_ms_delta(ktime_get(), applied->deadline.begun_at);
}

/**
 * kgr_deadline_arm - set the timer for the next deadline
 * @least: minimum delay in ms
 *
 * Context: kgr_mutex held.
 */
void kgr_deadline_arm(s64 least)
{
	struct kgr_applied *applied;
	s64 next = S64_MAX;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry(applied, &kgr_patches, list)
		if (kgr_deadline_counts(applied))
			next = min(next, kgr_deadline_in(applied));
	if (next == S64_MAX)
		cancel_delayed_work(&kgr_deadline_work);
	else	/* Beyond INT_MAX, msecs_to_jiffies() means for ever. */
		mod_delayed_work(kgr_wq, &kgr_deadline_work,
				 msecs_to_jiffies(clamp_t(s64, next, least,
							  INT_MAX)));
}

/**
 * kgr_deadline_init - initialise the deadline of a patch from its description
 * @applied: the patch, not yet on kgr_patches
 */
void kgr_deadline_init(struct kgr_applied *applied)
{
	applied->deadline.ms = applied->patch->deadline_ms;
	applied->deadline.action = applied->patch->on_deadline;
}

/**
 * kgr_deadline_begins - start the deadline of a change
 * @subject: the patch that the change was requested for, on kgr_patches and
 *	     pending
 *
 * Only the deadline of @subject counts, not those of patches that begin or end
 * with it: a patch that comes back because its successor was reverted half way
 * must not be reverted for being late. A late patch whose revert was refused is
 * tried again, as the new change may have removed the obstacle.
 *
 * Context: kgr_mutex held.
 */
void kgr_deadline_begins(struct kgr_applied *subject)
{
	struct kgr_applied *applied;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry(applied, &kgr_patches, list) {
		if (applied->universe == subject->universe) {
			applied->deadline.begun_at = ktime_get();
			applied->deadline.done = applied != subject;
			applied->deadline.reported = false;
			applied->deadline.refused = false;
		} else if (applied->deadline.refused) {
			applied->deadline.done = false;
		}
	}
	kgr_deadline_arm(0);
}

/*
 * The administrator has changed the deadline: the change may be reported again.
 */
static void kgr_deadline_anew(struct kgr_applied *applied)
{
	lockdep_assert_held(&kgr_mutex);

	applied->deadline.done = false;
	applied->deadline.reported = false;
	applied->deadline.refused = false;
}

/**
 * kgr_deadline_set - set the time limit for the changes of a patch
 * @applied: the patch
 * @ms: the limit in ms; 0: none
 *
 * Also applies to a pending change, which may then be late at once.
 *
 * Context: process context, may sleep.
 */
void kgr_deadline_set(struct kgr_applied *applied, unsigned int ms)
{
	mutex_lock(&kgr_mutex);
	WRITE_ONCE(applied->deadline.ms, ms);
	kgr_deadline_anew(applied);
	kgr_deadline_arm(0);
	mutex_unlock(&kgr_mutex);
}

/**
 * kgr_on_deadline_set - set what to do with a late change of a patch
 * @applied: the patch
 * @what: the action
 *
 * Also applies to a pending change that is already late.
 *
 * Context: process context, may sleep.
 */
void kgr_on_deadline_set(struct kgr_applied *applied, enum kgr_on_deadline what)
{
	mutex_lock(&kgr_mutex);
	if (what != applied->deadline.action)
		kgr_deadline_anew(applied);
	WRITE_ONCE(applied->deadline.action, what);
	kgr_deadline_arm(0);
	mutex_unlock(&kgr_mutex);
}

/**
 * kgr_deadline_start - register the work function that handles passed deadlines
 * @work: run by kgr_wq
 */
void __init kgr_deadline_start(work_func_t work)
{
	INIT_DELAYED_WORK(&kgr_deadline_work, work);
}
