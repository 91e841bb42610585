// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deadline.c - how long the change of a patch may take
 *
 * What happens to one that takes longer is in overdue.c.
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
 * kgr_deadline_counts - is anything to be done when the deadline has passed?
 * @applied: the patch
 *
 * Context: kgr_mutex held.
 * Return: whether its change is pending, has a deadline, and was not dealt with.
 */
bool kgr_deadline_counts(const struct kgr_applied *applied)
{
	return applied->deadline.ms && !applied->deadline.done &&
	       kgr_patch_pending(applied);
}

/**
 * kgr_deadline_in - when is the deadline?
 * @applied: a patch whose change is pending
 *
 * Context: kgr_mutex held.
 * Return: in how many ms it is; negative if it has passed.
 */
s64 kgr_deadline_in(const struct kgr_applied *applied)
{
	return applied->deadline.ms -
	       ktime_ms_delta(ktime_get(), applied->deadline.begun_at);
}

/**
 * kgr_deadline_arm - have the next deadline looked at when it comes
 * @least: not earlier than in this many ms
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
	else
		mod_delayed_work(kgr_wq, &kgr_deadline_work,
				 msecs_to_jiffies(clamp_t(s64, next, least,
							  UINT_MAX)));
}

/**
 * kgr_deadline_init - take over what the author of a patch thought right
 * @applied: the patch, not known to anybody yet
 */
void kgr_deadline_init(struct kgr_applied *applied)
{
	applied->deadline.ms = applied->patch->deadline_ms;
	applied->deadline.action = applied->patch->on_deadline;
}

/**
 * kgr_deadline_begins - a change begins
 * @subject: the patch that it is about, on kgr_patches and pending
 *
 * Its deadline counts, not those of patches that come or go with it: one that
 * comes back because its successor was reverted half way is not to be reverted
 * for being late. One that is late, and the revert of which was refused, may have
 * lost what was in its way.
 *
 * Context: kgr_mutex held.
 */
void kgr_deadline_begins(struct kgr_applied *subject)
{
	struct kgr_applied *applied;

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

/* The administrator has chosen anew: what was reported may be so again. */
static void kgr_deadline_anew(struct kgr_applied *applied)
{
	lockdep_assert_held(&kgr_mutex);

	applied->deadline.done = false;
	applied->deadline.reported = false;
	applied->deadline.refused = false;
}

/**
 * kgr_deadline_set - let the changes of a patch take so long
 * @applied: the patch
 * @ms: how long; 0: for ever
 *
 * Also the one that is under way, which may be late at once.
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
 * kgr_on_deadline_set - say what becomes of a change of a patch that is late
 * @applied: the patch
 * @what: what
 *
 * Also of the one that is under way, and late already.
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
 * kgr_deadline_start - say what is done when a deadline has passed
 * @work: called by kgr_wq
 */
void __init kgr_deadline_start(work_func_t work)
{
	INIT_DELAYED_WORK(&kgr_deadline_work, work);
}
