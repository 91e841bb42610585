// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: calls that restart unnoticed from their own wait, but
 * sleep in another one. See kernel/kgraft/wait_rows.c. wake_rows_served.c has
 * some more.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

static long do_recv(struct row *row)
{
	char c;

	return ROW_CALL(row, syscall(SYS_recvfrom, row->fd[0], &c, 1, 0, NULL,
				     NULL));
}

/* --- Sockets in a sockmap --- */

/*
 * Puts fd[0] into one. A receiver then waits once, and returns -EAGAIN if the
 * wait ends without data.
 */
static bool into_sockmap(struct row *row)
{
	union bpf_attr map = {
		.map_type = BPF_MAP_TYPE_SOCKMAP,
		.key_size = sizeof(int),
		.value_size = sizeof(int),
		.max_entries = 1,
	};
	union bpf_attr elem = { };
	int key = 0;

	row->fd[2] = syscall(SYS_bpf, BPF_MAP_CREATE, &map, sizeof(map));
	elem.map_fd = row->fd[2];
	elem.key = (unsigned long)&key;
	elem.value = (unsigned long)&row->fd[0];
	if (row->fd[2] >= 0 &&
	    !syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &elem, sizeof(elem)))
		return true;
	/* The error of a kernel without them. */
	if (errno == EINVAL || errno == EOPNOTSUPP)
		errno = ENODEV;
	return false;
}

static bool sockmap_tcp(struct row *row)
{
	return row_tcp(row) && into_sockmap(row);
}

/* One of two messages is there. */
static bool sockmap_first(struct row *row)
{
	return sockmap_tcp(row) && write(row->fd[1], "x", 1) == 1;
}

static long do_recvmmsg(struct row *row)
{
	char c[2];
	struct iovec iov[] = { { &c[0], 1 }, { &c[1], 1 } };
	struct mmsghdr msg[] = {
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = iov + 1, .msg_iovlen = 1 } },
	};

	return ROW_CALL(row, syscall(SYS_recvmmsg, row->fd[0], msg, 2, 0, NULL));
}

static bool sockmap_unix(struct row *row)
{
	return row_unix_stream(row) && into_sockmap(row);
}

/* --- A lock that another reader holds --- */

static bool reads(pid_t pid)
{
	char path[64], buf[256];

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	return kgr_task_state(pid) == 'S' &&
	       kgr_read(path, buf, sizeof(buf)) > 0 && !strncmp(buf, "0 ", 2);
}

/*
 * A terminal with a reader, which holds the lock for readers while it sleeps.
 * It is traced, so that the policy "transparent" leaves it there.
 */
static bool busy_terminal(struct row *row)
{
	char c;

	row->fd[1] = posix_openpt(O_RDWR | O_NOCTTY);
	if (row->fd[1] < 0 || grantpt(row->fd[1]) || unlockpt(row->fd[1]))
		return false;
	row->fd[0] = open(ptsname(row->fd[1]), O_RDWR | O_NOCTTY);
	if (row->fd[0] < 0)
		return false;
	row->id = kgr_fork();
	if (!row->id)
		_exit(read(row->fd[0], &c, 1) != 1);
	return row->id > 0 && KGR_WITHIN(KGR_SETTLE_MS, reads(row->id)) &&
	       !ptrace(PTRACE_SEIZE, row->id, NULL, NULL);
}

static long do_read_second(struct row *row)
{
	char c;

	return ROW_CALL(row, syscall(SYS_read, row->fd[0], &c, 1));
}

/* One byte for each. */
static void type_for_two(struct row *row)
{
	if (write(row->fd[1], "x\n", 2) != 2)
		perror(row->name);
}

static void reap_first(struct row *row)
{
	if (!kgr_reap(row->id))
		row_fails(row, "the first reader has died");
}

struct row rows_else[] = {
	{ "sockmap-tcp", sockmap_tcp, do_recv, .end = row_write, .result = 1,
	  .all = SAME },
	{ "sockmap-recvmmsg", sockmap_first, do_recvmmsg, .end = row_write,
	  .result = 2, .all = SAME },
	{ "sockmap-unix", sockmap_unix, do_recv, .end = row_write, .result = 1,
	  .all = SAME },
	{ "tty-lock", busy_terminal, do_read_second, .end = type_for_two,
	  .tidy = reap_first, .result = 1, .all = SAME, .stays = "read" },
};

const unsigned int nr_rows_else = ARRAY_SIZE(rows_else);
