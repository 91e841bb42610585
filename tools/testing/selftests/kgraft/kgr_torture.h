/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kgrtorture: what its files share.
 */
#ifndef KGR_TORTURE_H
#define KGR_TORTURE_H

#include <stdbool.h>
#include <sys/types.h>

#define KGR_TORT		"kgr_test_torture"
#define KGR_TORT_DIR		"/sys/kernel/debug/kgr_torture/"

/* How long anything may take that nothing holds up. */
#define KGR_TORT_BOUND_MS	kgr_bound(30000)

/* Random numbers that can be had again. */
struct kgr_random {
	unsigned long long state;
};

void kgr_random_seed(struct kgr_random *r, unsigned long seed);
unsigned int kgr_random(struct kgr_random *r, unsigned int below);

/* kgr_torture_log.c: what has happened lately, shared with all children */
bool kgr_log_init(void);
void kgr_log_start(void);
void kgr_log_print(void);
void kgr_log(const char *fmt, ...);

/* kgr_torture_actors.c: tasks that call, and what disturbs them */
bool kgr_actors_start(unsigned long seed);
bool kgr_actors_stop(void);
void kgr_actors_counts(void);
bool kgr_actors_all_did(void);
int kgr_actor_once(const char *universe);

/* kgr_torture_steps.c: changes */
bool kgr_steps_begin(unsigned long seed, bool verbose);
bool kgr_steps_step(void);
bool kgr_steps_full(void);
bool kgr_steps_end(void);
bool kgr_steps_no_fault(void);
void kgr_steps_abandon(void);

#endif /* KGR_TORTURE_H */
