/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many tasks have crossed, by the way in which they did.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_TALLY_H
#define _KGRAFT_TALLY_H

#include <linux/ktime.h>
#include <linux/types.h>

/* How a task got into its new universe. */
enum kgr_way {
	/* left for user mode */
	KGR_WAY_EXIT,
	/* came round in its own loop */
	KGR_WAY_LOOP,
	/* was moved while it slept in a safe place */
	KGR_WAY_SLEEP,
	/* is an idle task, between two rounds or switched out */
	KGR_WAY_IDLE,
	/* was moved because its stack showed nothing that changes */
	KGR_WAY_STACK,
	/*
	 * the same, in a place where only its author's word allows it; or
	 * asleep there, and no function changes
	 */
	KGR_WAY_PLACE,
	/* was forced, wherever it was */
	KGR_WAY_FORCE,
	KGR_NR_WAYS,
};

/**
 * struct kgr_stats - the last change of a patch in numbers
 *
 * All with kgr_mutex held.
 */
struct kgr_stats {
	/** @universe: that the change opened, 0: none has begun */
	u32 universe;
	/** @complete: whether every task has crossed it */
	bool complete;
	/** @start: when it began */
	ktime_t start;
	/** @ms: how long it took, if it is complete */
	s64 ms;
	/** @longest_ms: how long the longest took of all that are complete */
	s64 longest_ms;
	/**
	 * @crossed: how many tasks had crossed before it; or, if it is
	 * complete, while it was pending
	 */
	unsigned long crossed[KGR_NR_WAYS];
};

void kgr_tally(enum kgr_way way, int nr);
const char *kgr_way_name(enum kgr_way way);
void kgr_stats_begin(struct kgr_stats *stats, u32 universe, ktime_t start);
void kgr_stats_complete(struct kgr_stats *stats, u32 universe, s64 ms);
unsigned long kgr_stats_crossed(const struct kgr_stats *stats,
				enum kgr_way way);

#endif /* _KGRAFT_TALLY_H */
