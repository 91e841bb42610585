// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The processes that sleep in the system calls of the table.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

/*
 * Calls with a timeout end one after the other, so that they do not delay each
 * other.
 */
#define STAGGER_MS	15

/* Minimum number of rows, so that none is lost, and of rows that can run. */
#define MIN_ROWS	130
#define MIN_RUN		100

struct row *rows[256];
unsigned int nr_rows;

static unsigned int min_run = MIN_RUN;

/* Which rows may begin to sleep: none, those without a timeout, or all. */
static int *go;

static void *shared(size_t size, int flags)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS | flags, -1, 0);
}

long long row_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/* --- In the rows' processes --- */

static struct row *mine;

void row_calls(long nr)
{
	if (mine)
		mine->found->nr = nr;
}

/*
 * Sleep until then: this many polling tasks would take all CPUs. Without
 * row_calls(), because it is not a call of the row.
 */
static void wait_for_go(int after)
{
	int is;

	while ((is = __atomic_load_n(go, __ATOMIC_ACQUIRE)) <= after)
		(syscall)(SYS_futex, go, FUTEX_WAIT, is, NULL, NULL, 0);
}

void row_sleeps(struct row *row)
{
	row->found->tid = gettid();
	row->found->ready = true;
	wait_for_go(!row->end);
	row->found->began_us = row_now_us();
	row->found->slept_us = -row->found->began_us;
	__atomic_store_n(&row->found->asleep, true, __ATOMIC_RELEASE);
}

