// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that are forced, wherever they are, and the consequences.
 *
 * A module that a forced task may be inside stays for ever. So the tests for
 * this have modules of their own (KGR_PINNED), can be run once after a boot,
 * and are skipped after that. Other tests ignore such modules.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"
#define NEW	9

FIXTURE(force) {
	struct kgr_held held, other;
	long u;
};

FIXTURE_SETUP(force)
{
	ASSERT_TRUE(kgr_is_clean());
	/* The other tasks of the system must not be forced. */
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	self->u = kgr_global("universe");
}

FIXTURE_TEARDOWN_PARENT(force)
{
	EXPECT_TRUE(kgr_clean_up());
}

static int force(void)
{
	return kgr_write(KGR_DIR "force", "1");
}

/* Bit 6 of the taint: user space requested something that may do harm. */
static bool is_tainted(void)
{
	return kgr_number("/proc/sys/kernel/tainted") & (1 << 6);
}

/* All tasks have crossed except those that are held. */
static bool all_but(int nr)
{
	return KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == nr);
}

TEST_F_TIMEOUT(force, needs_a_change, KGR_TIMEOUT)
{
	static const char * const words[] = { "0", "2", "yes", "1 1", "-1" };
	bool before = is_tainted();
	unsigned int i;

	EXPECT_EQ(-EINVAL, force());
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_EQ(-EINVAL, force());
	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_revert(P1));
	ASSERT_TRUE(all_but(1));
	for (i = 0; i < ARRAY_SIZE(words); i++)
		EXPECT_EQ(-EINVAL, kgr_write(KGR_DIR "force", words[i]));
	EXPECT_EQ(1, kgr_pending(self->held.pid));
	EXPECT_EQ(before, is_tainted());
}

/*
 * A task that can cross by itself is not forced, and there are no consequences.
 */
TEST_F_TIMEOUT(force, of_no_task, KGR_TIMEOUT)
{
	bool before = is_tainted();

	/* No time to wake any task before the force does */
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake_delay_ms", "0"));
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load("kgr_test_place", NULL));
	ASSERT_TRUE(all_but(1));
	/* Outside the function that changes: can be moved. */
	ASSERT_TRUE(kgr_step(&self->held));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_task_state(self->held.pid) != 'R'));
	/* Unless that has already happened */
	if (force())
		EXPECT_EQ(0, kgr_global("in_progress"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_status_is("kgr_test_place", "applied")));
	EXPECT_EQ(before, is_tainted());
}

/* Old code first, new code then: the task sees a mix. */
TEST_F_TIMEOUT(force, an_apply, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };
	char *trace;

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(all_but(1));
	ASSERT_EQ(0, force());
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	trace = kgr_trace_stop();
	EXPECT_EQ(1, kgr_trace_ways(trace, self->held.pid, "force"));
	EXPECT_EQ(1, kgr_trace_count(trace, "kgr_task_cross", "way=force"));
	free(trace);

	EXPECT_TRUE(is_tainted());
	EXPECT_TRUE(kgr_status_is(P1, "applied"));
	EXPECT_TRUE(kgr_is_forced(P1));
	EXPECT_TRUE(kgr_functions_are(P1, 2, 3));
	EXPECT_EQ(self->u + 1, kgr_global("horizon"));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(1, seen[1]);

	/* No task is inside the old code, so the rest is as usual. */
	ASSERT_EQ(0, kgr_revert_done(P1));
	EXPECT_EQ(0, kgr_retire(P1));
}

/* The next change of the patch is not forced. */
TEST_F_TIMEOUT(force, is_forgotten, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(all_but(1));
	ASSERT_EQ(0, force());
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	/* It is still in the same place, and has to cross again. */
	EXPECT_TRUE(kgr_is_forced(P1));
	ASSERT_EQ(0, kgr_revert(P1));
	EXPECT_TRUE(kgr_status_is(P1, "reverting"));
	EXPECT_FALSE(kgr_is_forced(P1));
	ASSERT_TRUE(all_but(1));
	EXPECT_EQ(1, kgr_pending(self->held.pid));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_global("in_progress"));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(1, seen[1]);
	EXPECT_EQ(0, kgr_retire(P1));
}

/* Only the patches concerned are marked. */
TEST_F_TIMEOUT(force, marks_what_it_crosses, KGR_TIMEOUT)
{
	int seen[2];

	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_load("kgr_test_patch_many", NULL));
	ASSERT_TRUE(all_but(1));
	ASSERT_EQ(0, force());
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_status_is(P1, "applied"));
	EXPECT_FALSE(kgr_is_forced(P1));
	EXPECT_TRUE(kgr_status_is("kgr_test_patch_many", "applied"));
	EXPECT_TRUE(kgr_is_forced("kgr_test_patch_many"));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(1, seen[1]);
	ASSERT_EQ(0, kgr_revert_done("kgr_test_patch_many"));
	EXPECT_EQ(0, kgr_retire("kgr_test_patch_many"));
}

