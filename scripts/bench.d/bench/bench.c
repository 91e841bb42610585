// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench.c - what runs in the guest of scripts/bench
 *
 *	bench time NAME KIND ROUNDS [kgr|klp]	ms to apply and to revert a patch
 *	bench engines NAME KIND ROUNDS		the same of a livepatch, by each engine
 *	bench work NAME KIND ROUNDS [kgr|klp]	CPU time of the same
 *	bench late NAME KIND ROUNDS [kgr|klp]	the longest that a task waits for a CPU
 *	bench call NAME				cost of the target's first function
 *	bench jump NAME WHO			until functions that jump call again
 *	bench settle NAME KIND ROUNDS		ms with and without jumps, and until they
 *						are made
 *	bench held NAME KIND			the same by a task that has not crossed
 *	bench syscalls PREFIX WHO		cost of some system calls
 *	bench crowd N [timed]			N sleepers, until it is killed
 *	bench pause				one in pause(), until it is killed
 *
 * KIND is that of two modules, kgr_KIND.ko and klp_KIND.ko, in the current
 * directory. What is measured goes to stdout, in lines of NAME, unit, who and
 * value, separated by tabs. The two take turns, one round each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "time") && argc >= 5)
		return changes(argv + 2, measure_time);
	if (!strcmp(what, "engines") && argc == 5)
		return engines(argv + 2);
	if (!strcmp(what, "work") && argc >= 5)
		return changes(argv + 2, measure_work);
	if (!strcmp(what, "late") && argc >= 5)
		return changes(argv + 2, measure_late);
	if (!strcmp(what, "call") && argc == 4)
		return call(argv[2], argv[3]);
	if (!strcmp(what, "jump") && argc == 4)
		return jump(argv[2], argv[3]);
	if (!strcmp(what, "settle") && argc == 5)
		return settle(argv + 2);
	if (!strcmp(what, "held") && argc == 4)
		return held(argv + 2);
	if (!strcmp(what, "syscalls") && argc == 4)
		return cost_of_syscalls(argv[2], argv[3]);
	if (!strcmp(what, "crowd") && argc >= 3)
		return crowd(atol(argv[2]), argc == 4 && !strcmp(argv[3], "timed"));
	if (!strcmp(what, "pause"))
		return pause();
	fprintf(stderr, "bench: see bench.c\n");
	return 2;
}
