/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The results of the demo's processes are in shared memory: a process that stays
 * inside a system call cannot report them in another way.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef DEMO_LOAD_H
#define DEMO_LOAD_H

#include <sys/types.h>

#define DEMO_BOARD	"board"		/* both in the current directory */
#define DEMO_LINE	128
#define DEMO_ROUNDS	8
#define DEMO_BLOCKERS	4

/* Which code an answer of the kernel comes from. */
enum demo_origin {
	DEMO_ORIGINAL,
	DEMO_ONE,
	DEMO_TWO,
	DEMO_STRANGE,		/* none of these, or no answer at all */
	DEMO_MIXED,		/* two different ones in one system call */
	DEMO_ORIGINS
};

/* What one system call reads: two files, through two patched functions. */
struct demo_pair {
	char version[DEMO_LINE];
	char cmdline[DEMO_LINE];
};

/**
 * struct demo_blocker - a process that stays inside one system call
 * @pid:	its PID, 0 for none
 * @name:	its name, and that of the FIFO it waits for
 * @pairs:	the answers that system call gives: the kernel writes them here
 *		while the call goes on
 * @asked:	how many of them were asked for
 * @submitted:	what the call returned: the number of requests it has done
 * @returned:	whether it did
 * @signals:	how often the signal handler ran
 * @origins:	the answers of that call, by origin
 * @after:	the answer of its next system call
 */
struct demo_blocker {
	pid_t pid;
	char name[16];
	struct demo_pair pairs[DEMO_ROUNDS];
	int asked;
	long submitted;
	int returned;
	int signals;
	int origins[DEMO_ORIGINS];
	struct demo_pair after;
};

/**
 * struct demo_board - everything
 * @original:	what the kernel said before anything was patched
 * @hammered:	answers that the hammering processes got, by origin
 * @spins:	how far the computing process has come
 * @naps:	how often a short sleep was over
 * @noticed:	how often a sleep for good was over, for whatever reason
 * @blockers:	the blocked processes
 */
struct demo_board {
	struct demo_pair original;
	unsigned long hammered[DEMO_ORIGINS];
	unsigned long spins;
	unsigned long naps;
	unsigned long noticed;
	struct demo_blocker blockers[DEMO_BLOCKERS];
};

/* load.c */
extern struct demo_board *board;
void die(const char *what);
void count(unsigned long *counter);
void nap(long ms);

/* sleepers.c; these do not return */
void sleep_for_good(const char *kind);
void nap_for_ever(long ms);

#endif /* DEMO_LOAD_H */
