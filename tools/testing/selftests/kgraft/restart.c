// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * System calls that were interrupted in a patch and would continue in it: the
 * module is released only when none can.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define PATCH	"kgr_test_restart"
#define HOLDS	"may return into patch '" PATCH "'"
#define OBJ	"kgr_test_obj"
#define PARAM(name)	"/sys/module/" PATCH "/parameters/" name
#define TRAMP	"kgr_test_tramp"
#define TRAMP_INSIDE	"/sys/module/" TRAMP "/parameters/inside"
#define TRAMP_ATTACHED	"/sys/module/" TRAMP "/parameters/attached"
/* Of another function */
#define OTHER	"kgr_test_dups"

FIXTURE(restart)
{
	pid_t pid;
	int result;
	int ask;
};

FIXTURE_SETUP(restart)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(restart)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* Tasks that only call restart_syscall(). */
#define LOOPERS	40

static int result_fd, asked_fd;

static void ignore(int sig)
{
}

static void tell(int ret)
{
	if (write(result_fd, &ret, sizeof(ret)) != sizeof(ret))
		_exit(1);
}

/*
 * The call was interrupted, and its restart function stays until the handler
 * returns. On request, continue the call, as any task may at any time.
 */
static void handler(int sig)
{
	char c;

	tell(-EINTR);
	if (read(asked_fd, &c, 1) == 1)
		tell(syscall(SYS_restart_syscall) < 0 ? -errno : 0);
	_exit(0);
}

/* Reads, and returns how the read ended. */
static int reader(void)
{
	int fd = open(KGR_TARGET "restart", O_RDONLY | O_CLOEXEC);
	struct sigaction sa = { .sa_handler = handler };
	char buf[32];

	sigaction(SIGUSR1, &sa, NULL);
	tell(read(fd, buf, sizeof(buf)) < 0 ? -errno : 0);
	return 0;
}

static bool start(struct _test_data_restart *self)
{
	int result[2], ask[2];
	pid_t pid;

	if (kgr_apply(PATCH) || pipe2(result, O_CLOEXEC) ||
	    pipe2(ask, O_CLOEXEC))
		return false;
	self->result = result[0];
	self->ask = ask[1];
	pid = kgr_fork();
	if (!pid) {
		close(ask[1]);
		result_fd = result[1];
		asked_fd = ask[0];
		_exit(reader());
	}
	/* Not before: a fixture's data is shared with the child. */
	self->pid = pid;
	return KGR_WITHIN(KGR_SETTLE_MS, kgr_number(PARAM("waiters")) == 1 &&
			  kgr_task_state(self->pid) == 'S');
}

static int result(struct _test_data_restart *self)
{
	int ret;

	return read(self->result, &ret, sizeof(ret)) == sizeof(ret) ? ret : 1;
}

/* Stops and continues, which interrupts the call and continues it, too. */
static bool bounce(struct _test_data_restart *self)
{
	long continued = kgr_number(PARAM("continued"));

	kill(self->pid, SIGSTOP);
	if (!KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(self->pid) == 'T'))
		return false;
	kill(self->pid, SIGCONT);
	return KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_number(PARAM("continued")) > continued &&
			  kgr_task_state(self->pid) == 'S');
}

/*
 * The wait is in the patch, not the call's own: a task in it is woken only by
 * the policy "all". If it is looked at on its way from the call to the next one,
 * which continues it, that ends, and holds nothing: once more.
 */
static bool revert_around_it(struct _test_data_restart *self)
{
	int i;

	for (i = 0; i < 5; i++) {
		if (kgr_write(KGR_DIR "wake", "all") || kgr_revert_done(PATCH))
			return false;
		kgr_sleep_ms(KGR_QUIET_MS);
		if (!kgr_status_is(PATCH, "reverted"))
			return true;
		if (result(self) != -EINTR || !kgr_reap(self->pid) ||
		    kgr_retire(PATCH) || !start(self) || !bounce(self))
			return false;
	}
	return false;
}

/*
 * Inside the patch by restart_syscall(). The task is woken to cross, and
 * continues in the patch: it has crossed, and holds the module.
 */
