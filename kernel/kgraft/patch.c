// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * patch.c - the life of a patch: applied, reverted, removed
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/delay.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <trace/events/kgraft.h>

#include "core.h"
#include "deadline.h"
#include "extern.h"
#include "garbage.h"
#include "life.h"
#include "object.h"
#include "patch.h"
#include "release.h"
#include "replace.h"
#include "resolve.h"
#include "shadow.h"
#include "step.h"
#include "sysfs.h"
#include "universe.h"

/* How long to wait, in ms, before asking again whether a module is unused. */
#define KGR_RELEASE_RETRY_MS	20
#define KGR_RELEASE_MAX_MS	1000

/* Where a module that goes waits for somebody, up to this, in ms. */
#define KGR_DRAIN_MAX_MS	5000

static void kgr_release_fn(struct work_struct *work);

LIST_HEAD(kgr_patches);

/* Woken when a patch is reverted and its module released. */
static DECLARE_WAIT_QUEUE_HEAD(kgr_released_wq);

static DECLARE_DELAYED_WORK(kgr_release_work, kgr_release_fn);

/* The next wait of kgr_release_work. kgr_mutex. */
static unsigned int kgr_release_ms;

static void kgr_arm_release(void)
{
	mod_delayed_work(kgr_wq, &kgr_release_work,
			 msecs_to_jiffies(kgr_release_ms));
}

/**
 * kgr_set_status - write down where a patch is
 * @applied: the patch
 * @status: where
 *
 * Context: kgr_mutex held. Pairs with READ_ONCE() in who shows it.
 */
void kgr_set_status(struct kgr_applied *applied, enum kgr_status status)
{
	lockdep_assert_held(&kgr_mutex);
	WRITE_ONCE(applied->status, status);
}

/**
 * kgr_set_forced - write down whether the last change of a patch was forced
 * @applied: the patch, its status up to date
 * @forced: whether
 *
 * Context: kgr_mutex held. Pairs with READ_ONCE() where it is shown.
 */
void kgr_set_forced(struct kgr_applied *applied, bool forced)
{
	lockdep_assert_held(&kgr_mutex);

	if (applied->forced == forced)
		return;
	WRITE_ONCE(applied->forced, forced);
	kgr_sysfs_event(applied, KOBJ_CHANGE);
}

/**
 * kgr_patch_func_state - where a function of a patch is
 * @applied: the patch
 * @func: one of its functions
 *
 * Return: the number for the state file.
 */
