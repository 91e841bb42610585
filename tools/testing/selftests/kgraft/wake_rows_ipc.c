// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: futexes, System V and POSIX IPC.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

#ifndef SYS_futex_waitv
#define SYS_futex_waitv		449
#endif
#ifndef SYS_futex_wait
#define SYS_futex_wait		455
#endif

#define FUTEX2_U32	2

/* --- Futexes --- */

static long futex(struct row *row, int op, const struct timespec *ts)
{
	return ROW_CALL(row, syscall(SYS_futex, row->word, op, 0, ts, NULL,
				     FUTEX_BITSET_MATCH_ANY));
}

static long do_futex(struct row *row)
{
	return futex(row, FUTEX_WAIT, NULL);
}

static long do_futex_timeout(struct row *row)
{
	struct timespec ts = row_nap(row);

	return futex(row, FUTEX_WAIT, &ts);
}

static long do_futex_bitset(struct row *row)
{
	return futex(row, FUTEX_WAIT_BITSET, NULL);
}

static long do_futex_until(struct row *row)
{
	struct timespec ts;
	long ret;

	row_sleeps(row);
	ts = row_deadline(row, CLOCK_MONOTONIC);
	ret = syscall(SYS_futex, row->word, FUTEX_WAIT_BITSET, 0, &ts, NULL,
		      FUTEX_BITSET_MATCH_ANY);
	ret = ret < 0 ? -errno : ret;
	row_is_back(row);
	return ret;
}

static void keep_lock(struct row *row)
{
	char c;

	while (read(row->fd[0], &c, 1) != 1)
		;
	(syscall)(SYS_futex, row->word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
	_exit(0);
}

/*
 * The owner is a process that sleeps. A task waits for a running owner with its
 * CPU and within rcu_read_lock(), if nothing else is to run there. Were the
 * owner the test, which asks /proc/PID/syscall about that task, it would wait
 * for the task to leave its CPU in turn: wait_task_inactive().
 */
static bool lock_word(struct row *row)
{
	if (!row_pipe(row))
		return false;
	row->id = kgr_fork();
	if (!row->id)
		keep_lock(row);
	*row->word = row->id;
	return row->id > 0;
}

static void reap_owner(struct row *row)
{
	if (!row->end)
		row_write(row);
	if (!kgr_reap(row->id))
		row_fails(row, "its owner has died");
}

static long do_lock_pi(struct row *row)
{
	return futex(row, FUTEX_LOCK_PI, NULL);
}

static long do_lock_pi_until(struct row *row)
{
	struct timespec ts;
	long ret;

	row_sleeps(row);
	ts = row_deadline(row, CLOCK_REALTIME);
	ret = syscall(SYS_futex, row->word, FUTEX_LOCK_PI, 0, &ts, NULL, 0);
	ret = ret < 0 ? -errno : ret;
	row_is_back(row);
	return ret;
}

static long do_requeue_pi(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_futex, row->word,
				     FUTEX_WAIT_REQUEUE_PI, 0, NULL,
				     row->word + 1, 0));
}

static void requeue(struct row *row)
{
	if (syscall(SYS_futex, row->word, FUTEX_CMP_REQUEUE_PI, 1, 0,
		    row->word + 1, 0) != 1)
		perror(row->name);
}

static long waitv(struct row *row, bool timeout)
{
	struct futex_waitv w = {
		.uaddr = (unsigned long)row->word,
		.flags = FUTEX_32,
	};
	struct timespec ts;
	long ret;

	row_sleeps(row);
	ts = row_deadline(row, CLOCK_MONOTONIC);
	ret = syscall(SYS_futex_waitv, &w, 1, 0, timeout ? &ts : NULL,
		      CLOCK_MONOTONIC);
	ret = ret < 0 ? -errno : ret;
	row_is_back(row);
	return ret;
}

static long do_waitv(struct row *row)
{
	return waitv(row, false);
}

static long do_waitv_until(struct row *row)
{
	return waitv(row, true);
}

static long do_futex_wait2(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_futex_wait, row->word, 0UL, ~0U,
				     FUTEX2_U32, NULL, CLOCK_MONOTONIC));
}

/* --- IPC --- */

struct message {
	long type;
	char text;
};

bool row_messages(struct row *row)
{
	row->id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	return row->id >= 0;
}

static bool full_messages(struct row *row)
{
	struct message m = { .type = 1 };

	if (!row_messages(row))
		return false;
	while (!msgsnd(row->id, &m, 1, IPC_NOWAIT))
		;
	return errno == EAGAIN;
}

static long do_msgrcv(struct row *row)
{
	struct message m;

	return ROW_CALL(row, syscall(SYS_msgrcv, row->id, &m, 1, 0, 0));
}

static long do_msgsnd(struct row *row)
{
	struct message m = { .type = 1 };

	return ROW_CALL(row, syscall(SYS_msgsnd, row->id, &m, 1, 0));
}

void row_send_message(struct row *row)
{
	struct message m = { .type = 1 };

	msgsnd(row->id, &m, 1, 0);
}

