// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * overdue.c - acting on changes that take longer than their deadline
 *
 * A pending change does no harm, but an administrator may need to know of it,
 * or may prefer to run without the patch. Only an apply is ever reverted:
 * undoing a revert would bring back the patch that is to be removed.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/printk.h>
#include <linux/workqueue.h>
#include <trace/events/kgraft.h>

#include "applied.h"
#include "blockers.h"
#include "core.h"
#include "deadline.h"
#include "overdue.h"
#include "patch.h"

/* Maximum number of blocking tasks named in the log. */
#define KGR_OVERDUE_NAMES	3

/* Delay before a revert that failed for lack of memory is tried again. */
#define KGR_OVERDUE_RETRY_MS	1000

static void kgr_overdue_tell(struct kgr_applied *applied, bool revert)
{
	bool apply = applied->status == KGR_PATCH_APPLYING;
	char *env[3] = {
		apply ? "KGRAFT_OVERDUE=apply" : "KGRAFT_OVERDUE=revert",
		revert ? "KGRAFT_ACTION=revert" : "KGRAFT_ACTION=report",
	};

	trace_kgr_change_overdue(applied->patch->name, !apply,
				 applied->universe, revert);
	kobject_uevent_env(&applied->kobj, KOBJ_CHANGE, env);
	pr_warn("'%s': not %s after %u ms, %s; blocked by:\n",
		applied->patch->name, apply ? "applied" : "reverted",
		applied->deadline.ms, revert ? "reverting it" : "still in progress");
	kgr_blockers_log(applied->universe, KGR_OVERDUE_NAMES);
}

/*
 * Returns -ENOMEM if the caller must try the revert again later. Any other
 * error persists until another change begins: kgr_deadline_begins() then
 * arranges another attempt.
 */
static int kgr_overdue(struct kgr_applied *applied)
{
	bool revert = applied->deadline.action == KGR_DEADLINE_REVERT &&
		      applied->status == KGR_PATCH_APPLYING;
	int ret = 0;

	if (!applied->deadline.reported)
		kgr_overdue_tell(applied, revert);
	applied->deadline.reported = true;
	applied->deadline.done = true;
	if (revert)
		ret = kgr_patch_revert_locked(applied);
	if (!ret)
		return 0;
	if (!applied->deadline.refused)
		pr_err("'%s': cannot be reverted (%d), trying again %s\n",
		       applied->patch->name, ret, ret == -ENOMEM ?
		       "every second" : "when another change begins");
	applied->deadline.refused = true;
	if (ret != -ENOMEM)
		return 0;
	applied->deadline.done = false;
	return ret;
}

static void kgr_overdue_fn(struct work_struct *work)
{
	struct kgr_applied *applied;
	int ret = 0;

	mutex_lock(&kgr_mutex);
	list_for_each_entry(applied, &kgr_patches, list) {
		if (!kgr_deadline_counts(applied) || kgr_deadline_in(applied) > 0)
			continue;
		ret = kgr_overdue(applied) ?: ret;
	}
	kgr_deadline_arm(ret ? KGR_OVERDUE_RETRY_MS : 0);
	mutex_unlock(&kgr_mutex);
}

/**
 * kgr_overdue_init - begin to act on deadlines
 */
void __init kgr_overdue_init(void)
{
	kgr_deadline_start(kgr_overdue_fn);
}
