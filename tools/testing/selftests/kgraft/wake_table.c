// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A task in each of many system calls, a change that needs them all, and what
 * user space saw of it.
 *
 * The rows say what is expected: nothing at all under the policy
 * "transparent", and under "all" what Documentation/kgraft.txt says. Those who
 * are not woken are pending until their call ends.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"
#include "wake_rows.h"

#define P1 "kgr_test_patch1"

/*
 * How long those with a timeout sleep: until after they have been woken twice.
 * They end one after the other, so that they don't get into each other's way.
 */
#define NAP_MS		8000
#define STAGGER_MS	15

/* What a wake-up may add to a timeout, or take from it. */
#define OVERHEAD_MS	5

/* So often it is tried to see a timeout within that; more than NOISE never. */
#define TRIES		4
#define NOISE_MS	1000

/* Least number of rows, so that none gets lost. */
#define MIN_ROWS	120

static struct row *rows[256];
static unsigned int nr_rows;
static bool *go;

static void add_rows(struct row *some, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		rows[nr_rows++] = &some[i];
}

static void *shared(size_t size, int flags)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | flags, -1, 0);
}

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* --- In the rows' processes --- */

static struct row *mine;

void row_sleeps(struct row *row)
{
	row->found->ready = true;
	while (!__atomic_load_n(go, __ATOMIC_ACQUIRE))
		kgr_sleep_ms(1);
	row->found->slept_us = -now_us();
	__atomic_store_n(&row->found->asleep, true, __ATOMIC_RELEASE);
}

void row_is_back(struct row *row)
{
	row->found->slept_us += now_us();
	__atomic_store_n(&row->found->back, true, __ATOMIC_RELEASE);
}

static void on_signal(int sig)
{
	mine->found->signals++;
	mine->found->early += !mine->found->ended;
}

static void sleep_in_row(struct row *row)
{
	struct sigaction sa = { .sa_handler = on_signal };

	mine = row;
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	row->found->result = row->sleep(row);
	row->found->back = true;
	_exit(0);
}

/* --- In the test --- */

static bool fails(const struct row *row, const char *how)
{
	fprintf(stderr, "# %s: %s\n", row->name, how);
	return false;
}

static bool start_row(struct row *row, unsigned int i)
{
	char *low;

	low = shared(ROW_LOW, MAP_32BIT);
	row->found = shared(sizeof(*row->found), 0);
	if (low == MAP_FAILED || row->found == MAP_FAILED)
		return false;
	row->word = (unsigned int *)low;
	row->low = low + ROW_LOW / 2;
	row->nap_ms = NAP_MS + i * STAGGER_MS;
	memset(row->fd, -1, sizeof(row->fd));
	if (row->prepare && !row->prepare(row))
		return fails(row, strerror(errno));
	row->pid = kgr_fork();
	if (!row->pid)
		sleep_in_row(row);
	return row->pid > 0;
}

static bool start_rows(void)
{
	unsigned int i;

	*go = false;
	for (i = 0; i < nr_rows; i++)
		if (!start_row(rows[i], i))
			return false;
	for (i = 0; i < nr_rows; i++)
		if (!KGR_WITHIN(KGR_SETTLE_MS, rows[i]->found->ready))
			return fails(rows[i], "does not get ready");
	__atomic_store_n(go, true, __ATOMIC_RELEASE);
	for (i = 0; i < nr_rows; i++)
		if (!KGR_WITHIN(KGR_SETTLE_MS, rows[i]->found->asleep &&
				kgr_task_state(rows[i]->pid) == 'S'))
			return fails(rows[i], "does not sleep");
	/* Once in its own sleep, it does not run again by itself. */
	kgr_sleep_ms(300);
	for (i = 0; i < nr_rows; i++)
		if (rows[i]->disturb)
			rows[i]->disturb(rows[i]);
	return true;
}

static bool row_pending(const struct row *row)
{
	return kgr_pending(row->pid) == 1;
}

static bool row_stays(const struct row *row, bool all)
{
	return all ? row->never : row->stays;
}

static unsigned int count_pending(bool all, bool stays)
{
	unsigned int i, nr = 0;

	for (i = 0; i < nr_rows; i++)
		nr += row_stays(rows[i], all) == stays && row_pending(rows[i]);
	return nr;
}

/*
 * Those who are woken cross; the others don't, as long as they sleep. Says how
 * long it took; negative if something was wrong.
 */
static long long all_cross(bool all, long long start)
{
	long long ms;
	unsigned int i;
	bool ok;

	ok = KGR_WITHIN(NAP_MS / 3, !count_pending(all, false));
	ms = kgr_now_ms() - start;
	for (i = 0; i < nr_rows; i++) {
		struct row *row = rows[i];

		if (!row_stays(row, all) && row_pending(row))
			fails(row, "is not woken");
		if (row_stays(row, all) && !row_pending(row))
			ok = fails(row, "is woken");
	}
	return ok ? ms : -1;
}

