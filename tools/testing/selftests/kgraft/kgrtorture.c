// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgrtorture: random changes under all that may disturb them, judged all along.
 *
 *	kgrtorture [--seed N] [--steps N] [--seconds N] [--verbose]
 *
 * A run is made of episodes, each with a seed of its own, after which nothing may
 * be left of it. When something is wrong, the seed of the episode and the last
 * events are printed; "--seed N --steps M" makes the same changes again. What
 * tasks, interrupts and other modules do meanwhile is up to the machine.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "kgr_torture.h"

/* What is made by default: in make test this has to be enough. */
#define SECONDS		40
/* An episode has so many steps, unless universes run out before. */
#define EPISODE		120

/* So many changes show a leak. */
#define LEAKS		20

/* What is freed after a grace period needs a while to be gone. */
#define REST_MS		500

static unsigned long seed;
static long steps, seconds;
static bool verbose;
static long long began;

/* Each context must have had its say. */
static bool all_have_called(void)
{
	char text[512], *line, *save;
	bool ok = true;

	if (kgr_read(KGR_TORT_DIR "counts", text, sizeof(text)) <= 0)
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		ok &= strtol(strchr(line, ' '), NULL, 10) > 0;
	return ok;
}

/* Which it has soon, even if the last changes did not take long. */
static bool contexts_called(void)
{
	bool ok = KGR_WITHIN(KGR_TORT_BOUND_MS, all_have_called());
	char text[512] = "", *p;

	kgr_read(KGR_TORT_DIR "counts", text, sizeof(text));
	for (p = text; *p; p++)
		if (*p == '\n')
			*p = ',';
	printf("# %s\n", text);
	return ok;
}

static bool changes(long long end)
{
	long nr;

	for (nr = 0; nr < (steps ?: EPISODE) && !kgr_steps_full(); nr++) {
		if (!steps && kgr_now_ms() >= end)
			break;
		if (!kgr_steps_step())
			return false;
	}
	return true;
}

static bool targets_gone(void)
{
	kgr_unload("kgr_test_tgt1");
	kgr_unload("kgr_test_tgt2");
	return !kgr_module_loaded("kgr_test_tgt1") &&
	       !kgr_module_loaded("kgr_test_tgt2");
}

static bool run_episode(unsigned long seed, long long end)
{
	bool ok;

	if (kgr_load(KGR_TORT, NULL) || !kgr_steps_begin(seed, verbose))
		return false;
	ok = kgr_actors_start(seed) && changes(end) && contexts_called() &&
	     kgr_steps_end();
	if (!ok || verbose)
		kgr_log_print();
	ok &= kgr_actors_stop();
	kgr_actors_counts();
	if (!ok) {
		kgr_steps_abandon();
		return false;
	}
	return kgr_steps_no_fault() &&
	       KGR_WITHIN(KGR_TORT_BOUND_MS, targets_gone()) &&
	       KGR_WITHIN(KGR_TORT_BOUND_MS, !kgr_unload(KGR_TORT));
}

/* One episode, and whether all is as it was before. */
static bool episode(unsigned long seed, long long end)
{
	struct kgr_snapshot before;
	bool ok;

	printf("# seed %lu\n", seed);
	fflush(stdout);
	kgr_log_start();
	kgr_snapshot_take_but_changes(&before);
	ok = run_episode(seed, end);
	if (ok) {
		kgr_sleep_ms(REST_MS);
		ok = kgr_snapshot_same(&before);
	}
	kgr_snapshot_free(&before);
	if (!ok)
		printf("# wrong after %lld ms; the same changes: --seed %lu --steps %d\n",
		       kgr_now_ms() - began, seed, EPISODE);
	fflush(stdout);
	return ok;
}

/* If there is a monitor of tasks, what it complains about is in the log. */
static bool watch(bool on)
{
	if (!kgr_has_monitor())
		return true;
	return (!on || !kgr_write(KGR_RV "monitors/kgr/reactors", "printk")) &&
	       !kgr_monitor(on);
}

static bool torture(void)
{
	long universe = 0;
	long long end;
	int nr = 0;

	began = kgr_now_ms();
	/* The first episode leaves time for others, which are compared with it. */
	end = began + 1000LL * seconds / 3;

	do {
		if (!episode(seed + nr++, end))
			return false;
		/* What is allocated once, and pools that fill up, are there now. */
		if (nr == 1) {
			end = began + 1000LL * seconds;
			if (!kgr_slabs_take())
				return false;
			universe = kgr_global("universe");
		}
	} while (!steps && kgr_now_ms() < end);
	/* What leaks in each change is more. */
	universe = kgr_global("universe") - universe;
	if (universe >= LEAKS && kgr_slabs_grown(2 * universe))
		return false;
	printf("# %d episodes\n", nr);
	return kgr_actors_all_did();
}

static int run(int argc, char **argv)
{
	ksft_print_header();
	ksft_set_plan(1);
	ksft_test_result(kgr_log_init() && watch(true) && torture() && watch(false),
			 "torture\n");
	ksft_finished();
	return 0;
}

int main(int argc, char **argv)
{
	int i;

	seed = time(NULL);
	seconds = kgr_kernel_checks_itself() ? SECONDS / 2 : SECONDS;
	for (i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--once"))
			return kgr_actor_once(next);
		if (!strcmp(argv[i], "--verbose")) {
			verbose = true;
			continue;
		}
		if (!strcmp(argv[i], "--seed"))
			seed = strtoul(next, NULL, 0);
		else if (!strcmp(argv[i], "--steps"))
			steps = strtol(next, NULL, 0);
		else if (!strcmp(argv[i], "--seconds"))
			seconds = strtol(next, NULL, 0);
		else
			return KSFT_FAIL;
		i++;
	}
	return kgr_main(argc, argv, run);
}
