// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * patch.c - operations on a patch: apply, revert, enable, remove
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/delay.h>
#include <linux/kgraft.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "advance.h"
#include "applied.h"
#include "core.h"
#include "extern.h"
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

/* An unloading module interrupts its wait this often to cross, in ms. */
#define KGR_DRAIN_WAIT_MS	1000

/* Carry out the plan and make the tasks cross. As kgr_step(). */
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
 * kgr_patch_begin - apply a patch that came through some interface
 * @patch: what to replace
 * @front: the interface, %NULL for kgr_patch_kernel()
 *
 * Context: process context, may sleep.
 * Return: as kgr_patch_kernel().
 */
int kgr_patch_begin(struct kgr_patch *patch, const struct kgr_front *front)
{
	struct kgr_applied *applied;
	unsigned int nr;
	int ret, err;

	if (!kgr_kobj)
		return -ENODEV;
	mutex_lock(&kgr_mutex);
	ret = front ? kgr_check_front(patch, &nr) : kgr_check_patch(patch, &nr);
	/* Without functions nothing is known of @patch, not even where it is. */
	if ((!nr && !front) || !patch->owner)
		goto out;

	applied = kgr_alloc(struct_size(applied, funcs, nr));
	if (!applied) {
		kgr_keep_error(&ret, -ENOMEM);
		pr_err("'%s': not applied (%d), nothing was changed\n",
		       patch->name ?: "(null)", ret);
		goto out;
	}
	applied->nr = nr;
	applied->patch = patch;
	applied->owner = patch->owner;
	applied->front = front;
	kgr_deadline_init(applied);
	INIT_LIST_HEAD(&applied->list);
	kgr_kobj_init(applied);
	err = kgr_objects_create(applied);
	kgr_keep_error(&ret, err);
	/* Without memory for the objects, further checks are impossible. */
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
	/* Waits for readers of the files, which may take kgr_mutex. */
	kgr_kobj_remove(applied);
	return ret;
out:
	mutex_unlock(&kgr_mutex);
	return ret;
}

/**
 * kgr_patch_kernel - apply a patch
 * @patch: what to replace
 *
 * Checks everything, redirects every function and opens a new universe; a dry
 * run only checks. Does not wait for tasks to cross. Once the last task has
 * crossed, the patch's status file says "applied" and in_progress goes back to
 * 0.
 *
 * Must be called from the init of the patch module, as its last step: init must
 * not fail after this has succeeded. The module cannot be unloaded until the
 * patch was reverted.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if @patch is malformed, a function cannot be traced, or a
 *	   state of another patch is not known; -ENOENT if a function or symbol
 *	   does not exist, its name is ambiguous, or a module that is needed is
 *	   not loaded; -ENOEXEC for another build of a module; -EEXIST if the
 *	   name of the patch is taken, or its module has another patch; -EBUSY
 *	   if another user redirects a function, a patch outside the set has
 *	   it, or ftrace is switched off;
 *	   -ENODEV if kGraft is not initialised, the module is being unloaded,
 *	   or ftrace has shut itself down after a fault; -ENOMEM; or what a
 *	   pre_apply callback returned. On error, the log says what is wrong,
 *	   and nothing has changed.
 */
int kgr_patch_kernel(struct kgr_patch *patch)
{
	return kgr_patch_begin(patch, NULL);
}
EXPORT_SYMBOL_GPL(kgr_patch_kernel);

/* It may have been removed while the caller waited for kgr_mutex. */
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

	lockdep_assert_held(&kgr_mutex);

	return ret ?: kgr_change(applied, 0);
}

/**
 * kgr_patch_revert - revert a patch, completely or half way applied
 * @applied: the patch
 *
 * Opens a new universe, in which the versions of the patch are not alive. If it
 * was still replacing other patches, their versions are alive again.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is not applied; -ENODEV if it is being removed;
 *	   -EBUSY if a patch that was applied later has a function of a patch
 *	   that would come back; -ENOMEM. On error, nothing has changed.
 */
int kgr_patch_revert(struct kgr_applied *applied)
{
	int ret;

	mutex_lock(&kgr_mutex);
	ret = kgr_patch_revert_locked(applied);
	mutex_unlock(&kgr_mutex);
	return ret;
}

static bool kgr_patch_gone(const struct kgr_applied *applied)
{
	enum kgr_status status = READ_ONCE(applied->status);

	return (status == KGR_PATCH_REVERTED || status == KGR_PATCH_REPLACED) &&
	       !kgr_patch_is(applied, KGR_FLAG_PINNED);
}

/**
 * kgr_patch_is_over - can a patch never be applied again?
 * @applied: the patch
 *
 * A patch that came through another interface is removed there when it is
 * released, and those that were replaced with it may be gone already.
 *
 * Context: kgr_mutex held.
 * Return: whether it is of another interface, and released or replaced.
 */
bool kgr_patch_is_over(const struct kgr_applied *applied)
{
	lockdep_assert_held(&kgr_mutex);

	if (!applied->front)
		return false;
	return kgr_patch_is(applied, KGR_FLAG_REPLACED) ?
	       applied->status != KGR_PATCH_REVERTING : kgr_patch_gone(applied);
}