static void receive_message(struct row *row)
{
	struct message m;

	msgrcv(row->id, &m, 1, 0, IPC_NOWAIT);
}

void row_remove_messages(struct row *row)
{
	msgctl(row->id, IPC_RMID, NULL);
}

bool row_semaphore(struct row *row)
{
	row->id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	return row->id >= 0;
}

static long semtimedop_of(struct row *row, const struct timespec *ts)
{
	struct sembuf op = { .sem_op = -1 };

	return ROW_CALL(row, syscall(SYS_semtimedop, row->id, &op, 1, ts));
}

static long do_semop(struct row *row)
{
	struct sembuf op = { .sem_op = -1 };

	return ROW_CALL(row, syscall(SYS_semop, row->id, &op, 1));
}

static long do_semtimedop_null(struct row *row)
{
	return semtimedop_of(row, NULL);
}

static long do_semtimedop(struct row *row)
{
	struct timespec ts = row_nap(row);

	return semtimedop_of(row, &ts);
}

void row_raise_semaphore(struct row *row)
{
	struct sembuf op = { .sem_op = 1 };

	semop(row->id, &op, 1);
}

void row_remove_semaphore(struct row *row)
{
	semctl(row->id, 0, IPC_RMID);
}

bool row_message_queue(struct row *row)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 8 };
	char name[64];

	snprintf(name, sizeof(name), "/kgr_row.%d.%s", getpid(), row->name);
	row->fd[0] = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	mq_unlink(name);
	return row->fd[0] >= 0;
}

static bool full_queue(struct row *row)
{
	return row_message_queue(row) && !mq_send(row->fd[0], "x", 1, 0);
}

static long mq_receive_until(struct row *row, bool timeout)
{
	struct timespec ts;
	char buf[8];
	long ret;

	row_sleeps(row);
	ts = row_deadline(row, CLOCK_REALTIME);
	ret = syscall(SYS_mq_timedreceive, row->fd[0], buf, sizeof(buf), NULL,
		      timeout ? &ts : NULL);
	ret = ret < 0 ? -errno : ret;
	row_is_back(row);
	return ret;
}

static long do_mq_receive(struct row *row)
{
	return mq_receive_until(row, false);
}

static long do_mq_timedreceive(struct row *row)
{
	return mq_receive_until(row, true);
}

static long do_mq_send(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_mq_timedsend, row->fd[0], "x", 1UL, 0,
				     NULL));
}

void row_send_queued(struct row *row)
{
	mq_send(row->fd[0], "x", 1, 0);
}

static void receive_queued(struct row *row)
{
	char buf[8];

	mq_receive(row->fd[0], buf, sizeof(buf), NULL);
}

struct row rows_ipc[] = {
	{ "futex", .sleep = do_futex, .end = row_wake_word, .all = SAME },
	{ "futex-timeout", .sleep = do_futex_timeout, .result = -ETIMEDOUT,
	  .all = SAME },
	{ "futex-bitset", .sleep = do_futex_bitset, .end = row_wake_word,
	  .all = SAME },
	{ "futex-until", .sleep = do_futex_until, .result = -ETIMEDOUT,
	  .all = SAME },
	{ "futex-lock_pi", lock_word, do_lock_pi, .end = row_write,
	  .tidy = reap_owner, .all = SAME },
	{ "futex-lock_pi-until", lock_word, do_lock_pi_until,
	  .tidy = reap_owner, .result = -ETIMEDOUT, .all = SAME },
	{ "futex-requeue_pi", .sleep = do_requeue_pi, .end = requeue,
	  .all = SAME, .stays = "futex" },
	{ "futex_waitv", .sleep = do_waitv, .end = row_wake_word, .all = SAME },
	{ "futex_waitv-until", .sleep = do_waitv_until, .result = -ETIMEDOUT,
	  .all = SAME },
	{ "futex_wait", .sleep = do_futex_wait2, .end = row_wake_word,
	  .all = SAME },

	{ "msgrcv", row_messages, do_msgrcv, .end = row_send_message,
	  .tidy = row_remove_messages, .result = 1, .all = SAME },
	{ "msgsnd", full_messages, do_msgsnd, .end = receive_message,
	  .tidy = row_remove_messages, .all = SAME },
	{ "semop", row_semaphore, do_semop, .end = row_raise_semaphore,
	  .tidy = row_remove_semaphore, .all = SAME },
	{ "semtimedop", row_semaphore, do_semtimedop_null,
	  .end = row_raise_semaphore, .tidy = row_remove_semaphore,
	  .all = SAME },
	{ "semtimedop-timeout", row_semaphore, do_semtimedop,
	  .tidy = row_remove_semaphore, .result = -EAGAIN, .all = SAME },
	{ "mq_receive", row_message_queue, do_mq_receive, .end = row_send_queued,
	  .result = 1, .all = SAME },
	{ "mq_timedreceive", row_message_queue, do_mq_timedreceive,
	  .result = -ETIMEDOUT, .all = SAME },
	{ "mq_send", full_queue, do_mq_send, .end = receive_queued,
	  .all = SAME },
};

const unsigned int nr_rows_ipc = ARRAY_SIZE(rows_ipc);
