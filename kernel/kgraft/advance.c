// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * advance.c - completing the changes of patches that every task has crossed
 *
 * The patch is then applied; or it is reverted, and its module is released as
 * soon as no task can return into it.
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

/* Bounds of the back-off between checks whether a module is unused, in ms. */
#define KGR_RELEASE_RETRY_MS	20
#define KGR_RELEASE_MAX_MS	1000

static void kgr_release_fn(struct work_struct *work);

/* See advance.h. */
DECLARE_WAIT_QUEUE_HEAD(kgr_released_wq);

static DECLARE_DELAYED_WORK(kgr_release_work, kgr_release_fn);

/* The next delay of kgr_release_work, in ms. kgr_mutex. */
static unsigned int kgr_release_ms;

static void kgr_arm_release(void)
{
	mod_delayed_work(kgr_wq, &kgr_release_work,
			 msecs_to_jiffies(kgr_release_ms));
}

/**
 * kgr_patch_post_revert - call post_revert for all objects of a patch
 * @applied: the patch
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_patch_post_revert(struct kgr_applied *applied)
{
	struct kgr_object *obj;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_object(applied, obj)
		kgr_post_revert(applied, obj);
}

/**
 * kgr_patch_detach - detach the objects of a patch and release its module
 * @applied: the patch; no task runs its code or can return into it
 *
 * If kgr_patch_post_revert() was not called before, because another patch has
 * taken over, no further callbacks are called.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_patch_detach(struct kgr_applied *applied)
{
	struct kgr_object *obj;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_object(applied, obj) {
		obj->prepared = false;
		obj->posted = false;
		kgr_object_detach(applied, obj);
	}
	kgr_externs_reset(applied, NULL);
	if (kgr_patch_is(applied, KGR_FLAG_HELD))
		module_put(applied->owner);
	kgr_patch_clear(applied, KGR_FLAG_HELD);
}

/* Release the module of a patch. */
static void kgr_release(struct kgr_applied *applied)
{
	kgr_shadow_release(applied);
	if (kgr_patch_is(applied, KGR_FLAG_REPLACED))
		kgr_externs_keep(applied, true);
	else
		kgr_patch_post_revert(applied);
	kgr_patch_detach(applied);
}

/*
 * Returns whether the revert is complete: either no task can return into the
 * patch, and its module was released; or the patch is pinned. A pinned patch
 * stays attached: a task inside it may use its symbols and what its callbacks
 * have set up.
 */
static bool kgr_try_release(struct kgr_applied *applied)
{
	bool pinned = kgr_patch_is(applied, KGR_FLAG_PINNED);

	if (!pinned && !kgr_module_unused(applied->owner, applied->patch->name))
		return false;
	/*
	 * Before the status: user space may unload the module once it reads
	 * "reverted".
	 */
	if (!pinned)
		kgr_release(applied);
	kgr_set_status(applied, kgr_patch_is(applied, KGR_FLAG_REPLACED) ?
		       KGR_PATCH_REPLACED : KGR_PATCH_REVERTED);
	if (!pinned)
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
		if (applied->status == KGR_PATCH_LEAVING)
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
	kgr_set_status(applied, KGR_PATCH_LEAVING);
	if (!kgr_try_release(applied)) {
		kgr_returners_publish();
		kgr_release_ms = KGR_RELEASE_RETRY_MS;
		kgr_arm_release();
	}
}

/**
 * kgr_patches_advance - complete the changes that every task has crossed
 *
 * Applied patches first: they may ask for the states of patches that they
 * replace.
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
		    kgr_has_crossed(applied))
			kgr_patch_reverted(applied);
}
