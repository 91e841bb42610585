// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * patch.c - what can be done with a patch: apply, revert, enable, remove
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/delay.h>
#include <linux/kgraft.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/wait.h>

#include "advance.h"
#include "applied.h"
#include "core.h"
#include "deadline.h"
#include "garbage.h"
#include "kobj.h"
#include "object.h"
#include "patch.h"
#include "replace.h"
#include "resolve.h"
#include "scan.h"
#include "step.h"

/* Bounds of the back-off while an unloading module waits for its revert, in ms. */
#define KGR_DRAIN_MIN_MS	20
#define KGR_DRAIN_MAX_MS	5000

/* An unloading module comes out of its wait this often, to cross, in ms. */
#define KGR_DRAIN_WAIT_MS	1000

/* Carry out what is planned, and set the tasks going. As kgr_step(). */
static int kgr_change(struct kgr_applied *subject, int fault)
{
	int ret = kgr_step(subject, fault);

	if (!ret && !subject->patch->dry_run)
		kgr_scan_start();
	return ret;
}

static int kgr_apply(struct kgr_applied *applied, int fault)
{
	int ret = fault;

	lockdep_assert_held(&kgr_mutex);

	list_add_tail(&applied->list, &kgr_patches);
	kgr_keep_error(&ret, kgr_plan_apply(applied));
	ret = kgr_change(applied, ret);
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
		kgr_keep_error(&ret, -ENOMEM);
		goto out;
	}
	applied->nr = nr;
	applied->patch = patch;
	applied->owner = patch->owner;
	kgr_deadline_init(applied);
	INIT_LIST_HEAD(&applied->list);
	kgr_kobj_init(applied);
	err = kgr_objects_create(applied);
	kgr_keep_error(&ret, err);
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
	kgr_kobj_remove(applied);
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

	return ret ?: kgr_change(applied, 0);
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
		ret = kgr_change(applied, kgr_plan_enable(applied));
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
	       !kgr_patch_is(applied, KGR_FLAG_PINNED);
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

	kgr_kobj_remove(applied);
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
	unsigned int ms = KGR_DRAIN_MIN_MS;

	while (kgr_patch_revert(applied) && kgr_patch_live(applied)) {
		msleep(ms);
		ms = min(2 * ms, KGR_DRAIN_MAX_MS);
	}
	while (!kgr_patch_gone(applied)) {
		kgr_safe_sleep_begin();
		wait_event_timeout(kgr_released_wq, kgr_patch_gone(applied),
				   msecs_to_jiffies(KGR_DRAIN_WAIT_MS));
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
