// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * deadline.c - changes that take longer than they may
 *
 * A pending change does no harm, but somebody may have to know, or may rather
 * be without the patch than with half of it. Only an apply is ever reverted:
 * the way back from a revert would be the patch that somebody wanted to be rid
 * of.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/jiffies.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/workqueue.h>
#include <trace/events/kgraft.h>

#include "blockers.h"
#include "core.h"
#include "deadline.h"
#include "patch.h"

/* How many of those who are in the way are named in the log. */
#define KGR_DEADLINE_NAMES	3

/* A revert for which there was no memory is tried again this much later. */
#define KGR_DEADLINE_RETRY_MS	1000

static void kgr_deadline_fn(struct work_struct *work);

/* Comes at the earliest deadline of a change that is pending. */
static DECLARE_DELAYED_WORK(kgr_deadline_work, kgr_deadline_fn);

static bool kgr_deadline_counts(const struct kgr_applied *applied)
{
	return applied->deadline_ms && !applied->overdue &&
	       kgr_patch_pending(applied);
}

/* In how many ms the deadline of a change is, or since when it has passed. */
static s64 kgr_deadline_in(const struct kgr_applied *applied)
{
	return applied->deadline_ms -
	       ktime_ms_delta(ktime_get(), applied->begun_at);
}

static void kgr_deadline_arm(s64 least)
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

static void kgr_deadline_tell(struct kgr_applied *applied, bool revert)
{
	bool apply = applied->status == KGR_PATCH_APPLYING;
	char *env[3] = {
		apply ? "KGRAFT_OVERDUE=apply" : "KGRAFT_OVERDUE=revert",
		revert ? "KGRAFT_ACTION=revert" : "KGRAFT_ACTION=report",
	};

	trace_kgr_change_overdue(applied->patch->name, !apply,
				 applied->universe, revert);
	kobject_uevent_env(&applied->kobj, KOBJ_CHANGE, env);
	pr_warn("'%s': not %s after %u ms, %s; in the way are\n",
		applied->patch->name, apply ? "applied" : "reverted",
		applied->deadline_ms, revert ? "reverting it" : "going on");
	kgr_blockers_log(applied->universe, KGR_DEADLINE_NAMES);
}

/*
 * Returns -ENOMEM if the revert is to be tried again some time later. Any other
 * error lasts until patches change: kgr_deadline_begins() has it tried again.
 */
static int kgr_deadline_passed(struct kgr_applied *applied)
{
	bool revert = applied->on_deadline == KGR_DEADLINE_REVERT &&
		      applied->status == KGR_PATCH_APPLYING;
	int ret = 0;

	if (!applied->reported)
		kgr_deadline_tell(applied, revert);
	applied->reported = true;
	applied->overdue = true;
	if (revert)
		ret = kgr_patch_revert_locked(applied);
	if (!ret)
		return 0;
	if (!applied->refused)
		pr_err("'%s': cannot be reverted (%d), trying again %s\n",
		       applied->patch->name, ret, ret == -ENOMEM ?
		       "every second" : "when another change begins");
	applied->refused = true;
	if (ret != -ENOMEM)
		return 0;
	applied->overdue = false;
	return ret;
}

static void kgr_deadline_fn(struct work_struct *work)
{
	struct kgr_applied *applied;
	int ret = 0;

	mutex_lock(&kgr_mutex);
	list_for_each_entry(applied, &kgr_patches, list) {
		if (!kgr_deadline_counts(applied) || kgr_deadline_in(applied) > 0)
			continue;
		ret = kgr_deadline_passed(applied) ?: ret;
	}
	kgr_deadline_arm(ret ? KGR_DEADLINE_RETRY_MS : 0);
	mutex_unlock(&kgr_mutex);
}

/**
 * kgr_deadline_init - take over what the author of a patch thought right
 * @applied: the patch, not known to anybody yet
 */
void kgr_deadline_init(struct kgr_applied *applied)
{
	applied->deadline_ms = applied->patch->deadline_ms;
	applied->on_deadline = applied->patch->on_deadline;
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
			applied->begun_at = ktime_get();
			applied->overdue = applied != subject;
			applied->reported = false;
			applied->refused = false;
		} else if (applied->refused) {
			applied->overdue = false;
		}
	}
	kgr_deadline_arm(0);
}

/* The administrator has chosen anew: what was reported may be so again. */
static void kgr_deadline_anew(struct kgr_applied *applied)
{
	lockdep_assert_held(&kgr_mutex);

	applied->overdue = false;
	applied->reported = false;
	applied->refused = false;
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
	WRITE_ONCE(applied->deadline_ms, ms);
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
	if (what != applied->on_deadline)
		kgr_deadline_anew(applied);
	WRITE_ONCE(applied->on_deadline, what);
	kgr_deadline_arm(0);
	mutex_unlock(&kgr_mutex);
}
