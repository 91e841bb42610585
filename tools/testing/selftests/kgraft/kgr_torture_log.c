// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What kgrtorture has done lately, to be printed when something is wrong; and
 * its random numbers.
 */

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kgr_test.h"
#include "kgr_torture.h"

#define EVENTS	256
#define SHOWN	60

struct log {
	atomic_uint next;
	long long start;
	struct {
		long ms;
		pid_t pid;
		char text[112];
	} event[EVENTS];
};

static struct log *events;

bool kgr_log_init(void)
{
	events = mmap(NULL, sizeof(*events), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return events != MAP_FAILED;
}

void kgr_log_start(void)
{
	events->start = kgr_now_ms();
}

/* A program that a child executes does not have the memory: it goes without. */
void kgr_log(const char *fmt, ...)
{
	unsigned int nr;
	va_list args;

	if (!events)
		return;
	nr = atomic_fetch_add(&events->next, 1) % EVENTS;
	events->event[nr].ms = kgr_now_ms() - events->start;
	events->event[nr].pid = getpid();
	va_start(args, fmt);
	vsnprintf(events->event[nr].text, sizeof(events->event[nr].text), fmt,
		  args);
	va_end(args);
}

void kgr_log_print(void)
{
	unsigned int end = atomic_load(&events->next), i;

	for (i = end > SHOWN ? end - SHOWN : 0; i != end; i++)
		printf("# %8ld ms, %d: %s\n", events->event[i % EVENTS].ms,
		       events->event[i % EVENTS].pid,
		       events->event[i % EVENTS].text);
}

/* splitmix64 */
void kgr_random_seed(struct kgr_random *r, unsigned long seed)
{
	r->state = seed;
}

unsigned int kgr_random(struct kgr_random *r, unsigned int below)
{
	unsigned long long z = (r->state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return (z ^ (z >> 31)) % below;
}
