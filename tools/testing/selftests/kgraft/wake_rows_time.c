// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: time, polling, signals, children.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/personality.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2	441
#endif

#define SIGSETSIZE	8

/* --- Time --- */

static long do_nanosleep(struct row *row)
{
	struct timespec ts = row_nap(row);

	return ROW_CALL(row, syscall(SYS_nanosleep, &ts, NULL));
}

/* The same memory for both arguments, as in many programs. */
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

/* With the usual kind of mask: it allows a signal that the caller blocks. */
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

/* With the unusual kind: it blocks a signal that the caller does not block. */
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

/*
 * Other work is pending on its way to user mode, as after the end of a time
 * slice. That alone does not wake it, and must not be noticed when it is woken.
 */
static void add_work(struct row *row)
{
	char tid[16];

	snprintf(tid, sizeof(tid), "%d", row->found->tid);
	if (kgr_write(KGR_TARGET "after_stop", tid))
		fprintf(stderr, "# %s: no work\n", row->name);
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

/* Ended by a signal that only its own mask allows. */
static long do_epoll_pwait_timeout(struct row *row)
{
	int ep = epoll_create1(0);
	struct epoll_event ev;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&set);
	return ROW_CALL(row, syscall(SYS_epoll_pwait, ep, &ev, 1,
				     4 * row->nap_ms, &set, SIGSETSIZE));
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

static long do_waitid_pidfd(struct row *row)
{
	pid_t pid = child_that_reads(row);
	int fd = syscall(SYS_pidfd_open, pid, 0);
	siginfo_t info;

	return ROW_CALL(row, syscall(SYS_waitid, P_PIDFD, fd, &info, WEXITED,
				     NULL));
}

struct row rows_time[] = {
	{ "nanosleep", .sleep = do_nanosleep, .all = SAME },
	{ "nanosleep-rem", .sleep = do_nanosleep_rem, .all = SAME },
	{ "clock_nanosleep", .sleep = do_clock_nanosleep, .all = SAME },
	{ "clock_nanosleep-until", .sleep = do_until_monotonic, .all = SAME },
	{ "clock_nanosleep-date", .sleep = do_until_realtime, .all = SAME },
	{ "poll-timeout", .sleep = do_poll_timeout, .all = SAME,
	  .slack = true },
	{ "poll", row_pipe, do_poll, .end = row_write, .result = 1, .all = SAME },
	{ "ppoll-timeout", .sleep = do_ppoll_timeout, .all = SAME,
	  .slack = true },
	{ "ppoll", row_pipe, do_ppoll, .end = row_write, .result = 1,
	  .all = SAME },
	{ "ppoll-held", row_pipe, do_ppoll_held, row_signal, .end = row_write,
	  .result = 1, .all = 1 - EARLY, .stays = "ppoll" },
	{ "select-timeout", .sleep = do_select_timeout, .all = SAME,
	  .slack = true },
	{ "select-sticky", .sleep = do_select_sticky, .all = SAME,
	  .slack = true },
	{ "select", row_pipe, do_select, .end = row_write, .result = 1,
	  .all = SAME },
	{ "pselect6-timeout", .sleep = do_pselect_timeout, .all = SAME,
	  .slack = true },
	{ "epoll_wait", row_pipe, do_epoll_wait, .end = row_write, .result = 1,
	  .all = SAME },
	{ "epoll_wait-work", row_pipe, do_epoll_wait, add_work,
	  .end = row_write, .result = 1, .all = SAME },
	{ "epoll_wait-timeout", .sleep = do_epoll_wait_timeout, .all = SAME,
	  .slack = true },
	{ "epoll_pwait", row_pipe, do_epoll_pwait, .end = row_write,
	  .result = 1, .all = SAME },
	{ "epoll_pwait-timeout", .sleep = do_epoll_pwait_timeout,
	  .end = row_signal, .result = -EINTR, .all = SAME,
	  .slack = true },
	{ "epoll_pwait2", row_pipe, do_epoll_pwait2, .end = row_write,
	  .result = 1, .all = SAME },
	{ "epoll_pwait2-timeout", .sleep = do_epoll_pwait2_timeout,
	  .all = SAME,
	  .slack = true },

	{ "pause", .sleep = do_pause, .end = row_signal, .result = -EINTR,
	  .all = SAME },
	{ "sigsuspend", .sleep = do_sigsuspend, .end = row_signal,
	  .result = -EINTR, .all = SAME },
	{ "sigsuspend-held", .sleep = do_sigsuspend_held, .disturb = row_signal,
	  .end = end_by_other_signal, .result = -EINTR, .all = -EINTR - EARLY,
	  .stays = "rt_sigsuspend" },
	{ "sigwaitinfo", .sleep = do_sigwaitinfo, .end = end_by_other_signal,
	  .result = SIGUSR2, .all = SAME },
	{ "sigtimedwait", .sleep = do_sigtimedwait, .result = -EAGAIN,
	  .all = SAME },
	{ "wait4", row_pipe, do_wait4, .end = row_write, .all = SAME },
	{ "waitid", row_pipe, do_waitid, .end = row_write, .all = SAME },
	{ "waitid-pidfd", row_pipe, do_waitid_pidfd, .end = row_write,
	  .all = SAME },
};

const unsigned int nr_rows_time = ARRAY_SIZE(rows_time);
