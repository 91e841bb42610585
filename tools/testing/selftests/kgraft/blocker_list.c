// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of tasks that have yet to cross, for whatever reason: its lines, its
 * times, and that it is complete, however long it is.
 */

#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"

/*
 * Number of threads that sleep at once; a quarter on a kernel that checks
 * itself.
 */
#define MANY	10000

/* Maximum time to read a list of as many, in an emulated machine. */
#define MANY_MS	20000

/* A difference that can be measured. */
#define WAITED_MS	250

FIXTURE(blocker_list) {
	struct kgr_held held, other;
};

FIXTURE_SETUP(blocker_list)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
}

FIXTURE_TEARDOWN_PARENT(blocker_list)
{
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(blocker_list, no_task, KGR_TIMEOUT)
{
	struct stat st;

	EXPECT_EQ(0, kgr_blockers(4096, NULL, NULL));
	ASSERT_EQ(0, stat(KGR_BLOCKERS, &st));
	EXPECT_EQ(0400, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
}

/* Names cannot break a line or a field, nor a terminal. */
TEST_F_TIMEOUT(blocker_list, odd_names, KGR_TIMEOUT)
{
	static const struct {
		const char *name, *shown;
	} names[] = {
		{ "a\tb\nc", "a\\011b\\012c" },
		{ "1\t2\t3\t4\t5\t6\t7", "1\\0112\\0113\\0114\\0115\\0116\\0117" },
		{ "\\\033[2J\177\351", "\\134\\033[2J\\177\\351" },
		{ "with blank", "with blank" },
		{ "", "-" },
	};
	pid_t pids[ARRAY_SIZE(names)];
	struct kgr_blocker b;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		pids[i] = kgr_fork();
		if (!pids[i]) {
			prctl(PR_SET_NAME, names[i].name);
			kgr_pause();
		}
	}
	for (i = 0; i < ARRAY_SIZE(names); i++)
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_sleeps_in_call(pids[i], SYS_pause)));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_TRUE(kgr_blocked_by(pids[i], "in a syscall: pause"));
		EXPECT_TRUE(kgr_blocker_find(pids[i], &b));
		EXPECT_STREQ(names[i].shown, b.comm);
		kgr_kill(pids[i]);
	}
}

/* From the oldest change that a task has missed, not from its sleep. */
TEST_F_TIMEOUT(blocker_list, waited, KGR_TIMEOUT)
{
	struct kgr_blocker a, b;
	long long start;

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(kgr_hold(&self->other, "block_hard"));
	ASSERT_TRUE(kgr_blocker_find(self->held.pid, &a));
	EXPECT_LE(0, a.waited_ms);
	EXPECT_LE(a.waited_ms, kgr_now_ms() - start);
	EXPECT_FALSE(kgr_blocker_find(self->other.pid, &b));

	/* By then the other task has also slept for long. */
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_blocker_find(self->held.pid, &a) &&
			       a.waited_ms >= 2 * WAITED_MS));
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(P2, NULL));
	ASSERT_TRUE(kgr_blocker_find(self->held.pid, &a));
	ASSERT_TRUE(kgr_blocker_find(self->other.pid, &b));
	EXPECT_LE(b.waited_ms, kgr_now_ms() - start);
	EXPECT_LE(2 * WAITED_MS, a.waited_ms - b.waited_ms);
	EXPECT_EQ(a.universe + 1, b.universe);
}

/* When the held task was traced so far; at most 2 times are stored. */
static int traced(pid_t pid, long ms[2])
{
	char line[512], who[64], *at;
	FILE *trace = fopen(KGR_TRACE "trace", "re");
	int nr = 0;

	snprintf(who, sizeof(who), "comm=blocker_list pid=%d universe=%ld ", pid,
		 kgr_global("horizon"));
	while (trace && nr < 2 && fgets(line, sizeof(line), trace)) {
		at = strstr(line, " kgr_task_blocked: ");
		if (!at || !strstr(at, who) ||
		    !strstr(at, "kind=\"user\" reason=\"uninterruptible\""))
			continue;
		at = strstr(at, " msecs=");
		ms[nr++] = at ? atol(at + strlen(" msecs=")) : -1;
	}
	if (trace)
		fclose(trace);
	return nr;
}

