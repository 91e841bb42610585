// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes that are late.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

/* A patch with parameters for deadlines, and functions that sleep. */
#define PATCH	"kgr_test_place"
#define NEW	9
#define P1	"kgr_test_patch1"
#define LIFE1	"kgr_test_life1"
#define LIFE2	"kgr_test_life2"
#define LIFE3	"kgr_test_life3"

#define SYSFS	KGR_DIR PATCH "/"

/* Far in the future, until the test sets it. */
#define NOT_YET	"deadline_ms=600000 "

/* To see that something is not repeated each second. */
#define REPEATED_MS	1100

FIXTURE(deadline) {
	struct kgr_held held;
	int uevents;
	long u;
};

FIXTURE_SETUP(deadline)
{
	ASSERT_TRUE(kgr_is_clean());
	self->u = kgr_global("universe");
	self->uevents = kgr_uevents_open();
	ASSERT_LE(0, self->uevents);
}

FIXTURE_TEARDOWN_PARENT(deadline)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* Number of uevents with this variable since the test began. */
static int uevents_with(int fd, const char *what)
{
	static char all[1 << 20];
	static size_t len;
	const char *at = all;
	int nr = 0;

	while (len + 8192 < sizeof(all)) {
		size_t more = kgr_uevent_next(fd, 0, all + len, 8192);

		if (!more)
			break;
		len += more;
	}
	while ((at = memmem(at, all + len - at, what, strlen(what) + 1))) {
		at += strlen(what) + 1;
		nr++;
	}
	return nr;
}

static int load(const char *params)
{
	char all[128];

	snprintf(all, sizeof(all), "function=0 %s", params);
	return kgr_load(PATCH, all);
}

/*
 * Wait until the deadline of another patch passes. The same work reports it, so
 * every earlier report has been made by then. A task must be held; it adds one
 * uevent.
 */
static bool clock_strikes(int uevents, int ms)
{
	int before = uevents_with(uevents, "KGRAFT_OVERDUE=apply");
	char text[16];

	snprintf(text, sizeof(text), "%d", ms);
	return !kgr_load(P1, NULL) &&
	       !kgr_write(KGR_DIR P1 "/deadline_ms", text) &&
	       KGR_WITHIN(ms + KGR_SETTLE_MS,
			  uevents_with(uevents, "KGRAFT_OVERDUE=apply") >
			  before);
}

/* Sets the deadline of the pending change, counted from its beginning. */
static bool give(int ms)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", ms);
	return !kgr_write(SYSFS "deadline_ms", text);
}

static bool word_is(const char *file, const char *word)
{
	char buf[64];

	return kgr_patch_read(PATCH, file, buf, sizeof(buf)) > 0 &&
	       !strcmp(buf, word);
}

/* By default, a late change is only reported. */
TEST_F_TIMEOUT(deadline, is_reported, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };
	char *trace;

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, load("deadline_ms=300"));
	EXPECT_EQ(300, kgr_number(SYSFS "deadline_ms"));
	EXPECT_TRUE(word_is("on_deadline", "report"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       uevents_with(self->uevents,
					    "KGRAFT_OVERDUE=apply") == 1));
	EXPECT_EQ(self->u + 1, kgr_global("universe"));
	/* It is reported only once. */
	EXPECT_TRUE(clock_strikes(self->uevents, REPEATED_MS));
	trace = kgr_trace_stop();
	EXPECT_EQ(1, kgr_trace_count(trace, "kgr_change_overdue",
				     "patch=" PATCH " revert=0 "));
	EXPECT_EQ(2, kgr_trace_count(trace, "kgr_change_overdue",
				     "reverting=0"));
	free(trace);
	EXPECT_EQ(2, uevents_with(self->uevents, "KGRAFT_OVERDUE=apply"));
	EXPECT_TRUE(kgr_status_is(PATCH, "applying"));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(PATCH, "applied")));
}

TEST_F_TIMEOUT(deadline, is_kept_by_revert, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };
	long long start, late;

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	start = kgr_now_ms();
	ASSERT_EQ(0, load(NOT_YET "revert=1"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	EXPECT_TRUE(kgr_status_is(PATCH, "applying"));
	EXPECT_TRUE(kgr_now_is(NEW, NEW));
	/* The time is counted from the beginning of the change. */
	late = kgr_now_ms() - start + 500;
	ASSERT_TRUE(give(late));
	/* The task that was late was never in that universe. */
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(PATCH, "reverted")));
	EXPECT_LE(late, kgr_now_ms() - start);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(self->u + 2, kgr_global("universe"));
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_EQ(1, uevents_with(self->uevents, "KGRAFT_ACTION=revert"));

	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(PATCH));
}

/* A late revert is only reported: there is no other way back. */
TEST_F_TIMEOUT(deadline, of_the_revert, KGR_TIMEOUT)
{
	struct kgr_held inside;
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, load(NOT_YET "revert=1"));
	ASSERT_TRUE(kgr_hold(&inside, "block_hard"));
	ASSERT_TRUE(give(1));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(PATCH, "reverting")));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       uevents_with(self->uevents,
					    "KGRAFT_OVERDUE=revert") == 1));
	EXPECT_EQ(self->u + 2, kgr_global("universe"));
	/* This is also reported once. */
	EXPECT_TRUE(clock_strikes(self->uevents, REPEATED_MS));
	EXPECT_EQ(1, uevents_with(self->uevents,
				  "KGRAFT_OVERDUE=revert"));
	EXPECT_TRUE(kgr_status_is(PATCH, "reverting"));

	ASSERT_TRUE(kgr_let_go(&inside, seen));
	EXPECT_EQ(NEW, seen[0]);
	EXPECT_EQ(NEW, seen[1]);
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(PATCH, "reverted")));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(PATCH));
}

