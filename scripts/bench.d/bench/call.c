// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * call.c - what a call of a patched function costs
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "live.h"
#include "util.h"

#define HOLD		"/sys/kernel/debug/bench/hold"
#define WAKE		"/sys/kernel/kgraft/wake"

int call(const char *what, const char *who)
{
	sample(what, "", "instructions", who, number(TARGET "cost"));
	return 0;
}

/* How long it takes until functions that jump call the handler again. */
int jump(const char *what, const char *who)
{
	unsigned long start = cycles();

	write_file(JUMP, "0");
	sample(what, "", "instructions", who, cycles() - start);
	write_file(JUMP, "1");
	return 0;
}

/* The reader stays in its system call, and so in its universe, or state. */
int held(char **argv)
{
	char text[64] = "";
	int i, fd, out[2];
	pid_t pid;

	for (i = 0; i < NR_SYSTEMS; i++) {
		choose(&systems[i], argv[1]);
		if (pipe(out))
			die("pipe");
		pid = fork();
		if (!pid) {
			fd = open(HOLD, O_RDONLY);
			if (read(fd, text, sizeof(text)) > 0)
				write(out[1], text, strlen(text));
			_exit(0);
		}
		/* Until it sleeps in there, where it must not be woken. */
		nap_us(200000);
		write_file(WAKE, "none");
		load();
		nap_us(500000);
		if (applied()) {
			fprintf(stderr, "bench: %s does not wait\n", module);
			return 1;
		}
		sample(argv[0], ".new", "instructions", live->name,
		       number(TARGET "cost"));
		write_file(HOLD, "1");
		if (read(out[0], text, sizeof(text)) <= 0)
			die(HOLD);
		sample(argv[0], ".old", "instructions", live->name,
		       strtod(text, NULL));
		write_file(WAKE, "transparent");
		close(out[0]);
		close(out[1]);
		waitpid(pid, NULL, 0);
		wait_until(applied, 10000);
		revert();
		wait_until(reverted, 10000);
		unload();
		nap_us(REST_MS * 1000);
	}
	return 0;
}
