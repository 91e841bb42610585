// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A task in each of many system calls, a change that all of them must cross,
 * and what user space saw of it.
 *
 * The rows state what is expected: nothing at all under the policy
 * "transparent", and under "all" what Documentation/kgraft.txt says. Tasks that
 * are not woken are listed as blockers until their call ends. If the change
 * allows it, all cross where they are, and no task is woken.
 */

#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"
#include "wake_rows.h"

#define P1 "kgr_test_patch1"
#define PLACE "kgr_test_place"

/*
 * By how much a wake-up may lengthen or shorten a timeout; not used on a kernel
 * that checks itself, which delays each of them.
 */
#define OVERHEAD_MS	5
#define WHEEL_EARLY_MS	20

/* For all tests but the first on such a kernel: one of this many rows. */
#define FEWER_ROWS	3

/* Number of attempts to see a timeout within that limit. */
#define TRIES		8

/* A change of sleepers that cross in place; the best of this many counts. */
#define AT_ONCE_MS	kgr_bound(100)
#define PLACE_TRIES	(kgr_kernel_checks_itself() ? 1 : 4)

static bool row_pending(const struct row *row)
{
	return kgr_pending(row->pid) == 1;
}

static bool row_stays(const struct row *row, bool all)
{
	return all ? row->never : !!row->stays;
}

static unsigned int count_pending(bool all, bool stays)
{
	unsigned int i, nr = 0;

	for (i = 0; i < nr_rows; i++)
		nr += row_stays(rows[i], all) == stays && row_pending(rows[i]);
	return nr;
}

static void list_row(const struct kgr_blocker *b, void *arg)
{
	unsigned int i;

	for (i = 0; i < nr_rows; i++)
		if (rows[i]->found->tid == b->tid)
			rows[i]->listed = rows[i]->stays &&
					  !strcmp(b->syscall, rows[i]->stays);
}

/* Whether the tasks that are not woken are listed, each in its system call. */
static bool all_listed(bool all)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < nr_rows; i++)
		rows[i]->listed = false;
	if (kgr_blockers(4096, list_row, NULL) < 0)
		return false;
	for (i = 0; i < nr_rows; i++)
		if (row_stays(rows[i], all) && !rows[i]->listed)
			ok = row_fails(rows[i], "is not listed as a blocker");
	return ok;
}

/*
 * All tasks that are woken cross; the others do not cross while they sleep, and
 * are listed. On the way @back there are no others: a task that has not crossed
 * the apply has nothing to cross then, and is moved where it sleeps. Returns
 * how long it took; negative on failure.
 */
static long long all_cross(bool all, bool back, long long start)
{
	long long ms;
	unsigned int i;
	bool ok;

	ok = KGR_WITHIN(NAP_MS / 3,
			!count_pending(all, false) &&
			(!back || !count_pending(all, true)));
	ms = kgr_now_ms() - start;
	for (i = 0; i < nr_rows; i++) {
		struct row *row = rows[i];
		bool stays = !back && row_stays(row, all);

		if (!stays && row_pending(row))
			row_fails(row, back ? "does not cross" : "is not woken");
		if (stays && !row_pending(row))
			ok = row_fails(row, "is woken");
	}
	return ok && (back || all_listed(all)) ? ms : -1;
}

/* When the first change of a round began; LLONG_MAX: there was none. */
static long long change_us = LLONG_MAX;

/* Apply and revert. */
static bool change(const char *policy)
{
	bool all = !strcmp(policy, "all");
	long long start, there, back;
	unsigned int left;

	if (kgr_write(KGR_DIR "wake", policy))
		return false;
	change_us = row_now_us();
	start = kgr_now_ms();
	if (kgr_load(P1, NULL))
		return false;
	there = all_cross(all, false, start);
	left = count_pending(all, true);
	start = kgr_now_ms();
	if (kgr_revert(P1))
		return false;
	back = all_cross(all, true, start);
	printf("# %s: %lld ms there, %lld ms back, %u left in between\n", policy,
	       there, back, left);
	return there >= 0 && back >= 0;
}

