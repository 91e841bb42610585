// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that continuously read what the kernel runs, and judge it.
 *
 * The test states beforehand what each universe will show. A thread remembers
 * the oldest universe that explains all it has seen so far. A result that no
 * universe from there to the newest announced one explains comes from the past:
 * the thread has gone back.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kgr_load.h"
#include "kgr_test.h"

#define MAX_HISTORY	4096
#define MAX_THREADS	32

/* What the universes show, counted from the one the test starts in. */
static int history[MAX_HISTORY];
static atomic_uint newest;

struct hammer {
	pthread_t thread;
	int fd;
	/* lines that were judged */
	atomic_ulong looked;
	unsigned int universe;
	struct kgr_hammer_result result;
};

static struct hammer hammers[MAX_THREADS];
static int nr_hammers;
static atomic_bool stop;

void kgr_history_start(int value)
{
	history[0] = value;
	atomic_store(&newest, 0);
}

/* To be called before the change is made. */
void kgr_history_next(int value)
{
	unsigned int n = atomic_load(&newest) + 1;

	if (n >= MAX_HISTORY)
		abort();
	history[n] = value;
	atomic_store(&newest, n);
}

static void judge(struct hammer *h, int value, unsigned int until)
{
	unsigned int u;

	for (u = h->universe; u <= until; u++) {
		if (history[u] != value)
			continue;
		h->result.crossed += u - h->universe;
		h->universe = u;
		return;
	}
	h->result.backwards++;
}

static void *hammer_fn(void *arg)
{
	struct hammer *h = arg;
	int seen[2];

	/*
	 * Lower the priority of this thread: let kernel threads and the test
	 * run.
	 */
	setpriority(PRIO_PROCESS, 0, 10);
	while (!atomic_load(&stop)) {
		if (!kgr_pair(h->fd, seen)) {
			/*
			 * A signal handler of the test has run; nothing to
			 * judge.
			 */
			h->result.failed += errno != EINTR;
			continue;
		}
		h->result.lines++;
		if (seen[0] != seen[1])
			h->result.mixed++;
		else
			judge(h, seen[0], atomic_load(&newest));
		atomic_fetch_add(&h->looked, 1);
	}
	return NULL;
}

/*
 * Waits until each thread has read and judged a line that it began to read
 * after this was called. A statement about tasks that look while something
 * happens is void if they had no time to look.
 */
bool kgr_hammers_look(void)
{
	unsigned long until[MAX_THREADS];
	int i;

	/* The next one may have been begun before. */
	for (i = 0; i < nr_hammers; i++)
		until[i] = atomic_load(&hammers[i].looked) + 2;
	for (i = 0; i < nr_hammers; i++)
		if (!KGR_WITHIN(KGR_SETTLE_MS,
				atomic_load(&hammers[i].looked) >= until[i]))
			return false;
	return true;
}

/* When this returns, all threads are reading. */
bool kgr_hammer_start(const char *file, int nr)
{
	char path[128];

	snprintf(path, sizeof(path), KGR_TARGET "%s", file);
	if (!nr_hammers)
		atomic_store(&stop, false);
	while (nr--) {
		struct hammer *h = &hammers[nr_hammers];

		if (nr_hammers == MAX_THREADS)
			return false;
		*h = (struct hammer){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
		if (h->fd < 0 || pthread_create(&h->thread, NULL, hammer_fn, h))
			return false;
		nr_hammers++;
	}
	return kgr_hammers_look();
}

void kgr_hammer_stop(struct kgr_hammer_result *result)
{
	*result = (struct kgr_hammer_result){};
	/* No thread stops before it has seen the final state. */
	result->failed += !kgr_hammers_look();
	atomic_store(&stop, true);
	while (nr_hammers) {
		struct hammer *h = &hammers[--nr_hammers];

		pthread_join(h->thread, NULL);
		close(h->fd);
		result->lines += h->result.lines;
		result->crossed += h->result.crossed;
		result->mixed += h->result.mixed;
		result->backwards += h->result.backwards;
		result->failed += h->result.failed;
	}
}
