// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: time, signals, children, futexes, System V and POSIX IPC.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2	441
#endif
#ifndef SYS_futex_waitv
#define SYS_futex_waitv		449
#endif
#ifndef SYS_futex_wait
#define SYS_futex_wait		455
#endif

#define SIGSETSIZE	8
#define FUTEX2_U32	2

/* --- What rows share --- */

struct timespec row_nap(const struct row *row)
{
	return (struct timespec){
		.tv_sec = row->nap_ms / 1000,
		.tv_nsec = row->nap_ms % 1000 * 1000000L,
	};
}

struct timespec row_deadline(const struct row *row, clockid_t clock)
{
	struct timespec ts, nap = row_nap(row);

	clock_gettime(clock, &ts);
	ts.tv_nsec += nap.tv_nsec;
	ts.tv_sec += nap.tv_sec + ts.tv_nsec / 1000000000L;
	ts.tv_nsec %= 1000000000L;
	return ts;
}

bool row_pipe(struct row *row)
{
	return !pipe(row->fd);
}

void row_write(struct row *row)
{
	if (write(row->fd[1], "x", 1) != 1)
		perror(row->name);
}

void row_signal(struct row *row)
{
	kill(row->pid, SIGUSR1);
}

void row_wake_word(struct row *row)
{
	*row->word = 1;
	syscall(SYS_futex, row->word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* Writes until there is no more room. */
void row_fill(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, "x", 1) == 1)
		;
	fcntl(fd, F_SETFL, flags);
}

/* A path in memory, for this row only. */
const char *row_path(const struct row *row, const char *what)
{
	static char path[128];

	snprintf(path, sizeof(path), "/dev/shm/kgr_row.%d.%s.%s", getpgrp(),
		 row->name, what);
	return path;
}

/* --- Time --- */

static long do_nanosleep(struct row *row)
{
	struct timespec ts = row_nap(row);

	return ROW_CALL(row, syscall(SYS_nanosleep, &ts, NULL));
}

/* The same memory for both, as many do it. */
static long do_nanosleep_rem(struct row *row)
{
	struct timespec ts = row_nap(row);

	return ROW_CALL(row, syscall(SYS_nanosleep, &ts, &ts));
}

static long do_clock_nanosleep(struct row *row)
{
	struct timespec ts = row_nap(row);

	return ROW_CALL(row, syscall(SYS_clock_nanosleep, CLOCK_BOOTTIME, 0,
				     &ts, NULL));
}

static long until(struct row *row, clockid_t clock)
{
	struct timespec ts;
	long ret;

	row_sleeps(row);
	ts = row_deadline(row, clock);
	ret = syscall(SYS_clock_nanosleep, clock, TIMER_ABSTIME, &ts, NULL);
	ret = ret < 0 ? -errno : ret;
	row_is_back(row);
	return ret;
}

static long do_until_monotonic(struct row *row)
{
	return until(row, CLOCK_MONOTONIC);
}

static long do_until_realtime(struct row *row)
{
	return until(row, CLOCK_REALTIME);
}

static long do_poll_timeout(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_poll, NULL, 0, row->nap_ms));
}

static long do_poll(struct row *row)
{
	struct pollfd pfd = { .fd = row->fd[0], .events = POLLIN };

	return ROW_CALL(row, syscall(SYS_poll, &pfd, 1, -1));
}

static long do_ppoll_timeout(struct row *row)
{
	struct timespec ts = row_nap(row);

	return ROW_CALL(row, syscall(SYS_ppoll, NULL, 0, &ts, NULL, 0));
}

/* With the usual kind of mask: it lets through what the caller blocks. */
static long do_ppoll(struct row *row)
{
	struct pollfd pfd = { .fd = row->fd[0], .events = POLLIN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&set);
	return ROW_CALL(row, syscall(SYS_ppoll, &pfd, 1, NULL, &set,
				     SIGSETSIZE));
}

