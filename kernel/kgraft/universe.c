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
 * The release pairs with the acquire in kgr_universe_newest(). The full
 * barrier orders the new number before the marks that follow: it pairs with
 * test_and_clear in kgr_cross(), which reads the number after it cleared its
 * mark. A task that clears a mark set for universe n therefore reads n or
 * newer, and cannot be left behind unmarked.
 *
 * Context: kgr_mutex held.
 * Return: the new universe.
 */
u32 kgr_universe_raise(void)
{
	u32 next = kgr_newest + 1;

	lockdep_assert_held(&kgr_mutex);

	smp_store_release(&kgr_newest, next);
	smp_mb();
	return next;
}
