// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: tasks with a seccomp filter or a tracer.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

static long do_read(struct row *row)
{
	char c;

	return ROW_CALL(row, syscall(SYS_read, row->fd[0], &c, 1));
}

static long do_poll(struct row *row)
{
	struct pollfd pfd = { .fd = row->fd[0], .events = POLLIN };

	return ROW_CALL(row, syscall(SYS_poll, &pfd, 1, -1));
}

/* --- seccomp --- */

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
				 offsetof(struct seccomp_data, field))
#define IF(value, skip)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define RETURN(what)	BPF_STMT(BPF_RET | BPF_K, what)

/* Allows all system calls but one; returns a listener, if any. */
static int filter(int nr, unsigned int action, unsigned int flags)
{
	struct sock_filter insns[] = {
		LOAD(nr),
		IF(nr, 1),
		RETURN(action),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { ARRAY_SIZE(insns), insns };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}

static int filter_restart(void)
{
	return filter(SYS_restart_syscall, SECCOMP_RET_ERRNO | EPERM, 0);
}

static long do_seccomp_read(struct row *row)
{
	return filter_restart() ? -errno : do_read(row);
}

static long do_seccomp_poll(struct row *row)
{
	return filter_restart() ? -errno : do_poll(row);
}

/* Not that call, but others: as in a container. */
static long do_seccomp_poll_timeout(struct row *row)
{
	if (filter(SYS_getppid, SECCOMP_RET_ERRNO | EPERM, 0))
		return -errno;
	return ROW_CALL(row, syscall(SYS_poll, NULL, 0, row->nap_ms));
}

/* A thread whose read() is submitted to its process for a decision. */
struct supervised {
	struct row *row;
	int listener;
	long ret;
};

static void *supervised_read(void *arg)
{
	struct supervised *s = arg;
	int fd;
	char c;

	fd = filter(SYS_read, SECCOMP_RET_USER_NOTIF,
		    SECCOMP_FILTER_FLAG_NEW_LISTENER);
	__atomic_store_n(&s->listener, fd, __ATOMIC_RELEASE);
	s->ret = ROW_CALL(s->row, syscall(SYS_read, s->row->fd[0], &c, 1));
	return NULL;
}

/*
 * Its result, and in its tens the number of repeated requests. The supervisor
 * allows the call, at once or in the end.
 */
static long supervise(struct row *row, bool at_once)
{
	struct supervised s = { .row = row, .listener = -1 };
	struct seccomp_notif_resp resp;
	struct seccomp_notif req;
	struct pollfd pfd = { .events = POLLIN };
	long asked = 0;
	pthread_t t;

	if (pthread_create(&t, NULL, supervised_read, &s))
		return -EAGAIN;
	while ((pfd.fd = __atomic_load_n(&s.listener, __ATOMIC_ACQUIRE)) < 0)
		kgr_sleep_ms(1);
	while (!row->found->back) {
		if (poll(&pfd, 1, 10) == 1) {
			memset(&req, 0, sizeof(req));
			if (!ioctl(pfd.fd, SECCOMP_IOCTL_NOTIF_RECV, &req))
				asked++;
		}
		if (!asked || !(at_once || row->found->ended))
			continue;
		resp = (struct seccomp_notif_resp){
			.id = req.id,
			.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
		};
		ioctl(pfd.fd, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	}
	pthread_join(t, NULL);
	return s.ret < 0 ? s.ret : s.ret + 10 * (asked - 1);
}

static long do_supervised(struct row *row)
{
	return supervise(row, true);
}

static long do_ask_supervisor(struct row *row)
{
	return supervise(row, false);
}

/* --- A tracer --- */

static void trace(struct row *row)
{
	if (ptrace(PTRACE_SEIZE, row->pid, NULL, NULL))
		perror(row->name);
}

struct row rows_watched[] = {
	{ "seccomp-read", row_pipe, do_seccomp_read, .end = row_write,
	  .result = 1, .all = SAME },
	{ "seccomp-poll", row_pipe, do_seccomp_poll, .end = row_write,
	  .result = 1, .all = -EPERM, .stays = "poll" },
	{ "seccomp-poll-timeout", .sleep = do_seccomp_poll_timeout,
	  .all = SAME,
	  .slack = true },
	/* Asked again by each of two changes. */
	{ "seccomp-supervised", row_pipe, do_supervised, .end = row_write,
	  .result = 1, .all = 21, .stays = "read" },
	{ "seccomp-asks", row_pipe, do_ask_supervisor, .end = row_write,
	  .result = 1, .all = 21, .stays = "read" },
	{ "traced-read", row_pipe, do_read, trace, .end = row_write,
	  .result = 1, .all = SAME, .stays = "read" },
};

const unsigned int nr_rows_watched = ARRAY_SIZE(rows_watched);
