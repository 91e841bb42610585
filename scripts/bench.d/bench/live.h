/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two systems that replace functions of a running kernel.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _BENCH_LIVE_H
#define _BENCH_LIVE_H

#include <stdbool.h>

#define NR_SYSTEMS	2

/* How a system is used: its files below dir/MODULE/, and what they say. */
struct live {
	const char *prefix;
	const char *name;
	const char *dir;
	const char *file;
	const char *applied;
	const char *revert[2];
};

extern const struct live systems[NR_SYSTEMS];

/* What choose() has chosen: a system, and its module of some kind. */
extern const struct live *live;
extern char module[64];

void choose(const struct live *which, const char *kind);
void load(void);
bool applied(void);
bool reverted(void);
void wait_until(bool (*done)(void), long step_us);
void revert(void);
void unload(void);

#endif /* _BENCH_LIVE_H */
