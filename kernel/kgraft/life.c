// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * life.c - the universes in which patches are alive
 *
 * The versions of a site say this for one function. A life says it for the
 * whole patch, and so also for functions of modules that are not loaded yet.
 */

#include <linux/lockdep.h>
#include <linux/slab.h>

#include "core.h"
#include "life.h"
#include "universe.h"

LIST_HEAD(kgr_lives);

/**
 * kgr_lives_prune - free the lives in which no task lives any more
 * @horizon: the smallest universe any task lives in
 *
 * A life that began before the horizon is made to begin at the horizon, so that
 * @from stays within the range in which the signed comparison is valid.
 *
 * Context: kgr_mutex held.
 */
void kgr_lives_prune(u32 horizon)
{
	struct kgr_life *life, *next;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry_safe(life, next, &kgr_lives, list) {
		if (life->ended && !kgr_universe_before(horizon, life->until)) {
			list_del(&life->list);
			kfree(life);
		} else if (kgr_universe_before(life->from, horizon)) {
			life->from = horizon;
		}
	}
}

/**
 * kgr_life_any - may any task still be in a universe in which a patch is alive?
 * @applied: the patch
 *
 * Context: kgr_mutex held.
 * Return: whether one may.
 */
bool kgr_life_any(const struct kgr_applied *applied)
{
	struct kgr_life *life;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry(life, &kgr_lives, list)
		if (life->applied == applied)
			return true;
	return false;
}
