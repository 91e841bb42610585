/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be measured, and what the measurements share.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _BENCH_H
#define _BENCH_H

#include <stdbool.h>

#define TARGET		"/sys/module/bench_target/parameters/"
#define JUMP		"/sys/kernel/kgraft/jump"

/* Between two rounds: time for what is left to be cleaned up. */
#define REST_MS		500

/* change.c: ARGV is NAME KIND ROUNDS, and "kgr" or "klp" if it is one only. */
extern const char *name;
int changes(char **argv, void (*measure)(void));
/* The same module of livepatch, carried out by kGraft and by livepatch in turns. */
int engines(char **argv);
/* A patch of kGraft, whose functions may jump and may not, in turns. */
int settle(char **argv);
void measure_time(void);
void measure_work(void);

/* late.c, for changes() */
void measure_late(void);

/* call.c: ARGV is NAME KIND. */
int call(const char *what, const char *who);
int jump(const char *what, const char *who);
int held(char **argv);

/* syscalls.c */
int cost_of_syscalls(const char *what, const char *who);

/* crowd.c: does not return. TIMED: each call has a deadline, in days. */
int crowd(long nr, bool timed);

#endif /* _BENCH_H */
