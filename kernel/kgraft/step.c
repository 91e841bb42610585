// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * step.c - carrying out a change: patches begin and end, and a universe opens
 *
 * kgr_applied.plan says what happens to each patch. The steps are, in this
 * order, and undone in the opposite order if one fails:
 *
 *	attach		find modules, functions and symbols; hold the module
 *	pre_apply	call the callbacks, which may refuse
 *	stage		allocate everything
 *	directory	create that of a new patch
 *	publish		versions, table, ftrace: visible; no task lives there
 *
 * After that nothing can fail. Functions are hooked last, because unhooking
 * them may fail for lack of memory.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/module.h>
#include <linux/panic.h>
#include <linux/slab.h>

#include "advance.h"
#include "applied.h"
#include "core.h"
#include "deadline.h"
#include "extern.h"
#include "kobj.h"
#include "life.h"
#include "lookup.h"
#include "object.h"
#include "replace.h"
#include "resolve.h"
#include "stage.h"
#include "step.h"
#include "transition.h"
#include "universe.h"

/* Reset the plan of all patches. */
static void kgr_plan_clear(void)
{
	struct kgr_applied *applied;
	struct kgr_object *obj;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry(applied, &kgr_patches, list) {
		applied->plan = KGR_PLAN_KEEP;
		kgr_for_each_object(applied, obj)
			obj->fresh = false;
	}
}

static bool kgr_plan_ends(const struct kgr_applied *applied)
{
	return applied->plan == KGR_PLAN_END ||
	       applied->plan == KGR_PLAN_REPLACE;
}

static int kgr_attach(struct kgr_applied *applied)
{
	struct kgr_object *obj;
	struct module *mod;
	int ret;

	ret = kgr_patch_is(applied, KGR_FLAG_HELD) ?
	      0 : kgr_externs_resolve(applied, NULL);
	kgr_for_each_object(applied, obj) {
		if (obj->live)
			continue;
		mod = obj->name ? kgr_find_module(obj->name) : NULL;
		if (obj->name && !mod)
			continue;
		obj->fresh = true;
		kgr_keep_error(&ret, kgr_object_attach(applied, obj, mod));
	}
	if (!ret)
		kgr_note_mains(applied);
	return ret;
}

static int kgr_step_attach(void)
{
	struct kgr_applied *applied;
	int ret = 0;

	/*
	 * A patch that is held is still attached, except to modules that were
	 * loaded after its last life or that were loaded unpatched.
	 */
	list_for_each_entry(applied, &kgr_patches, list)
		if (applied->plan == KGR_PLAN_BEGIN)
			kgr_keep_error(&ret, kgr_attach(applied));
	return ret;
}

/*
 * Hold the module of a patch that begins. An existing reference does not keep a
 * module whose init has failed, or that is unloaded by force:
 * kgr_patch_module_going() waits for the end of its patch, and would wait for
 * ever if the patch began again.
 *
 * The module loader sets the state without kgr_mutex, but before it calls
 * kgr_patch_module_going(), which reverts the patch with kgr_mutex held: either
 * it reverts a change that was made before, or the state is seen here.
 * delete_module() without force sets the state only if there is no reference,
 * and then try_module_get() fails.
 */
static bool kgr_hold(struct kgr_applied *applied)
{
	lockdep_assert_held(&kgr_mutex);

	if (kgr_patch_is(applied, KGR_FLAG_HELD))
		return READ_ONCE(applied->owner->state) != MODULE_STATE_GOING;
	kgr_patch_assign(applied, KGR_FLAG_HELD, try_module_get(applied->owner));
	return kgr_patch_is(applied, KGR_FLAG_HELD);
}

static int kgr_step_hold(void)
{
	struct kgr_applied *applied;

	list_for_each_entry(applied, &kgr_patches, list) {
		if (applied->plan != KGR_PLAN_BEGIN || kgr_hold(applied))
			continue;
		pr_err("'%s': module %s is being unloaded\n",
		       applied->patch->name, applied->owner->name);
		return -ENODEV;
	}
	return 0;
}

