// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A patch that is refused leaves nothing behind.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_klp.h"
#include "kgr_test.h"

FIXTURE(errors) {};

FIXTURE_VARIANT(errors) {
	const char *fault;
	int error;
};

#define FAULT(_fault, _error) { .fault = #_fault, .error = (_error) }

FIXTURE_VARIANT_ADD(errors, no_patch) FAULT(no_patch, -EINVAL);
FIXTURE_VARIANT_ADD(errors, no_owner) FAULT(no_owner, -EINVAL);
FIXTURE_VARIANT_ADD(errors, empty) FAULT(empty, -EINVAL);
FIXTURE_VARIANT_ADD(errors, unknown) FAULT(unknown, -ENOENT);
FIXTURE_VARIANT_ADD(errors, ambiguous) FAULT(ambiguous, -ENOENT);
FIXTURE_VARIANT_ADD(errors, position) FAULT(position, -ENOENT);
FIXTURE_VARIANT_ADD(errors, untraceable) FAULT(untraceable, -EINVAL);
FIXTURE_VARIANT_ADD(errors, not_code) FAULT(not_code, -EINVAL);
FIXTURE_VARIANT_ADD(errors, twice) FAULT(twice, -EINVAL);
FIXTURE_VARIANT_ADD(errors, alias) FAULT(alias, -EINVAL);
FIXTURE_VARIANT_ADD(errors, outside) FAULT(outside, -EINVAL);
FIXTURE_VARIANT_ADD(errors, null) FAULT(null, -EINVAL);
FIXTURE_VARIANT_ADD(errors, object) FAULT(object, -EINVAL);
FIXTURE_VARIANT_ADD(errors, object_empty) FAULT(object_empty, -EINVAL);
FIXTURE_VARIANT_ADD(errors, object_long) FAULT(object_long, -EINVAL);
FIXTURE_VARIANT_ADD(errors, no_name) FAULT(no_name, -EINVAL);
FIXTURE_VARIANT_ADD(errors, empty_name) FAULT(empty_name, -EINVAL);
FIXTURE_VARIANT_ADD(errors, long_name) FAULT(long_name, -EINVAL);
FIXTURE_VARIANT_ADD(errors, slash) FAULT(slash, -EINVAL);
FIXTURE_VARIANT_ADD(errors, dots) FAULT(dots, -EINVAL);
FIXTURE_VARIANT_ADD(errors, file) FAULT(file, -EEXIST);
FIXTURE_VARIANT_ADD(errors, consistency) FAULT(consistency, -EINVAL);
FIXTURE_VARIANT_ADD(errors, on_deadline) FAULT(on_deadline, -EINVAL);
/* In memory that is freed after init, or becomes read-only, or always was. */
FIXTURE_VARIANT_ADD(errors, patch_init) FAULT(patch_init, -EINVAL);
FIXTURE_VARIANT_ADD(errors, after_init) FAULT(after_init, -EINVAL);
FIXTURE_VARIANT_ADD(errors, ptr_after_init) FAULT(ptr_after_init, -EINVAL);
FIXTURE_VARIANT_ADD(errors, ptr_init) FAULT(ptr_init, -EINVAL);
FIXTURE_VARIANT_ADD(errors, ptr_const) FAULT(ptr_const, -EINVAL);
FIXTURE_VARIANT_ADD(errors, ptr_outside) FAULT(ptr_outside, -EINVAL);
FIXTURE_VARIANT_ADD(errors, list_externs) FAULT(list_externs, -EINVAL);
FIXTURE_VARIANT_ADD(errors, list_objects) FAULT(list_objects, -EINVAL);
FIXTURE_VARIANT_ADD(errors, list_states) FAULT(list_states, -EINVAL);
FIXTURE_VARIANT_ADD(errors, list_shadows) FAULT(list_shadows, -EINVAL);
FIXTURE_VARIANT_ADD(errors, text_name) FAULT(text_name, -EINVAL);
FIXTURE_VARIANT_ADD(errors, text_set) FAULT(text_set, -EINVAL);
FIXTURE_VARIANT_ADD(errors, text_function) FAULT(text_function, -EINVAL);
FIXTURE_VARIANT_ADD(errors, text_symbol) FAULT(text_symbol, -EINVAL);
FIXTURE_VARIANT_ADD(errors, text_object) FAULT(text_object, -EINVAL);
FIXTURE_VARIANT_ADD(errors, text_shadow) FAULT(text_shadow, -EINVAL);
FIXTURE_VARIANT_ADD(errors, callback) FAULT(callback, -EINVAL);
FIXTURE_VARIANT_ADD(errors, dtor) FAULT(dtor, -EINVAL);
/* Stays in kallsyms although its memory is reused. */
FIXTURE_VARIANT_ADD(errors, kernel_init) FAULT(kernel_init, -ENOENT);

