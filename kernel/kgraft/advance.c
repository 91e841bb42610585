// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * advance.c - what becomes of a patch when every task has crossed its change
 *
 * It is applied; or it is reverted, and its module is released as soon as no
 * task can come back into it.
 */

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <trace/events/kgraft.h>

#include "advance.h"
#include "applied.h"
#include "core.h"
#include "extern.h"
#include "kobj.h"
#include "life.h"
#include "object.h"
#include "release.h"
#include "shadow.h"
#include "universe.h"

/* How long to wait, in ms, before asking again whether a module is unused. */
#define KGR_RELEASE_RETRY_MS	20
#define KGR_RELEASE_MAX_MS	1000

static void kgr_release_fn(struct work_struct *work);

/* Woken when a patch is reverted and its module released. */
DECLARE_WAIT_QUEUE_HEAD(kgr_released_wq);

static DECLARE_DELAYED_WORK(kgr_release_work, kgr_release_fn);

/* The next wait of kgr_release_work. kgr_mutex. */
static unsigned int kgr_release_ms;

static void kgr_arm_release(void)
{
	mod_delayed_work(kgr_wq, &kgr_release_work,
			 msecs_to_jiffies(kgr_release_ms));
}

/**
 * kgr_patch_detach - forget what was resolved of a patch, and let its module go
 * @applied: the patch; no task runs its code, or comes back into it
 * @tell: whether to call post_revert; not if another patch took over
 *
 * One that is pinned stays as it is: whoever is inside of it may use its symbols,
 * and what its callbacks have set up.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_patch_detach(struct kgr_applied *applied, bool tell)
{
	struct kgr_object *obj;

	lockdep_assert_held(&kgr_mutex);

	if (applied->pinned)
		return;
	kgr_for_each_object(applied, obj) {
		if (tell)
			kgr_post_revert(applied, obj);
		obj->prepared = false;
		obj->posted = false;
		kgr_object_detach(applied, obj);
	}
	kgr_externs_reset(applied, NULL);
	if (applied->held)
		module_put(applied->owner);
	applied->held = false;
}

/*
 * Let the module of a patch go if nobody can come back into it; or, if it is
 * pinned and does not go, leave it at that.
 */
static bool kgr_try_release(struct kgr_applied *applied)
{
	if (!applied->pinned &&
	    !kgr_module_unused(applied->owner, applied->patch->name))
		return false;
	applied->leaving = false;
	if (!applied->pinned)
		kgr_shadow_release(applied);
	/* First: who reads "reverted" may unload the module at once. */
	kgr_patch_detach(applied, !applied->replaced);
	kgr_set_status(applied, applied->replaced ? KGR_PATCH_REPLACED :
						    KGR_PATCH_REVERTED);
	if (!applied->pinned)
		trace_kgr_patch_release(applied->patch->name);
	kgr_kobj_event(applied, KOBJ_CHANGE);
	wake_up_all(&kgr_released_wq);
	return true;
}

static void kgr_release_fn(struct work_struct *work)
{
	struct kgr_applied *applied;
	bool again = false;

	mutex_lock(&kgr_mutex);
	kgr_returners_begin();
	list_for_each_entry(applied, &kgr_patches, list)
		if (applied->leaving)
			again |= !kgr_try_release(applied);
	kgr_returners_publish();
	if (again) {
		kgr_release_ms = min(2 * kgr_release_ms, KGR_RELEASE_MAX_MS);
		kgr_arm_release();
	}
	mutex_unlock(&kgr_mutex);
}

static bool kgr_has_crossed(const struct kgr_applied *applied)
{
	return !kgr_universe_before(kgr_horizon, applied->universe);
}

static void kgr_patch_applied(struct kgr_applied *applied)
{
	struct kgr_object *obj;

	kgr_set_status(applied, KGR_PATCH_APPLIED);
	kgr_for_each_object(applied, obj)
		kgr_post_apply(applied, obj);
	kgr_kobj_event(applied, KOBJ_CHANGE);
}

static void kgr_patch_reverted(struct kgr_applied *applied)
{
	kgr_forget_sites(applied);
	applied->leaving = true;
	if (!kgr_try_release(applied)) {
		kgr_returners_publish();
		kgr_release_ms = KGR_RELEASE_RETRY_MS;
		kgr_arm_release();
	}
}

/**
 * kgr_patches_advance - carry on with the patches that every task has crossed
 *
 * What is applied first: it may ask for the state of what it replaces.
 *
 * Context: kgr_mutex held, after kgr_horizon was set. May sleep.
 */
void kgr_patches_advance(void)
{
	struct kgr_applied *applied;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry(applied, &kgr_patches, list)
		if (applied->status == KGR_PATCH_APPLYING &&
		    kgr_has_crossed(applied))
			kgr_patch_applied(applied);
	kgr_lives_prune(kgr_horizon);
	list_for_each_entry(applied, &kgr_patches, list)
		if (applied->status == KGR_PATCH_REVERTING &&
		    !applied->leaving && kgr_has_crossed(applied))
			kgr_patch_reverted(applied);
}