/* It is traced after a second, then after two more, not at every retry. */
TEST_F_TIMEOUT(blocker_list, tracepoint, KGR_TIMEOUT)
{
	long ms[2];

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, traced(self->held.pid, ms) == 2));
	free(kgr_trace_stop());
	EXPECT_LE(1000, ms[0]);
	/*
	 * A due report is noticed a little later, and written a little later.
	 */
	EXPECT_LE(1500, ms[1] - ms[0]);
}

static atomic_int started;
static pid_t *tids;

static void *many_fn(void *arg)
{
	tids[(long)arg] = syscall(SYS_gettid);
	atomic_fetch_add(&started, 1);
	kgr_pause();
	return NULL;
}

/* A child with this many sleeping threads; their TIDs are in shared memory. */
static pid_t start_many(int nr)
{
	pthread_attr_t attr;
	pthread_t thread;
	int done[2];
	pid_t pid;
	char c;
	long i;

	kgr_write("/proc/sys/kernel/threads-max", "60000");
	tids = mmap(NULL, nr * sizeof(*tids), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tids == MAP_FAILED || pipe2(done, O_CLOEXEC))
		return -1;
	pid = kgr_fork();
	if (!pid) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN);
		pthread_attr_setguardsize(&attr, 0);
		for (i = 0; i < nr; i++) {
			int ret = pthread_create(&thread, &attr, many_fn,
						 (void *)i);

			if (ret) {
				fprintf(stderr, "# thread %ld: %s\n", i,
					strerror(ret));
				_exit(1);
			}
		}
		while (atomic_load(&started) < nr)
			kgr_sleep_ms(10);
		if (write(done[1], "x", 1) != 1)
			_exit(1);
		kgr_pause();
	}
	close(done[1]);
	if (read(done[0], &c, 1) != 1)
		pid = -1;
	close(done[0]);
	return pid;
}

/* Count how often each of them is listed. */
static int listed[MANY];
static int many;

static int by_tid(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

static void tick(const struct kgr_blocker *b, void *arg)
{
	pid_t tid = b->tid, *at;

	at = bsearch(&tid, tids, many, sizeof(*tids), by_tid);
	if (at && !strcmp(b->reason, "in a syscall: pause"))
		listed[at - tids]++;
}

static int not_once(void)
{
	int i, nr = 0;

	for (i = 0; i < many; i++)
		nr += listed[i] != 1;
	memset(listed, 0, sizeof(listed));
	return nr;
}

/* Threads that have not begun to sleep may be in another system call. */
static bool all_listed(void)
{
	return kgr_blockers(65536, tick, NULL) >= many && !not_once();
}

static atomic_bool churning;

static void *churn_fn(void *arg)
{
	while (atomic_load(&churning)) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	return NULL;
}

/*
 * Each is listed exactly once, whatever the size of reads, while others begin
 * and end.
 */
TEST_F_TIMEOUT(blocker_list, ten_thousand, KGR_TIMEOUT)
{
	static const size_t chunks[] = { 65536, 4096, 1 << 20, 97 };
	pthread_t churn;
	unsigned int i;
	long long ms;
	pid_t pid;

	many = kgr_kernel_checks_itself() ? MANY / 4 : MANY;
	pid = start_many(many);
	ASSERT_LT(0, pid);
	qsort(tids, many, sizeof(*tids), by_tid);
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") >= many));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, all_listed()));

	atomic_store(&churning, true);
	ASSERT_EQ(0, pthread_create(&churn, NULL, churn_fn, NULL));
	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		ms = kgr_now_ms();
		EXPECT_LE(many, kgr_blockers(chunks[i], tick, NULL));
		ms = kgr_now_ms() - ms;
		TH_LOG("%lld ms in pieces of %zu bytes", ms, chunks[i]);
		EXPECT_GT(MANY_MS, ms);
		EXPECT_EQ(0, not_once());
	}
	atomic_store(&churning, false);
	pthread_join(churn, NULL);

	/* Stop reading half way, while they all end. */
	i = open(KGR_BLOCKERS, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(97, read(i, listed, 97));
	kgr_kill(pid);
	while (read(i, listed, sizeof(listed)) > 0)
		;
	close(i);
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
