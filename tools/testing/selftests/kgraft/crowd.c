// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A crowd of sleepers: a change gets them all across, and nobody else waits
 * for longer because they are so many.
 *
 * KGR_CROWD=N in the environment makes it N sleepers, KGR_DELAY_US=N fails if a
 * real-time task was held up for longer. That delay means something only where
 * time does: with one CPU whose clock counts instructions it is the longest
 * stretch in which the kernel could not be preempted.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1 "kgr_test_patch1"

#define SLEEPERS	10000
#define PER_PROCESS	100
#define MAX_PROCESSES	1000
#define STACK		(64 << 10)

/* How long a change may take with all of them, in an emulated machine. */
#define BOUND_MS	KGR_SETTLE_MS

/* The real-time task wants to run this often. */
#define PERIOD_US	100

/* In memory that is shared. */
static struct {
	int asleep;
	int noticed;
	unsigned int word;
} *crowd;

static int pipefd[2];
static int epfd;

/* --- Sleepers --- */

static void *sleeper(void *arg)
{
	struct pollfd pfd = { .fd = pipefd[0], .events = POLLIN };
	struct timespec ts = { .tv_sec = 1000000 };
	struct epoll_event ev;
	char c;

	__atomic_fetch_add(&crowd->asleep, 1, __ATOMIC_RELAXED);
	switch ((long)arg % 5) {
	case 0:
		syscall(SYS_futex, &crowd->word, FUTEX_WAIT, 0, NULL, NULL, 0);
		break;
	case 1:
		poll(&pfd, 1, -1);
		break;
	case 2:
		read(pipefd[0], &c, 1);
		break;
	case 3:
		nanosleep(&ts, NULL);
		break;
	case 4:
		epoll_wait(epfd, &ev, 1, -1);
		break;
	}
	__atomic_fetch_add(&crowd->noticed, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void sleepers(long nr)
{
	pthread_attr_t attr;
	pthread_t thread;
	long i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	epfd = epoll_create1(0);
	for (i = 1; i < nr; i++)
		if (pthread_create(&thread, &attr, sleeper, (void *)i))
			_exit(1);
	sleeper(NULL);
}

/* --- The real-time task --- */

static struct {
	pthread_t thread;
	bool stop;
	long long worst_us;
} watch;

static long long us_since(const struct timespec *ts)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - ts->tv_sec) * 1000000LL +
	       (now.tv_nsec - ts->tv_nsec) / 1000;
}

static void *watch_fn(void *arg)
{
	struct timespec next;
	long long late;

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!__atomic_load_n(&watch.stop, __ATOMIC_RELAXED)) {
		next.tv_nsec += PERIOD_US * 1000;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		late = us_since(&next);
		if (late > watch.worst_us)
			watch.worst_us = late;
		/* What was missed is not to be caught up with. */
		if (late > PERIOD_US)
			clock_gettime(CLOCK_MONOTONIC, &next);
	}
	return NULL;
}

static bool watch_start(void)
{
	struct sched_param param = { .sched_priority = 50 };
	pthread_attr_t attr;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	watch.stop = false;
	watch.worst_us = 0;
	return !pthread_create(&watch.thread, &attr, watch_fn, NULL);
}

static long long watch_stop(void)
{
	__atomic_store_n(&watch.stop, true, __ATOMIC_RELAXED);
	pthread_join(watch.thread, NULL);
	return watch.worst_us;
}

/* --- The test --- */

static long number(const char *name, long otherwise)
{
	const char *env = getenv(name);

	return env ? atol(env) : otherwise;
}

FIXTURE(crowd) {
	pid_t pids[MAX_PROCESSES];
	long nr, processes;
};

FIXTURE_SETUP(crowd)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	long left;

	ASSERT_TRUE(kgr_is_clean());
	self->nr = number("KGR_CROWD", SLEEPERS);
	ASSERT_GE((long)MAX_PROCESSES * PER_PROCESS, self->nr);
	setrlimit(RLIMIT_NPROC, &unlimited);
	crowd = mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, crowd);
	ASSERT_EQ(0, pipe(pipefd));
	for (left = self->nr; left > 0; left -= PER_PROCESS) {
		pid_t pid = kgr_fork();

		ASSERT_LE(0, pid);
		if (!pid) {
			sleepers(left < PER_PROCESS ? left : PER_PROCESS);
			_exit(0);
		}
		self->pids[self->processes++] = pid;
	}
	ASSERT_TRUE(KGR_WITHIN(1000 * KGR_TIMEOUT / 2,
			       crowd->asleep == self->nr));
	kgr_sleep_ms(500);
}

FIXTURE_TEARDOWN_PARENT(crowd)
{
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(crowd, crosses, KGR_TIMEOUT)
{
	long bound = number("KGR_DELAY_US", 0);
	long long there, back, before, during;
	long i;

	ASSERT_TRUE(watch_start());
	kgr_sleep_ms(500);
	before = watch_stop();

	ASSERT_TRUE(watch_start());
	there = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_EQ(0, kgr_wait_done(BOUND_MS));
	there = kgr_now_ms() - there;
	back = kgr_now_ms();
	ASSERT_EQ(0, kgr_revert_done(P1));
	back = kgr_now_ms() - back;
	during = watch_stop();

	TH_LOG("%ld sleepers: %lld ms there, %lld ms back; a real-time task waits for %lld us, %lld us otherwise",
	       self->nr, there, back, during, before);
	EXPECT_GT(BOUND_MS, there);
	EXPECT_GT(BOUND_MS, back);
	EXPECT_EQ(0, crowd->noticed);
	if (bound)
		EXPECT_GE(bound, during);

	for (i = 0; i < self->processes; i++) {
		kill(self->pids[i], SIGKILL);
		waitpid(self->pids[i], NULL, 0);
	}
	EXPECT_EQ(0, kgr_retire(P1));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
