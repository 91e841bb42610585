// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How many rounds of a test are enough on this kernel, and how long they may
 * take.
 *
 * A kernel that checks itself (KASAN, lockdep, KCSAN, ...) is several times
 * slower. It reports an error the first time, so few rounds are enough, and the
 * cost of its checkers says nothing about kGraft.
 */

#include <stdlib.h>
#include <unistd.h>

#include "kgr_test.h"

/* Divisor of the number of rounds, and their minimum. */
#define FEWER		4
#define AT_LEAST	8

/* Factor for time limits. */
#define LONGER		4

bool kgr_kernel_checks_itself(void)
{
	/* lockdep; KCSAN */
	return !access("/proc/lockdep_stats", F_OK) ||
	       !access("/sys/kernel/debug/kcsan", F_OK);
}

/*
 * The number of rounds of a test; KGR_ROUNDS in the environment overrides it.
 */
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

/* A time limit, in ms. */
int kgr_bound(int ms)
{
	return kgr_kernel_checks_itself() ? LONGER * ms : ms;
}