/**
 * kgr_patch_enable_locked - see kgr_patch_enable()
 * @applied: the patch
 *
 * Context: kgr_mutex held, may sleep.
 * Return: as kgr_patch_enable().
 */
int kgr_patch_enable_locked(struct kgr_applied *applied)
{
	lockdep_assert_held(&kgr_mutex);

	if (!kgr_patch_known(applied) || kgr_patch_is_over(applied))
		return -ENODEV;
	if (kgr_patch_live(applied))
		return -EINVAL;
	return kgr_change(applied, kgr_plan_enable(applied));
}

/**
 * kgr_patch_enable - apply a patch again
 * @applied: a patch that was reverted or replaced, completely or half way
 *
 * If it was replaced, the whole replacement is undone in one change.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is applied; or any error of kgr_patch_kernel().
 */
int kgr_patch_enable(struct kgr_applied *applied)
{
	int ret;

	mutex_lock(&kgr_mutex);
	ret = kgr_patch_enable_locked(applied);
	mutex_unlock(&kgr_mutex);

	if (ret && ret != -EINVAL)
		pr_err("'%s': not applied again (%d), nothing was changed\n",
		       applied->patch->name, ret);
	return ret;
}

/**
 * kgr_patch_drop - remove a patch, if it is reverted or replaced
 * @patch: the patch
 *
 * A task may still be returning from code of the module without holding a
 * reference: for example, a worker that has just told the patch that it is done,
 * or the task that woke it. So kgr_synchronize() must follow.
 *
 * Context: process context, may sleep.
 * Return: whether this call has removed it.
 */
bool kgr_patch_drop(struct kgr_patch *patch)
{
	struct kgr_applied *applied;

	mutex_lock(&kgr_mutex);
	applied = patch->applied;
	if (applied && !kgr_patch_gone(applied))
		applied = NULL;
	if (applied) {
		kgr_externs_drop(applied);
		list_del_init(&applied->list);
		patch->applied = NULL;
	}
	mutex_unlock(&kgr_mutex);
	if (!applied)
		return false;

	kgr_kobj_remove(applied);
	return true;
}

/**
 * kgr_patch_remove - remove a patch
 * @patch: a patch that was applied, and reverted or replaced
 *
 * Must be called from the exit of the patch module, as its first step. When it
 * returns, kGraft no longer uses the text of the module.
 *
 * A module cannot be unloaded before its patch is reverted. If that is
 * bypassed, as by a forced unload, this does nothing, and kgr_module_going()
 * reverts and removes the patch.
 *
 * Context: process context, sleeps for some grace periods of RCU tasks.
 */
void kgr_patch_remove(struct kgr_patch *patch)
{
	if (kgr_patch_drop(patch))
		kgr_synchronize();
}
EXPORT_SYMBOL_GPL(kgr_patch_remove);

/*
 * With a reference to its memory: a patch that came through another interface
 * is removed there as soon as it is reverted.
 */
static struct kgr_applied *kgr_patch_of(struct module *mod)
{
	struct kgr_applied *applied, *found = NULL;

	mutex_lock(&kgr_mutex);
	list_for_each_entry(applied, &kgr_patches, list) {
		if (applied->owner != mod)
			continue;
		found = applied;
		kobject_get(&found->kobj);
		break;
	}
	mutex_unlock(&kgr_mutex);
	return found;
}

/*
 * Revert a patch unless it is reverted already, and wait until no task uses it.
 *
 * This task must cross, too: it would wait for itself if it could not be moved
 * while it waits. Its stack is checked before it is moved, and has no code of
 * the module left, unless the patch replaces one of the functions in which the
 * task waits. Therefore the wait has a timeout, so that the task can cross by
 * itself.
 *
 * The revert may fail for lack of memory, or because a later patch must be
 * reverted first. Each failure is logged, hence the back-off.
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
 * A patch of @mod that is still known was not removed, or not even reverted: do
 * that now, before the text is freed. Waits until every task has crossed, for
 * ever if one does not: code that a task may run must not be freed.
 *
 * Context: process context, may sleep.
 */
void kgr_patch_module_going(struct module *mod)
{
	struct kgr_applied *applied;

	/*
	 * Looked for again: who has released a patch of another interface holds
	 * kgr_mutex until the work that removes it is queued, so that it is
	 * waited for.
	 */
	while ((applied = kgr_patch_of(mod))) {
		pr_warn("'%s': module %s is being unloaded without removing its patch; reverting and removing it, which waits for every task to cross\n",
			kobject_name(&applied->kobj), mod->name);
		kgr_patch_drain(applied);
		if (applied->front)
			flush_workqueue(kgr_wq);
		else
			kgr_patch_remove(applied->patch);
		kobject_put(&applied->kobj);
	}
	/* The directories of a livepatch are in its module until that work ends. */
	if (is_livepatch_module(mod))
		flush_workqueue(kgr_wq);
}
