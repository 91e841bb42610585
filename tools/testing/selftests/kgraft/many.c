// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A patch of 64 functions: applied at once, and in little time. And one of 1,000,
 * each of which jumps to its replacement as soon as there is time for it.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define PATCH	"kgr_test_patch_many"
#define WIDE	"kgr_test_wide"
#define WIDE_PATCH	"kgr_test_patch_wide"
#define WIDE_NR	1000

/*
 * The time an emulated machine needs for one pass over ftrace's records and one
 * over the text. One pass for each function would take many times that.
 */
#define APPLY_MS	kgr_bound(1500)

FIXTURE(many) {};

FIXTURE_SETUP(many)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(many)
{
	EXPECT_TRUE(kgr_clean_up());
}

static int module_bytes(const char *name)
{
	static char state[65536];

	return kgr_patch_read(name, "state", state, sizeof(state));
}

TEST_F_TIMEOUT(many, in_little_time, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "many", O_RDONLY | O_CLOEXEC);
	long long start = kgr_now_ms(), ms;
	int seen[2];

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, kgr_load(PATCH, NULL));
	ms = kgr_now_ms() - start;
	TH_LOG("64 functions loaded after %lld ms", ms);
	EXPECT_GT(APPLY_MS, ms);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	TH_LOG("complete after %lld ms", kgr_now_ms() - start);

	/* The smallest and the largest of all results. */
	ASSERT_TRUE(kgr_pair(fd, seen));
	EXPECT_EQ(1, seen[0]);
	EXPECT_EQ(1, seen[1]);
	EXPECT_TRUE(kgr_functions_are(PATCH, 2, 64)) {
		TH_LOG("%d bytes of state", module_bytes(PATCH));
	}

	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_revert(PATCH));
	ms = kgr_now_ms() - start;
	TH_LOG("revert begun after %lld ms", ms);
	EXPECT_GT(APPLY_MS, ms);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	TH_LOG("complete after %lld ms", kgr_now_ms() - start);
	ASSERT_TRUE(kgr_pair(fd, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	ASSERT_EQ(0, kgr_retire(PATCH));
	TH_LOG("gone after %lld ms", kgr_now_ms() - start);
	close(fd);
}

TEST_F_TIMEOUT(many, all_or_none, KGR_TIMEOUT)
{
	struct kgr_hammer_result result;
	int i;

	kgr_history_start(0);
	ASSERT_TRUE(kgr_hammer_start("many", 4));
	for (i = 0; i < 5; i++) {
		kgr_history_next(1);
		ASSERT_EQ(0, kgr_apply(PATCH));
		kgr_history_next(0);
		ASSERT_EQ(0, kgr_revert_done(PATCH));
		ASSERT_EQ(0, kgr_retire(PATCH));
	}
	kgr_hammer_stop(&result);
	TH_LOG("%lu lines, %lu crossings", result.lines, result.crossed);
	EXPECT_LT(0, result.crossed);
	EXPECT_EQ(0, result.mixed);
	EXPECT_EQ(0, result.backwards);
	EXPECT_EQ(0, result.failed);
}

/* How many functions of WIDE are patched, and have an entry that does this. */
static int wide_entries(const char *what)
{
	char line[256], *entry;
	FILE *sites;
	int nr = 0;

	sites = fopen("/sys/kernel/debug/kgraft/sites", "re");
	while (sites && fgets(line, sizeof(line), sites)) {
		line[strcspn(line, "\n")] = '\0';
		entry = strrchr(line, '\t');
		nr += !strncmp(line, "kgr_wide_", strlen("kgr_wide_")) &&
		      entry && !strcmp(entry + 1, what);
	}
	if (sites)
		fclose(sites);
	return nr;
}

static bool is_before(const char *trace, const char *event, const char *other)
{
	const char *at = strstr(trace, event);

	return at && strstr(trace, other) > at;
}

TEST_F_TIMEOUT(many, a_thousand_jump, KGR_TIMEOUT)
{
	long long start, complete;
	char *trace;

	ASSERT_EQ(0, kgr_write(KGR_DIR "jump", "1"));
	ASSERT_EQ(0, kgr_load(WIDE, NULL));
	EXPECT_TRUE(kgr_param_is(WIDE, "sum", "0"));
	ASSERT_TRUE(kgr_trace_start());
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(WIDE_PATCH, NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	complete = kgr_now_ms();
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, wide_entries("jump") == WIDE_NR));
	TH_LOG("complete after %lld ms, all jump %lld ms later",
	       complete - start, kgr_now_ms() - complete);
	EXPECT_EQ(0, wide_entries("call"));
	EXPECT_TRUE(kgr_param_is(WIDE, "sum", "1000"));

	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_revert(WIDE_PATCH));
	EXPECT_EQ(0, wide_entries("jump"));
	EXPECT_TRUE(kgr_param_is(WIDE, "sum", "0"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	TH_LOG("none jumps, and reverted, after %lld ms", kgr_now_ms() - start);

	trace = kgr_trace_stop();
	EXPECT_EQ(WIDE_NR, kgr_trace_count(trace, "kgr_site_jump", " jump=1 "));
	EXPECT_EQ(WIDE_NR, kgr_trace_count(trace, "kgr_site_jump", " jump=0 "));
	/* Whoever waits for the change does not wait for the jumps. */
	EXPECT_TRUE(is_before(trace, " kgr_change_complete: ",
			      " kgr_site_jump: "));
	/* But before it begins, none jumps any more. */
	EXPECT_TRUE(is_before(trace, " jump=0 ", " revert=1 "));
	free(trace);
	ASSERT_EQ(0, kgr_retire(WIDE_PATCH));
	ASSERT_EQ(0, kgr_unload(WIDE));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