/* The same while all rows sleep. Without a policy: no change. */
static bool round_of(const char *policy)
{
	change_us = LLONG_MAX;
	if (!start_rows() || (policy && !change(policy)) || !end_rows())
		return false;
	tidy_rows();
	return !policy || (!kgr_wait_done(KGR_SETTLE_MS) && !kgr_retire(P1));
}

/* --- In place --- */

/*
 * All cross at once, except a task inside a function that changes, which
 * crosses when it has left the function. Returns how long the others took, in
 * us, or -1.
 */
static long place_applied(void)
{
	struct kgr_held held;
	int seen[2];
	char *trace;
	long us;

	if (!kgr_hold(&held, "within") || !kgr_trace_start())
		return -1;
	if (kgr_load(PLACE, "function=1") ||
	    !KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1)) {
		free(kgr_trace_stop());
		return -1;
	}
	trace = kgr_trace_stop();
	us = kgr_trace_span(trace, "kgr_change_begin", "kgr_task_cross");
	free(trace);
	if (count_pending(false, false) || count_pending(false, true) ||
	    !kgr_blocked_by(held.pid, "function kgr_test_within on its stack"))
		return -1;
	if (!kgr_step(&held) || kgr_wait_done(KGR_SETTLE_MS) ||
	    !kgr_let_go(&held, seen))
		return -1;
	return us;
}

static long place_reverted(void)
{
	char *trace;
	long us;

	if (!kgr_trace_start())
		return -1;
	if (kgr_revert_done(PLACE)) {
		free(kgr_trace_stop());
		return -1;
	}
	trace = kgr_trace_stop();
	us = kgr_trace_field(trace, "kgr_change_complete", "usecs");
	free(trace);
	return kgr_retire(PLACE) ? -1 : us;
}

/* The best times in ms; the machine may be busy. */
static bool round_in_place(long best[2])
{
	long long end;
	long us[2];
	int i, k;

	best[0] = LONG_MAX;
	best[1] = LONG_MAX;
	if (!start_rows() || kgr_write(KGR_DIR "wake", "none"))
		return false;
	/* As long as all sleep. */
	change_us = row_now_us();
	end = kgr_now_ms() + NAP_MS / 2;
	for (i = 0; !i || (i < PLACE_TRIES && kgr_now_ms() < end); i++) {
		us[0] = place_applied();
		us[1] = us[0] < 0 ? -1 : place_reverted();
		for (k = 0; k < 2; k++) {
			if (us[k] < 0)
				return false;
			if (us[k] / 1000 < best[k])
				best[k] = us[k] / 1000;
		}
	}
	if (!end_rows())
		return false;
	tidy_rows();
	return true;
}

/* --- What they saw --- */

static long row_result(const struct row *row)
{
	return row->found->result - EARLY * row->found->early;
}

static bool timed(const struct row *row)
{
	return !row->end;
}

/* By how much its timeout was missed, in us. */
static long long row_late(const struct row *row)
{
	return row->found->slept_us - 1000LL * row->nap_ms;
}

/*
 * Whether its timeout started anew when it was woken: it then ends at least
 * this long after the change. A timeout that continued ends earlier, unless it
 * is late by as much as it had slept before.
 */
static bool row_anew(const struct row *row)
{
	return row->found->began_us + row->found->slept_us - 1000LL * row->nap_ms >=
	       change_us;
}

/*
 * By how much it may be early, in ms. The timer wheel counts jiffies from the last
 * tick that the kernel has seen, which comes late if the machine is emulated and has
 * to wait for its host: 7 ms were seen without any change.
 */
static int row_may_be_early(const struct row *row)
{
	return OVERHEAD_MS + (row->coarse ? WHEEL_EARLY_MS : 0);
}

static bool row_is(const struct row *row, long expected)
{
	long result = row_result(row);

	switch (expected) {
	case SHORT:
		return result > 0 && result < row->result;
	case LONGER:
		return result == row->result && row_anew(row);
	case SAME:
		return row_is(row, row->result);
	}
	return result == expected &&
	       (!timed(row) || result != row->result ||
		(row_late(row) >= -1000 * row_may_be_early(row) && !row_anew(row)));
}

