// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Modules made for livepatch, carried out by kGraft: what is different from
 * livepatch's own engine, and what must not be.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_klp.h"
#include "kgr_test.h"

#define L1	"kgr_test_klp1"
#define L2	"kgr_test_klp2"
#define L3	"kgr_test_klp3"
#define P1	"kgr_test_patch1"
#define OBJ	"kgr_test_obj"
/* A kGraft patch that may cross in place, and what it returns */
#define PLACE	"kgr_test_place"
#define PLACE_NEW	9

/* What their replacements return */
#define V1	51
#define V2	52
#define V3	53

FIXTURE(livepatch) {
	struct kgr_held held, other;
};

FIXTURE_SETUP(livepatch)
{
	if (kgr_number(KGR_DIR "livepatch") < 0)
		SKIP(return, "needs CONFIG_KGRAFT_LIVEPATCH");
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(livepatch)
{
	EXPECT_TRUE(kgr_clean_up());
}

static long side_of(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/patch_state", pid);
	return kgr_number(path);
}

/* Out of the function, and then of the system call. */
static bool leave(struct kgr_held *held, int seen[2])
{
	return kgr_step(held) && kgr_let_go(held, seen);
}

/* --- tests --- */

TEST_F_TIMEOUT(livepatch, is_in_both, KGR_TIMEOUT)
{
	ASSERT_EQ(0, klp_apply(L1, "mask=11"));
	EXPECT_TRUE(kgr_now_is(V1, V1));
	EXPECT_EQ(1, klp_number(L1, "enabled"));
	EXPECT_EQ(0, klp_number(L1, "replace"));
	EXPECT_EQ(1, klp_number(L1, "vmlinux/patched"));
	EXPECT_EQ(0, klp_number(L1, OBJ "/patched"));
	EXPECT_TRUE(kgr_status_is(L1, "applied"));
	EXPECT_TRUE(kgr_state_has(L1, "kgr_test_second vmlinux 0 2"));
	EXPECT_TRUE(kgr_state_has(L1, "kgr_obj_0 " OBJ " 0 5"));
	EXPECT_EQ(-1, side_of(getpid()));

	/* In use, and there is nothing to be done */
	EXPECT_EQ(-EAGAIN, kgr_unload(L1));
	EXPECT_EQ(-EINVAL, klp_write(L1, "enabled", "1"));
	EXPECT_EQ(-EINVAL, klp_write(L1, "enabled", "x"));
	EXPECT_EQ(-EINVAL, klp_write(L1, "force", "1"));
	EXPECT_EQ(0, klp_write(L1, "force", "0"));
	EXPECT_EQ(-EEXIST, kgr_load(L1, NULL));

	ASSERT_EQ(0, klp_disable(L1));
	EXPECT_FALSE(kgr_patch_exists(L1));
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L1)));

	/* The other way out, and again */
	ASSERT_EQ(0, klp_apply(L1, NULL));
	ASSERT_EQ(0, kgr_revert(L1));
	EXPECT_TRUE(klp_gone(L1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L1)));
}

/* Until the last trace of it is gone, its module is in use. */
TEST_F_TIMEOUT(livepatch, is_held, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(5), i, ret;

	for (i = 0; i < rounds; i++) {
		ASSERT_EQ(0, klp_apply(L1, "mask=7"));
		ASSERT_EQ(0, klp_write(L1, "enabled", "0"));
		do {
			ret = kgr_unload(L1);
		} while (ret == -EAGAIN);
		ASSERT_EQ(0, ret);
		/* Not sooner than this */
		EXPECT_EQ(-ENOENT, klp_number(L1, "enabled"));
		EXPECT_FALSE(kgr_patch_exists(L1));
	}
}