/* With the unusual kind: it holds back what would come through otherwise. */
static long do_ppoll_held(struct row *row)
{
	struct pollfd pfd = { .fd = row->fd[0], .events = POLLIN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return ROW_CALL(row, syscall(SYS_ppoll, &pfd, 1, NULL, &set,
				     SIGSETSIZE));
}

static long do_select_timeout(struct row *row)
{
	struct timeval tv = {
		.tv_sec = row->nap_ms / 1000,
		.tv_usec = row->nap_ms % 1000 * 1000,
	};

	return ROW_CALL(row, syscall(SYS_select, 0, NULL, NULL, NULL, &tv));
}

static long do_select_sticky(struct row *row)
{
	personality(STICKY_TIMEOUTS);
	return do_select_timeout(row);
}

static long do_select(struct row *row)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(row->fd[0], &set);
	return ROW_CALL(row, syscall(SYS_select, row->fd[0] + 1, &set, NULL,
				     NULL, NULL));
}

static long do_pselect_timeout(struct row *row)
{
	struct timespec ts = row_nap(row);

	return ROW_CALL(row, syscall(SYS_pselect6, 0, NULL, NULL, NULL, &ts,
				     NULL));
}

static int epoll_on(int fd)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int ep = epoll_create1(0);

	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
	return ep;
}

static long do_epoll_wait(struct row *row)
{
	int ep = epoll_on(row->fd[0]);
	struct epoll_event ev;

	return ROW_CALL(row, syscall(SYS_epoll_wait, ep, &ev, 1, -1));
}

static long do_epoll_wait_timeout(struct row *row)
{
	int ep = epoll_create1(0);
	struct epoll_event ev;

	return ROW_CALL(row, syscall(SYS_epoll_wait, ep, &ev, 1, row->nap_ms));
}

static long do_epoll_pwait(struct row *row)
{
	int ep = epoll_on(row->fd[0]);
	struct epoll_event ev;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&set);
	return ROW_CALL(row, syscall(SYS_epoll_pwait, ep, &ev, 1, -1, &set,
				     SIGSETSIZE));
}

static long do_epoll_pwait2(struct row *row)
{
	int ep = epoll_on(row->fd[0]);
	struct epoll_event ev;

	return ROW_CALL(row, syscall(SYS_epoll_pwait2, ep, &ev, 1, NULL, NULL,
				     SIGSETSIZE));
}

static long do_epoll_pwait2_timeout(struct row *row)
{
	struct timespec ts = row_nap(row);
	int ep = epoll_create1(0);
	struct epoll_event ev;

	return ROW_CALL(row, syscall(SYS_epoll_pwait2, ep, &ev, 1, &ts, NULL,
				     SIGSETSIZE));
}

/* --- Signals, children --- */

static long do_pause(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_pause));
}

static long do_sigsuspend(struct row *row)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&set);
	return ROW_CALL(row, syscall(SYS_rt_sigsuspend, &set, SIGSETSIZE));
}

static long do_sigsuspend_held(struct row *row)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return ROW_CALL(row, syscall(SYS_rt_sigsuspend, &set, SIGSETSIZE));
}

static void end_by_other_signal(struct row *row)
{
	kill(row->pid, SIGUSR2);
}

static void block_usr2(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGUSR2);
	sigprocmask(SIG_BLOCK, set, NULL);
}

static long do_sigwaitinfo(struct row *row)
{
	sigset_t set;

	block_usr2(&set);
	return ROW_CALL(row, syscall(SYS_rt_sigtimedwait, &set, NULL, NULL,
				     SIGSETSIZE));
}

static long do_sigtimedwait(struct row *row)
{
	struct timespec ts = row_nap(row);
	sigset_t set;

	block_usr2(&set);
	return ROW_CALL(row, syscall(SYS_rt_sigtimedwait, &set, NULL, &ts,
				     SIGSETSIZE));
}

static pid_t child_that_reads(struct row *row)
{
	pid_t pid = kgr_fork();
	char c;

	if (!pid)
		_exit(read(row->fd[0], &c, 1) != 1);
	return pid;
}

static long do_wait4(struct row *row)
{
	pid_t pid = child_that_reads(row);
	int status = -1;

	if (ROW_CALL(row, syscall(SYS_wait4, pid, &status, 0, NULL)) != pid)
		return -errno;
	return status;
}

static long do_waitid(struct row *row)
{
	pid_t pid = child_that_reads(row);
	siginfo_t info;

	return ROW_CALL(row, syscall(SYS_waitid, P_PID, pid, &info, WEXITED,
				     NULL));
}

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