static bool on_first_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

/* Waits until the other end of the pipe is closed; exits with what it got. */
static pid_t waits_on_first_cpu(int pipefd[2])
{
	struct epoll_event event = { .events = EPOLLIN };
	pid_t pid = kgr_fork();
	int fd;

	if (pid)
		return pid;
	close(pipefd[1]);
	fd = epoll_create1(EPOLL_CLOEXEC);
	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, pipefd[0], &event) ||
	    !on_first_cpu())
		_exit(ENOSYS);
	_exit(epoll_wait(fd, &event, 1, 600000) == 1 ? 0 : errno);
}

/* Leaves the CPU to nobody else for most of each second. */
static pid_t keeps_first_cpu(void)
{
	static const struct sched_param first = { .sched_priority = 1 };
	pid_t pid = kgr_fork();

	if (pid)
		return pid;
	if (!on_first_cpu() || sched_setscheduler(0, SCHED_FIFO, &first))
		_exit(1);
	for (;;)
		;
}

/*
 * A task is woken, and forced before it has a CPU: it does not know yet that it
 * was kGraft that woke it, and not a signal. Not in every round it is in time.
 */
TEST_F_TIMEOUT(force, of_a_task_that_was_woken, KGR_TIMEOUT)
{
	int pipefd[2], status = -1, tries, forced = 0;
	pid_t waits, runs;

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake_delay_ms", "0"));
	ASSERT_EQ(0, pipe2(pipefd, O_CLOEXEC));
	waits = waits_on_first_cpu(pipefd);
	ASSERT_LT(0, waits);
	close(pipefd[0]);
	for (tries = 0; tries < 20 && forced < 3; tries++) {
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_task_state(waits) == 'S'));
		runs = keeps_first_cpu();
		ASSERT_LT(0, runs);
		ASSERT_EQ(0, kgr_load(P1, NULL));
		if (KGR_WITHIN(500, kgr_task_state(waits) == 'R') &&
		    kgr_pending(waits) == 1 && !force())
			forced += kgr_is_forced(P1);
		kgr_kill(runs);
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		ASSERT_EQ(0, kgr_revert_done(P1));
		ASSERT_EQ(0, kgr_retire(P1));
	}
	TH_LOG("%d of %d were in time", forced, tries);
	EXPECT_EQ(3, forced);
	/* It is still there, and hears what it waits for. */
	close(pipefd[1]);
	EXPECT_EQ(waits, waitpid(waits, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* Changes that are forced as soon as they begin, while tasks begin and end. */
TEST_F_TIMEOUT(force, in_a_storm, KGR_TIMEOUT)
{
	int i, rounds = kgr_rounds(20), forced = 0, seen[2];

	ASSERT_TRUE(kgr_storm_start(KGR_STORM_FORK, 2));
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_THREAD, 2));
	for (i = 0; i < rounds; i++) {
		/* In every other round one task cannot cross by itself. */
		bool hold = i % 2;
		int ret;

		if (hold)
			ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
		ASSERT_EQ(0, kgr_load("kgr_test_patch_many", NULL));
		ret = force();
		EXPECT_TRUE(!ret || (ret == -EINVAL && !hold));
		forced += !ret;
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		EXPECT_EQ(0, kgr_global("remaining"));
		if (hold)
			ASSERT_TRUE(kgr_let_go(&self->held, seen));
		ASSERT_TRUE(kgr_storm_goes_on());
		ASSERT_EQ(0, kgr_revert_done("kgr_test_patch_many"));
		ASSERT_EQ(0, kgr_retire("kgr_test_patch_many"));
	}
	TH_LOG("%d of %d were forced", forced, rounds);
	EXPECT_LE(rounds / 2, forced);
	EXPECT_LT(0, kgr_storm_stop());
}

FIXTURE(pinned) {
	struct kgr_held held, other;
};

