/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the sweeps share that let one allocation after another fail.
 */
#ifndef KGR_SWEEP_H
#define KGR_SWEEP_H

#include <stdbool.h>

/* Generations that are tried; the last one stands below them. */
#define KGR_SWEEP_TRIED		7

/* Functions that each replaces. */
#define KGR_SWEEP_FUNCS		3

/* Objects that kGraft keeps when no patch is left: the table, of no sites. */
#define KGR_SWEEP_KEPT		1

/**
 * struct kgr_tally - how a sweep goes
 * @nth: the allocation that fails
 * @failed: failures so far that were felt
 */
struct kgr_tally {
	int nth;
	int failed;
};

/* For TH_LOG(), when there were fewer than @nth allocations. */
#define KGR_TALLY		": of %d allocations %d were needed"
#define KGR_TALLY_ARGS(tally)	(tally).nth - 1, (tally).failed

/**
 * struct kgr_stand - what is there already when something is tried
 * @begin: brings it about
 * @end: takes it away, whatever has come on top of it
 * @shows: what the functions return meanwhile
 * @pending: whether a change is open
 */
struct kgr_stand {
	bool (*begin)(void);
	bool (*end)(void);
	int shows;
	bool pending;
};

extern const struct kgr_stand kgr_stand_alone;
extern const struct kgr_stand kgr_stand_stacked;
extern const struct kgr_stand kgr_stand_beside;
extern const struct kgr_stand kgr_stand_pending;

bool kgr_sweep_begin(void);
bool kgr_sweep_end(void);
int kgr_sweep_main(int argc, char **argv, int (*run)(int argc, char **argv));

#endif /* KGR_SWEEP_H */