/* What is loaded stays with the engine that has it. */
TEST_F_TIMEOUT(livepatch, one_engine_serves, KGR_TIMEOUT)
{
	ASSERT_EQ(0, klp_apply(L1, "mask=1"));
	ASSERT_EQ(0, kgr_write(KGR_DIR "livepatch", "0"));
	/* Never both for one function */
	EXPECT_EQ(-EBUSY, kgr_load(L2, "mask=1"));
	/* Nor can one take over from the other. */
	EXPECT_EQ(-EBUSY, kgr_load(L2, "mask=2 replace=1"));
	EXPECT_EQ(-EBUSY, kgr_load(L2, "mask=2 state=1"));
	ASSERT_EQ(0, klp_apply(L2, "mask=2"));
	EXPECT_FALSE(kgr_patch_exists(L2));
	EXPECT_TRUE(kgr_patch_exists(L1));
	EXPECT_TRUE(kgr_now_is(V1, V2));

	ASSERT_EQ(0, kgr_write(KGR_DIR "livepatch", "1"));
	EXPECT_EQ(-EBUSY, kgr_load(L3, "mask=2"));
	EXPECT_EQ(-EBUSY, kgr_load(L3, "mask=1 replace=1"));
	ASSERT_EQ(0, klp_apply(L3, "mask=1"));
	EXPECT_TRUE(kgr_now_is(V3, V2));
	EXPECT_EQ(0, klp_retire(L2));
	EXPECT_EQ(0, klp_retire(L3));
	EXPECT_TRUE(kgr_now_is(V1, 0));
	EXPECT_EQ(0, klp_retire(L1));
}

/* Its place among those of the same engine; newer kernels have a file for that. */
TEST_F_TIMEOUT(livepatch, has_a_place, KGR_TIMEOUT)
{
	ASSERT_EQ(0, klp_apply(L1, "mask=1"));
	if (klp_number(L1, "stack_order") == -ENOENT)
		SKIP(return, "livepatch of this kernel has no stack_order");
	ASSERT_EQ(0, kgr_write(KGR_DIR "livepatch", "0"));
	ASSERT_EQ(0, klp_apply(L3, "mask=2"));
	ASSERT_EQ(0, kgr_write(KGR_DIR "livepatch", "1"));
	ASSERT_EQ(0, klp_apply(L2, "mask=1"));
	EXPECT_EQ(1, klp_number(L1, "stack_order"));
	EXPECT_EQ(2, klp_number(L2, "stack_order"));
	EXPECT_EQ(1, klp_number(L3, "stack_order"));
	ASSERT_EQ(0, klp_retire(L1));
	EXPECT_EQ(1, klp_number(L2, "stack_order"));
	EXPECT_EQ(0, klp_retire(L2));
	EXPECT_EQ(0, klp_retire(L3));
}

/* Its code is changed while it runs, as that of any module: static calls and keys. */
TEST_F_TIMEOUT(livepatch, changes_itself, KGR_TIMEOUT)
{
	char taint[32] = "";
	int i;

	ASSERT_EQ(0, klp_apply(L1, "mask=2"));
	EXPECT_LT(0, kgr_read("/sys/module/" L1 "/taint", taint, sizeof(taint)));
	EXPECT_NE(NULL, strchr(taint, 'K'));
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(kgr_now_is(0, V1));
		ASSERT_EQ(0, kgr_write("/sys/module/" L1 "/parameters/flip", "1"));
		EXPECT_TRUE(kgr_now_is(0, V1 + 1100));
		ASSERT_EQ(0, kgr_write("/sys/module/" L1 "/parameters/flip", "0"));
	}
	EXPECT_EQ(0, klp_retire(L1));
	/* And it can be so from the beginning. */
	ASSERT_EQ(0, klp_apply(L1, "mask=2 flip=1"));
	EXPECT_TRUE(kgr_now_is(0, V1 + 1100));
	EXPECT_EQ(0, klp_retire(L1));
}

/* Which of two functions with one name */
TEST_F_TIMEOUT(livepatch, position, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "dup", O_RDONLY | O_CLOEXEC);
	int seen[3][2];

	ASSERT_LE(0, fd);
	/* It must be said. */
	EXPECT_EQ(-EINVAL, kgr_load(L1, "mask=16"));
	EXPECT_EQ(-EINVAL, kgr_load(L1, "mask=16 sympos=3"));
	ASSERT_TRUE(kgr_pair(fd, seen[0]));
	EXPECT_EQ(0, seen[0][0]);
	EXPECT_EQ(0, seen[0][1]);
	/* Each of them, and then both */
	ASSERT_EQ(0, klp_apply(L1, "mask=16 sympos=1"));
	ASSERT_TRUE(kgr_pair(fd, seen[1]));
	ASSERT_EQ(0, klp_apply(L2, "mask=16 sympos=2"));
	ASSERT_TRUE(kgr_pair(fd, seen[2]));
	close(fd);
	EXPECT_EQ(V1, seen[1][0] + seen[1][1]);
	EXPECT_EQ(V1 + V2, seen[2][0] + seen[2][1]);
	EXPECT_TRUE(seen[1][0] == seen[2][0] || seen[1][1] == seen[2][1]);
	EXPECT_EQ(0, klp_retire(L1));
	EXPECT_EQ(0, klp_retire(L2));
}