static bool end_rows(void)
{
	unsigned int i;

	for (i = 0; i < nr_rows; i++) {
		rows[i]->found->ended = true;
		if (rows[i]->end)
			rows[i]->end(rows[i]);
	}
	for (i = 0; i < nr_rows; i++) {
		if (!KGR_WITHIN(3 * NAP_MS, rows[i]->found->back))
			return fails(rows[i], "does not end");
		if (!kgr_reap(rows[i]->pid))
			return fails(rows[i], "has died");
	}
	return true;
}

static void tidy_rows(void)
{
	unsigned int i, k;

	for (i = 0; i < nr_rows; i++) {
		struct row *row = rows[i];

		if (row->tidy)
			row->tidy(row);
		for (k = 0; k < ARRAY_SIZE(row->fd); k++)
			if (row->fd[k] >= 0)
				close(row->fd[k]);
		munmap(row->word, ROW_LOW);
	}
}

/* A change there and back, while all rows sleep. Without a policy: none. */
static bool round_of(const char *policy)
{
	bool all = policy && !strcmp(policy, "all");
	long long start, there, back;

	if (!start_rows())
		return false;
	if (policy) {
		if (kgr_write(KGR_DIR "wake", policy))
			return false;
		start = kgr_now_ms();
		if (kgr_load(P1, NULL))
			return false;
		there = all_cross(all, start);
		start = kgr_now_ms();
		if (kgr_revert(P1))
			return false;
		back = all_cross(all, start);
		printf("# %s: %lld ms there, %lld ms back, %u left\n", policy,
		       there, back, count_pending(all, true));
		if (there < 0 || back < 0)
			return false;
	}
	if (!end_rows())
		return false;
	tidy_rows();
	return !policy || (!kgr_wait_done(KGR_SETTLE_MS) && !kgr_retire(P1));
}

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

static bool row_is(const struct row *row, long expected)
{
	long result = row_result(row);

	switch (expected) {
	case SHORT:
		return result > 0 && result < row->result;
	case LONGER:
		return result == row->result && row_late(row) > 1000 * NOISE_MS;
	case SAME:
		return row_is(row, row->result);
	}
	return result == expected &&
	       (!timed(row) || result != row->result ||
		llabs(row_late(row)) < 1000 * NOISE_MS);
}

static void report(const struct row *row)
{
	printf("# %-28s returned %ld after %lld ms%s\n", row->name,
	       row_result(row), row->found->slept_us / 1000,
	       row_is(row, SAME) ? "" : ": noticed");
}

FIXTURE(table) {};

FIXTURE_SETUP(table)
{
	ASSERT_TRUE(kgr_is_clean());
	signal(SIGPIPE, SIG_IGN);
	go = shared(sizeof(*go), 0);
	ASSERT_NE(MAP_FAILED, go);
	add_rows(rows_time, nr_rows_time);
	add_rows(rows_fd, nr_rows_fd);
	add_rows(rows_sock, nr_rows_sock);
	add_rows(rows_odd, nr_rows_odd);
	add_rows(rows_compat, nr_rows_compat);
	ASSERT_LE(MIN_ROWS, nr_rows);
}

FIXTURE_TEARDOWN_PARENT(table)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * Under "transparent", nobody notices anything. Timeouts are measured as exactly
 * as this machine can: what is late without a change may be so with one.
 */
TEST_F_TIMEOUT(table, transparent, KGR_TIMEOUT)
{
	long long late[ARRAY_SIZE(rows)], bound;
	unsigned int i, inexact, noticed, round;
	bool exact[ARRAY_SIZE(rows)] = { };

	ASSERT_TRUE(round_of(NULL));
	for (i = 0; i < nr_rows; i++) {
		late[i] = row_late(rows[i]);
		EXPECT_TRUE(row_is(rows[i], SAME)) report(rows[i]);
	}
	for (round = 0; round < TRIES; round++) {
		ASSERT_TRUE(round_of("transparent"));
		inexact = 0;
		noticed = 0;
		for (i = 0; i < nr_rows; i++) {
			EXPECT_TRUE(row_is(rows[i], SAME)) {
				report(rows[i]);
				noticed++;
			}
			bound = 1000 * OVERHEAD_MS;
			if (row_late(rows[i]) >= -bound &&
			    row_late(rows[i]) <= (late[i] > 0 ? late[i] : 0) + bound)
				exact[i] = true;
			inexact += timed(rows[i]) && !exact[i];
		}
		TH_LOG("%u of %u rows notice; %u timeouts not within %d ms yet",
		       noticed, nr_rows, inexact, OVERHEAD_MS);
		if (!inexact)
			break;
	}
	for (i = 0; i < nr_rows; i++)
		EXPECT_TRUE(!timed(rows[i]) || exact[i]) report(rows[i]);
}

/* Under "all", those notice who are expected to, and what they are. */
TEST_F_TIMEOUT(table, all, KGR_TIMEOUT)
{
	unsigned int i, noticed = 0;

	ASSERT_TRUE(round_of("all"));
	for (i = 0; i < nr_rows; i++) {
		noticed += !row_is(rows[i], SAME);
		EXPECT_TRUE(row_is(rows[i], rows[i]->all)) report(rows[i]);
	}
	TH_LOG("%u of %u rows notice", noticed, nr_rows);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
