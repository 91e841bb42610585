// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * change.c - what it takes to apply a patch and to revert it
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "live.h"
#include "util.h"

#define ENGINE		"/sys/kernel/kgraft/livepatch"
#define SITES		"/sys/kernel/debug/kgraft/sites"

const char *name;

/* The same work each time: whether the host had other things to do. */
static void calibrate(void)
{
	double start = now_ms();
	volatile unsigned int i;

	for (i = 0; i < 5000000; i++)
		;
	sample("calibration", "", "ms", "none", now_ms() - start);
}

static void time_change(const char *apply, const char *undo, const char *who)
{
	double start;

	calibrate();
	start = now_ms();

	load();
	wait_until(applied, 1000);
	sample(apply, name, "ms", who, now_ms() - start);
	nap_us(REST_MS * 1000);
	start = now_ms();
	revert();
	wait_until(reverted, 1000);
	sample(undo, name, "ms", who, now_ms() - start);
	unload();
	nap_us(REST_MS * 1000);
}

void measure_time(void)
{
	time_change("apply.", "revert.", live->name);
}

int engines(char **argv)
{
	long i, rounds = atol(argv[2]);

	name = argv[0];
	choose(&systems[1], argv[1]);
	for (i = 0; i < rounds; i++) {
		write_file(ENGINE, "1");
		time_change("module.apply.", "module.revert.", "kgraft");
		write_file(ENGINE, "0");
		time_change("module.apply.", "module.revert.", "livepatch");
	}
	return 0;
}

/* All functions begin to jump while the file cannot be read. */
static bool jumping(void)
{
	char text[4096];

	return read_file(SITES, text, sizeof(text)) > 0 && strstr(text, "\tjump\n");
}

static void settle_one(bool jumps)
{
	const char *who = "kgraft";
	double start;

	write_file(JUMP, jumps ? "1" : "0");
	start = now_ms();
	load();
	wait_until(applied, 1000);
	sample(jumps ? "settle.apply." : "settle.apply.without.", name, "ms", who,
	       now_ms() - start);
	start = now_ms();
	if (jumps) {
		wait_until(jumping, 1000);
		sample("settle.jump.", name, "ms", who, now_ms() - start);
	}
	nap_us(REST_MS * 1000);
	start = now_ms();
	revert();
	sample(jumps ? "settle.begin." : "settle.begin.without.", name, "ms", who,
	       now_ms() - start);
	wait_until(reverted, 1000);
	sample(jumps ? "settle.revert." : "settle.revert.without.", name, "ms", who,
	       now_ms() - start);
	unload();
	nap_us(REST_MS * 1000);
}

int settle(char **argv)
{
	long i, rounds = atol(argv[2]);

	name = argv[0];
	choose(&systems[0], argv[1]);
	for (i = 0; i < rounds; i++) {
		calibrate();
		settle_one(false);
		settle_one(true);
	}
	return 0;
}

/*
 * A change, and as long again without one: what the machine does anyway, and
 * what looking costs, cancel out.
 */
#define WINDOW_US	1000000

static void measure_window(const char *what, void (*begin)(void),
			   bool (*done)(void))
{
	double start = number(TARGET "busy"), middle;
	int i, windows = 0;

	begin();
	do {
		nap_us(WINDOW_US);
		windows++;
	} while (!done());
	middle = number(TARGET "busy");
	for (i = 0; i < windows; i++) {
		nap_us(WINDOW_US);
		done();
	}
	sample(what, name, "instructions", live->name,
	       2 * middle - start - number(TARGET "busy"));
}

void measure_work(void)
{
	measure_window("work.apply.", load, applied);
	measure_window("work.revert.", revert, reverted);
	unload();
	nap_us(REST_MS * 1000);
}

int changes(char **argv, void (*measure)(void))
{
	int rounds = atoi(argv[2]), round, i;

	name = argv[0];
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < NR_SYSTEMS; i++) {
			if (argv[3] && strcmp(argv[3], systems[i].prefix))
				continue;
			choose(&systems[i], argv[1]);
			measure();
		}
	}
	return 0;
}
