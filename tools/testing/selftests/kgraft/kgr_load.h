/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load for the tests: threads that watch what the kernel runs, and storms.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_LOAD_H
#define KGR_LOAD_H

#include <stdbool.h>

/* What all threads together have seen. */
struct kgr_hammer_result {
	unsigned long lines;
	unsigned long crossed;
	unsigned long mixed;
	unsigned long backwards;
	unsigned long failed;
};

/* kgr_hammer.c */
void kgr_history_start(int value);
void kgr_history_next(int value);
bool kgr_hammer_start(const char *file, int nr);
bool kgr_hammers_look(void);
void kgr_hammer_stop(struct kgr_hammer_result *result);

/* kgr_storm.c */
enum kgr_storm_kind {
	KGR_STORM_FORK,
	KGR_STORM_THREAD,
	KGR_STORM_ZOMBIE,
	KGR_STORM_EXEC,
	KGR_STORM_DETACHED,
	KGR_STORM_SPIN,
	KGR_STORM_PIPE,
	KGR_STORM_SLEEP,
	KGR_STORM_WORK,
	KGR_STORM_HOTPLUG,
};

bool kgr_storm_start(enum kgr_storm_kind kind, int nr);
bool kgr_storm_goes_on(void);
long kgr_storm_stop(void);

#endif /* KGR_LOAD_H */