TEST_F_TIMEOUT(restart, inside, KGR_TIMEOUT)
{
	ASSERT_TRUE(start(self));
	ASSERT_TRUE(bounce(self));
	EXPECT_EQ(1, kgr_number(PARAM("continued")));
	ASSERT_TRUE(revert_around_it(self));
	EXPECT_LT(1, kgr_number(PARAM("continued")));
	/* No change is pending any more, but the task is listed. */
	EXPECT_EQ(0, kgr_number(KGR_DIR "in_progress"));
	EXPECT_TRUE(kgr_blocked_by(self->pid, HOLDS));
	for (int i = 0; i < 5; i++) {
		kgr_sleep_ms(KGR_QUIET_MS);
		EXPECT_TRUE(kgr_status_is(PATCH, "reverting"));
		EXPECT_EQ(-EWOULDBLOCK, kgr_unload(PATCH));
	}
	ASSERT_EQ(0, kgr_write(PARAM("go"), "1"));
	EXPECT_EQ(0, result(self));
	EXPECT_TRUE(kgr_reap(self->pid));
	EXPECT_EQ(0, kgr_retire(PATCH));
}

/*
 * The same below a trampoline, which makes its stack unreliable. It is still
 * woken, and listed. Other tasks that are woken may come into the trampoline,
 * too: the parent of this one polls, in newer versions of the harness.
 */
TEST_F_TIMEOUT(restart, inside_a_trampoline, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(TRAMP, "func=*sys_restart_syscall"));
	ASSERT_TRUE(start(self));
	ASSERT_TRUE(bounce(self));
	EXPECT_LE(1, kgr_number(TRAMP_INSIDE));
	ASSERT_TRUE(revert_around_it(self));
	EXPECT_EQ(0, kgr_number(KGR_DIR "in_progress"));
	EXPECT_TRUE(kgr_blocked_by(self->pid, HOLDS ", stack not reliable"));
	EXPECT_TRUE(kgr_status_is(PATCH, "reverting"));
	EXPECT_LE(1, kgr_number(TRAMP_INSIDE));
	ASSERT_EQ(0, kgr_write(PARAM("go"), "1"));
	EXPECT_EQ(0, result(self));
	EXPECT_TRUE(kgr_reap(self->pid));
	EXPECT_EQ(0, kgr_retire(PATCH));

	/* Another change wakes those that are still inside. */
	ASSERT_EQ(0, kgr_write(TRAMP_ATTACHED, "0"));
	ASSERT_EQ(0, kgr_load(OTHER, "sympos=1"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(TRAMP_INSIDE) == 0));
	EXPECT_EQ(0, kgr_revert_done(OTHER));
	EXPECT_EQ(0, kgr_retire(OTHER));
	EXPECT_EQ(0, kgr_unload(TRAMP));
}

static bool obj_is_in_state(int state)
{
	char line[64];

	snprintf(line, sizeof(line), "kgr_obj_0 " OBJ " 0 %d", state);
	return kgr_state_has(PATCH, line);
}

/*
 * The revert is complete, the module of the patch is not released, and a module
 * is loaded of which the patch has a function. When the patch is applied again,
 * that module is patched.
 */
TEST_F_TIMEOUT(restart, enabled_while_held, KGR_TIMEOUT)
{
	ASSERT_TRUE(start(self));
	ASSERT_TRUE(bounce(self));
	EXPECT_TRUE(obj_is_in_state(5));
	ASSERT_TRUE(revert_around_it(self));
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
	EXPECT_TRUE(kgr_status_is(PATCH, "reverting"));
	EXPECT_TRUE(obj_is_in_state(6));

	/* After the refusal, all is as before. */
	ASSERT_EQ(0, kgr_write(PARAM("refuse"), "-71"));
	EXPECT_EQ(-EPROTO, kgr_enable(PATCH));
	EXPECT_EQ(0, kgr_number(PARAM("prepared")));
	EXPECT_TRUE(kgr_status_is(PATCH, "reverting"));
	EXPECT_TRUE(obj_is_in_state(6));

	ASSERT_EQ(0, kgr_write(PARAM("refuse"), "0"));
	ASSERT_EQ(0, kgr_enable(PATCH));
	EXPECT_EQ(1, kgr_number(PARAM("prepared")));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(PATCH, "applied")));
	EXPECT_TRUE(kgr_world_is("0000", "7000"));
	EXPECT_TRUE(obj_is_in_state(2));

	ASSERT_EQ(0, kgr_unload(OBJ));
	EXPECT_EQ(0, kgr_number(PARAM("prepared")));
	EXPECT_TRUE(obj_is_in_state(5));
	ASSERT_EQ(0, kgr_write(PARAM("go"), "1"));
	EXPECT_EQ(0, result(self));
	EXPECT_TRUE(kgr_reap(self->pid));
	ASSERT_EQ(0, kgr_revert_done(PATCH));
	EXPECT_EQ(0, kgr_retire(PATCH));
}