/* A sleeper that it must wait for keeps it, and nothing else, from going on. */
TEST_F_TIMEOUT(livepatch, stuck, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_hold(&self->other, "within"));
	ASSERT_EQ(0, kgr_revert(PLACE));
	/* This one has PLACE behind it, and L1 to cross. */
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load(L1, "mask=5"));
	EXPECT_TRUE(kgr_now_is(V1, 0));
	EXPECT_EQ(1, klp_number(L1, "transition"));
	EXPECT_EQ(1, klp_number(L1, "enabled"));
	EXPECT_EQ(0, side_of(self->held.pid));
	EXPECT_EQ(1, side_of(getpid()));
	EXPECT_EQ(-EAGAIN, kgr_unload(L1));

	/* Another livepatch need not wait for it. */
	ASSERT_EQ(0, kgr_load(L2, "mask=2"));
	EXPECT_TRUE(kgr_now_is(V1, V2));

	/* What kGraft had to do before completes meanwhile. */
	EXPECT_TRUE(kgr_status_is(PLACE, "reverting"));
	ASSERT_TRUE(leave(&self->other, seen));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_released(PLACE)));
	EXPECT_EQ(1, klp_number(L1, "transition"));
	EXPECT_EQ(1, klp_number(L2, "transition"));

	ASSERT_TRUE(leave(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_TRUE(klp_settles(L1));
	EXPECT_TRUE(klp_settles(L2));
	EXPECT_EQ(-1, side_of(getpid()));
	EXPECT_EQ(0, klp_retire(L1));
	EXPECT_EQ(0, klp_retire(L2));
	EXPECT_EQ(0, kgr_retire(PLACE));
}

/* Disabled and enabled again, each before the task inside is out. */
static const char there_and_back_calls[] =
	"pre_patch:vmlinux post_patch:vmlinux pre_unpatch:vmlinux post_patch:vmlinux";

TEST_F_TIMEOUT(livepatch, there_and_back, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_EQ(0, klp_apply(L1, "mask=5"));
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, klp_write(L1, "enabled", "0"));
	EXPECT_EQ(-EINVAL, klp_write(L1, "enabled", "0"));
	EXPECT_EQ(0, klp_number(L1, "enabled"));
	EXPECT_EQ(1, klp_number(L1, "transition"));
	EXPECT_EQ(1, side_of(self->held.pid));
	EXPECT_EQ(0, side_of(getpid()));
	EXPECT_TRUE(kgr_now_is(0, 0));
	ASSERT_EQ(0, klp_write(L1, "enabled", "1"));
	EXPECT_TRUE(kgr_now_is(V1, 0));
	/* For the held task nothing changes any more: it need not be waited for. */
	EXPECT_TRUE(klp_settles(L1));
	EXPECT_TRUE(kgr_param_is(L1, "calls", there_and_back_calls));
	ASSERT_TRUE(leave(&self->held, seen));
	EXPECT_EQ(V1, seen[0]);

	/* Out before the module, however long it takes */
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, klp_write(L1, "enabled", "0"));
	EXPECT_EQ(-EAGAIN, kgr_unload(L1));
	ASSERT_TRUE(leave(&self->held, seen));
	EXPECT_EQ(V1, seen[0]);
	EXPECT_TRUE(klp_gone(L1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L1)));
}

TEST_F_TIMEOUT(livepatch, forced, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load(L1, "mask=5"));
	EXPECT_EQ(1, klp_number(L1, "transition"));
	EXPECT_EQ(0, klp_write(L1, "force", "1"));
	EXPECT_TRUE(klp_settles(L1));
	EXPECT_EQ(1, klp_number(L1, "enabled"));
	EXPECT_TRUE(kgr_is_forced(L1));
	EXPECT_EQ(-EINVAL, klp_write(L1, "force", "1"));
	ASSERT_TRUE(leave(&self->held, seen));
	EXPECT_EQ(0, klp_retire(L1));
}

