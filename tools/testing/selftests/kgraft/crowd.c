// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many sleepers: all cross a change, and no other task is delayed by their
 * number.
 *
 * A real-time task that always wants to run measures for how long the kernel
 * cannot be preempted, while sleepers and kGraft share its CPU. Its usual delay
 * is measured by keeping that CPU as busy without a change, with preemptible
 * walks of the task list. The additional delay may be as long as a few of these
 * walks, because marking the tasks is one such walk without preemption.
 *
 * If memory is short there are fewer sleepers. KGR_CROWD=N in the environment
 * sets their number.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1 "kgr_test_patch1"

/* Fewer on a kernel that checks itself, which creates them much more slowly. */
#define SLEEPERS	(kgr_kernel_checks_itself() ? 1000 : 10000)
#define MIN_SLEEPERS	(SLEEPERS / 5)
#define PER_PROCESS	100
#define MAX_PROCESSES	1000
#define STACK		(64 << 10)

/* Upper bound of the memory for one sleeper, in KiB. */
#define SLEEPER_KB	80

/* Time limit of a change with all of them, in an emulated machine. */
#define BOUND_MS	KGR_SETTLE_MS

/* The real-time task wants to run this often. */
#define PERIOD_US	100

/*
 * The best of some rounds counts, because the machine may be busy. A delay
 * caused by the change occurs in every round.
 */
#define LEAST_ROUNDS	3
#define ROUNDS		20

/*
 * Permitted additional delay of the real-time task, in walks of the task list.
 */
#define WALKS		4

/* A difference too small to be measured. */
#define NOISE_US	kgr_bound(1000)

/* The CPUs of unbound workers. */
#define WORKERS		"/sys/devices/virtual/workqueue/cpumask"

/* Number of reads of a file, and by how much one may be slower than another. */
#define READS		2000
#define CHEAP		10

/* Maximum number of tasks left when all but one can cross. */
#define FEW		5

#define KINDS		5

/* In shared memory. */
static struct {
	int asleep;
	int noticed[KINDS];
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
	switch ((long)arg % KINDS) {
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
	__atomic_fetch_add(&crowd->noticed[(long)arg % KINDS], 1, __ATOMIC_RELAXED);
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
		/* Do not catch up with missed periods. */
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

/* --- How long it waits --- */

/* All on its CPU: other CPUs would only take time from it under emulation. */
static bool all_on_one_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	return !sched_setaffinity(0, sizeof(cpus), &cpus) &&
	       !kgr_write(WORKERS, "1");
}

/* Time of a walk of all threads that does almost nothing, in us. */
static long long walk(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	getpriority(PRIO_USER, 0);
	return us_since(&ts);
}

static void least(long long *of, long long value)
{
	if (value < *of)
		*of = value;
}

/* Whether apply and revert succeeded; how long each took, in ms. */
static bool change(long long *there, long long *back)
{
	*there = kgr_now_ms();
	if (kgr_load(P1, NULL) || kgr_wait_done(BOUND_MS))
		return false;
	*there = kgr_now_ms() - *there;
	*back = kgr_now_ms();
	if (kgr_revert_done(P1))
		return false;
	*back = kgr_now_ms() - *back;
	return true;
}

/* Maximum delay of the real-time task during a change; -1: failure. */
static long long wait_in_change(void)
{
	long long there, back, us;
	bool ok;

	if (!watch_start())
		return -1;
	ok = change(&there, &back);
	us = watch_stop();
	return ok && !kgr_retire(P1) ? us : -1;
}

/* The same without a change, while its CPU is as busy. */
static long long wait_in_walks(long long ms)
{
	long long end = kgr_now_ms() + ms;

	if (!watch_start())
		return -1;
	while (kgr_now_ms() < end)
		walk();
	return watch_stop();
}

/* --- The test --- */

static long number(const char *name, long otherwise)
{
	const char *env = getenv(name);

	return env ? atol(env) : otherwise;
}

/* As many as fit into half of the memory. */
static long sleepers_that_fit(void)
{
	char line[128];
	long kb = 0;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	kb /= 2 * SLEEPER_KB;
	return kb < SLEEPERS ? kb : SLEEPERS;
}

static pid_t pids[MAX_PROCESSES];
static long nr_sleepers, processes;

static bool gather(void)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	long left;

	setrlimit(RLIMIT_NPROC, &unlimited);
	for (left = nr_sleepers; left > 0; left -= PER_PROCESS) {
		pid_t pid = kgr_fork();

		if (pid < 0)
			return false;
		if (!pid) {
			sleepers(left < PER_PROCESS ? left : PER_PROCESS);
			_exit(0);
		}
		pids[processes++] = pid;
	}
	if (!KGR_WITHIN(1000 * KGR_TIMEOUT / 2, crowd->asleep == nr_sleepers))
		return false;
	kgr_sleep_ms(500);
	return true;
}