void row_is_back(struct row *row)
{
	row->found->slept_us += row_now_us();
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

bool row_fails(const struct row *row, const char *how)
{
	fprintf(stderr, "# %s: %s\n", row->name, how);
	return false;
}

static void tidy_row(struct row *row)
{
	unsigned int i;

	if (row->tidy)
		row->tidy(row);
	for (i = 0; i < ARRAY_SIZE(row->fd); i++)
		if (row->fd[i] >= 0)
			close(row->fd[i]);
	munmap(row->word, ROW_LOW);
}

/* Whether an error means that the kernel does not support this. */
static bool is_lack(int error)
{
	/* The error for a number that is not a system call. */
	if (syscall(-1L) && error == -errno)
		return true;
	switch (error) {
	case -ENOENT:
	case -ENODEV:
	case -ENXIO:
	case -EAFNOSUPPORT:
	case -EPROTONOSUPPORT:
		return true;
	}
	return false;
}

/*
 * A row that cannot run, or has not slept. If the kernel does not support it,
 * the test continues without it.
 */
static bool drop_row(unsigned int i, int error)
{
	struct row *row = rows[i];

	if (row->pid > 0) {
		waitpid(row->pid, NULL, 0);
		error = row->found->result;
	}
	if (!is_lack(error))
		return row_fails(row, error < 0 ? strerror(-error) :
						  "does not sleep");
	printf("# SKIP %s: %s\n", row->name, strerror(-error));
	tidy_row(row);
	memmove(&rows[i], &rows[i + 1], (--nr_rows - i) * sizeof(*rows));
	return true;
}

/* Returns 0 or a negative errno. */
static int start_row(struct row *row, unsigned int i)
{
	char *low;

	low = shared(ROW_LOW, MAP_32BIT);
	row->found = shared(sizeof(*row->found), 0);
	if (low == MAP_FAILED || row->found == MAP_FAILED)
		return -ENOMEM;
	row->word = (unsigned int *)low;
	row->low = low + ROW_LOW / 2;
	row->nap_ms = NAP_MS + i * STAGGER_MS;
	row->pid = 0;
	memset(row->fd, -1, sizeof(row->fd));
	errno = 0;
	if (row->prepare && !row->prepare(row))
		return -(errno ?: EINVAL);
	row->pid = kgr_fork();
	if (!row->pid)
		sleep_in_row(row);
	return row->pid > 0 ? 0 : -errno;
}

/* Whether it sleeps in the intended system call. */
static bool row_asleep(const struct row *row)
{
	char path[64], buf[256];
	long nr;

	snprintf(path, sizeof(path), "/proc/%d/syscall", row->found->tid);
	return row->found->asleep && !row->found->back &&
	       kgr_task_state(row->found->tid) == 'S' &&
	       kgr_read(path, buf, sizeof(buf)) > 0 &&
	       sscanf(buf, "%ld", &nr) == 1 && nr == row->found->nr;
}

static bool all_ready(void)
{
	struct found *found;
	unsigned int i = 0;
	int error;

	while (i < nr_rows) {
		error = start_row(rows[i], i);
		if (!error)
			i++;
		else if (!drop_row(i, error))
			return false;
	}
	for (i = 0; i < nr_rows;) {
		found = rows[i]->found;
		if (!KGR_WITHIN(KGR_SETTLE_MS, found->ready || found->back))
			return row_fails(rows[i], "does not get ready");
		if (!found->back)
			i++;
		else if (!drop_row(i, 0))
			return false;
	}
	return true;
}

/*
 * Calls with a timeout begin last, so that they still sleep during the change.
 */
static bool all_asleep(void)
{
	unsigned int i;
	int last;

	for (last = 0; last < 2; last++) {
		__atomic_store_n(go, 1 + last, __ATOMIC_RELEASE);
		(syscall)(SYS_futex, go, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
		for (i = 0; i < nr_rows;) {
			struct row *row = rows[i];
			bool timed = !row->end;

			if (timed != last) {
				i++;
				continue;
			}
			if (!KGR_WITHIN(KGR_SETTLE_MS,
					row->found->back || row_asleep(row)))
				return row_fails(row, "does not sleep");
			if (!row->found->back)
				i++;
			else if (!drop_row(i, 0))
				return false;
		}
	}
	return true;
}

bool start_rows(void)
{
	unsigned int i;

	*go = 0;
	if (!all_ready() || !all_asleep())
		return false;
	/* Once in its own sleep, it does not run again by itself. */
	kgr_sleep_ms(DOZE_MS);
	for (i = 0; i < nr_rows; i++) {
		if (!row_asleep(rows[i]))
			return row_fails(rows[i], "does not go on sleeping");
		if (rows[i]->disturb)
			rows[i]->disturb(rows[i]);
	}
	return nr_rows >= min_run;
}

bool end_rows(void)
{
	unsigned int i;

	for (i = 0; i < nr_rows; i++) {
		rows[i]->found->ended = true;
		if (rows[i]->end)
			rows[i]->end(rows[i]);
	}
	for (i = 0; i < nr_rows; i++) {
		if (!KGR_WITHIN(3 * NAP_MS, rows[i]->found->back))
			return row_fails(rows[i], "does not end");
		if (!kgr_reap(rows[i]->pid))
			return row_fails(rows[i], "has died");
	}
	return true;
}

void tidy_rows(void)
{
	unsigned int i;

	for (i = 0; i < nr_rows; i++)
		tidy_row(rows[i]);
}

static void add_rows(struct row *some, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		rows[nr_rows++] = &some[i];
}

/* Use only one of this many consecutive rows, beginning with this one. */
void thin_rows(unsigned int of, unsigned int first)
{
	unsigned int i, nr = 0;

	for (i = first; i < nr_rows; i += of)
		rows[nr++] = rows[i];
	nr_rows = nr;
	min_run /= of;
}

bool make_rows(void)
{
	signal(SIGPIPE, SIG_IGN);
	go = shared(sizeof(*go), 0);
	add_rows(rows_time, nr_rows_time);
	add_rows(rows_ipc, nr_rows_ipc);
	add_rows(rows_fd, nr_rows_fd);
	add_rows(rows_sock, nr_rows_sock);
	add_rows(rows_async, nr_rows_async);
	add_rows(rows_watched, nr_rows_watched);
	add_rows(rows_served, nr_rows_served);
	add_rows(rows_else, nr_rows_else);
	add_rows(rows_compat, nr_rows_compat);
	if (go == MAP_FAILED || nr_rows < MIN_ROWS)
		return false;
	if (!row_compat_runs()) {
		printf("# SKIP compat-*: no 32-bit system calls\n");
		nr_rows -= nr_rows_compat;
	}
	return true;
}