static void report(const struct row *row)
{
	printf("# %-28s returned %ld after %lld of %u ms%s\n", row->name,
	       row_result(row), row->found->slept_us / 1000, row->nap_ms,
	       row_is(row, SAME) ? "" : ": noticed");
}

/*
 * As exact as this machine is: a delay that also occurs without a change is
 * allowed, and so is one that the kernel allows itself.
 */
static bool row_exact(const struct row *row)
{
	long long anyway = row->late_us > 0 ? row->late_us : 0;

	if (row->slack && anyway < row->nap_ms)
		anyway = row->nap_ms;
	if (row->coarse)
		anyway += 1000 * row->nap_ms / 8;
	return kgr_kernel_checks_itself() ||
	       row_late(row) <= anyway + 1000 * OVERHEAD_MS;
}

FIXTURE(table) {};

FIXTURE_SETUP(table)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_TRUE(make_rows());
}

FIXTURE_TEARDOWN_PARENT(table)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* How late they are without a change. */
static void undisturbed(struct __test_metadata *_metadata)
{
	unsigned int i;

	ASSERT_TRUE(round_of(NULL));
	for (i = 0; i < nr_rows; i++) {
		rows[i]->late_us = row_late(rows[i]);
		EXPECT_TRUE(row_is(rows[i], SAME)) {
			report(rows[i]);
		}
	}
}

/*
 * Under "transparent", no task notices anything: no result differs, and no
 * timeout ends early or starts anew. A timeout counts as exact if it is exact
 * in one round.
 */
TEST_F_TIMEOUT(table, transparent, KGR_TIMEOUT)
{
	unsigned int i, inexact, noticed, round;

	if (!kgr_kernel_checks_itself())
		undisturbed(_metadata);
	for (round = 0; round < TRIES; round++) {
		ASSERT_TRUE(round_of("transparent"));
		inexact = 0;
		noticed = 0;
		for (i = 0; i < nr_rows; i++) {
			EXPECT_TRUE(row_is(rows[i], SAME)) {
				report(rows[i]);
				noticed++;
			}
			rows[i]->exact |= !timed(rows[i]) || row_exact(rows[i]);
			inexact += !rows[i]->exact;
		}
		TH_LOG("%u of %u rows notice; %u timeouts not within %d ms yet",
		       noticed, nr_rows, inexact, OVERHEAD_MS);
		if (noticed || !inexact)
			break;
	}
	for (i = 0; i < nr_rows; i++) {
		EXPECT_TRUE(rows[i]->exact) {
			report(rows[i]);
		}
	}
}

/*
 * Under "all", the expected tasks notice the expected result. A kernel that
 * checks itself is slow to start all rows, and does so for one test only.
 */
TEST_F_TIMEOUT(table, all, KGR_TIMEOUT)
{
	unsigned int i, noticed = 0;

	if (kgr_kernel_checks_itself())
		thin_rows(FEWER_ROWS, 0);
	ASSERT_TRUE(round_of("all"));
	for (i = 0; i < nr_rows; i++) {
		noticed += !row_is(rows[i], SAME);
		EXPECT_TRUE(row_is(rows[i], rows[i]->all)) {
			report(rows[i]);
		}
	}
	TH_LOG("%u of %u rows notice", noticed, nr_rows);
}

/* If the change allows it, they cross where they are, and no task notices. */
TEST_F_TIMEOUT(table, in_place, KGR_TIMEOUT)
{
	unsigned int i;
	long best[2];

	if (kgr_kernel_checks_itself())
		thin_rows(FEWER_ROWS, 1);
	ASSERT_TRUE(round_in_place(best));
	TH_LOG("%u rows: %ld ms there, %ld ms back", nr_rows, best[0], best[1]);
	EXPECT_GT(AT_ONCE_MS, best[0]);
	EXPECT_GT(AT_ONCE_MS, best[1]);
	for (i = 0; i < nr_rows; i++) {
		EXPECT_TRUE(row_is(rows[i], SAME)) {
			report(rows[i]);
		}
	}
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