/* Whether none of them has noticed anything. */
static bool disperse(void)
{
	bool ok = true;
	long i;

	for (i = 0; i < KINDS; i++) {
		if (!crowd->noticed[i])
			continue;
		fprintf(stderr, "# %d sleepers of kind %ld notice\n",
			crowd->noticed[i], i);
		ok = false;
	}
	for (i = 0; i < processes; i++)
		kgr_kill(pids[i]);
	return ok;
}

/* Restores the CPUs of workers. */
static char workers[256];

FIXTURE(crowd) {};

FIXTURE_SETUP(crowd)
{
	ASSERT_TRUE(kgr_is_clean());
	nr_sleepers = number("KGR_CROWD", sleepers_that_fit());
	if (nr_sleepers < MIN_SLEEPERS)
		SKIP(return, "too little memory");
	ASSERT_GE((long)MAX_PROCESSES * PER_PROCESS, nr_sleepers);
	crowd = mmap(NULL, sizeof(*crowd), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, crowd);
	ASSERT_EQ(0, pipe(pipefd));
}

FIXTURE_TEARDOWN_PARENT(crowd)
{
	EXPECT_EQ(0, kgr_write(WORKERS, workers));
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(crowd, crosses, KGR_TIMEOUT)
{
	long long there, back;

	ASSERT_TRUE(gather());
	ASSERT_TRUE(change(&there, &back));
	TH_LOG("%ld sleepers: %lld ms there, %lld ms back", nr_sleepers, there,
	       back);
	EXPECT_GT(BOUND_MS, there);
	EXPECT_GT(BOUND_MS, back);
	EXPECT_TRUE(disperse());
	EXPECT_EQ(0, kgr_retire(P1));
}

/* All figures are in us, the minimum of some rounds. */
TEST_F_TIMEOUT(crowd, delays_no_task, KGR_TIMEOUT)
{
	long long anyway = LLONG_MAX, during = LLONG_MAX, once = LLONG_MAX;
	long long us, start, bound = 0;
	int i;

	ASSERT_TRUE(all_on_one_cpu());
	ASSERT_TRUE(gather());
	for (i = 0; i < LEAST_ROUNDS || (i < ROUNDS && during > bound); i++) {
		least(&once, walk());
		start = kgr_now_ms();
		us = wait_in_change();
		ASSERT_LE(0, us);
		least(&during, us);
		us = wait_in_walks(kgr_now_ms() - start);
		ASSERT_LE(0, us);
		least(&anyway, us);
		bound = anyway + WALKS * once + NOISE_US;
	}
	EXPECT_TRUE(disperse());

	TH_LOG("%ld sleepers: a real-time task waits for %lld us, for %lld us without a change",
	       nr_sleepers, during, anyway);
	TH_LOG("a walk takes %lld us: it is held up for %.1f walks, after %d rounds",
	       once, during > anyway ? (double)(during - anyway) / once : 0, i);
	EXPECT_GE(bound, during);
}

/* Time of many reads of a file, in us; -1: unexpected content. */
static long long reads(const char *path, long least, long most)
{
	struct timespec ts;
	int i;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	for (i = 0; i < READS; i++) {
		long seen = kgr_number(path);

		if (seen < least || seen > most)
			return -1;
	}
	return us_since(&ts);
}

/* Any user may read how many tasks are left; it must cost others nothing. */
TEST_F_TIMEOUT(crowd, remaining_is_cheap, KGR_TIMEOUT)
{
	long long counted, plain;
	struct kgr_held held;
	int seen[2];

	ASSERT_TRUE(gather());
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(BOUND_MS, kgr_number(KGR_DIR "remaining") <= FEW));
	counted = reads(KGR_DIR "remaining", 1, FEW);
	plain = reads(KGR_DIR "in_progress", 1, 1);
	TH_LOG("%d reads: %lld us, of another file %lld us", READS, counted,
	       plain);
	ASSERT_LT(0, counted);
	ASSERT_LT(0, plain);
	EXPECT_GT(CHEAP * plain, counted);
	EXPECT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(0, kgr_wait_done(BOUND_MS));
	EXPECT_EQ(0, kgr_number(KGR_DIR "remaining"));
	EXPECT_TRUE(disperse());
	EXPECT_EQ(0, kgr_revert_done(P1));
	EXPECT_EQ(0, kgr_retire(P1));
}

int main(int argc, char **argv)
{
	kgr_read(WORKERS, workers, sizeof(workers));
	return kgr_main(argc, argv, test_harness_run);
}