/* What kGraft's own files add to it: here, that it is disabled if it takes too long. */
TEST_F_TIMEOUT(livepatch, too_late, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load(L1, "mask=5"));
	EXPECT_EQ(1, klp_number(L1, "transition"));
	ASSERT_EQ(0, kgr_write(KGR_DIR L1 "/on_deadline", "revert"));
	ASSERT_EQ(0, kgr_write(KGR_DIR L1 "/deadline_ms", "100"));
	/* The task inside has never been in its code: it need not leave first. */
	EXPECT_TRUE(klp_gone(L1));
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_TRUE(kgr_param_is(L1, "calls",
				 "pre_patch:vmlinux post_unpatch:vmlinux"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L1)));
	ASSERT_TRUE(leave(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
}

TEST_F_TIMEOUT(livepatch, beside_ours, KGR_TIMEOUT)
{
	/* Each of the two first, and the one that came last counts. */
	ASSERT_EQ(0, klp_apply(L1, "mask=1"));
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_EQ(0, klp_retire(L1));
	EXPECT_TRUE(kgr_now_is(1, 1));
	ASSERT_EQ(0, klp_apply(L2, "mask=1"));
	EXPECT_TRUE(kgr_now_is(V2, 1));

	/* A cumulative one takes the place of livepatches, not of ours... */
	ASSERT_EQ(0, klp_apply(L3, "mask=2 replace=1"));
	EXPECT_TRUE(kgr_now_is(1, V3));
	EXPECT_TRUE(klp_gone(L2));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L2)));
	EXPECT_TRUE(kgr_status_is(P1, "applied"));
	/* ... nor does one of ours of livepatches. */
	ASSERT_EQ(0, kgr_load("kgr_test_life1", "mask=1 replace_all=1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_released(P1)));
	EXPECT_TRUE(kgr_now_is(0, V3));
	EXPECT_EQ(1, klp_number(L3, "enabled"));

	EXPECT_EQ(0, klp_retire(L3));
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_EQ(0, kgr_revert_done("kgr_test_life1"));
}

/* One that is being replaced can come back, by way of the one that replaces it. */
TEST_F_TIMEOUT(livepatch, replaced_half_way, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_EQ(0, klp_apply(L1, "mask=5 state=2"));
	/* It does not know enough. */
	EXPECT_EQ(-EINVAL, kgr_load(L2, "mask=5 replace=1"));
	EXPECT_EQ(-EINVAL, kgr_load(L2, "mask=5 state=1"));
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load(L2, "mask=1 replace=1 state=2"));
	EXPECT_TRUE(kgr_param_is(L2, "taken_over", "Y"));
	EXPECT_TRUE(kgr_now_is(V2, 0));
	EXPECT_EQ(1, klp_number(L2, "transition"));
	EXPECT_EQ(0, klp_number(L1, "transition"));
	EXPECT_EQ(1, klp_number(L1, "enabled"));
	EXPECT_EQ(-EBUSY, klp_write(L1, "enabled", "0"));
	EXPECT_EQ(-EINVAL, klp_write(L1, "enabled", "1"));

	ASSERT_EQ(0, klp_write(L2, "enabled", "0"));
	EXPECT_TRUE(kgr_now_is(V1, 0));
	ASSERT_TRUE(leave(&self->held, seen));
	EXPECT_EQ(V1, seen[0]);
	EXPECT_TRUE(klp_gone(L2));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L2)));
	EXPECT_EQ(1, klp_number(L1, "enabled"));

	/* For good, and without any of its callbacks */
	ASSERT_EQ(0, klp_apply(L2, "mask=1 replace=1 state=2"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, klp_gone(L1)));
	EXPECT_TRUE(kgr_param_is(L1, "calls",
				 "pre_patch:vmlinux post_patch:vmlinux"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L1)));
	EXPECT_EQ(0, klp_retire(L2));
}

FIXTURE(over) {
	struct kgr_held held;
	pid_t loader;
};

/*
 * @replaced: by L2, or disabled
 * @by_kgraft: who is asked to enable it again
 * @ret: what the answer is
 */
FIXTURE_VARIANT(over) {
	bool replaced;
	bool by_kgraft;
	int ret;
};

FIXTURE_VARIANT_ADD(over, disabled) {
	.ret = -EINVAL,
};

