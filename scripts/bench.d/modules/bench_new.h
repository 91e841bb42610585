/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench_new.h - what both systems put in the place of functions
 *
 * The Makefile says what is patched: the first BENCH_NR functions of the
 * target, BENCH_PAUSE: the system call pause(), BENCH_HOLD: bench_hold() and the
 * first function.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef BENCH_NEW_H
#define BENCH_NEW_H

#include <linux/sched/signal.h>

#include "functions.h"

#if defined(BENCH_NR)
#define NEW_FUNCTION(n)							\
static noinline int new_##n(void)					\
{									\
	asm volatile("" : : : "memory");				\
	return 1000 + n;						\
}
BENCH_FIRST(BENCH_NR)(NEW_FUNCTION)
#elif defined(BENCH_PAUSE)
/* As the original does. */
static long new_pause(const struct pt_regs *regs)
{
	while (!signal_pending(current)) {
		__set_current_state(TASK_INTERRUPTIBLE);
		schedule();
	}
	return -ERESTARTNOHAND;
}
#elif defined(BENCH_HOLD)
static int new_1000(void)
{
	asm volatile("" : : : "memory");
	return 2000;
}

static int new_hold(void)
{
	return 0;
}
#endif

#endif /* BENCH_NEW_H */
