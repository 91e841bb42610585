// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: 32-bit system calls. A 64-bit program can make them too,
 * with all that they work on below 4 GiB.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <linux/net.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

/* Their numbers. */
#define NR_read			3
#define NR_getpid		20
#define NR_pause		29
#define NR_socketcall		102
#define NR_wait4		114
#define NR_ipc			117
#define NR__newselect		142
#define NR_flock		143
#define NR_nanosleep		162
#define NR_poll			168
#define NR_rt_sigtimedwait	177
#define NR_rt_sigsuspend	179
#define NR_futex		240
#define NR_epoll_wait		256
#define NR_clock_nanosleep	267
#define NR_mq_timedreceive	280
#define NR_ppoll		309
#define NR_accept4		364
#define NR_recvfrom		371
#define NR_clock_nanosleep_time64 407
#define NR_semtimedop_time64	420

/* Operations of ipc(). */
#define IPC_SEMOP	1
#define IPC_MSGRCV	12

#define SIGSETSIZE	8

struct timespec32 {
	int tv_sec;
	int tv_nsec;
};

static long int80(long nr, long a, long b, long c, long d, long e)
{
	long ret;

	row_calls(nr);
	asm volatile("int $0x80"
		     : "=a" (ret)
		     : "a" (nr), "b" (a), "c" (b), "d" (c), "S" (d), "D" (e)
		     : "memory", "r8", "r9", "r10", "r11");
	ret = (int)ret;
	if (ret < 0 && ret > -4096) {
		errno = -ret;
		return -1;
	}
	return ret;
}

/* Whether the kernel has such calls: otherwise the instruction is an error. */
bool row_compat_runs(void)
{
	pid_t pid = kgr_fork();

	if (!pid)
		_exit(int80(NR_getpid, 0, 0, 0, 0, 0) != getpid());
	return kgr_reap(pid);
}

#define LOW(pointer)	((long)(unsigned long)(pointer))

/* The sixth argument is whatever is in the register; no call here uses it. */
#define COMPAT(row, nr, a, b, c, d, e) \
	ROW_CALL(row, int80(nr, a, b, c, d, e))

static struct timespec32 *low_nap(struct row *row)
{
	struct timespec nap = row_nap(row);
	struct timespec32 *ts = row->low;

	*ts = (struct timespec32){ nap.tv_sec, nap.tv_nsec };
	return ts;
}

static long do_nanosleep(struct row *row)
{
	return COMPAT(row, NR_nanosleep, LOW(low_nap(row)), 0, 0, 0, 0);
}

static long do_clock_nanosleep(struct row *row)
{
	return COMPAT(row, NR_clock_nanosleep, CLOCK_MONOTONIC, 0,
		      LOW(low_nap(row)), 0, 0);
}

static long do_until(struct row *row)
{
	struct timespec *ts = row->low;
	long ret;

	row_sleeps(row);
	*ts = row_deadline(row, CLOCK_MONOTONIC);
	ret = int80(NR_clock_nanosleep_time64, CLOCK_MONOTONIC, TIMER_ABSTIME,
		    LOW(ts), 0, 0);
	ret = ret < 0 ? -errno : ret;
	row_is_back(row);
	return ret;
}

static long do_poll_timeout(struct row *row)
{
	return COMPAT(row, NR_poll, 0, 0, row->nap_ms, 0, 0);
}

static long do_ppoll_timeout(struct row *row)
{
	return COMPAT(row, NR_ppoll, 0, 0, LOW(low_nap(row)), 0, 0);
}

static long do_select(struct row *row)
{
	fd_set *set = row->low;

	FD_ZERO(set);
	FD_SET(row->fd[0], set);
	return COMPAT(row, NR__newselect, row->fd[0] + 1, LOW(set), 0, 0, 0);
}

static long do_epoll(struct row *row, int ms)
{
	struct epoll_event *ev = row->low;
	int ep = epoll_create1(0);

	ev->events = EPOLLIN;
	epoll_ctl(ep, EPOLL_CTL_ADD, row->fd[0], ev);
	return COMPAT(row, NR_epoll_wait, ep, LOW(ev), 1, ms, 0);
}