static int kgr_step_pre_apply(void)
{
	struct kgr_applied *applied;
	struct kgr_object *obj;
	int ret;

	list_for_each_entry(applied, &kgr_patches, list) {
		if (applied->plan != KGR_PLAN_BEGIN)
			continue;
		kgr_externs_set(applied, NULL);
		kgr_for_each_object(applied, obj) {
			kgr_externs_set(applied, obj);
			ret = kgr_pre_apply(applied, obj);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static int kgr_stage_begin(struct kgr_stage *stage, struct kgr_applied *applied,
			   u32 universe)
{
	struct kgr_life *life = kgr_alloc(sizeof(*life));
	struct kgr_func *func;
	int ret;

	if (!life)
		return -ENOMEM;
	life->applied = applied;
	life->from = universe;
	applied->staged_life = life;
	kgr_for_each_func(applied, func) {
		if (!func->obj->live)
			continue;
		ret = kgr_stage_add(stage, func, life);
		if (ret)
			return ret;
	}
	return 0;
}

static int kgr_stage_finish(struct kgr_stage *stage, struct kgr_applied *applied,
			    u32 universe)
{
	struct kgr_func *func;
	int ret;

	kgr_for_each_func(applied, func) {
		if (!func->site)
			continue;
		ret = kgr_stage_end(stage, func, universe);
		if (ret)
			return ret;
	}
	return 0;
}

static int kgr_step_stage(struct kgr_stage *stage)
{
	struct kgr_applied *applied;
	int ret;

	list_for_each_entry(applied, &kgr_patches, list) {
		if (applied->plan != KGR_PLAN_BEGIN)
			continue;
		ret = kgr_stage_begin(stage, applied, kgr_newest + 1);
		if (ret)
			return ret;
	}
	list_for_each_entry(applied, &kgr_patches, list) {
		if (!kgr_plan_ends(applied))
			continue;
		ret = kgr_stage_finish(stage, applied, kgr_newest + 1);
		if (ret)
			return ret;
	}
	return kgr_stage_close(stage);
}

static void kgr_undo_begin(struct kgr_applied *applied)
{
	struct kgr_object *obj;

	kgr_for_each_object(applied, obj) {
		if (!obj->fresh)
			continue;
		kgr_post_revert(applied, obj);
		kgr_object_detach(applied, obj);
	}
	if (kgr_life_any(applied))
		return;
	/* The patch was reverted or is new: nothing of it is in use. */
	kgr_forget_sites(applied);
	if (applied->status == KGR_PATCH_LEAVING ||
	    kgr_patch_is(applied, KGR_FLAG_PINNED))
		return;
	kgr_patch_post_revert(applied);
	kgr_patch_detach(applied);
}

/* Undo all steps except the stage, which the caller has freed. */
static void kgr_step_undo(void)
{
	struct kgr_applied *applied;

	list_for_each_entry(applied, &kgr_patches, list) {
		kfree(applied->staged_life);
		applied->staged_life = NULL;
		if (applied->plan == KGR_PLAN_BEGIN)
			kgr_undo_begin(applied);
	}
}

/* A single strict patch makes the whole change strict. */
static bool kgr_step_strict(void)
{
	struct kgr_applied *applied;

	list_for_each_entry(applied, &kgr_patches, list)
		if (applied->plan != KGR_PLAN_KEEP &&
		    kgr_patch_consistency(applied) == KGR_CONSISTENCY_ENTRY)
			return true;
	return false;
}

static void kgr_begin_life(struct kgr_applied *applied, u32 universe)
{
	applied->life = applied->staged_life;
	applied->staged_life = NULL;
	list_add_tail(&applied->life->list, &kgr_lives);

	applied->begun = universe;
	kgr_externs_keep(applied, false);
	kgr_patch_clear(applied, KGR_FLAG_REPLACED);
	WRITE_ONCE(applied->universe, universe);
	kgr_set_status(applied, KGR_PATCH_APPLYING);
	kgr_set_forced(applied, kgr_patch_is(applied, KGR_FLAG_PINNED));
}

static void kgr_end_life(struct kgr_applied *applied, u32 universe)
{
	struct kgr_object *obj;

	applied->life->until = universe;
	applied->life->ended = true;
	applied->life = NULL;

	kgr_patch_assign(applied, KGR_FLAG_REPLACED,
			 applied->plan == KGR_PLAN_REPLACE);
	applied->replaced_in = universe;
	WRITE_ONCE(applied->universe, universe);
	kgr_set_status(applied, KGR_PATCH_REVERTING);
	kgr_set_forced(applied, kgr_patch_is(applied, KGR_FLAG_PINNED));
	if (kgr_patch_is(applied, KGR_FLAG_REPLACED)) {
		pr_info("'%s': being replaced\n", applied->patch->name);
		return;
	}
	kgr_for_each_object(applied, obj)
		kgr_pre_revert(applied, obj);
}

static void kgr_step_commit(struct kgr_applied *subject, u32 universe)
{
	struct kgr_applied *applied, *next;
	LIST_HEAD(begin);

	list_for_each_entry_safe(applied, next, &kgr_patches, list) {
		if (applied->plan == KGR_PLAN_BEGIN) {
			list_move_tail(&applied->list, &begin);
			kgr_begin_life(applied, universe);
		} else if (kgr_plan_ends(applied)) {
			kgr_end_life(applied, universe);
		}
	}
	/* They are now the newest, in the order that they had. */
	list_splice_tail(&begin, &kgr_patches);
	kgr_deadline_begins(subject);
}

/* Show in the next oops that kernel code was replaced. */
static void kgr_taint(struct module *owner)
{
	set_bit(TAINT_LIVEPATCH, &owner->taints);
	add_taint(TAINT_LIVEPATCH, LOCKDEP_STILL_OK);
}

/**
 * kgr_step - carry out the plan
 * @subject: the patch that the change was requested for; it is on kgr_patches
 * @fault: an earlier error, or 0: on error only look for further faults, and
 *	   change nothing
 *
 * Clears the plan. Unless this fails or is a dry run, the caller must then call
 * kgr_scan_start().
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or an error, which was logged, and nothing has changed.
 */
int kgr_step(struct kgr_applied *subject, int fault)
{
	bool known = subject->kobj.state_in_sysfs;
	struct kgr_change *change = NULL;
	struct kgr_stage stage;
	int ret = fault;

	lockdep_assert_held(&kgr_mutex);

	kgr_stage_init(&stage);
	kgr_keep_error(&ret, kgr_step_attach());
	kgr_keep_error(&ret, kgr_replace_check());
	if (ret || subject->patch->dry_run)
		goto undo;
	ret = kgr_step_hold();
	if (ret)
		goto undo;
	ret = kgr_step_pre_apply();
	if (ret)
		goto undo;

	ret = -ENOMEM;
	change = kgr_change_alloc(subject);
	if (change)
		ret = kgr_step_stage(&stage);
	if (!ret && !known)
		ret = kgr_kobj_add(subject);
	if (ret) {
		kgr_stage_free(&stage);
		goto undo;
	}
	ret = kgr_stage_publish(&stage);
	if (ret)
		goto undo;

	/* Nothing can fail from here on. */
	change->revert = subject->plan == KGR_PLAN_END;
	change->strict = kgr_step_strict();
	kgr_step_commit(subject, kgr_newest + 1);
	kgr_stage_done(&stage);
	kgr_plan_clear();
	kgr_taint(subject->owner);
	kgr_patch_set(subject, KGR_FLAG_SHOWN);
	/* Send "add" before any other event of the patch */
	if (!known)
		kgr_kobj_event(subject, KOBJ_ADD);
	kgr_change_begin(change);
	return 0;

undo:
	kfree(change);
	kgr_step_undo();
	kgr_plan_clear();
	return ret;
}
