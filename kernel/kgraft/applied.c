// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * applied.c - the patches known to the core, and their status
 */

#include <linux/compiler.h>
#include <linux/lockdep.h>

#include "applied.h"
#include "core.h"
#include "kobj.h"

LIST_HEAD(kgr_patches);

const char * const kgr_consistency_names[] = {
	[KGR_CONSISTENCY_ENTRY]		= "entry",
	[KGR_CONSISTENCY_FUNCTION]	= "function",
};

/**
 * kgr_set_status - set the status of a patch
 * @applied: the patch
 * @status: its new status
 *
 * Context: kgr_mutex held. Pairs with READ_ONCE() in readers without kgr_mutex.
 */
void kgr_set_status(struct kgr_applied *applied, enum kgr_status status)
{
	lockdep_assert_held(&kgr_mutex);
	WRITE_ONCE(applied->status, status);
	if (applied->front)
		applied->front->status(applied);
}

/**
 * kgr_set_forced - set whether the last change of a patch was forced
 * @applied: the patch, its status up to date
 * @forced: the new value
 *
 * Context: kgr_mutex held. Pairs with kgr_patch_is() in readers without
 *	    kgr_mutex.
 */
void kgr_set_forced(struct kgr_applied *applied, bool forced)
{
	lockdep_assert_held(&kgr_mutex);

	if (kgr_patch_is(applied, KGR_FLAG_FORCED) == forced)
		return;
	kgr_patch_assign(applied, KGR_FLAG_FORCED, forced);
	kgr_kobj_event(applied, KOBJ_CHANGE);
}

/**
 * kgr_patch_func_state - the state of a function of a patch
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
	if (status == KGR_PATCH_REVERTING || status == KGR_PATCH_LEAVING)
		return KGR_FUNC_REVERT_SLOW;
	return KGR_FUNC_INIT;
}

/**
 * kgr_forget_sites - forget the sites of a patch that has no versions any more
 * @applied: the patch; its sites may be freed at any time, or already are
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