static long do_epoll_wait(struct row *row)
{
	return do_epoll(row, -1);
}

static long do_epoll_wait_timeout(struct row *row)
{
	return do_epoll(row, row->nap_ms);
}

static long do_pause(struct row *row)
{
	return COMPAT(row, NR_pause, 0, 0, 0, 0, 0);
}

static long do_sigsuspend(struct row *row)
{
	memset(row->low, 0, SIGSETSIZE);
	return COMPAT(row, NR_rt_sigsuspend, LOW(row->low), SIGSETSIZE, 0, 0,
		      0);
}

static void end_by_other_signal(struct row *row)
{
	kill(row->pid, SIGUSR2);
}

static long do_sigwaitinfo(struct row *row)
{
	sigset_t *set = row->low;

	sigemptyset(set);
	sigaddset(set, SIGUSR2);
	sigprocmask(SIG_BLOCK, set, NULL);
	return COMPAT(row, NR_rt_sigtimedwait, LOW(set), 0, 0, SIGSETSIZE, 0);
}

static long do_sigtimedwait(struct row *row)
{
	sigset_t *set = row->low + 64;

	sigemptyset(set);
	sigaddset(set, SIGUSR2);
	sigprocmask(SIG_BLOCK, set, NULL);
	return COMPAT(row, NR_rt_sigtimedwait, LOW(set), 0, LOW(low_nap(row)),
		      SIGSETSIZE, 0);
}

static long do_wait4(struct row *row)
{
	pid_t pid = kgr_fork();
	char c;

	if (!pid)
		_exit(read(row->fd[0], &c, 1) != 1);
	return COMPAT(row, NR_wait4, pid, 0, 0, 0, 0) == pid ? 0 : -errno;
}

static long do_futex(struct row *row)
{
	return COMPAT(row, NR_futex, LOW(row->word), FUTEX_WAIT, 0, 0, 0);
}

static long do_futex_timeout(struct row *row)
{
	return COMPAT(row, NR_futex, LOW(row->word), FUTEX_WAIT, 0,
		      LOW(low_nap(row)), 0);
}

static long do_semop(struct row *row)
{
	struct sembuf *op = row->low;

	*op = (struct sembuf){ .sem_op = -1 };
	return COMPAT(row, NR_ipc, IPC_SEMOP, row->id, 1, 0, LOW(op));
}

static long do_semtimedop(struct row *row)
{
	struct timespec *ts = row->low;
	struct sembuf *op = row->low + sizeof(*ts);

	*ts = row_nap(row);
	*op = (struct sembuf){ .sem_op = -1 };
	return COMPAT(row, NR_semtimedop_time64, row->id, LOW(op), 1, LOW(ts),
		      0);
}

static long do_msgrcv(struct row *row)
{
	/* The oldest of its interfaces: two arguments in memory. */
	unsigned int *args = row->low;

	args[0] = LOW(&args[8]);
	args[1] = 0;
	return COMPAT(row, NR_ipc, IPC_MSGRCV, row->id, 1, 0, LOW(args));
}

static long do_mq_receive(struct row *row)
{
	return COMPAT(row, NR_mq_timedreceive, row->fd[0], LOW(row->low), 8, 0,
		      0);
}

static long do_read(struct row *row)
{
	return COMPAT(row, NR_read, row->fd[0], LOW(row->low), 1, 0, 0);
}

static long do_recv(struct row *row)
{
	return COMPAT(row, NR_recvfrom, row->fd[0], LOW(row->low), 1, 0, 0);
}

static long do_socketcall(struct row *row)
{
	unsigned int *args = row->low;

	args[0] = row->fd[0];
	args[1] = LOW(&args[8]);
	args[2] = 1;
	args[3] = 0;
	return COMPAT(row, NR_socketcall, SYS_RECV, LOW(args), 0, 0, 0);
}