FIXTURE_SETUP(pinned)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(pinned)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* The task returns through a module that is otherwise not in use any more. */
TEST_F_TIMEOUT(pinned, by_a_task_inside, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	if (kgr_module_loaded(KGR_PINNED "1"))
		SKIP(return, "was run since the boot");
	ASSERT_EQ(0, kgr_apply(KGR_PINNED "1"));
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_revert(KGR_PINNED "1"));
	ASSERT_TRUE(all_but(1));
	ASSERT_EQ(0, force());
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_status_is(KGR_PINNED "1", "reverted")));
	EXPECT_TRUE(kgr_is_forced(KGR_PINNED "1"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_functions_are(KGR_PINNED "1", 4, 3)));
	EXPECT_TRUE(kgr_now_is(0, 0));

	/* Not now, nor after the task has left: this is not checked again. */
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(KGR_PINNED "1"));
	ASSERT_TRUE(kgr_step(&self->held));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(NEW, seen[0]);
	EXPECT_EQ(0, seen[1]);
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(KGR_PINNED "1"));
	EXPECT_EQ(-EINVAL, kgr_revert(KGR_PINNED "1"));
	EXPECT_TRUE(kgr_status_is(KGR_PINNED "1", "reverted"));
	EXPECT_TRUE(kgr_is_forced(KGR_PINNED "1"));
	EXPECT_TRUE(kgr_module_loaded(KGR_PINNED "1"));
}

/* Inside a patch that is still applied, but not the newest version. */
TEST_F_TIMEOUT(pinned, from_under_another, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	if (kgr_module_loaded(KGR_PINNED "2"))
		SKIP(return, "was run since the boot");
	ASSERT_EQ(0, kgr_apply(KGR_PINNED "2"));
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load("kgr_test_place", "function=0"));
	ASSERT_TRUE(all_but(1));
	ASSERT_EQ(0, force());
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_status_is("kgr_test_place", "applied"));
	EXPECT_TRUE(kgr_is_forced("kgr_test_place"));
	EXPECT_TRUE(kgr_status_is(KGR_PINNED "2", "applied"));
	EXPECT_TRUE(kgr_is_forced(KGR_PINNED "2"));

	/* The task is inside, although this change is not of that function. */
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_EQ(0, kgr_revert(KGR_PINNED "2"));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_GT(0, kgr_unload(KGR_PINNED "2"));
	ASSERT_TRUE(kgr_step(&self->held));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(NEW, seen[0]);
	EXPECT_EQ(NEW, seen[1]);
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_functions_are(KGR_PINNED "2", 4, 3)));
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload(KGR_PINNED "2"));

	/* The patch on top is released like any other. */
	ASSERT_EQ(0, kgr_revert_done("kgr_test_place"));
	EXPECT_EQ(0, kgr_retire("kgr_test_place"));
}

/*
 * Several changes at once, several tasks in several places, and one of these
 * tasks may be inside a patch that is being applied.
 */
TEST_F_TIMEOUT(pinned, whatever_the_task_does, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "work", O_RDWR | O_CLOEXEC), spin, linger;
	int seen[2] = { -1, -1 };
	pid_t runs, exits;

	if (kgr_module_loaded(KGR_PINNED "3"))
		SKIP(return, "was run since the boot");
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	ASSERT_LE(0, fd);
	spin = open(KGR_TARGET "spin", O_RDWR | O_CLOEXEC);
	runs = kgr_fork();
	if (!runs)
		_exit(!kgr_pair(spin, seen) || seen[0] != 0 || seen[1] != 2);
	exits = kgr_fork();
	if (!exits) {
		linger = open(KGR_TARGET "linger", O_RDONLY | O_CLOEXEC);
		_exit(linger < 0);
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 3));
	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_load(KGR_PINNED "3", "function=0"));
	ASSERT_TRUE(kgr_hold(&self->other, "block"));
	ASSERT_EQ(0, kgr_load(P2, NULL));
	/* A worker, a spinning task, an exiting task, and two that sleep */
	ASSERT_TRUE(all_but(5));

	ASSERT_EQ(0, force());
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_global("remaining"));
	EXPECT_TRUE(kgr_status_is(KGR_PINNED "3", "applied"));
	EXPECT_TRUE(kgr_is_forced(KGR_PINNED "3"));
	EXPECT_TRUE(kgr_status_is(P2, "applied"));
	EXPECT_TRUE(kgr_is_forced(P2));
	EXPECT_EQ(5, kgr_number(KGR_TARGET "waiters"));

	EXPECT_EQ(1, write(spin, "1", 1));
	EXPECT_TRUE(kgr_reap(runs));
	EXPECT_EQ(1, write(fd, "1", 1));
	EXPECT_TRUE(kgr_pair(fd, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(2, seen[1]);
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(2, seen[1]);
	ASSERT_TRUE(kgr_let_go(&self->other, seen));
	EXPECT_EQ(NEW, seen[0]);
	EXPECT_EQ(2, seen[1]);
	EXPECT_EQ(0, kgr_write(KGR_TARGET "release", "1"));
	EXPECT_TRUE(kgr_reap(exits));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
