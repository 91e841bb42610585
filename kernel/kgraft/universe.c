// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * universe.c - the numbers that everything else is compared with
 */

#include <linux/lockdep.h>

#include "core.h"
#include "universe.h"

u32 kgr_newest;
u32 kgr_horizon;
u32 kgr_strict;

/**
 * kgr_universe_raise - open the next universe
 * @strict: whether tasks may cross into it only with nothing in hand
 *
 * Everything that a task of the new universe may run must have been
 * published before. From here on tasks cross into it.
 *
 * Context: kgr_mutex held.
 */
void kgr_universe_raise(bool strict)
{
	u32 next = kgr_newest + 1;

	lockdep_assert_held(&kgr_mutex);

	/* Only the mover acts on it, and holds kgr_mutex. */
	if (strict)
		WRITE_ONCE(kgr_strict, next);
	/*
	 * The versions before the number. Pairs with the acquire in
	 * kgr_universe_newest(), by which a task reads where to cross to
	 * (models/cross.pml: publish, raise).
	 */
	smp_store_release(&kgr_newest, next);
	/*
	 * The number before the marks that follow. Pairs with test_and_clear
	 * in kgr_cross(), which reads the number after it cleared its mark: a
	 * task that clears a mark set for universe n reads n or newer, and
	 * cannot be left behind unmarked (models/cross.pml: raise, mark). Also
	 * before a scan's look at the dead, see kgr_task_dead().
	 */
	smp_mb();
}

/**
 * kgr_universe_set_horizon - tasks have been looked at
 * @horizon: the smallest universe that one lives in
 *
 * The last strict change is drawn along: it makes no difference to anybody
 * there is, and does not get so old that the order would turn around.
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
