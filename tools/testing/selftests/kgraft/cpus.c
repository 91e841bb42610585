// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Busy and idle CPUs, and CPUs that go offline and online.
 *
 * The policy is "none" wherever it matters that no task is woken.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define CPU1	"/sys/devices/system/cpu/cpu1/online"

FIXTURE(cpus) {};

FIXTURE_SETUP(cpus)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(cpus)
{
	EXPECT_TRUE(kgr_clean_up());
}

static bool pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

/* Processes that only compute are interrupted, and cross on their return. */
TEST_F_TIMEOUT(cpus, spinners_cross, KGR_TIMEOUT)
{
	int nr = sysconf(_SC_NPROCESSORS_ONLN), cpu;
	long long start;
	pid_t pids[64];

	ASSERT_GE(64, nr);
	for (cpu = 0; cpu < nr; cpu++) {
		pids[cpu] = kgr_fork();
		if (!pids[cpu]) {
			pin(cpu);
			for (;;)
				;
		}
	}
	kgr_sleep_ms(50);
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(P1, NULL));
	for (cpu = 0; cpu < nr; cpu++)
		EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_pending(pids[cpu]) == 0));
	TH_LOG("crossed after %lld ms", kgr_now_ms() - start);

	/* Now only these processes get a CPU: idle tasks must cross, too. */
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	TH_LOG("complete after %lld ms", kgr_now_ms() - start);
	for (cpu = 0; cpu < nr; cpu++)
		kill(pids[cpu], SIGKILL);
}

/* An idle CPU crosses without other work for it. */
TEST_F_TIMEOUT(cpus, idle_ones_cross, KGR_TIMEOUT)
{
	long long start, worst = 0;
	int i;

	for (i = 0; i < 5; i++) {
		kgr_sleep_ms(200);
		start = kgr_now_ms();
		ASSERT_EQ(0, kgr_apply(P1));
		ASSERT_EQ(0, kgr_revert_done(P1));
		if (worst < kgr_now_ms() - start)
			worst = kgr_now_ms() - start;
		ASSERT_EQ(0, kgr_retire(P1));
	}
	TH_LOG("there and back took %lld ms at most", worst);
	EXPECT_GT(kgr_bound(2000), worst);
}

static bool cpu1_sees(int value)
{
	pid_t pid = kgr_fork();

	if (!pid)
		_exit(!pin(1) || !kgr_now_is(value, value));
	return kgr_reap(pid);
}

TEST_F_TIMEOUT(cpus, offline_and_back, KGR_TIMEOUT)
{
	struct kgr_held held;
	int seen[2];

	if (access(CPU1, W_OK))
		SKIP(return, "needs a second CPU that can go offline");

	/* Offline before the change, online in the middle of it. */
	ASSERT_EQ(0, kgr_write(CPU1, "0"));
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	ASSERT_EQ(0, kgr_write(CPU1, "1"));
	EXPECT_TRUE(cpu1_sees(1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));

	/* Goes offline during the change and stays so until its end. */
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_revert(P1));
	ASSERT_EQ(0, kgr_write(CPU1, "0"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(1, seen[1]);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(0, kgr_write(CPU1, "1"));
	EXPECT_TRUE(cpu1_sees(0));
	EXPECT_EQ(0, kgr_global("remaining"));
	EXPECT_EQ(0, kgr_retire(P1));
}

/* Offline for a whole change: it must not be left in the old universe. */
TEST_F_TIMEOUT(cpus, offline_all_the_while, KGR_TIMEOUT)
{
	if (access(CPU1, W_OK))
		SKIP(return, "needs a second CPU that can go offline");
	ASSERT_EQ(0, kgr_write(CPU1, "0"));
	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_EQ(0, kgr_write(CPU1, "1"));
	EXPECT_TRUE(cpu1_sees(1));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_global("remaining"));
}

/* At any moment of a change, with threads on both CPUs. */
TEST_F_TIMEOUT(cpus, come_and_go, KGR_TIMEOUT)
{
	struct kgr_hammer_result result;
	int rounds = kgr_rounds(8), i;
	int *turns, before;
	pid_t pid;

	if (access(CPU1, W_OK))
		SKIP(return, "needs a second CPU that can go offline");
	turns = mmap(NULL, sizeof(*turns), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, turns);
	pid = kgr_fork();
	if (!pid) {
		for (;;) {
			if (!kgr_write(CPU1, "0") && !kgr_write(CPU1, "1"))
				__atomic_fetch_add(turns, 1, __ATOMIC_RELAXED);
		}
	}
	kgr_history_start(0);
	ASSERT_TRUE(kgr_hammer_start("pair", 4));
	for (i = 0; i < rounds; i++) {
		before = __atomic_load_n(turns, __ATOMIC_RELAXED);
		kgr_history_next(1);
		ASSERT_EQ(0, kgr_apply(P1));
		ASSERT_TRUE(kgr_hammers_look());
		kgr_history_next(0);
		ASSERT_EQ(0, kgr_revert_done(P1));
		/* It went offline or online while the patch was applied. */
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       __atomic_load_n(turns, __ATOMIC_RELAXED) >
				       before));
		ASSERT_EQ(0, kgr_retire(P1));
	}
	kgr_hammer_stop(&result);
	kill(pid, SIGKILL);
	EXPECT_EQ(0, result.mixed);
	EXPECT_EQ(0, result.backwards);
	EXPECT_EQ(0, result.failed);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
