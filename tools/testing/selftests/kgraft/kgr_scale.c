// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much of a test is enough, and how long it may take, on this kernel.
 *
 * One that checks itself (KASAN, lockdep, KCSAN, ...) is several times slower. It
 * is there to complain about what is done at all, not about the thousandth time,
 * and what its checkers cost says nothing about kGraft.
 */

#include <stdlib.h>
#include <unistd.h>

#include "kgr_test.h"

/* So many times fewer rounds, but so many at least if the test makes them. */
#define FEWER		4
#define AT_LEAST	8

/* So many times longer. */
#define LONGER		4

bool kgr_kernel_checks_itself(void)
{
	/* lockdep; KCSAN */
	return !access("/proc/lockdep_stats", F_OK) ||
	       !access("/sys/kernel/debug/kcsan", F_OK);
}

/* Rounds that a test makes; KGR_ROUNDS in the environment makes it others. */
int kgr_rounds(int rounds)
{
	const char *env = getenv("KGR_ROUNDS");
	int fewer = rounds / FEWER;

	if (env)
		return atoi(env);
	if (!kgr_kernel_checks_itself())
		return rounds;
	if (fewer < AT_LEAST)
		fewer = AT_LEAST;
	return fewer < rounds ? fewer : rounds;
}

/* A bound on the time that something takes, in ms. */
int kgr_bound(int ms)
{
	return kgr_kernel_checks_itself() ? LONGER * ms : ms;
}