/* In user mode, with the address left in the restart_block: it is removed. */
TEST_F_TIMEOUT(restart, left_behind, KGR_TIMEOUT)
{
	ASSERT_TRUE(start(self));
	kill(self->pid, SIGUSR1);
	EXPECT_EQ(-EINTR, result(self));
	ASSERT_EQ(0, kgr_revert_done(PATCH));
	EXPECT_EQ(0, kgr_retire(PATCH));
	ASSERT_EQ(1, write(self->ask, "", 1));
	EXPECT_EQ(-EINTR, result(self));
	EXPECT_TRUE(kgr_reap(self->pid));
}

/*
 * While the patch is applied, the call continues. Otherwise the test above
 * shows nothing.
 */
TEST_F_TIMEOUT(restart, continues, KGR_TIMEOUT)
{
	ASSERT_TRUE(start(self));
	kill(self->pid, SIGUSR1);
	EXPECT_EQ(-EINTR, result(self));
	ASSERT_EQ(1, write(self->ask, "", 1));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(PARAM("continued")) == 1));
	ASSERT_EQ(0, kgr_write(PARAM("go"), "1"));
	EXPECT_EQ(0, result(self));
	EXPECT_TRUE(kgr_reap(self->pid));
}

/* Many tasks that are continuously interrupted while the module is unloaded. */
TEST_F_TIMEOUT(restart, under_load, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(kgr_kernel_checks_itself() ? 2 : 5);
	long long late;
	pid_t pids[8];

	ASSERT_TRUE(kgr_storm_start(KGR_STORM_FORK, 2));
	for (int round = 0; round < rounds; round++) {
		ASSERT_EQ(0, kgr_apply(PATCH));
		for (int i = 0; i < 8; i++) {
			pids[i] = kgr_fork();
			if (pids[i])
				continue;
			signal(SIGUSR1, ignore);
			/*
			 * Also after it is unloaded: then there is nothing to
			 * continue.
			 */
			for (;;) {
				int fd = open(KGR_TARGET "restart", O_RDONLY);
				char buf[32];

				if (read(fd, buf, sizeof(buf)) < 0)
					errno = 0;
				close(fd);
				syscall(SYS_restart_syscall);
			}
		}
		/* All tasks are inside before the module is to be unloaded. */
		for (int i = 0; i < 8; i++)
			ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
					       kgr_task_state(pids[i]) == 'S'));
		EXPECT_LT(0, kgr_number(PARAM("waiters")));
		ASSERT_EQ(0, kgr_revert(PATCH));
		late = kgr_now_ms() + 4 * KGR_SETTLE_MS;
		for (int i = 0; !kgr_status_is(PATCH, "reverted"); i++) {
			kill(pids[i % 8], SIGUSR1);
			ASSERT_LT(kgr_now_ms(), late);
		}
		ASSERT_EQ(0, kgr_unload(PATCH));
		for (int i = 0; i < 8; i++)
			kgr_kill(pids[i]);
	}
	EXPECT_LT(0, kgr_storm_stop());
}

/*
 * Tasks that do not use the patch call restart_syscall() all the time with
 * nothing to continue. At any time some of them are inside that call.
 */
TEST_F_TIMEOUT(restart, others_in_a_loop, KGR_TIMEOUT)
{
	pid_t pids[LOOPERS];
	int i;

	for (i = 0; i < LOOPERS; i++) {
		pids[i] = kgr_fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i])
			for (;;)
				syscall(SYS_restart_syscall);
	}
	ASSERT_EQ(0, kgr_apply(PATCH));
	ASSERT_EQ(0, kgr_revert(PATCH));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_released(PATCH)));
	for (i = 0; i < LOOPERS; i++)
		kgr_kill(pids[i]);
	EXPECT_EQ(0, kgr_retire(PATCH));
}

/* The same, continuing a sleep that a signal has interrupted. */
TEST_F_TIMEOUT(restart, others_that_sleep, KGR_TIMEOUT)
{
	pid_t pids[LOOPERS];
	int i;

	for (i = 0; i < LOOPERS; i++) {
		pids[i] = kgr_fork();
		ASSERT_LE(0, pids[i]);
		if (pids[i])
			continue;
		signal(SIGUSR1, ignore);
		for (;;) {
			struct timespec ts = { .tv_nsec = 1000000 };

			raise(SIGUSR1);
			nanosleep(&ts, NULL);
			syscall(SYS_restart_syscall);
		}
	}
	ASSERT_EQ(0, kgr_apply(PATCH));
	ASSERT_EQ(0, kgr_revert(PATCH));
	for (i = 0; !kgr_status_is(PATCH, "reverted"); i++) {
		kill(pids[i % LOOPERS], SIGUSR1);
		ASSERT_LT(i, 1000000);
	}
	for (i = 0; i < LOOPERS; i++)
		kgr_kill(pids[i]);
	EXPECT_EQ(0, kgr_retire(PATCH));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
