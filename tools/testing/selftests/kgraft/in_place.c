// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that cross where they sleep: which tasks, and what they see.
 *
 * The policy is always "none": no task is woken here. A task that is held
 * between two functions reports afterwards what it saw of both.
 */

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"

/* A patch of functions that sleep, and what they return. */
#define PLACE	"kgr_test_place"
#define NEW	9

/* A patch of its replacement, and one of that. */
#define NESTED1	"kgr_test_nested1"
#define NESTED2	"kgr_test_nested2"

/* Nothing but sleepers: the change is complete at once. */
#define AT_ONCE_MS	100

FIXTURE(place) {
	struct kgr_held held, other;
};

FIXTURE_SETUP(place)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
}

FIXTURE_TEARDOWN_PARENT(place)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* How a task is held between two functions. */
FIXTURE_VARIANT(place) {
	const char *file;
	bool function;
};

FIXTURE_VARIANT_ADD(place, entry) { .file = "block" };
FIXTURE_VARIANT_ADD(place, entry_uninterruptible) { .file = "block_hard" };
FIXTURE_VARIANT_ADD(place, function) { .file = "block", .function = true };
FIXTURE_VARIANT_ADD(place, function_uninterruptible) {
	.file = "block_hard", .function = true
};

static const char *params(bool function)
{
	return function ? "function=1" : "function=0";
}

/* Other tasks of the system may sleep, and are not woken. */
static bool crossed(pid_t pid)
{
	return KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(pid) == 0);
}

static bool stays(pid_t pid)
{
	kgr_sleep_ms(KGR_QUIET_MS);
	return kgr_pending(pid) == 1;
}

/*
 * As its author allows, a sleeper sees the old version first and the new one
 * later.
 */
TEST_F_TIMEOUT(place, apply_between_two_functions, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, variant->file));
	ASSERT_EQ(0, kgr_load(PLACE, params(variant->function)));
	if (variant->function) {
		EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		EXPECT_EQ(0, kgr_pending(self->held.pid));
	} else {
		EXPECT_TRUE(stays(self->held.pid));
		EXPECT_EQ(1, kgr_global("in_progress"));
	}
	/* It has not moved. */
	EXPECT_EQ(1, kgr_number(KGR_TARGET "waiters"));

	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(variant->function ? NEW : 0, seen[1]);
}

TEST_F_TIMEOUT(place, revert_between_two_functions, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	ASSERT_EQ(0, kgr_load(PLACE, params(variant->function)));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));

	ASSERT_TRUE(kgr_hold(&self->held, variant->file));
	ASSERT_EQ(0, kgr_revert(PLACE));
	if (variant->function) {
		EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		/* No task is inside, so it is released at once. */
		EXPECT_EQ(0, kgr_retire(PLACE));
	} else {
		EXPECT_TRUE(stays(self->held.pid));
		EXPECT_TRUE(kgr_status_is(PLACE, "reverting"));
	}
	EXPECT_EQ(1, kgr_number(KGR_TARGET "waiters"));

	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(NEW, seen[0]);
	EXPECT_EQ(variant->function ? 0 : NEW, seen[1]);
}

FIXTURE(sleepers) {
	struct kgr_held held, other;
};

FIXTURE_SETUP(sleepers)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
}

FIXTURE_TEARDOWN_PARENT(sleepers)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * The time of a change in ms, from its beginning to its completion, -1 if
 * unknown; and how often a task crossed in place meanwhile.
 */
static long timed(int (*change)(void), pid_t pid, int *places)
{
	long usecs;
	char *trace;

	if (!kgr_trace_start())
		return -1;
	if (change() || kgr_wait_done(KGR_SETTLE_MS)) {
		free(kgr_trace_stop());
		return -1;
	}
	trace = kgr_trace_stop();
	usecs = kgr_trace_field(trace, "kgr_change_complete", "usecs");
	*places += kgr_trace_ways(trace, pid, "place");
	free(trace);
	return usecs / 1000;
}

