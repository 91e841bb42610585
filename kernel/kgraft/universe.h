/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The newest universe and the horizon.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_UNIVERSE_H
#define _KGRAFT_UNIVERSE_H

#include <linux/compiler.h>
#include <linux/sched.h>
#include <linux/types.h>

/*
 * Universes are numbers. Universe 0 is the kernel as booted; each change opens
 * the next one. Numbers wrap around after 2^32 changes, so compare them by
 * their signed difference, never with "<". This is correct as long as no task
 * lags 2^31 changes behind.
 */

/**
 * kgr_universe_before - compare two universes
 * @a: a universe
 * @b: another
 *
 * Return: whether @a is older than @b.
 */
static __always_inline bool kgr_universe_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

/* The newest universe. Raised with kgr_mutex held, read without. */
extern u32 kgr_newest;

/**
 * kgr_universe_newest - read the newest universe, with its contents visible
 *
 * Pairs with kgr_universe_raise(): a task that reads universe n also sees all
 * versions that were published for it.
 *
 * Context: any.
 * Return: the universe.
 */
static __always_inline u32 kgr_universe_newest(void)
{
	/* Pairs with the release in kgr_universe_raise(). */
	return smp_load_acquire(&kgr_newest);
}

/**
 * kgr_task_lags - has a task yet to cross?
 * @task: the task; may be running
 *
 * By its number, which is the truth. The flag only makes it cross, and a task
 * that was marked again while it crossed keeps it for a while in vain.
 *
 * Return: whether @task lives in an older universe than the newest.
 */
static inline bool kgr_task_lags(const struct task_struct *task)
{
	return READ_ONCE(task->kgr_universe) != READ_ONCE(kgr_newest);
}

/* The smallest universe a task lives in, as of the last scan. kgr_mutex. */
extern u32 kgr_horizon;

/*
 * The newest universe that was opened by a strict change, see
 * KGR_CONSISTENCY_ENTRY. Every scan advances it to the horizon if it is older.
 * Written with kgr_mutex held.
 */
extern u32 kgr_strict;

/**
 * kgr_universe_strict - may a task cross only at a safe point?
 * @universe: where the task lives
 *
 * A single strict change among those to cross makes the crossing strict.
 *
 * Context: kgr_mutex held, or the answer is a snapshot.
 * Return: whether some change between @universe and the newest is strict.
 */
static inline bool kgr_universe_strict(u32 universe)
{
	return kgr_universe_before(universe, READ_ONCE(kgr_strict));
}

void kgr_universe_raise(bool strict);
void kgr_universe_set_horizon(u32 horizon);

#endif /* _KGRAFT_UNIVERSE_H */
