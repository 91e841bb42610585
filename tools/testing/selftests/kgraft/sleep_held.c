// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches that a task cannot leave: they stay until it has, and no longer.
 */

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

/* Kernel threads that sleep inside are woken, and no others. */
#define PARKME	"__kthread_parkme"

FIXTURE(held) {};

FIXTURE_SETUP(held)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_TARGET "inside", "0"));
}

FIXTURE_TEARDOWN_PARENT(held)
{
	kgr_write("/sys/devices/system/cpu/cpu1/online", "1");
	kgr_write(KGR_TARGET "let_go", "1");
	kgr_write(KGR_TARGET "dozer", "0");
	kgr_storm_stop();
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * Does the change stay pending for a while, because of so many tasks? All others
 * cross first, which takes as long as it takes.
 */
static bool stays_held(long remaining)
{
	if (!KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == remaining))
		return false;
	kgr_sleep_ms(1000);
	return kgr_global("in_progress") == 1 &&
	       kgr_global("remaining") == remaining;
}

/* The threads of an offline CPU sleep inside the patch. */
TEST_F_TIMEOUT(held, by_parked_threads, KGR_TIMEOUT)
{
	static const char cpu[] = "/sys/devices/system/cpu/cpu1/online";

	ASSERT_EQ(0, kgr_load_around(PARKME));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(0, kgr_write(cpu, "0"));
	EXPECT_LT(0, kgr_number(KGR_TARGET "inside"));

	ASSERT_EQ(0, kgr_revert(KGR_AROUND));
	EXPECT_TRUE(stays_held(kgr_number(KGR_TARGET "inside")));
	EXPECT_TRUE(kgr_status_is(KGR_AROUND, "reverting"));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(KGR_AROUND));

	ASSERT_EQ(0, kgr_write(cpu, "1"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(KGR_AROUND));
	EXPECT_EQ(0, kgr_number(KGR_TARGET "inside"));
}

/*
 * A kernel thread repeatedly enters one function that changes, but inside
 * another one.
 */
TEST_F_TIMEOUT(held, by_the_outer_of_two, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_write(KGR_TARGET "dozer", "1"));
	kgr_sleep_ms(200);
	ASSERT_EQ(0, kgr_load_around("kgr_test_doze,schedule_timeout"));
	EXPECT_TRUE(stays_held(1));
	ASSERT_EQ(0, kgr_write(KGR_TARGET "let_go", "1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));

	EXPECT_LT(0, kgr_number(KGR_TARGET "inside"));
	ASSERT_EQ(0, kgr_revert(KGR_AROUND));
	EXPECT_TRUE(stays_held(1));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(KGR_AROUND));
	ASSERT_EQ(0, kgr_write(KGR_TARGET "let_go", "1"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(KGR_AROUND));
	EXPECT_EQ(0, kgr_number(KGR_TARGET "inside"));
}

/* The idle tasks of CPUs that are never idle are inside the patch. */
TEST_F_TIMEOUT(held, by_busy_cpus, KGR_TIMEOUT)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	ASSERT_EQ(0, kgr_load_around("schedule_idle"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_SPIN,
				    cpus < 6 ? 2 * cpus : 12));
	kgr_sleep_ms(1000);

	ASSERT_EQ(0, kgr_revert(KGR_AROUND));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_global("remaining") <= cpus));
	kgr_sleep_ms(1000);
	EXPECT_EQ(1, kgr_global("in_progress"));
	EXPECT_LT(0, kgr_global("remaining"));
	EXPECT_GE(cpus, kgr_global("remaining"));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(KGR_AROUND));

	ASSERT_LT(0, kgr_storm_stop());
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(KGR_AROUND));
	EXPECT_EQ(0, kgr_number(KGR_TARGET "inside"));
}

/* A worker is late to leave the patch, and need not cross any more. */
TEST_F_TIMEOUT(held, by_the_tail_of_a_work_item, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "pair", O_RDONLY | O_CLOEXEC), seen[2];
	pid_t pid;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kgr_apply("kgr_test_tail"));
	pid = kgr_fork();
	if (!pid)
		_exit(!kgr_pair(fd, seen));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'D'));
	ASSERT_EQ(0, kgr_revert("kgr_test_tail"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));

	ASSERT_EQ(0, kgr_write(KGR_TARGET "let_go", "1"));
	EXPECT_TRUE(kgr_reap(pid));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_status_is("kgr_test_tail", "reverted")));
	EXPECT_EQ(1, kgr_number(KGR_TARGET "inside")) {
		TH_LOG("the worker should not have been done by now");
	}
	ASSERT_EQ(0, kgr_unload("kgr_test_tail"));
	EXPECT_EQ(0, kgr_number(KGR_TARGET "inside"));
	close(fd);
}

/* A system call that was interrupted in the patch would continue there. */
TEST_F_TIMEOUT(held, by_no_restart_function, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "pair", O_RDONLY | O_CLOEXEC), seen[2];
	pid_t pid;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kgr_apply("kgr_test_inherit"));
	ASSERT_TRUE(kgr_pair(fd, seen));
	ASSERT_EQ(1, seen[0]);
	EXPECT_EQ(1, syscall(SYS_restart_syscall));

	/* A child does not inherit it. */
	pid = kgr_fork();
	if (!pid)
		_exit(syscall(SYS_restart_syscall) != -1 || errno != EINTR);
	EXPECT_TRUE(kgr_reap(pid));

	ASSERT_EQ(0, kgr_revert_done("kgr_test_inherit"));
	ASSERT_EQ(0, kgr_retire("kgr_test_inherit"));
	EXPECT_EQ(-1, syscall(SYS_restart_syscall));
	EXPECT_EQ(EINTR, errno);
	close(fd);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
