/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Those who act while kgrtorture makes changes, each a process.
 */
#ifndef KGR_TORTURE_ACTORS_H
#define KGR_TORTURE_ACTORS_H

#include <stdbool.h>
#include <sys/types.h>

#include "kgr_torture.h"

#define KGR_MAX_ACTORS	24

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	((int)(sizeof(a) / sizeof(*(a))))
#endif

/**
 * struct kgr_actor - one of them
 * @name:	what is said of it
 * @needs:	a file without which it cannot do what it is for, or %NULL
 * @round:	does something, and says whether it was what it is for; called again
 *		and again
 * @end:	undoes it
 */
struct kgr_actor {
	const char *name;
	const char *needs;
	bool (*round)(struct kgr_random *r);
	void (*end)(void);
};

/* kgr_torture_actors.c */
bool kgr_entry(int fd, long *universe);
int kgr_entry_open(void);
pid_t kgr_victim(void);

/* kgr_torture_disturb.c */
extern const struct kgr_actor kgr_disturbers[];
extern const int kgr_nr_disturbers;

#endif /* KGR_TORTURE_ACTORS_H */