enum kgr_func_state kgr_patch_func_state(const struct kgr_applied *applied,
					 const struct kgr_func *func)
{
	enum kgr_status status = READ_ONCE(applied->status);

	if (status == KGR_PATCH_REVERTED || status == KGR_PATCH_REPLACED)
		return KGR_FUNC_REVERTED;
	if (!READ_ONCE(func->obj->live))
		return READ_ONCE(func->obj->missed) ? KGR_FUNC_UNPATCHED :
						      KGR_FUNC_SKIPPED;
	if (status == KGR_PATCH_APPLYING)
		return KGR_FUNC_SLOW;
	if (status == KGR_PATCH_APPLIED)
		return KGR_FUNC_APPLIED;
	if (status == KGR_PATCH_REVERTING)
		return KGR_FUNC_REVERT_SLOW;
	return KGR_FUNC_INIT;
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
	kgr_sysfs_event(applied, KOBJ_CHANGE);
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

/**
 * kgr_forget_sites - note that a patch has no versions any more
 * @applied: the patch; its sites may be gone, or go any time
 *
 * Context: kgr_mutex held.
 */
void kgr_forget_sites(struct kgr_applied *applied)
{
	struct kgr_func *func;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_func(applied, func)
		func->site = NULL;
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
	kgr_sysfs_event(applied, KOBJ_CHANGE);
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

static int kgr_apply(struct kgr_applied *applied, int fault)
{
	int ret = fault;

	lockdep_assert_held(&kgr_mutex);

	list_add_tail(&applied->list, &kgr_patches);
	kgr_fault(&ret, kgr_plan_apply(applied));
	ret = kgr_step(applied, false, ret);
	if (!ret && !applied->patch->dry_run)
		applied->patch->applied = applied;
	else
		list_del_init(&applied->list);
	return ret;
}

/**
 * kgr_patch_kernel - apply a patch
 * @patch: what to replace
 *
 * Checks everything, redirects every function and opens a new universe, unless
 * it is a dry run, which only checks. The tasks cross into it by and by, after
 * this has returned. When the last one has, the patch's status file says
 * "applied" and in_progress goes back to 0.
 *
 * To be called from the init of the patch module, as its last step: the
 * module must not go away afterwards, and cannot be unloaded before the patch
 * has been reverted.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if @patch is malformed, a function cannot be traced, or a
 *	   state of another patch is not known; -ENOENT if a function or
 *	   symbol does not exist, its name is ambiguous, or a module that is
 *	   needed is not loaded; -ENOEXEC for another build of a module;
 *	   -EEXIST if the name of the patch is taken; -EBUSY if a function is
 *	   redirected by somebody else, held by a patch outside of the set, or
 *	   ftrace is switched off; -ENODEV if kGraft is not initialised, the
 *	   module is being unloaded, or ftrace has shut itself down after a
 *	   fault; -ENOMEM; or what a pre_apply callback returned. The log says
 *	   what is wrong, and the kernel is as before.
 */
int kgr_patch_kernel(struct kgr_patch *patch)
{
	struct kgr_applied *applied;
	unsigned int nr;
	int ret, err;

	if (!kgr_kobj)
		return -ENODEV;
	if (!patch)
		return -EINVAL;

	mutex_lock(&kgr_mutex);
	ret = kgr_check_patch(patch, &nr);
	if (!patch->owner || !nr)
		goto out;

	applied = kgr_alloc(struct_size(applied, funcs, nr));
	if (!applied) {
		kgr_fault(&ret, -ENOMEM);
		goto out;
	}
	applied->nr = nr;
	applied->patch = patch;
	applied->owner = patch->owner;
	kgr_deadline_init(applied);
	INIT_LIST_HEAD(&applied->list);
	kgr_sysfs_init(applied);
	err = kgr_objects_create(applied);
	kgr_fault(&ret, err);
	/* There is nothing to look at for more faults. */
	if (err != -ENOMEM)
		ret = kgr_apply(applied, ret);
	mutex_unlock(&kgr_mutex);

	if (!ret && !patch->dry_run)
		return 0;
	if (ret)
		pr_err("'%s': not applied (%d), nothing was changed\n",
		       patch->name, ret);
	else
		pr_info("'%s': dry run: it could be applied, nothing was changed\n",
			patch->name);
	/* Waits for readers, who may want kgr_mutex. */
	kgr_sysfs_remove(applied);
	return ret;
out:
	mutex_unlock(&kgr_mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(kgr_patch_kernel);

/* It may have been removed while we waited for kgr_mutex. */
static bool kgr_patch_known(const struct kgr_applied *applied)
{
	return !list_empty(&applied->list);
}

/**
 * kgr_patch_revert_locked - see kgr_patch_revert()
 * @applied: the patch
 *
 * Context: kgr_mutex held, may sleep.
 * Return: as kgr_patch_revert().
 */
int kgr_patch_revert_locked(struct kgr_applied *applied)
{
	int ret = kgr_patch_known(applied) ? kgr_plan_revert(applied) : -ENODEV;

	return ret ?: kgr_step(applied, true, 0);
}

/**
 * kgr_patch_revert - take a patch back, whether complete or half way
 * @applied: the patch
 *
 * One more universe, in which its versions are not alive. If it was still
 * replacing other patches, theirs are.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it isn't applied; -ENODEV if it is being removed;
 *	   -EBUSY if a patch that came later has a function of one that would
 *	   come back; -ENOMEM. It still is applied then.
 */
int kgr_patch_revert(struct kgr_applied *applied)
{
	int ret;

	mutex_lock(&kgr_mutex);
	ret = kgr_patch_revert_locked(applied);
	mutex_unlock(&kgr_mutex);
	return ret;
}

/**
 * kgr_patch_enable - apply a patch again
 * @applied: a patch that was reverted or replaced, completely or half way
 *
 * If it was replaced, everything is put back as it was before that, in one
 * step.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is applied; or any error of kgr_patch_kernel().
 */
int kgr_patch_enable(struct kgr_applied *applied)
{
	int ret;

	mutex_lock(&kgr_mutex);
	if (!kgr_patch_known(applied))
		ret = -ENODEV;
	else if (kgr_patch_live(applied))
		ret = -EINVAL;
	else
		ret = kgr_step(applied, false, kgr_plan_enable(applied));
	mutex_unlock(&kgr_mutex);

	if (ret && ret != -EINVAL)
		pr_err("'%s': not applied again (%d), nothing was changed\n",
		       applied->patch->name, ret);
	return ret;
}

static bool kgr_patch_gone(struct kgr_applied *applied)
{
	enum kgr_status status = READ_ONCE(applied->status);

	return (status == KGR_PATCH_REVERTED || status == KGR_PATCH_REPLACED) &&
	       !applied->pinned;
}

/**
 * kgr_patch_remove - forget a patch
 * @patch: a patch that was applied, and reverted or replaced
 *
 * To be called from the exit of the patch module, first of all. When it
 * returns, none of the module's text is in use by kGraft.
 *
 * A module cannot be unloaded before its patch is reverted. Where that is got
 * round, this does nothing, and kgr_module_going() does what is needed.
 *
 * Context: process context, sleeps for some grace periods of RCU tasks.
 */
void kgr_patch_remove(struct kgr_patch *patch)
{
	struct kgr_applied *applied;

	mutex_lock(&kgr_mutex);
	applied = patch->applied;
	if (applied && !kgr_patch_gone(applied))
		applied = NULL;
	if (applied) {
		list_del_init(&applied->list);
		patch->applied = NULL;
	}
	mutex_unlock(&kgr_mutex);
	if (!applied)
		return;

	kgr_sysfs_remove(applied);
	/*
	 * Somebody may be on the way out of the module who was never held by
	 * it: a worker that told the patch it was done, or who woke it.
	 */
	kgr_synchronize();
}
EXPORT_SYMBOL_GPL(kgr_patch_remove);

static struct kgr_applied *kgr_patch_of(struct module *mod)
{
	struct kgr_applied *applied, *found = NULL;

	mutex_lock(&kgr_mutex);
	list_for_each_entry(applied, &kgr_patches, list)
		if (applied->owner == mod)
			found = applied;
	mutex_unlock(&kgr_mutex);
	return found;
}

/*
 * Revert a patch unless somebody has, and wait until it is gone.
 *
 * This task is one of those that have to cross: it would wait for itself if it
 * could not be moved while it waits. Its stack is looked at before, and has
 * nothing of the module any more. Unless the patch is one of the functions in
 * which it waits: so it comes out of them now and then, to cross by itself.
 *
 * There may be no memory, or somebody has to revert a later patch first. The log
 * has it each time, so that is not asked often.
 */
static void kgr_patch_drain(struct kgr_applied *applied)
{
	unsigned int ms = KGR_RELEASE_RETRY_MS;

	while (kgr_patch_revert(applied) && kgr_patch_live(applied)) {
		msleep(ms);
		ms = min(2 * ms, KGR_DRAIN_MAX_MS);
	}
	while (!kgr_patch_gone(applied)) {
		kgr_safe_sleep_begin();
		wait_event_timeout(kgr_released_wq, kgr_patch_gone(applied),
				   msecs_to_jiffies(KGR_RELEASE_MAX_MS));
		kgr_safe_sleep_end();
	}
}

/**
 * kgr_patch_module_going - the text of a patch module is about to be freed
 * @mod: the module, past its exit or failed in its init
 *
 * A patch of it that is still known was not removed, or not even reverted: do
 * it now, before the text goes. Waits for every task to cross, for ever if one
 * does not: memory that somebody may run is not freed.
 *
 * Context: process context, may sleep.
 */
void kgr_patch_module_going(struct module *mod)
{
	struct kgr_applied *applied;

	while ((applied = kgr_patch_of(mod))) {
		pr_warn("'%s': module %s goes without reverting and removing its patch; doing that, and waiting for every task\n",
			applied->patch->name, mod->name);
		kgr_patch_drain(applied);
		kgr_patch_remove(applied->patch);
	}
}
