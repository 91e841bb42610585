/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of system calls in which a task sleeps: see wake_table.c.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef WAKE_ROWS_H
#define WAKE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <time.h>

/* What is expected under the policy "all", besides a result. */
#define SAME	(-100000L)	/* the usual result */
#define SHORT	(-100001L)	/* less, but something */
#define LONGER	(-100002L)	/* the same, but the timeout began anew */

/* A result reduced by this: a signal arrived that was held back. */
#define EARLY	1000000L

/* The result of a row, in shared memory. */
struct found {
	long result;
	/* when it began to sleep, and for how long it did */
	long long began_us;
	long long slept_us;
	/* the sleeping task, and the number of its last system call */
	pid_t tid;
	long nr;
	/* about to sleep; begins to; is told to end; is back */
	bool ready, asleep, ended, back;
	/* signals that its handler saw, and how many of them before the end */
	int signals, early;
};

/**
 * struct row - a system call in which a task sleeps
 * @name: of the row
 * @prepare: makes what it sleeps on, in the test; false if it can't. Optional
 * @sleep: sleeps, in a process of its own; result or negative errno
 * @disturb: once it sleeps, in the test. Optional
 * @end: ends the sleep, in the test. If there is none, a timeout does
 * @tidy: what else must go afterwards, in the test. Optional
 * @result: of @sleep if it is not disturbed
 * @all: what is seen of the policy "all": %SAME, or another result
 * @stays: it is not woken under the policy "transparent", and then listed as
 *	   being in this system call
 * @never: it is not woken under any policy
 * @coarse: its timeout is one of the timer wheel's, which may be late by an
 *	    eighth
 * @slack: its timeout may be late by a thousandth, so that it can end together
 *	   with others: __estimate_accuracy() in fs/select.c
 */
struct row {
	const char *name;
	bool (*prepare)(struct row *row);
	long (*sleep)(struct row *row);
	void (*disturb)(struct row *row);
	void (*end)(struct row *row);
	void (*tidy)(struct row *row);
	long result;
	long all;
	const char *stays;
	bool never, coarse, slack;

	/* The remaining members belong to the test. */
	pid_t pid;
	int fd[4];
	int id;
	unsigned int *word;
	void *low;
	unsigned int nap_ms;
	struct found *found;
	/*
	 * by how much it misses its timeout anyway; was it met in some round?
	 */
	long long late_us;
	bool exact;
	/* is listed as it should be */
	bool listed;
};

/*
 * How long calls with a timeout sleep: until after they were woken twice, and
 * at least this long before. The latter distinguishes a timeout that started
 * anew from one that is late, so a slow kernel needs more of it.
 */
#define NAP_MS		(kgr_kernel_checks_itself() ? 16000 : 8000)
#define DOZE_MS		(kgr_kernel_checks_itself() ? 2000 : 1000)

/* wake_run.c, for the test */
extern struct row *rows[];
extern unsigned int nr_rows;

bool make_rows(void);
void thin_rows(unsigned int of, unsigned int first);
bool start_rows(void);
bool end_rows(void);
void tidy_rows(void);
bool row_fails(const struct row *row, const char *how);
long long row_now_us(void);

/* wake_run.c, for rows: right before the system call, and right after it */
void row_sleeps(struct row *row);
void row_is_back(struct row *row);

/* All calls of rows go through here, because the sleeping one is looked up. */
void row_calls(long nr);
#define syscall(nr, ...) (row_calls(nr), syscall(nr, ##__VA_ARGS__))

/* The value of a system call made in between, as rows return it. */
#define ROW_CALL(row, call) ({						\
	long __ret;							\
									\
	row_sleeps(row);						\
	__ret = (call);							\
	__ret = __ret < 0 ? -errno : __ret;				\
	row_is_back(row);						\
	__ret;								\
})

/* Room for each row below 4 GiB, where compat calls can reach it. */
#define ROW_LOW		4096

/* Common code of rows; wake_rows.c */
struct timespec row_nap(const struct row *row);
struct timespec row_deadline(const struct row *row, clockid_t clock);
bool row_pipe(struct row *row);
void row_write(struct row *row);
void row_signal(struct row *row);
void row_wake_word(struct row *row);
void row_fill(int fd);
const char *row_path(const struct row *row, const char *what);

/* wake_rows_ipc.c */
bool row_semaphore(struct row *row);
void row_raise_semaphore(struct row *row);
void row_remove_semaphore(struct row *row);
bool row_messages(struct row *row);
void row_send_message(struct row *row);
void row_remove_messages(struct row *row);
bool row_message_queue(struct row *row);
void row_send_queued(struct row *row);

/* wake_rows_fd.c */
bool row_unix_stream(struct row *row);
bool row_unix_listener(struct row *row);
void row_connect_unix(struct row *row);
bool row_locked_file(struct row *row);
void row_unlock(struct row *row);

/* wake_rows_sock.c */
bool row_tcp(struct row *row);

/* wake_rows_compat.c */
bool row_compat_runs(void);

extern struct row rows_time[], rows_ipc[], rows_fd[], rows_sock[],
		  rows_async[], rows_watched[], rows_served[], rows_else[],
		  rows_compat[];
extern const unsigned int nr_rows_time, nr_rows_ipc, nr_rows_fd, nr_rows_sock,
			  nr_rows_async, nr_rows_watched,
			  nr_rows_served, nr_rows_else, nr_rows_compat;

#endif /* WAKE_ROWS_H */