static int apply(void)
{
	return kgr_load(PLACE, NULL);
}

static int revert(void)
{
	return kgr_revert(PLACE);
}

/* The best of some rounds counts: the machine may be busy. */
TEST_F_TIMEOUT(sleepers, complete_at_once, KGR_TIMEOUT)
{
	long best[2] = { LONG_MAX, LONG_MAX }, ms;
	int i, places = 0;

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	for (i = 0; i < 5; i++) {
		ms = timed(apply, self->held.pid, &places);
		ASSERT_LE(0, ms);
		best[0] = ms < best[0] ? ms : best[0];
		ms = timed(revert, self->held.pid, &places);
		ASSERT_LE(0, ms);
		best[1] = ms < best[1] ? ms : best[1];
		ASSERT_EQ(0, kgr_retire(PLACE));
	}
	TH_LOG("applied after %ld ms, reverted after %ld ms", best[0], best[1]);
	EXPECT_GT(AT_ONCE_MS, best[0]);
	EXPECT_GT(AT_ONCE_MS, best[1]);
	EXPECT_EQ(10, places);
}

/* No task crosses inside a function that changes, old or new. */
TEST_F_TIMEOUT(sleepers, inside_the_original, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	EXPECT_TRUE(stays(self->held.pid));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));

	/* Outside it, still in the same system call, the task crosses. */
	ASSERT_TRUE(kgr_step(&self->held));
	EXPECT_TRUE(crossed(self->held.pid));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(NEW, seen[1]);
}

TEST_F_TIMEOUT(sleepers, inside_the_replacement, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_revert(PLACE));
	EXPECT_TRUE(stays(self->held.pid));
	EXPECT_TRUE(kgr_status_is(PLACE, "reverting"));
	EXPECT_GT(0, kgr_unload(PLACE));

	ASSERT_TRUE(kgr_step(&self->held));
	EXPECT_TRUE(crossed(self->held.pid));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(PLACE));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(NEW, seen[0]);
	EXPECT_EQ(0, seen[1]);
}

/* A patch of the replacement, and perhaps one of that. */
FIXTURE(nested) {
	struct kgr_held held, other;
};

FIXTURE_VARIANT(nested) {
	const char *patches[3];
	const char *revert;
	int returns;
};

FIXTURE_VARIANT_ADD(nested, the_first_of_two) {
	.patches = { PLACE, NESTED1 }, .revert = PLACE, .returns = 10
};

FIXTURE_VARIANT_ADD(nested, the_second_of_two) {
	.patches = { PLACE, NESTED1 }, .revert = NESTED1, .returns = 10
};

FIXTURE_VARIANT_ADD(nested, the_first_of_three) {
	.patches = { PLACE, NESTED1, NESTED2 }, .revert = PLACE, .returns = 20
};

FIXTURE_VARIANT_ADD(nested, the_second_of_three) {
	.patches = { PLACE, NESTED1, NESTED2 }, .revert = NESTED1, .returns = 20
};

FIXTURE_SETUP(nested)
{
	int i;

	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	for (i = 0; i < 3 && variant->patches[i]; i++) {
		ASSERT_EQ(0, kgr_load(variant->patches[i], NULL));
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	}
}

FIXTURE_TEARDOWN_PARENT(nested)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * A task inside the last is inside them all, although its stack does not have
 * them: it does not cross there.
 */
TEST_F_TIMEOUT(nested, inside, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_TRUE(kgr_hold(&self->other, "block_hard"));
	ASSERT_EQ(0, kgr_revert(variant->revert));
	EXPECT_TRUE(crossed(self->other.pid));
	EXPECT_TRUE(stays(self->held.pid));
	EXPECT_TRUE(kgr_status_is(variant->revert, "reverting"));

	ASSERT_TRUE(kgr_step(&self->held));
	EXPECT_TRUE(crossed(self->held.pid));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(variant->returns, seen[0]);
	ASSERT_TRUE(kgr_let_go(&self->other, seen));
}