static bool lock_word(struct row *row)
{
	*row->word = gettid();
	return true;
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

static void unlock_word(struct row *row)
{
	syscall(SYS_futex, row->word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0);
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
	char text[1];
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

struct row rows_time[] = {
	{ "nanosleep", .sleep = do_nanosleep, .all = SAME },
	{ "nanosleep-rem", .sleep = do_nanosleep_rem, .all = SAME },
	{ "clock_nanosleep", .sleep = do_clock_nanosleep, .all = SAME },
	{ "clock_nanosleep-until", .sleep = do_until_monotonic, .all = SAME },
	{ "clock_nanosleep-date", .sleep = do_until_realtime, .all = SAME },
	{ "poll-timeout", .sleep = do_poll_timeout, .all = SAME },
	{ "poll", row_pipe, do_poll, .end = row_write, .result = 1, .all = SAME },
	{ "ppoll-timeout", .sleep = do_ppoll_timeout, .all = SAME },
	{ "ppoll", row_pipe, do_ppoll, .end = row_write, .result = 1,
	  .all = SAME },
	{ "ppoll-held", row_pipe, do_ppoll_held, row_signal, .end = row_write,
	  .result = 1, .all = 1 - EARLY, .stays = true },
	{ "select-timeout", .sleep = do_select_timeout, .all = SAME },
	{ "select-sticky", .sleep = do_select_sticky, .all = -EINTR,
	  .stays = true },
	{ "select", row_pipe, do_select, .end = row_write, .result = 1,
	  .all = SAME },
	{ "pselect6-timeout", .sleep = do_pselect_timeout, .all = SAME },
	{ "epoll_wait", row_pipe, do_epoll_wait, .end = row_write, .result = 1,
	  .all = SAME },
	{ "epoll_wait-timeout", .sleep = do_epoll_wait_timeout, .all = -EINTR,
	  .stays = true },
	{ "epoll_pwait", row_pipe, do_epoll_pwait, .end = row_write,
	  .result = 1, .all = SAME },
	{ "epoll_pwait2", row_pipe, do_epoll_pwait2, .end = row_write,
	  .result = 1, .all = SAME },
	{ "epoll_pwait2-timeout", .sleep = do_epoll_pwait2_timeout,
	  .all = -EINTR, .stays = true },

	{ "pause", .sleep = do_pause, .end = row_signal, .result = -EINTR,
	  .all = SAME },
	{ "sigsuspend", .sleep = do_sigsuspend, .end = row_signal,
	  .result = -EINTR, .all = SAME },
	{ "sigsuspend-held", .sleep = do_sigsuspend_held, .disturb = row_signal,
	  .end = end_by_other_signal, .result = -EINTR, .all = -EINTR - EARLY,
	  .stays = true },
	{ "sigwaitinfo", .sleep = do_sigwaitinfo, .end = end_by_other_signal,
	  .result = SIGUSR2, .all = SAME },
	{ "sigtimedwait", .sleep = do_sigtimedwait, .result = -EAGAIN,
	  .all = -EINTR, .stays = true },
	{ "wait4", row_pipe, do_wait4, .end = row_write, .all = SAME },
	{ "waitid", row_pipe, do_waitid, .end = row_write, .all = SAME },

	{ "futex", .sleep = do_futex, .end = row_wake_word, .all = SAME },
	{ "futex-timeout", .sleep = do_futex_timeout, .result = -ETIMEDOUT,
	  .all = SAME },
	{ "futex-bitset", .sleep = do_futex_bitset, .end = row_wake_word,
	  .all = SAME },
	{ "futex-until", .sleep = do_futex_until, .result = -ETIMEDOUT,
	  .all = SAME },
	{ "futex-lock_pi", lock_word, do_lock_pi, .end = unlock_word,
	  .all = SAME },
	{ "futex-lock_pi-until", lock_word, do_lock_pi_until,
	  .result = -ETIMEDOUT, .all = SAME },
	{ "futex-requeue_pi", .sleep = do_requeue_pi, .end = requeue,
	  .all = SAME, .stays = true },
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
	  .tidy = row_remove_semaphore, .result = -EAGAIN, .all = -EINTR,
	  .stays = true },
	{ "mq_receive", row_message_queue, do_mq_receive, .end = row_send_queued,
	  .result = 1, .all = SAME },
	{ "mq_timedreceive", row_message_queue, do_mq_timedreceive,
	  .result = -ETIMEDOUT, .all = SAME },
	{ "mq_send", full_queue, do_mq_send, .end = receive_queued,
	  .all = SAME },
};

const unsigned int nr_rows_time = ARRAY_SIZE(rows_time);
