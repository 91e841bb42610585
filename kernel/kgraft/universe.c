// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * universe.c - the two numbers that everything else is compared with
 */

#include <linux/lockdep.h>

#include "core.h"
#include "universe.h"

u32 kgr_newest;
u32 kgr_horizon;

/**
 * kgr_universe_raise - open the next universe
 *
 * Everything that a task of the new universe may run must have been
 * published before. From here on tasks cross into it.
 *
 * Context: kgr_mutex held.
 */
void kgr_universe_raise(void)
{
	u32 next = kgr_newest + 1;

	lockdep_assert_held(&kgr_mutex);

	/*
	 * The versions before the number. Pairs with the acquire in
	 * kgr_universe_newest(), by which a task reads where to cross to.
	 */
	smp_store_release(&kgr_newest, next);
	/*
	 * The number before the marks that follow. Pairs with test_and_clear
	 * in kgr_cross(), which reads the number after it cleared its mark: a
	 * task that clears a mark set for universe n reads n or newer, and
	 * cannot be left behind unmarked.
	 */
	smp_mb();
}
