// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * state.c - states that patches pass on, identified by number and version
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/export.h>
#include <linux/kgraft.h>
#include <linux/printk.h>

#include "applied.h"
#include "core.h"
#include "state.h"

/**
 * kgr_state_get - find a state of a patch
 * @patch: the patch
 * @id: the number of the state
 *
 * Context: any.
 * Return: the state, %NULL if the patch does not have it.
 */
struct kgr_state *kgr_state_get(struct kgr_patch *patch, unsigned long id)
{
	struct kgr_state *state;

	for (state = patch->states; state && state->id; state++)
		if (state->id == id)
			return state;
	return NULL;
}
EXPORT_SYMBOL_GPL(kgr_state_get);

static bool kgr_patch_has_states(const struct kgr_applied *applied)
{
	return kgr_patch_live(applied) ||
	       (kgr_patch_is(applied, KGR_FLAG_REPLACED) &&
		kgr_patch_is(applied, KGR_FLAG_HELD));
}

/**
 * kgr_state_get_prev - find a state of a previous patch
 * @patch: the patch that asks
 * @id: the number of the state
 *
 * Searches the other patches that are applied or being replaced, newest first,
 * but not those that are being reverted: they tear down what they have set up.
 *
 * Context: only from a callback of @patch (kgr_mutex is held there). The result
 *	    is valid until the callback returns.
 * Return: the state, %NULL if no other patch has it.
 */
struct kgr_state *kgr_state_get_prev(struct kgr_patch *patch, unsigned long id)
{
	struct kgr_state *state = NULL;
	struct kgr_applied *applied;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry_reverse(applied, &kgr_patches, list) {
		if (applied->patch == patch || applied->front ||
		    !kgr_patch_has_states(applied))
			continue;
		state = kgr_state_get(applied->patch, id);
		if (state)
			break;
	}
	return state;
}
EXPORT_SYMBOL_GPL(kgr_state_get_prev);

/**
 * kgr_states_check - does a patch know the states of another patch?
 * @begins: a patch that is about to begin
 * @other: a patch that is applied
 *
 * It must have every state of a patch that it replaces, and for each state that
 * both have, at least the same version.
 *
 * Context: kgr_mutex held, the plan for @other made.
 * Return: 0; or -EINVAL, and every fault was logged.
 */
int kgr_states_check(const struct kgr_applied *begins,
		     const struct kgr_applied *other)
{
	const struct kgr_state *old, *new;
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	/* Each interface has numbers of its own. */
	if (begins->front != other->front)
		return 0;
	for (old = other->patch->states; old && old->id; old++) {
		new = kgr_state_get(begins->patch, old->id);
		if (new ? new->version >= old->version :
			  other->plan != KGR_PLAN_REPLACE)
			continue;
		pr_err("'%s': needs version %u or newer of state %lu, which patch '%s' has\n",
		       begins->patch->name, old->version, old->id,
		       other->patch->name);
		ret = -EINVAL;
	}
	return ret;
}
