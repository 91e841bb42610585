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
#include "garbage.h"
#include "patch.h"
#include "release.h"
#include "resolve.h"
#include "stage.h"
#include "sysfs.h"
#include "transition.h"

/* How long to wait, in ms, before asking again whether a module is unused. */
#define KGR_RELEASE_RETRY_MS	20
#define KGR_RELEASE_MAX_MS	1000

static void kgr_release_fn(struct work_struct *work);

/* All patches from apply to remove. kgr_mutex. */
static LIST_HEAD(kgr_patches);

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

static void kgr_set_status(struct kgr_applied *applied, enum kgr_status status)
{
	lockdep_assert_held(&kgr_mutex);
	WRITE_ONCE(applied->status, status);
}

/**
 * kgr_patch_func_state - where the functions of a patch are
 * @applied: the patch
 *
 * Return: the number for its state file; all its functions go together.
 */
enum kgr_func_state kgr_patch_func_state(const struct kgr_applied *applied)
{
	switch (READ_ONCE(applied->status)) {
	case KGR_PATCH_INIT:
		break;
	case KGR_PATCH_APPLYING:
		return KGR_FUNC_SLOW;
	case KGR_PATCH_APPLIED:
		return KGR_FUNC_APPLIED;
	case KGR_PATCH_REVERTING:
		return KGR_FUNC_REVERT_SLOW;
	case KGR_PATCH_REVERTED:
		return KGR_FUNC_REVERTED;
	}
	return KGR_FUNC_INIT;
}

/**
 * kgr_patch_change_begins - a change of a patch is about to open a universe
 * @change: the change
 *
 * Context: kgr_mutex held.
 */
void kgr_patch_change_begins(struct kgr_change *change)
{
	struct kgr_applied *applied = change->patch;

	kgr_set_status(applied, change->revert ? KGR_PATCH_REVERTING :
						 KGR_PATCH_APPLYING);
	WRITE_ONCE(applied->universe, change->universe);
	trace_change_begin(applied->patch->name, change->revert,
			   change->universe);
	pr_info("'%s': %s, universe %u\n", applied->patch->name,
		change->revert ? "reverting" : "applying", change->universe);
}

/* Let the module of a patch go if nobody can come back into it. */
static bool kgr_try_release(struct kgr_applied *applied)
{
	if (!kgr_module_unused(applied->owner))
		return false;
	kgr_set_status(applied, KGR_PATCH_REVERTED);
	applied->leaving = false;
	trace_patch_release(applied->patch->name);
	kgr_sysfs_event(applied, KOBJ_CHANGE);
	module_put(applied->owner);
	wake_up_all(&kgr_released_wq);
	return true;
}

static void kgr_release_fn(struct work_struct *work)
{
	struct kgr_applied *applied;
	bool again = false;

	mutex_lock(&kgr_mutex);
	list_for_each_entry(applied, &kgr_patches, list)
		if (applied->leaving)
			again |= !kgr_try_release(applied);
	if (again) {
		kgr_release_ms = min(2 * kgr_release_ms, KGR_RELEASE_MAX_MS);
		kgr_arm_release();
	}
	mutex_unlock(&kgr_mutex);
}

/**
 * kgr_patch_complete - every task has crossed a change of a patch
 * @change: the change
 *
 * Context: kgr_mutex held.
 */
void kgr_patch_complete(struct kgr_change *change)
{
	struct kgr_applied *applied = change->patch;
	s64 usecs = ktime_us_delta(ktime_get(), change->start);

	trace_change_complete(applied->patch->name, change->revert,
			      change->universe, usecs);
	pr_info("'%s': %s after %lld ms\n", applied->patch->name,
		change->revert ? "reverted" : "applied",
		div_s64(usecs, USEC_PER_MSEC));

	if (!change->revert) {
		/* Unless its revert is on the way already */
		if (applied->status == KGR_PATCH_APPLYING)
			kgr_set_status(applied, KGR_PATCH_APPLIED);
		kgr_sysfs_event(applied, KOBJ_CHANGE);
		return;
	}
	applied->leaving = true;
	if (!kgr_try_release(applied)) {
		kgr_release_ms = KGR_RELEASE_RETRY_MS;
		kgr_arm_release();
	}
}

static int kgr_apply(struct kgr_applied *applied)
{
	struct kgr_stage stage;
	int ret;

	lockdep_assert_held(&kgr_mutex);

	ret = kgr_resolve(applied);
	if (ret)
		return ret;
	if (!try_module_get(applied->owner)) {
		pr_err("'%s': module %s is being unloaded\n",
		       applied->patch->name, applied->owner->name);
		return -ENODEV;
	}
	ret = kgr_stage_apply(&stage, applied);
	if (ret)
		goto put;
	ret = kgr_stage_publish(&stage, applied);
	if (ret)
		goto put;
	ret = kgr_sysfs_add(applied);
	if (ret)
		goto withdraw;

	/* Nothing fails from here on. */
	applied->patch->applied = applied;
	list_add_tail(&applied->list, &kgr_patches);
	kgr_change_begin(kgr_stage_done(&stage, applied));
	return 0;

withdraw:
	kgr_stage_withdraw(&stage, applied);
put:
	module_put(applied->owner);
	return ret;
}

