// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Old and new code side by side, and several pending changes at once.
 *
 * A task that is held in the kernel keeps its universe. "hard" is a sleep that
 * only the test ends; every other task crosses by itself.
 */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1 "kgr_test_patch1"
#define P2 "kgr_test_patch2"
#define P3 "kgr_test_patch3"

FIXTURE(worlds) {
	struct kgr_held a, b, c;
	/* newest universe at the start */
	long u;
};

FIXTURE_SETUP(worlds)
{
	ASSERT_TRUE(kgr_is_clean());
	self->u = kgr_global("universe");
	ASSERT_LE(0, self->u);
}

FIXTURE_TEARDOWN_PARENT(worlds)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* Loads a patch; all tasks cross except those that are held. */
#define ASSERT_APPLIED_BUT(_held, _patch) do {				\
	ASSERT_EQ(0, kgr_load(_patch, NULL));				\
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,				\
			       kgr_global("remaining") == (_held)));	\
	ASSERT_EQ(1, kgr_global("in_progress"));			\
} while (0)

#define ASSERT_REVERTED_BUT(_held, _patch) do {				\
	ASSERT_EQ(0, kgr_revert(_patch));				\
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,				\
			       kgr_global("remaining") == (_held)));	\
	ASSERT_EQ(1, kgr_global("in_progress"));			\
} while (0)

/* Releases a task, and asserts which universe it was in. */
#define ASSERT_LET_GO(_held, _value) do {				\
	int _seen[2] = { -1, -1 };					\
									\
	ASSERT_TRUE(kgr_let_go(_held, _seen));				\
	EXPECT_EQ(_seen[0], _seen[1]);					\
	EXPECT_EQ(_value, _seen[0]);					\
} while (0)

#define EXPECT_STATUS(_patch, _status)					\
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,				\
			       kgr_status_is(_patch, _status)))

#define EXPECT_HORIZON(_universe)					\
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,				\
			       kgr_global("horizon") == (_universe)))

TEST_F_TIMEOUT(worlds, held_in_the_old_one, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_APPLIED_BUT(1, P1);

	EXPECT_EQ(1, kgr_pending(self->a.pid));
	EXPECT_EQ(0, kgr_pending(getpid()));
	EXPECT_EQ(0, kgr_pending(1));
	EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_TRUE(kgr_status_is(P1, "applying"));
	EXPECT_TRUE(kgr_functions_are(P1, 1, 3));
	EXPECT_EQ(self->u + 1, kgr_global("universe"));
	EXPECT_EQ(self->u, kgr_global("horizon"));
	/* It stays like this. */
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_global("remaining"));
	EXPECT_EQ(1, kgr_global("in_progress"));

	ASSERT_LET_GO(&self->a, 0);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_STATUS(P1, "applied");
	EXPECT_EQ(0, kgr_global("remaining"));
	EXPECT_EQ(self->u + 1, kgr_global("horizon"));
}

/* The code of a reverted patch stays while a task is in it. */
TEST_F_TIMEOUT(worlds, held_in_the_new_one, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_REVERTED_BUT(1, P1);

	EXPECT_EQ(1, kgr_pending(self->a.pid));
	EXPECT_EQ(0, kgr_pending(getpid()));
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_TRUE(kgr_status_is(P1, "reverting"));
	EXPECT_TRUE(kgr_functions_are(P1, 3, 3));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_GT(0, kgr_unload(P1));
	EXPECT_TRUE(kgr_patch_exists(P1));

	ASSERT_LET_GO(&self->a, 1);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(P1));
}