FIXTURE_SETUP(errors)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(errors)
{
	EXPECT_TRUE(kgr_clean_up());
}

static int load_bad(const char *fault)
{
	char params[64];

	snprintf(params, sizeof(params), "fault=%s", fault);
	return kgr_load("kgr_test_bad", params);
}

TEST_F_TIMEOUT(errors, leave_nothing, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	kgr_snapshot_take(&before);
	EXPECT_EQ(kgr_init_error(variant->error), load_bad(variant->fault));
	EXPECT_FALSE(kgr_module_loaded("kgr_test_bad"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_TRUE(kgr_now_is(0, 0));
	kgr_snapshot_free(&before);
}

FIXTURE(conflicts) {};

FIXTURE_SETUP(conflicts)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(conflicts)
{
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(conflicts, name_taken, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	kgr_snapshot_take(&before);
	EXPECT_EQ(kgr_init_error(-EEXIST), load_bad("taken"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_TRUE(kgr_now_is(1, 1));
	kgr_snapshot_free(&before);
}

/* A pending change is not affected. */
TEST_F_TIMEOUT(conflicts, while_another_is_pending, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	struct kgr_held held;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load("kgr_test_patch1", NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kgr_snapshot_take(&before);
	EXPECT_EQ(-ENOENT, load_bad("unknown"));
	EXPECT_EQ(-EINVAL, load_bad("twice"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
	EXPECT_TRUE(kgr_status_is("kgr_test_patch1", "applying"));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_now_is(1, 1));
}

/* The position selects one of two functions of the same name. */
TEST_F_TIMEOUT(conflicts, position_is_followed, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "dup", O_RDONLY | O_CLOEXEC);
	int seen[2][2];

	ASSERT_LE(0, fd);
	ASSERT_TRUE(kgr_pair(fd, seen[0]));
	EXPECT_EQ(0, seen[0][0]);
	EXPECT_EQ(0, seen[0][1]);

	ASSERT_EQ(0, kgr_load("kgr_test_dups", "sympos=1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_pair(fd, seen[0]));
	ASSERT_EQ(0, kgr_revert_done("kgr_test_dups"));
	ASSERT_EQ(0, kgr_retire("kgr_test_dups"));

	ASSERT_EQ(0, kgr_load("kgr_test_dups", "sympos=2"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_pair(fd, seen[1]));
	close(fd);

	/* One function each time, and a different one. */
	EXPECT_EQ(1, seen[0][0] + seen[0][1]);
	EXPECT_EQ(1, seen[1][0] + seen[1][1]);
	EXPECT_NE(seen[0][0], seen[1][0]);
}

static bool livepatch_done(void)
{
	return kgr_number("/sys/kernel/livepatch/kgr_test_livepatch/transition") == 0;
}

TEST_F_TIMEOUT(conflicts, livepatch_was_first, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	if (!klp_possible())
		SKIP(return, "needs CONFIG_LIVEPATCH");
	kgr_write(KGR_DIR "livepatch", "0");
	ASSERT_EQ(0, kgr_load("kgr_test_livepatch", NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, livepatch_done()));
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EBUSY, kgr_load("kgr_test_patch1", NULL));
	EXPECT_FALSE(kgr_module_loaded("kgr_test_patch1"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_TRUE(kgr_now_is(100, 0));
	kgr_snapshot_free(&before);

	/* Once it is gone, the function can be patched. */
	ASSERT_EQ(0, kgr_write("/sys/kernel/livepatch/kgr_test_livepatch/enabled", "0"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       !kgr_unload("kgr_test_livepatch")));
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	EXPECT_TRUE(kgr_now_is(1, 1));
}

TEST_F_TIMEOUT(conflicts, livepatch_comes_second, KGR_TIMEOUT)
{
	struct kgr_snapshot before;

	if (!klp_possible())
		SKIP(return, "needs CONFIG_LIVEPATCH");
	kgr_write(KGR_DIR "livepatch", "0");
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EBUSY, kgr_load("kgr_test_livepatch", NULL));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_TRUE(kgr_now_is(1, 1));
	kgr_snapshot_free(&before);
}

/* A trampoline that calls the original directly, like those of BPF. */
TEST_F_TIMEOUT(conflicts, direct_call_was_first, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	int ret = kgr_load("kgr_test_direct", NULL);

	if (ret == -ENOEXEC || ret == -ENOENT)
		SKIP(return, "needs CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS");
	ASSERT_EQ(0, ret);
	/* Whether ftrace is registered or its filter is extended. */
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EBUSY, kgr_load("kgr_test_patch1", NULL));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);

	ASSERT_EQ(0, kgr_load("kgr_test_dups", "sympos=1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EBUSY, kgr_load("kgr_test_patch1", NULL));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
	EXPECT_TRUE(kgr_now_is(0, 0));

	ASSERT_EQ(0, kgr_unload("kgr_test_direct"));
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	EXPECT_TRUE(kgr_now_is(1, 1));
}

#define JUMP	KGR_DIR "jump"
#define POKE	KGR_TARGET "poke"
#define TRACER	KGR_TRACEFS "current_tracer"
#define FILTER	KGR_TRACEFS "set_ftrace_filter"

FIXTURE(overwritten) {};

FIXTURE_VARIANT(overwritten) {
	bool jumps;
	/* by a tracer as well, and so to the list of all that trace it */
	bool traced;
};

FIXTURE_VARIANT_ADD(overwritten, call) {
	.jumps = false,
};

FIXTURE_VARIANT_ADD(overwritten, jump) {
	.jumps = true,
};

FIXTURE_VARIANT_ADD(overwritten, list) {
	.jumps = true, .traced = true,
};

FIXTURE_SETUP(overwritten)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(JUMP, variant->jumps ? "1" : "0"));
}

static void trace_nothing(void)
{
	kgr_write(TRACER, "nop");
	close(open(FILTER, O_WRONLY | O_TRUNC | O_CLOEXEC));
}

FIXTURE_TEARDOWN_PARENT(overwritten)
{
	kgr_write(POKE, "-");
	trace_nothing();
	EXPECT_TRUE(kgr_clean_up());
}

/* Makes the entry of a function what a variant says. */
static bool make_entry(bool jumps, bool traced, const char *function,
		       const char *as_listed)
{
	if (jumps && !kgr_jumps(as_listed))
		return false;
	return kgr_entry_is(as_listed, jumps ? "jump" : "call") &&
	       (!traced || (!kgr_write(FILTER, function) &&
				     !kgr_write(TRACER, "function") &&
				     kgr_entry_is(as_listed, "call")));
}

/*
 * Something else has overwritten the entry of a function that is redirected. A
 * revert need not modify an entry that calls the handler. If the entry jumped to
 * the patch, what has overwritten it may write the jump again, so the patch must
 * stay until then.
 */
TEST_F_TIMEOUT(overwritten, is_noticed, KGR_TIMEOUT)
{
	int applied, reverted, switched, seen[2];
	struct kgr_held held;

	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	ASSERT_TRUE(make_entry(variant->jumps, variant->traced,
			       "kgr_test_first", "kgr_test_first"));
	/* Once the revert is complete, ftrace does modify the entry. */
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_write(POKE, "kgr_test_first"));
	applied = kgr_load("kgr_test_patch2", NULL);
	switched = kgr_write(JUMP, "0");
	reverted = kgr_revert("kgr_test_patch1");
	ASSERT_EQ(0, kgr_write(POKE, "-"));
	EXPECT_EQ(variant->jumps ? -ENODEV : 0, switched);
	EXPECT_EQ(variant->jumps, kgr_global("jump"));
	EXPECT_EQ(-ENODEV, applied);
	EXPECT_FALSE(kgr_module_loaded("kgr_test_patch2"));
	EXPECT_EQ(variant->jumps ? -ENODEV : 0, reverted);
	if (variant->jumps)
		EXPECT_EQ(0, kgr_revert("kgr_test_patch1"));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(0, kgr_enable("kgr_test_patch1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_now_is(1, 1));
}

#define LIFE	"kgr_test_life1"
#define OBJ	"kgr_test_obj"

/* Whether the kernel has warned. */
static bool warned(void)
{
	return kgr_number("/proc/sys/kernel/tainted") & 1 << 9;
}

/*
 * The function is in a module that goes: ftrace must forget it. If it did not,
 * it would warn when another module has a function there.
 */
TEST_F_TIMEOUT(overwritten, goes, KGR_TIMEOUT)
{
	bool before = warned();
	int i;

	ASSERT_EQ(0, kgr_load(LIFE, "mask=0x35"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, kgr_load(OBJ, NULL));
		ASSERT_TRUE(make_entry(variant->jumps, variant->traced,
				       "kgr_obj_1", "kgr_obj_1 [" OBJ "]"));
		EXPECT_TRUE(kgr_world_is("1010", "1100"));
		ASSERT_EQ(0, kgr_write(POKE, "kgr_obj_1"));
		ASSERT_EQ(0, kgr_unload(OBJ));
		/* It is no longer there. */
		ASSERT_EQ(0, kgr_write(POKE, "-"));
		trace_nothing();
	}
	/* ftrace is alive, and all of this can be undone. */
	ASSERT_EQ(0, kgr_load(OBJ, NULL));
	EXPECT_TRUE(kgr_world_is("1010", "1100"));
	ASSERT_EQ(0, kgr_revert_done(LIFE));
	EXPECT_TRUE(kgr_world_is("0000", "0000"));
	EXPECT_EQ(0, kgr_unload(OBJ));
	EXPECT_EQ(before, warned());
}

/* An entry that is about to jump does not, if something has overwritten it. */
TEST_F_TIMEOUT(conflicts, overwritten_does_not_jump, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_write(JUMP, "0"));
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	ASSERT_EQ(0, kgr_write(POKE, "kgr_test_first"));
	ASSERT_EQ(0, kgr_write(JUMP, "1"));
	/* One step makes all functions of the patch jump. */
	EXPECT_TRUE(kgr_jumps("kgr_test_signal"));
	EXPECT_TRUE(kgr_entry_is("kgr_test_first", "call"));
	ASSERT_EQ(0, kgr_write(POKE, "-"));
	EXPECT_EQ(0, kgr_revert_done("kgr_test_patch1"));
}

#define FTRACE_ENABLED "/proc/sys/kernel/ftrace_enabled"

/* Neither works without the other. */
TEST_F_TIMEOUT(conflicts, ftrace_enabled, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	int ret;

	ret = kgr_write(FTRACE_ENABLED, "0");
	if (ret == -EOPNOTSUPP)
		SKIP(return, "ftrace of this kernel cannot be disabled");
	ASSERT_EQ(0, ret);
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EBUSY, kgr_load("kgr_test_patch1", NULL));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
	ASSERT_EQ(0, kgr_write(FTRACE_ENABLED, "1"));

	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	EXPECT_EQ(-EBUSY, kgr_write(FTRACE_ENABLED, "0"));
	EXPECT_TRUE(kgr_now_is(1, 1));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