/**
 * kgr_patch_kernel - apply a patch
 * @patch: what to replace
 *
 * Checks everything, redirects every function and opens a new universe. The
 * tasks cross into it by and by, after this has returned. When the last one
 * has, the patch's status file says "applied" and in_progress goes back to 0.
 *
 * To be called from the init of the patch module, as its last step: the
 * module must not go away afterwards, and cannot be unloaded before the patch
 * has been reverted.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if @patch is malformed or a function cannot be traced;
 *	   -ENOENT if a function does not exist, or its name is ambiguous;
 *	   -EEXIST if the name of the patch is taken; -EBUSY if a function is
 *	   redirected by somebody else or ftrace is switched off; -EOPNOTSUPP
 *	   for functions of modules; -ENODEV if kGraft is not initialised, the
 *	   module is being unloaded, or ftrace has shut itself down after a
 *	   fault; -ENOMEM. The log says what is wrong, and the kernel is as before.
 */
int kgr_patch_kernel(struct kgr_patch *patch)
{
	struct kgr_applied *applied;
	unsigned int nr;
	int ret;

	if (!kgr_kobj)
		return -ENODEV;
	if (!patch)
		return -EINVAL;

	mutex_lock(&kgr_mutex);
	ret = kgr_check_patch(patch, &nr);
	if (ret)
		goto out;

	applied = kgr_alloc(struct_size(applied, funcs, nr));
	if (!applied) {
		ret = -ENOMEM;
		goto out;
	}
	applied->nr = nr;
	applied->patch = patch;
	applied->owner = patch->owner;
	kgr_sysfs_init(applied);
	ret = kgr_apply(applied);
	mutex_unlock(&kgr_mutex);

	if (ret) {
		pr_err("'%s': not applied (%d), nothing was changed\n",
		       patch->name, ret);
		/* Waits for readers, who may want kgr_mutex. */
		kgr_sysfs_remove(applied);
	} else {
		kgr_sysfs_event(applied, KOBJ_ADD);
	}
	return ret;
out:
	mutex_unlock(&kgr_mutex);
	return ret;
}
EXPORT_SYMBOL_GPL(kgr_patch_kernel);

static int kgr_revert(struct kgr_applied *applied)
{
	struct kgr_stage stage;
	int ret;

	lockdep_assert_held(&kgr_mutex);

	if (applied->status != KGR_PATCH_APPLYING &&
	    applied->status != KGR_PATCH_APPLIED)
		return -EINVAL;

	ret = kgr_stage_revert(&stage, applied);
	if (ret)
		return ret;
	/* Adds no site, so there is nothing that ftrace could refuse. */
	ret = kgr_stage_publish(&stage, applied);
	if (ret)
		return ret;
	kgr_change_begin(kgr_stage_done(&stage, applied));
	return 0;
}

/**
 * kgr_patch_revert - take a patch back, whether complete or half way
 * @applied: the patch
 *
 * One more universe, in which its versions are not alive.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it isn't applied; -ENOMEM, and it still is.
 */
int kgr_patch_revert(struct kgr_applied *applied)
{
	int ret;

	mutex_lock(&kgr_mutex);
	ret = kgr_revert(applied);
	mutex_unlock(&kgr_mutex);
	return ret;
}

static bool kgr_patch_gone(struct kgr_applied *applied)
{
	return READ_ONCE(applied->status) == KGR_PATCH_REVERTED;
}

/**
 * kgr_patch_remove - forget a patch
 * @patch: a patch that was applied and reverted
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
	struct kgr_applied *applied = patch->applied;

	if (!applied || !kgr_patch_gone(applied))
		return;

	mutex_lock(&kgr_mutex);
	list_del(&applied->list);
	patch->applied = NULL;
	mutex_unlock(&kgr_mutex);

	kgr_sysfs_remove(applied);
	/* A preempted handler may be about to jump into the module. */
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
 * nothing of the module any more.
 */
static void kgr_patch_drain(struct kgr_applied *applied)
{
	while (kgr_patch_revert(applied) == -ENOMEM)
		msleep(KGR_RELEASE_RETRY_MS);
	kgr_safe_sleep_begin();
	wait_event(kgr_released_wq, kgr_patch_gone(applied));
	kgr_safe_sleep_end();
}

/**
 * kgr_module_going - the text of a module is about to be freed
 * @mod: the module, past its exit or failed in its init
 *
 * A patch of it that is still known was not removed, or not even reverted: do
 * it now, before the text goes. Waits for every task to cross, for ever if one
 * does not: memory that somebody may run is not freed.
 *
 * Context: process context, may sleep.
 */
void kgr_module_going(struct module *mod)
{
	struct kgr_applied *applied;

	while ((applied = kgr_patch_of(mod))) {
		pr_warn("'%s': module %s goes without reverting and removing its patch; doing that, and waiting for every task\n",
			applied->patch->name, mod->name);
		kgr_patch_drain(applied);
		kgr_patch_remove(applied->patch);
	}
}