TEST_F_TIMEOUT(worlds, two_changes, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_APPLIED_BUT(1, P1);
	ASSERT_TRUE(kgr_hold(&self->b, "block_hard"));
	ASSERT_APPLIED_BUT(2, P2);

	EXPECT_TRUE(kgr_now_is(2, 2));
	EXPECT_TRUE(kgr_status_is(P1, "applying"));
	EXPECT_TRUE(kgr_status_is(P2, "applying"));
	EXPECT_EQ(1, kgr_pending(self->a.pid));
	EXPECT_EQ(1, kgr_pending(self->b.pid));
	EXPECT_EQ(self->u, kgr_global("horizon"));

	/* The first is complete while the second is not. */
	ASSERT_LET_GO(&self->a, 0);
	EXPECT_STATUS(P1, "applied");
	EXPECT_HORIZON(self->u + 1);
	EXPECT_TRUE(kgr_status_is(P2, "applying"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	EXPECT_EQ(1, kgr_global("in_progress"));

	ASSERT_LET_GO(&self->b, 1);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_STATUS(P2, "applied");
	EXPECT_EQ(self->u + 2, kgr_global("horizon"));
}

TEST_F_TIMEOUT(worlds, three_changes_newest_let_go_first, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_APPLIED_BUT(1, P1);
	ASSERT_TRUE(kgr_hold(&self->b, "block_hard"));
	ASSERT_APPLIED_BUT(2, P2);
	ASSERT_TRUE(kgr_hold(&self->c, "block_hard"));
	ASSERT_APPLIED_BUT(3, P3);
	EXPECT_TRUE(kgr_now_is(3, 3));

	/* As long as the oldest is held nothing is complete. */
	ASSERT_LET_GO(&self->c, 2);
	ASSERT_LET_GO(&self->b, 1);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(kgr_status_is(P1, "applying"));
	EXPECT_TRUE(kgr_status_is(P2, "applying"));
	EXPECT_TRUE(kgr_status_is(P3, "applying"));
	EXPECT_EQ(self->u, kgr_global("horizon"));

	/* It has missed three universes, and crosses them in one step. */
	ASSERT_LET_GO(&self->a, 0);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_STATUS(P1, "applied");
	EXPECT_STATUS(P2, "applied");
	EXPECT_STATUS(P3, "applied");
	EXPECT_EQ(self->u + 3, kgr_global("horizon"));
}

TEST_F_TIMEOUT(worlds, reverted_half_way, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_APPLIED_BUT(1, P1);
	ASSERT_TRUE(kgr_hold(&self->b, "block_hard"));
	/*
	 * The universe of the first runs the same as the newest: it need not be
	 * released.
	 */
	ASSERT_REVERTED_BUT(1, P1);
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_TRUE(kgr_status_is(P1, "reverting"));
	EXPECT_EQ(self->u + 2, kgr_global("universe"));
	EXPECT_EQ(0, kgr_pending(self->a.pid));
	EXPECT_HORIZON(self->u + 1);

	ASSERT_LET_GO(&self->a, 0);
	EXPECT_TRUE(kgr_status_is(P1, "reverting"));
	EXPECT_GT(0, kgr_unload(P1));
	ASSERT_LET_GO(&self->b, 1);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(P1));
}

/* The only task that blocks an apply does not block its revert. */
TEST_F_TIMEOUT(worlds, reverted_before_it_is_entered, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_APPLIED_BUT(1, P1);
	ASSERT_EQ(0, kgr_revert_done(P1));
	EXPECT_EQ(0, kgr_retire(P1));

	/* It runs patches that are applied later, like any other task. */
	ASSERT_APPLIED_BUT(1, P2);
	EXPECT_EQ(1, kgr_pending(self->a.pid));
	ASSERT_LET_GO(&self->a, 0);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_revert_done(P2));
	EXPECT_EQ(0, kgr_retire(P2));
}

/* It does not cross if there is another change that it would cross. */
TEST_F_TIMEOUT(worlds, reverted_beside_another, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_APPLIED_BUT(1, P1);
	ASSERT_APPLIED_BUT(1, P2);
	ASSERT_REVERTED_BUT(1, P2);
	EXPECT_TRUE(kgr_status_is(P2, "reverting"));
	ASSERT_EQ(0, kgr_revert(P1));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_LET_GO(&self->a, 0);
	EXPECT_EQ(0, kgr_retire(P2));
	EXPECT_EQ(0, kgr_retire(P1));
}

/* The version below a reverted one runs again, in old universes, too. */
TEST_F_TIMEOUT(worlds, reverted_from_under_another, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_APPLIED_BUT(1, P2);
	ASSERT_REVERTED_BUT(1, P1);
	EXPECT_TRUE(kgr_now_is(2, 2));
	ASSERT_TRUE(kgr_hold(&self->b, "block_hard"));
	ASSERT_REVERTED_BUT(2, P2);
	EXPECT_TRUE(kgr_now_is(0, 0));

	ASSERT_LET_GO(&self->a, 1);
	EXPECT_STATUS(P1, "reverted");
	EXPECT_TRUE(kgr_status_is(P2, "reverting"));
	EXPECT_EQ(0, kgr_unload(P1));
	ASSERT_LET_GO(&self->b, 2);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(P2));
}

