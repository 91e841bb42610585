// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * watch.c - run a command and look at /sys/kernel/kgraft/remaining meanwhile
 *
 *	watch LEAST MS COMMAND [ARG...]
 *
 * Each time the number changes prints "SECONDS NUMBER", in the time that the
 * kernel's trace has with the clock "mono". Ends well when the command has, and
 * the number was above LEAST, and then at LEAST for a while; badly if the
 * command does, or after MS.
 *
 * In C and with real-time priority, because much happens within a millisecond.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REMAINING	"/sys/kernel/kgraft/remaining"
#define INTERVAL_NS	400000
#define SETTLED_MS	60

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static long remaining(int fd)
{
	char buf[24];
	ssize_t len = pread(fd, buf, sizeof(buf) - 1, 0);

	if (len <= 0) {
		perror("watch: " REMAINING);
		exit(1);
	}
	buf[len] = '\0';
	return atol(buf);
}

/*
 * Whether the number stays at @least after having been above it. Not waited for
 * once the command has failed, which @status tells.
 */
static bool look(int fd, long least, double end, pid_t command, int *status)
{
	const struct timespec interval = { .tv_nsec = INTERVAL_NS };
	bool seen = false, ended = false;
	long number, last = 0;
	double since = 0;

	for (;;) {
		double t = now();

		if (!ended)
			ended = waitpid(command, status, WNOHANG) == command;
		if (t > end || (ended && *status))
			return false;
		number = remaining(fd);
		if (number != last) {
			printf("%.6f %ld\n", t, number);
			since = t;
		}
		last = number;
		seen |= number > least;
		if (ended && seen && number == least &&
		    t - since > SETTLED_MS / 1e3)
			return true;
		nanosleep(&interval, NULL);
	}
}

int main(int argc, char **argv)
{
	const struct sched_param param = { .sched_priority = 1 };
	int fd = open(REMAINING, O_RDONLY | O_CLOEXEC);
	int status = 0;
	pid_t pid;

	if (argc < 4 || fd < 0) {
		fprintf(stderr, "usage: watch LEAST MS COMMAND, with kGraft\n");
		return 2;
	}
	/* The command keeps its ordinary priority. */
	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param))
		perror("watch: sched_setscheduler");
	pid = fork();
	if (pid < 0) {
		perror("watch: fork");
		return 1;
	}
	if (!pid) {
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	return look(fd, atol(argv[1]), now() + atol(argv[2]) / 1e3, pid,
		    &status) ? 0 : 1;
}
