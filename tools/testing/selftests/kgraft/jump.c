// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The entry of a settled function jumps to the replacement: when, and when not.
 * (tracers.c, tracers_calls.c: with everything else that may be on the function.)
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"
#define PLACE	"kgr_test_place"
#define DIRECT	"kgr_test_direct"
#define OBJ	"kgr_test_obj"
#define LIFE1	"kgr_test_life1"
#define FIRST	"kgr_test_first"

FIXTURE(jump) {};

FIXTURE_SETUP(jump)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "jump", "1"));
}

FIXTURE_TEARDOWN_PARENT(jump)
{
	kgr_unload(DIRECT);
	EXPECT_TRUE(kgr_clean_up());
}

/* Whether ftrace says, of a function, that it jumps there; NULL: nowhere. */
static bool ftrace_says(const char *function, const char *to)
{
	static char text[1 << 20];
	char name[128], *line, *jump;

	if (kgr_read(KGR_TRACEFS "enabled_functions", text, sizeof(text)) <= 0)
		return false;
	snprintf(name, sizeof(name), "%s (", function);
	line = strstr(text, name);
	if (!line)
		return false;
	line[strcspn(line, "\n")] = '\0';
	jump = strstr(line, "jmp-->");
	if (!to || !jump)
		return !to && !jump;
	return !strncmp(jump + strlen("jmp-->"), to, strlen(to));
}

TEST_F_TIMEOUT(jump, once_it_has_settled, KGR_TIMEOUT)
{
	struct kgr_held held;
	char *trace;
	int seen[2];

	ASSERT_TRUE(kgr_trace_start());
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	/* Two kinds of task: it has to choose. */
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(ftrace_says(FIRST, NULL));
	EXPECT_TRUE(kgr_now_is(1, 1));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_jumps(FIRST));
	EXPECT_TRUE(ftrace_says(FIRST, "kgr_new_first+0x0/"));
	EXPECT_TRUE(kgr_now_is(1, 1));

	/* And again, while a task is on the way back */
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_revert(P1));
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(ftrace_says(FIRST, NULL));
	EXPECT_TRUE(kgr_now_is(0, 0));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(1, seen[1]);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_now_is(0, 0));

	trace = kgr_trace_stop();
	EXPECT_EQ(1, kgr_trace_count(trace, "kgr_site_jump",
				     "name=" FIRST " jump=1 to=kgr_new_first"));
	EXPECT_EQ(1, kgr_trace_count(trace, "kgr_site_jump",
				     "name=" FIRST " jump=0"));
	free(trace);
}

TEST_F_TIMEOUT(jump, can_be_switched_off, KGR_TIMEOUT)
{
	EXPECT_EQ(-EINVAL, kgr_write(KGR_DIR "jump", "maybe"));
	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_TRUE(kgr_jumps(FIRST));
	ASSERT_EQ(0, kgr_write(KGR_DIR "jump", "0"));
	EXPECT_EQ(0, kgr_global("jump"));
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(ftrace_says(FIRST, NULL));
	EXPECT_TRUE(kgr_now_is(1, 1));
	ASSERT_EQ(0, kgr_apply(P2));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(kgr_now_is(2, 2));
	ASSERT_EQ(0, kgr_write(KGR_DIR "jump", "1"));
	EXPECT_TRUE(kgr_jumps(FIRST));
	EXPECT_TRUE(kgr_now_is(2, 2));
	ASSERT_EQ(0, kgr_revert_done(P2));
	EXPECT_TRUE(kgr_jumps(FIRST));
	EXPECT_TRUE(kgr_now_is(1, 1));
}

/* What fails after it has made the entries call again leaves them as they were. */
TEST_F_TIMEOUT(jump, after_a_change_that_fails, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_TRUE(kgr_jumps(FIRST));
	ASSERT_EQ(0, kgr_load(DIRECT, "share=0 target=kgr_test_within"));
	EXPECT_EQ(-EBUSY, kgr_load(PLACE, NULL));
	EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_TRUE(kgr_jumps(FIRST));
	EXPECT_TRUE(kgr_now_is(1, 1));
	ASSERT_EQ(0, kgr_unload(DIRECT));
	ASSERT_EQ(0, kgr_apply(PLACE));
	EXPECT_TRUE(kgr_jumps(FIRST));
	EXPECT_TRUE(kgr_now_is(9, 9));
}

/* As long as something jumps, ftrace is needed. */
TEST_F_TIMEOUT(jump, with_ftrace_switched_off, KGR_TIMEOUT)
{
	int ret;

	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_TRUE(kgr_jumps(FIRST));
	/* Newer kernels do not let it be switched off at all. */
	ret = kgr_write("/proc/sys/kernel/ftrace_enabled", "0");
	EXPECT_TRUE(ret == -EBUSY || ret == -EOPNOTSUPP);
	EXPECT_TRUE(kgr_entry_is(FIRST, "jump"));
	EXPECT_TRUE(kgr_now_is(1, 1));
}

/* Every CPU calls the function all the time, each change is in time for it. */
TEST_F_TIMEOUT(jump, each_change_calls_first, KGR_TIMEOUT)
{
	int nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct kgr_hammer_result result;
	int i, nr = kgr_rounds(4);

	kgr_history_start(0);
	ASSERT_TRUE(kgr_hammer_start("pair", nr_cpus));
	for (i = 0; i < nr; i++) {
		kgr_history_next(1);
		ASSERT_EQ(0, kgr_apply(P1));
		ASSERT_TRUE(kgr_jumps(FIRST));
		if (i % 2) {
			kgr_history_next(2);
			ASSERT_EQ(0, kgr_apply(P2));
			/* And if it has no time to jump again? */
			if (i % 4 == 1)
				ASSERT_TRUE(kgr_jumps(FIRST));
			kgr_history_next(1);
			ASSERT_EQ(0, kgr_revert_done(P2));
			ASSERT_EQ(0, kgr_retire(P2));
			ASSERT_TRUE(kgr_jumps(FIRST));
		}
		kgr_history_next(0);
		ASSERT_EQ(0, kgr_revert_done(P1));
		/* The text where it jumped to is gone. */
		ASSERT_EQ(0, kgr_retire(P1));
	}
	kgr_hammer_stop(&result);
	EXPECT_LT(0, result.lines);
	EXPECT_EQ(0, result.mixed);
	EXPECT_EQ(0, result.backwards);
	EXPECT_EQ(0, result.failed);
}

/* The function goes, with its entry, and comes back. */
TEST_F_TIMEOUT(jump, in_a_module_that_goes, KGR_TIMEOUT)
{
	int i;

	ASSERT_EQ(0, kgr_load(LIFE1, "mask=0x35"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, kgr_load(OBJ, NULL));
		EXPECT_TRUE(kgr_world_is("1010", "1100"));
		if (i != 1)
			EXPECT_TRUE(kgr_jumps("kgr_obj_1 [" OBJ "]"));
		EXPECT_TRUE(kgr_world_is("1010", "1100"));
		ASSERT_EQ(0, kgr_unload(OBJ));
	}
	ASSERT_EQ(0, kgr_revert_done(LIFE1));
	ASSERT_EQ(0, kgr_retire(LIFE1));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
