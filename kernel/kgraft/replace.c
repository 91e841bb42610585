// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * replace.c - planning which patches begin and end with a change
 *
 * The plan says for each patch whether it begins, ends, or is replaced. Nothing
 * happens until kgr_step() carries out the plan.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/kgraft.h>
#include <linux/string.h>

#include "applied.h"
#include "core.h"
#include "lookup.h"
#include "object.h"
#include "replace.h"
#include "state.h"
#include "universe.h"

static bool kgr_replaces(const struct kgr_applied *begins,
			 const struct kgr_applied *stays)
{
	const struct kgr_patch *patch = begins->patch, *other = stays->patch;

	/* The author of a livepatch does not know our patches, nor we theirs. */
	if (begins->front != stays->front)
		return false;
	if (patch->replace_all)
		return true;
	return patch->replaces && other->replaces &&
	       !strcmp(patch->replaces, other->replaces);
}

/**
 * kgr_plan_apply - plan to apply a patch, which may replace others
 * @subject: the patch
 *
 * Context: kgr_mutex held.
 * Return: 0, or -EINVAL if it does not have the states that another patch left.
 */
int kgr_plan_apply(struct kgr_applied *subject)
{
	struct kgr_applied *other;
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	subject->plan = KGR_PLAN_BEGIN;
	list_for_each_entry(other, &kgr_patches, list) {
		if (other == subject || !kgr_patch_live(other))
			continue;
		if (kgr_replaces(subject, other))
			other->plan = KGR_PLAN_REPLACE;
		kgr_keep_error(&ret, kgr_states_check(subject, other));
	}
	return ret;
}

/* Was a patch replaced by patches that began in @universe? */
static bool kgr_replaced_in(const struct kgr_applied *applied, u32 universe)
{
	return kgr_patch_is(applied, KGR_FLAG_REPLACED) &&
	       applied->replaced_in == universe && !kgr_patch_live(applied);
}

/*
 * Undo the replacement that opened @universe: the patches that began with it
 * end, and those that it ended begin.
 */
static void kgr_plan_undo(u32 universe, enum kgr_plan end)
{
	struct kgr_applied *applied;

	list_for_each_entry(applied, &kgr_patches, list) {
		if (kgr_replaced_in(applied, universe))
			applied->plan = KGR_PLAN_BEGIN;
		else if (kgr_patch_live(applied) && applied->begun == universe)
			applied->plan = end;
	}
}

/* Is a patch still replacing others, so that they can be brought back? */
static bool kgr_replacing(const struct kgr_applied *applied)
{
	const struct kgr_applied *other;

	if (applied->status != KGR_PATCH_APPLYING)
		return false;
	list_for_each_entry(other, &kgr_patches, list)
		if (kgr_patch_is(other, KGR_FLAG_HELD) &&
		    kgr_replaced_in(other, applied->begun))
			return true;
	return false;
}

/**
 * kgr_plan_revert - plan to revert a patch
 * @subject: the patch
 *
 * If it is still replacing other patches, those come back.
 *
 * Context: kgr_mutex held.
 * Return: 0, or -EINVAL if it is not applied.
 */
int kgr_plan_revert(struct kgr_applied *subject)
{
	lockdep_assert_held(&kgr_mutex);

	if (!kgr_patch_live(subject))
		return -EINVAL;
	if (kgr_replacing(subject))
		kgr_plan_undo(subject->begun, KGR_PLAN_END);
	else
		subject->plan = KGR_PLAN_END;
	return 0;
}

/**
 * kgr_plan_enable - plan to apply a patch again
 * @subject: a patch that was reverted or replaced, completely or half way
 *
 * A patch that was replaced comes back together with all others that the same
 * change replaced, and the patches that replaced them end.
 *
 * Context: kgr_mutex held.
 * Return: 0, or -EINVAL if it does not have the states that another patch left.
 */
int kgr_plan_enable(struct kgr_applied *subject)
{
	struct kgr_applied *a, *b;
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	if (!kgr_patch_is(subject, KGR_FLAG_REPLACED))
		return kgr_plan_apply(subject);

	kgr_plan_undo(subject->replaced_in, KGR_PLAN_REPLACE);
	list_for_each_entry(a, &kgr_patches, list)
		list_for_each_entry(b, &kgr_patches, list)
			if (a->plan == KGR_PLAN_BEGIN && kgr_patch_live(b))
				kgr_keep_error(&ret, kgr_states_check(a, b));
	return ret;
}

/* The reason why @begins must not override functions of @stays, or NULL. */
static const char *kgr_must_not_override(const struct kgr_applied *begins,
					 const struct kgr_applied *stays)
{
	if (begins->plan != KGR_PLAN_BEGIN || stays->plan != KGR_PLAN_KEEP ||
	    !kgr_patch_live(stays))
		return NULL;
	if (begins->patch->replaces)
		return "which is not in its set";
	if (kgr_patch_is(begins, KGR_FLAG_REPLACED) &&
	    kgr_universe_before(begins->replaced_in, stays->begun))
		return "which was applied after it was replaced";
	return NULL;
}

static bool kgr_same_function(const struct kgr_func *a, const struct kgr_func *b)
{
	if (a->ip && b->ip)
		return a->ip == b->ip;
	/* An entry without a name is refused later, with all other faults. */
	if (!a->fun->name || !b->fun->name)
		return false;
	return kgr_object_is(a->obj->name, b->obj->name) &&
	       !strcmp(a->fun->name, b->fun->name) &&
	       (a->fun->sympos ?: 1) == (b->fun->sympos ?: 1);
}

static int kgr_check_override(const struct kgr_applied *begins,
			      const struct kgr_applied *stays)
{
	const char *why = kgr_must_not_override(begins, stays);
	const struct kgr_func *a, *b;
	int ret = 0;

	if (!why)
		return 0;
	kgr_for_each_func(begins, a) {
		kgr_for_each_func(stays, b) {
			if (!kgr_same_function(a, b))
				continue;
			pr_err("'%s': '%s' is replaced by patch '%s', %s; revert that first\n",
			       begins->patch->name, a->fun->name,
			       stays->patch->name, why);
			ret = -EBUSY;
		}
	}
	return ret;
}

/**
 * kgr_replace_check - does the plan respect the functions of patches that stay?
 *
 * Context: kgr_mutex held; the functions of all patches that begin are
 *	    resolved.
 * Return: 0; or -EBUSY, and every conflicting function was logged.
 */
int kgr_replace_check(void)
{
	struct kgr_applied *a, *b;
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry(a, &kgr_patches, list)
		list_for_each_entry(b, &kgr_patches, list)
			kgr_keep_error(&ret, kgr_check_override(a, b));
	return ret;
}
