// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * universe.c - the newest universe, the horizon, the newest strict universe
 */

#include <linux/lockdep.h>

#include "core.h"
#include "universe.h"

u32 kgr_newest;
u32 kgr_horizon;
u32 kgr_strict;

/**
 * kgr_universe_raise - open the next universe
 * @strict: whether tasks may cross into it only at a safe point
 *
 * The caller must have published everything that a task of the new universe may
 * run. From here on tasks cross into it.
 *
 * Context: kgr_mutex held.
 */
void kgr_universe_raise(bool strict)
{
	u32 next = kgr_newest + 1;

	lockdep_assert_held(&kgr_mutex);

	/* No ordering needed: only the mover uses it, with kgr_mutex held. */
	if (strict)
		WRITE_ONCE(kgr_strict, next);
	/*
	 * The versions before the number. Pairs with the acquire in
	 * kgr_universe_newest(), by which a task reads the universe to cross
	 * into (models/cross.pml: publish, raise).
	 */
	smp_store_release(&kgr_newest, next);
	/*
	 * The number before the marks that follow. Pairs with test_and_clear in
	 * kgr_cross(), which reads the number after it has cleared its mark: a
	 * task that clears a mark set for universe n reads n or newer, and
	 * cannot be left behind unmarked (models/cross.pml: raise, mark). Also
	 * orders the number before a scan tests for dead tasks, see
	 * kgr_task_dead().
	 */
	smp_mb();
}

/**
 * kgr_universe_set_horizon - store the result of a scan
 * @horizon: the smallest universe that a task lives in
 *
 * Also advances kgr_strict to the horizon if it is older: this changes the
 * answer for no task, and keeps kgr_strict within the range in which the signed
 * comparison is valid.
 *
 * Context: kgr_mutex held.
 */
void kgr_universe_set_horizon(u32 horizon)
{
	lockdep_assert_held(&kgr_mutex);

	WRITE_ONCE(kgr_horizon, horizon);
	if (kgr_universe_before(kgr_strict, horizon))
		WRITE_ONCE(kgr_strict, horizon);
}