static long do_accept4(struct row *row)
{
	long ret = COMPAT(row, NR_accept4, row->fd[0], 0, 0, 0, 0);

	return ret < 0 ? ret : 0;
}

static long do_flock(struct row *row)
{
	return COMPAT(row, NR_flock, row->fd[0], LOCK_EX, 0, 0, 0);
}

static bool stream_with_timeout(struct row *row)
{
	/* Such timeouts are in jiffies. */
	struct timeval tv = {
		.tv_sec = row->nap_ms / 1000,
		.tv_usec = row->nap_ms % 1000 * 1000,
	};

	return row_unix_stream(row) &&
	       !setsockopt(row->fd[0], SOL_SOCKET, SO_RCVTIMEO, &tv,
			   sizeof(tv));
}

struct row rows_compat[] = {
	{ "compat-nanosleep", .sleep = do_nanosleep, .all = SAME },
	{ "compat-clock_nanosleep", .sleep = do_clock_nanosleep, .all = SAME },
	{ "compat-clock_nanosleep-until", .sleep = do_until, .all = SAME },
	{ "compat-poll-timeout", .sleep = do_poll_timeout, .all = SAME,
	  .slack = true },
	{ "compat-ppoll-timeout", .sleep = do_ppoll_timeout, .all = SAME,
	  .slack = true },
	{ "compat-select", row_pipe, do_select, .end = row_write, .result = 1,
	  .all = SAME },
	{ "compat-epoll_wait", row_pipe, do_epoll_wait, .end = row_write,
	  .result = 1, .all = SAME },
	{ "compat-epoll_wait-timeout", row_pipe, do_epoll_wait_timeout,
	  .all = SAME,
	  .slack = true },
	{ "compat-pause", .sleep = do_pause, .end = row_signal,
	  .result = -EINTR, .all = SAME },
	{ "compat-sigsuspend", .sleep = do_sigsuspend, .end = row_signal,
	  .result = -EINTR, .all = SAME },
	{ "compat-sigtimedwait", .sleep = do_sigtimedwait, .result = -EAGAIN,
	  .all = SAME },
	{ "compat-sigwaitinfo", .sleep = do_sigwaitinfo,
	  .end = end_by_other_signal, .result = SIGUSR2, .all = SAME },
	{ "compat-wait4", row_pipe, do_wait4, .end = row_write, .all = SAME },
	{ "compat-futex", .sleep = do_futex, .end = row_wake_word,
	  .all = SAME },
	{ "compat-futex-timeout", .sleep = do_futex_timeout,
	  .result = -ETIMEDOUT, .all = SAME },
	{ "compat-semop", row_semaphore, do_semop, .end = row_raise_semaphore,
	  .tidy = row_remove_semaphore, .all = SAME },
	{ "compat-semtimedop", row_semaphore, do_semtimedop,
	  .tidy = row_remove_semaphore, .result = -EAGAIN, .all = SAME },
	{ "compat-msgrcv", row_messages, do_msgrcv, .end = row_send_message,
	  .tidy = row_remove_messages, .result = 1, .all = SAME },
	{ "compat-mq_receive", row_message_queue, do_mq_receive,
	  .end = row_send_queued, .result = 1, .all = SAME },
	{ "compat-read", row_pipe, do_read, .end = row_write, .result = 1,
	  .all = SAME },
	{ "compat-recv", row_unix_stream, do_recv, .end = row_write,
	  .result = 1, .all = SAME },
	{ "compat-recv-timeout", stream_with_timeout, do_recv,
	  .result = -EAGAIN, .all = SAME, .coarse = true },
	{ "compat-socketcall", row_unix_stream, do_socketcall,
	  .end = row_write, .result = 1, .all = SAME },
	{ "compat-accept4", row_unix_listener, do_accept4,
	  .end = row_connect_unix, .all = SAME },
	{ "compat-flock", row_locked_file, do_flock, .end = row_unlock,
	  .all = SAME },
};

const unsigned int nr_rows_compat = ARRAY_SIZE(rows_compat);
