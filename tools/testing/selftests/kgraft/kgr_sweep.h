/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common code of the sweeps that make one allocation after another fail.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_SWEEP_H
#define KGR_SWEEP_H

#include <stdbool.h>

/* Generations that are tried; the last one is applied below them. */
#define KGR_SWEEP_TRIED		7

/* Number of functions that each replaces. */
#define KGR_SWEEP_FUNCS		3

/**
 * struct kgr_tally - how a sweep goes
 * @nth: the allocation that fails, from 1
 * @injected: whether there were as many
 * @failed: how often what was tried has failed
 */
struct kgr_tally {
	int nth;
	bool injected;
	int failed;
};

const char *kgr_tally_text(const struct kgr_tally *tally);

/* The operation; 0 or a negative errno. */
typedef int (*kgr_op_t)(const void *arg);

int kgr_op_load(const void *image);
int kgr_op_unload(const void *module);
int kgr_op_revert(const void *patch);
int kgr_op_enable(const void *patch);

/* It has failed for lack of memory, and all is as before. */
#define KGR_SWEEP_AGAIN		1

int kgr_sweep_next(struct kgr_tally *tally, kgr_op_t op, const void *arg,
		   int follow);

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
