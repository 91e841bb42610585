// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that sleep below a trampoline, or other code, that the unwinder does not
 * trust: they are woken like others, never cross in place, and if they are held, the
 * list says where they are, or that their stack cannot be judged.
 */

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define TRAMP	"kgr_test_tramp"
#define INSIDE	"/sys/module/" TRAMP "/parameters/inside"
#define SLEEP	"/sys/module/" TRAMP "/parameters/sleep"
#define REASON	"in a trampoline of eventfd_read: " \
		"kgr_test_tramp_around [" TRAMP "]"

FIXTURE(trampolines) {
	int fd;
	pid_t pid;
};

static bool sleeps_inside(pid_t pid)
{
	return kgr_number(INSIDE) == 1 && kgr_task_state(pid) == 'S';
}

/* A child that reads from an eventfd, which has a trampoline around its read. */
FIXTURE_SETUP(trampolines)
{
	uint64_t value;
	pid_t pid;

	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_load(TRAMP, NULL));
	self->fd = eventfd(0, EFD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	pid = kgr_fork();
	if (!pid)
		_exit(read(self->fd, &value, sizeof(value)) != sizeof(value) ||
		      value != 7);
	/* Not before: a fixture's data is shared with the child. */
	self->pid = pid;
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, sleeps_inside(pid)));
}

FIXTURE_TEARDOWN_PARENT(trampolines)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* Whether it has noticed nothing, still sleeps, and receives what is sent. */
static bool goes_on(struct _test_data_trampolines *self)
{
	uint64_t value = 7;

	return KGR_WITHIN(KGR_SETTLE_MS, sleeps_inside(self->pid)) &&
	       write(self->fd, &value, sizeof(value)) == sizeof(value) &&
	       kgr_reap(self->pid);
}

TEST_F_TIMEOUT(trampolines, sleeper_is_woken, KGR_TIMEOUT)
{
	struct kgr_blocker seen;

	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS)) {
		if (kgr_blocker_find(self->pid, &seen))
			TH_LOG("%s", seen.reason);
	}
	EXPECT_TRUE(goes_on(self));
}

/*
 * Depending on the consistency, it would have to leave, or could cross in
 * place.
 */
static void is_named(struct __test_metadata *_metadata,
		     struct _test_data_trampolines *self, const char *params)
{
	struct kgr_blocker seen;

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_EQ(0, kgr_load(P1, params));
	EXPECT_TRUE(kgr_blocked_by(self->pid, REASON));
	ASSERT_TRUE(kgr_blocker_find(self->pid, &seen));
	EXPECT_STREQ("read", seen.syscall);
	EXPECT_STRNE("-", seen.wchan);
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(self->pid));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(goes_on(self));
}

TEST_F_TIMEOUT(trampolines, is_named_where_a_task_must_leave, KGR_TIMEOUT)
{
	is_named(_metadata, self, NULL);
}

TEST_F_TIMEOUT(trampolines, is_named_where_the_stack_must_tell, KGR_TIMEOUT)
{
	is_named(_metadata, self, "function=1");
}

FIXTURE(not_reliable) {
	/* below code without ORC data, and somewhere else */
	pid_t below, other;
};

FIXTURE_SETUP(not_reliable)
{
	pid_t pid;

	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_load(TRAMP, NULL));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	pid = kgr_fork();
	if (!pid)
		_exit(kgr_write(SLEEP, "1") != -EINTR);
	self->below = pid;
	pid = kgr_fork();
	if (!pid)
		kgr_pause();
	self->other = pid;
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in_call(self->below, SYS_write) &&
			       kgr_sleeps_in_call(self->other, SYS_pause)));
}

FIXTURE_TEARDOWN_PARENT(not_reliable)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * The change is of functions that neither is inside, but of one of them nobody can
 * tell.
 */
TEST_F_TIMEOUT(not_reliable, stays_where_others_cross, KGR_TIMEOUT)
{
	struct kgr_blocker seen;

	ASSERT_EQ(0, kgr_load(P1, "function=1"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(self->other) == 0));
	EXPECT_TRUE(kgr_sleeps_in_call(self->other, SYS_pause));
	EXPECT_TRUE(kgr_blocked_by(self->below, "stack not reliable"));
	ASSERT_TRUE(kgr_blocker_find(self->below, &seen));
	EXPECT_STREQ("write", seen.syscall);
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(self->below));
	EXPECT_EQ(1, kgr_global("in_progress"));
	EXPECT_FALSE(kgr_blocker_find(self->other, &seen));
	kgr_kill(self->below);
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