/*
 * It is unknown how a read of a device reacts to a wake-up, so it is not woken
 * by default. This read would start again, and does so if it is woken.
 */
TEST_F_TIMEOUT(worlds, interruptible_sleeper, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->a, "block"));
	ASSERT_APPLIED_BUT(1, P1);
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(self->a.pid));

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "all"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_pending(self->a.pid));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	ASSERT_LET_GO(&self->a, 1);
}

struct two_threads {
	int fd;
	pid_t tid;
	int seen[2];
};

static void *held_thread(void *arg)
{
	struct two_threads *t = arg;

	__atomic_store_n(&t->tid, syscall(SYS_gettid), __ATOMIC_RELEASE);
	kgr_pair(t->fd, t->seen);
	return NULL;
}

/* A process has crossed when all its threads have. */
TEST_F_TIMEOUT(worlds, one_thread_of_a_process, KGR_TIMEOUT)
{
	struct two_threads t = { .seen = { -1, -1 } };
	char path[128];
	pthread_t thread;

	t.fd = open(KGR_TARGET "block_hard", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, t.fd);
	ASSERT_EQ(0, pthread_create(&thread, NULL, held_thread, &t));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	ASSERT_APPLIED_BUT(1, P1);

	EXPECT_EQ(1, kgr_pending(getpid()));
	sprintf(path, "/proc/self/task/%d/kgr_in_progress", t.tid);
	EXPECT_EQ(1, kgr_number(path));
	EXPECT_EQ(0, kgr_number("/proc/thread-self/kgr_in_progress"));
	EXPECT_TRUE(kgr_now_is(1, 1));

	ASSERT_EQ(1, write(t.fd, "1", 1));
	pthread_join(thread, NULL);
	close(t.fd);
	EXPECT_EQ(0, t.seen[0]);
	EXPECT_EQ(0, t.seen[1]);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_pending(getpid()));
}

/*
 * A parent in vfork() sleeps in the kernel until its child is done, and no
 * notification wakes it. The child crosses independently.
 */
TEST_F_TIMEOUT(worlds, parent_in_vfork, KGR_TIMEOUT)
{
	int go[2], child[2];
	pid_t parent, pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(child));
	parent = kgr_fork();
	if (!parent) {
		int seen[2] = { -1, -1 }, fd;
		char c;

		fd = open(KGR_TARGET "pair", O_RDONLY);
		pid = vfork();
		if (pid)
			_exit(!kgr_reap(pid));
		pid = getpid();
		if (write(child[1], &pid, sizeof(pid)) != sizeof(pid))
			_exit(1);
		if (read(go[0], &c, 1) != 1)
			_exit(1);
		_exit(!kgr_pair(fd, seen) || seen[0] != 1 || seen[1] != 1);
	}
	ASSERT_EQ((int)sizeof(pid), read(child[0], &pid, sizeof(pid)));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	ASSERT_APPLIED_BUT(1, P1);
	EXPECT_EQ(1, kgr_pending(parent));
	EXPECT_EQ(0, kgr_pending(pid));
	ASSERT_EQ(1, write(go[1], "1", 1));
	EXPECT_TRUE(kgr_reap(parent));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/* A task that is killed where it is held crosses by dying. */
TEST_F_TIMEOUT(worlds, killed_while_held, KGR_TIMEOUT)
{
	int status;

	ASSERT_TRUE(kgr_hold(&self->a, "block_hard"));
	ASSERT_APPLIED_BUT(1, P1);
	ASSERT_EQ(0, kill(self->a.pid, SIGKILL));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_global("remaining"));
	/* Complete although it has not been reaped. */
	EXPECT_EQ('Z', kgr_task_state(self->a.pid));
	EXPECT_EQ(self->a.pid, waitpid(self->a.pid, &status, 0));
}

/* A stopped task sleeps in the kernel, crosses there, and continues. */
TEST_F_TIMEOUT(worlds, stopped_task_lives_on, KGR_TIMEOUT)
{
	int seen[2], status;
	pid_t pid = kgr_fork();

	if (!pid) {
		int fd = open(KGR_TARGET "pair", O_RDONLY);

		raise(SIGSTOP);
		_exit(!kgr_pair(fd, seen) || seen[0] != 1 || seen[1] != 1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_EQ(0, kgr_pending(pid));
	ASSERT_EQ(0, kill(pid, SIGCONT));
	EXPECT_TRUE(kgr_reap(pid));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
