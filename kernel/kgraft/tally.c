// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tally.c - how many tasks have crossed, by the way in which they did
 *
 * Counted on each CPU since boot; a change remembers what there was when it
 * began. What crossed while several changes were pending counts for each.
 */

#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/percpu.h>

#include "core.h"
#include "tally.h"

/* Each written on its own CPU, which may be interrupted; read on any. */
static DEFINE_PER_CPU(unsigned long [KGR_NR_WAYS], kgr_crossed);

static const char * const kgr_way_names[] = {
	[KGR_WAY_EXIT]	= "exit",
	[KGR_WAY_LOOP]	= "loop",
	[KGR_WAY_SLEEP]	= "sleep",
	[KGR_WAY_IDLE]	= "idle",
	[KGR_WAY_STACK]	= "stack",
	[KGR_WAY_PLACE]	= "place",
	[KGR_WAY_FORCE]	= "force",
};

static_assert(ARRAY_SIZE(kgr_way_names) == KGR_NR_WAYS);

/**
 * kgr_way_name - what user space calls a way of crossing
 * @way: the way
 *
 * Context: any.
 * Return: a word.
 */
const char *kgr_way_name(enum kgr_way way)
{
	return kgr_way_names[way];
}

/**
 * kgr_tally - count a crossing
 * @way: how
 * @nr: 1, or -1 to take it back
 *
 * Context: preemption off.
 */
void kgr_tally(enum kgr_way way, int nr)
{
	this_cpu_add(kgr_crossed[way], nr);
}

static unsigned long kgr_tally_sum(enum kgr_way way)
{
	unsigned long sum = 0;
	unsigned int cpu;

	/*
	 * Other CPUs go on counting. What led to a crossing that the caller
	 * has seen is there.
	 */
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(kgr_crossed, cpu)[way]);
	return sum;
}

/**
 * kgr_stats_begin - a change begins
 * @stats: of its patch
 * @universe: that it is about to open
 * @start: when
 *
 * Context: kgr_mutex held.
 */
void kgr_stats_begin(struct kgr_stats *stats, u32 universe, ktime_t start)
{
	enum kgr_way way;

	lockdep_assert_held(&kgr_mutex);

	stats->universe = universe;
	stats->complete = false;
	stats->start = start;
	for (way = 0; way < KGR_NR_WAYS; way++)
		stats->crossed[way] = kgr_tally_sum(way);
}

/**
 * kgr_stats_complete - every task has crossed a change
 * @stats: of its patch
 * @universe: that the change opened; nothing happens if the patch has begun
 *	      another one since
 * @ms: how long it took
 *
 * Context: kgr_mutex held.
 */
void kgr_stats_complete(struct kgr_stats *stats, u32 universe, s64 ms)
{
	enum kgr_way way;

	lockdep_assert_held(&kgr_mutex);

	stats->longest_ms = max(stats->longest_ms, ms);
	if (stats->universe != universe)
		return;
	for (way = 0; way < KGR_NR_WAYS; way++)
		stats->crossed[way] = kgr_stats_crossed(stats, way);
	stats->complete = true;
	stats->ms = ms;
}

/**
 * kgr_stats_crossed - how many tasks crossed while a change was pending
 * @stats: of its patch
 * @way: in this way
 *
 * Context: kgr_mutex held.
 * Return: the number, so far if the change is not complete.
 */
unsigned long kgr_stats_crossed(const struct kgr_stats *stats,
				enum kgr_way way)
{
	lockdep_assert_held(&kgr_mutex);

	return stats->complete ? stats->crossed[way] :
	       kgr_tally_sum(way) - stats->crossed[way];
}