/* Two changes that allow it, one after the other or both at once. */
TEST_F_TIMEOUT(sleepers, several_changes, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_TRUE(kgr_hold(&self->other, "block_hard"));
	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	EXPECT_TRUE(crossed(self->other.pid));
	ASSERT_EQ(0, kgr_load(P1, "function=1"));
	EXPECT_TRUE(crossed(self->other.pid));
	EXPECT_EQ(1, kgr_pending(self->held.pid));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));

	ASSERT_TRUE(kgr_step(&self->held));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(1, seen[1]);
	ASSERT_TRUE(kgr_let_go(&self->other, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(1, seen[1]);
}

/* One strict change among those that a task has missed is enough. */
TEST_F_TIMEOUT(sleepers, strict_before, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	/* The test itself has crossed that change, and so has its child. */
	ASSERT_TRUE(kgr_hold(&self->other, "block_hard"));
	ASSERT_EQ(0, kgr_load(P2, "function=1"));
	EXPECT_TRUE(crossed(self->other.pid));
	EXPECT_TRUE(stays(self->held.pid));

	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	ASSERT_TRUE(kgr_let_go(&self->other, seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(2, seen[1]);
}

TEST_F_TIMEOUT(sleepers, strict_after, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	/*
	 * It could cross the first change as soon as it has left the function.
	 */
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	EXPECT_TRUE(stays(self->held.pid));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(kgr_step(&self->held));
	EXPECT_TRUE(stays(self->held.pid));

	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
}

/* The revert of a patch has the consistency of the patch. */
TEST_F_TIMEOUT(sleepers, strict_revert, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_EQ(0, kgr_load(P2, "function=1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_revert(P2));
	EXPECT_TRUE(crossed(self->held.pid));
	ASSERT_EQ(0, kgr_revert(P1));
	EXPECT_TRUE(stays(self->held.pid));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(2, seen[0]);
	EXPECT_EQ(1, seen[1]);
}

/* Any task that is off its CPU may cross, also in the middle of its work. */
TEST_F_TIMEOUT(sleepers, preempted, KGR_TIMEOUT)
{
	struct kgr_held spin[2];
	int i, seen[2];
	cpu_set_t cpu1;

	CPU_ZERO(&cpu1);
	CPU_SET(1, &cpu1);
	for (i = 0; i < 2; i++) {
		int fd = open(KGR_TARGET "spin", O_RDWR | O_CLOEXEC);
		pid_t pid;

		ASSERT_LE(0, fd);
		pid = kgr_fork();
		if (!pid) {
			if (sched_setaffinity(0, sizeof(cpu1), &cpu1))
				_exit(1);
			_exit(!kgr_pair(fd, seen) || seen[0] != 0 ||
			      seen[1] != NEW);
		}
		spin[i].pid = pid;
		spin[i].fd = fd;
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 2));
	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, kgr_pending(spin[i].pid));
		EXPECT_EQ(1, write(spin[i].fd, "1", 1));
		EXPECT_TRUE(kgr_reap(spin[i].pid));
	}
}

TEST_F_TIMEOUT(sleepers, stopped, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 }, status;
	pid_t pid = kgr_fork();

	if (!pid) {
		int fd = open(KGR_TARGET "pair", O_RDONLY);

		raise(SIGSTOP);
		_exit(!kgr_pair(fd, seen) || seen[0] != NEW || seen[1] != NEW);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ('T', kgr_task_state(pid));
	EXPECT_EQ(0, kgr_pending(pid));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	EXPECT_TRUE(kgr_reap(pid));
}

/* A worker in the middle of a work item, too. */
TEST_F_TIMEOUT(sleepers, busy_worker, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "work", O_RDWR | O_CLOEXEC);
	int seen[2] = { -1, -1 };

	ASSERT_LE(0, fd);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(1, write(fd, "1", 1));
	ASSERT_TRUE(kgr_pair(fd, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(NEW, seen[1]);
	close(fd);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