FIXTURE_VARIANT_ADD(over, disabled_ask_kgraft) {
	.by_kgraft = true, .ret = -ENODEV,
};

FIXTURE_VARIANT_ADD(over, replaced) {
	.replaced = true, .ret = -EINVAL,
};

FIXTURE_VARIANT_ADD(over, replaced_ask_kgraft) {
	.replaced = true, .by_kgraft = true, .ret = -ENODEV,
};

FIXTURE_SETUP(over)
{
	if (kgr_number(KGR_DIR "livepatch") < 0)
		SKIP(return, "needs CONFIG_KGRAFT_LIVEPATCH");
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(over)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* How long nothing else can be done: for the other two to line up behind it. */
#define NAP_MS		kgr_bound(1000)

static bool is_in_callback(const char *patch)
{
	char calls[64];

	return kgr_param_read(patch, "calls", calls, sizeof(calls)) > 0 &&
	       strstr(calls, "pre_patch");
}

/* Loads L3, in a process of its own, and returns while its callback sleeps. */
static pid_t load_slowly(void)
{
	char params[32];
	pid_t pid;

	snprintf(params, sizeof(params), "mask=2 nap=%d", NAP_MS);
	pid = kgr_fork();
	if (!pid)
		_exit(kgr_load(L3, params) != 0);
	return KGR_WITHIN(KGR_SETTLE_MS, is_in_callback(L3)) ? pid : -1;
}

/*
 * The last task leaves L1 while a callback of another patch is being called, so
 * that the end of L1 has to wait; and it is enabled again behind that, before it
 * is removed.
 */
TEST_F_TIMEOUT(over, stays_so, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };
	int ret;

	ASSERT_EQ(0, klp_apply(L1, "mask=5"));
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ret = variant->replaced ? kgr_load(L2, "mask=1 replace=1") :
				  klp_write(L1, "enabled", "0");
	ASSERT_EQ(0, ret);
	self->loader = load_slowly();
	ASSERT_LT(0, self->loader);
	ASSERT_TRUE(leave(&self->held, seen));
	EXPECT_EQ(V1, seen[0]);
	kgr_sleep_ms(NAP_MS / 4);
	ret = variant->by_kgraft ? kgr_enable(L1) :
				   klp_write(L1, "enabled", "1");
	EXPECT_EQ(variant->ret, ret);
	ASSERT_TRUE(kgr_reap(self->loader));

	EXPECT_TRUE(klp_gone(L1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(L1)));
	EXPECT_TRUE(kgr_now_is(variant->replaced ? V2 : 0, V3));
	if (variant->replaced)
		EXPECT_EQ(0, klp_retire(L2));
	EXPECT_EQ(0, klp_retire(L3));
}

/* What the administrator asks for. */
TEST_F_TIMEOUT(livepatch, consistency, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	EXPECT_EQ(-EINVAL, kgr_write(KGR_DIR "livepatch_consistency", "none"));
	ASSERT_TRUE(kgr_hold(&self->held, "block"));
	ASSERT_EQ(0, klp_apply(L1, "mask=3"));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(V1, seen[1]);

	ASSERT_EQ(0, kgr_write(KGR_DIR "livepatch_consistency", "entry"));
	ASSERT_TRUE(kgr_hold(&self->held, "block"));
	ASSERT_EQ(0, kgr_load(L2, "mask=3"));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, klp_number(L2, "transition"));
	EXPECT_EQ(1, kgr_pending(self->held.pid));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(V1, seen[0]);
	EXPECT_EQ(V1, seen[1]);
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_TRUE(klp_settles(L2));
	EXPECT_EQ(0, klp_retire(L2));
	EXPECT_EQ(0, klp_retire(L1));
}

/* Its init fails when it is enabled: livepatch would leave it in freed memory. */
TEST_F_TIMEOUT(livepatch, init_fails, KGR_TIMEOUT)
{
	EXPECT_EQ(-EIO, kgr_load(L1, "mask=11 odd=init"));
	EXPECT_EQ(-ENOENT, klp_number(L1, "enabled"));
	EXPECT_FALSE(kgr_patch_exists(L1));
	EXPECT_FALSE(kgr_module_loaded(L1));
	EXPECT_TRUE(kgr_now_is(0, 0));
	ASSERT_EQ(0, klp_apply(L1, "mask=11"));
	EXPECT_EQ(0, klp_retire(L1));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
