// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * late.c - how long a task waits for its CPU while a patch is applied
 *
 * A real-time task that wants the CPU every now and then, and must have it.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "live.h"
#include "util.h"

#define PERIOD_US	100

static struct {
	pthread_t thread;
	bool stop;
	double worst_us;
} watch;

static double us_since(const struct timespec *ts)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - ts->tv_sec) * 1e6 + (now.tv_nsec - ts->tv_nsec) / 1e3;
}

static void *watch_fn(void *arg)
{
	struct timespec next;
	double late;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!__atomic_load_n(&watch.stop, __ATOMIC_RELAXED)) {
		next.tv_nsec += PERIOD_US * 1000;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		late = us_since(&next);
		if (late > watch.worst_us)
			watch.worst_us = late;
		/* Go on from now instead of catching up. */
		if (late > PERIOD_US)
			clock_gettime(CLOCK_MONOTONIC, &next);
	}
	return NULL;
}

static void watch_start(void)
{
	struct sched_param param = { .sched_priority = 50 };
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	watch.stop = false;
	watch.worst_us = 0;
	if (pthread_create(&watch.thread, &attr, watch_fn, NULL))
		die("real-time thread");
}

static void watch_stop(const char *what, const char *who)
{
	__atomic_store_n(&watch.stop, true, __ATOMIC_RELAXED);
	pthread_join(watch.thread, NULL);
	sample(what, name, "us", who, watch.worst_us);
}

/*
 * So that the CPU is never idle: with an idle CPU, a clock that counts
 * instructions waits for that of the host, and is late itself.
 */
static pid_t spin(void)
{
	struct sched_param param = { 0 };
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sched_setscheduler(0, SCHED_IDLE, &param))
		die("SCHED_IDLE");
	for (;;)
		;
}

void measure_late(void)
{
	pid_t spinner = spin();

	watch_start();
	nap_us(REST_MS * 1000);
	watch_stop("late.before.", live->name);
	/* Loading copies and checks the module, which is not looked at here. */
	watch_start();
	load();
	wait_until(applied, 10000);
	watch_stop("late.apply.", live->name);
	watch_start();
	revert();
	wait_until(reverted, 10000);
	watch_stop("late.revert.", live->name);
	kill(spinner, SIGKILL);
	waitpid(spinner, NULL, 0);
	unload();
	nap_us(REST_MS * 1000);
}