/* A change that is in time is left alone. */
TEST_F_TIMEOUT(deadline, is_met, KGR_TIMEOUT)
{
	int ms = kgr_bound(5000);
	char params[64], *trace;
	long long start;

	snprintf(params, sizeof(params), "deadline_ms=%d revert=1", ms);
	ASSERT_TRUE(kgr_trace_start());
	start = kgr_now_ms();
	ASSERT_EQ(0, load(params));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	if (kgr_now_ms() - start >= ms)
		SKIP(return, "the machine is too slow for a deadline");
	EXPECT_EQ(self->u + 1, kgr_global("universe"));
	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	EXPECT_TRUE(clock_strikes(self->uevents, ms));
	EXPECT_TRUE(kgr_status_is(PATCH, "applied"));

	/* It is not late either if its deadline is shortened afterwards. */
	ASSERT_TRUE(give(1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(kgr_status_is(PATCH, "applied"));
	trace = kgr_trace_stop();
	EXPECT_EQ(1, kgr_trace_count(trace, "kgr_change_complete", ""));
	EXPECT_EQ(0, kgr_trace_count(trace, "kgr_change_overdue",
				     "patch=" PATCH " "));
	free(trace);
}

/* The administrator may choose, even when the change is already late. */
TEST_F_TIMEOUT(deadline, is_set, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, load(""));
	EXPECT_EQ(0, kgr_number(SYSFS "deadline_ms"));
	EXPECT_EQ(-EINVAL, kgr_write(SYSFS "deadline_ms", "soon"));
	EXPECT_EQ(-EINVAL, kgr_write(SYSFS "deadline_ms", "-1"));
	EXPECT_EQ(-EINVAL, kgr_write(SYSFS "on_deadline", "panic"));
	EXPECT_EQ(0, kgr_number(SYSFS "deadline_ms"));
	ASSERT_EQ(0, kgr_write(SYSFS "deadline_ms", "600000"));
	ASSERT_EQ(0, kgr_write(SYSFS "on_deadline", "revert"));
	EXPECT_TRUE(word_is("on_deadline", "revert"));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(kgr_status_is(PATCH, "applying"));

	ASSERT_EQ(0, kgr_write(SYSFS "on_deadline", "report"));
	ASSERT_EQ(0, kgr_write(SYSFS "deadline_ms", "100"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       uevents_with(self->uevents,
					    "KGRAFT_ACTION=report")));
	EXPECT_TRUE(kgr_status_is(PATCH, "applying"));
	ASSERT_EQ(0, kgr_write(SYSFS "on_deadline", "revert\n"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(PATCH, "reverted")));
	EXPECT_EQ(self->u + 2, kgr_global("universe"));
}

TEST_F_TIMEOUT(deadline, is_lifted, KGR_TIMEOUT)
{
	int ms = kgr_bound(5000);
	char params[64];
	long long start;

	snprintf(params, sizeof(params), "deadline_ms=%d revert=1", ms);
	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	start = kgr_now_ms();
	ASSERT_EQ(0, load(params));
	ASSERT_TRUE(give(0));
	if (kgr_now_ms() - start >= ms)
		SKIP(return, "the machine is too slow for a deadline");
	EXPECT_TRUE(clock_strikes(self->uevents, ms));
	EXPECT_TRUE(kgr_status_is(PATCH, "applying"));
	EXPECT_EQ(self->u + 2, kgr_global("universe"));
}

/* Each patch has its own deadline; a patch without one is not affected. */
TEST_F_TIMEOUT(deadline, of_one_of_two, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_EQ(0, load("deadline_ms=500 revert=1"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_status_is(PATCH, "reverting")));
	EXPECT_TRUE(kgr_status_is(P1, "applying"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	/* A worker reverts: this task may not have been asked to cross yet. */
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_now_is(1, 1)));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(PATCH));
	EXPECT_TRUE(kgr_status_is(P1, "applied"));
}

/*
 * A late change whose revert is refused because of a later patch: it is
 * reported once, not each time that the revert is refused, and reverted when
 * that patch is gone.
 */
TEST_F_TIMEOUT(deadline, is_kept_when_the_way_is_free, KGR_TIMEOUT)
{
	int seen[2] = { -1, -1 };
	char *trace;

	ASSERT_EQ(0, kgr_load(LIFE1, "mask=0xf"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_hold(&self->held, "world_hard"));
	ASSERT_EQ(0, kgr_load(LIFE2, "mask=0xf replace_all=1"));
	ASSERT_EQ(0, kgr_load(LIFE3, "mask=1"));
	ASSERT_EQ(0, kgr_write(KGR_DIR LIFE2 "/on_deadline", "revert"));
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_write(KGR_DIR LIFE2 "/deadline_ms", "1"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       uevents_with(self->uevents,
					    "KGRAFT_OVERDUE=apply") == 1));
	/* The revert is tried again when another change begins. */
	EXPECT_TRUE(clock_strikes(self->uevents, REPEATED_MS));
	trace = kgr_trace_stop();
	EXPECT_EQ(1, kgr_trace_count(trace, "kgr_change_overdue",
				     "patch=" LIFE2 " revert=0 "));
	free(trace);
	EXPECT_EQ(2, uevents_with(self->uevents, "KGRAFT_OVERDUE=apply"));
	EXPECT_TRUE(kgr_status_is(LIFE2, "applying"));

	ASSERT_EQ(0, kgr_revert(LIFE3));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(LIFE1, "applying") ||
			       kgr_status_is(LIFE1, "applied")));
	EXPECT_EQ(2, uevents_with(self->uevents, "KGRAFT_OVERDUE=apply"));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(kgr_status_is(LIFE1, "applied"));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
