// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: sockets.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

#define LARGE	(1024 << 10)

static char large[LARGE];

static socklen_t unix_address(struct row *row, struct sockaddr_un *addr)
{
	memset(addr, 0, sizeof(*addr));
	addr->sun_family = AF_UNIX;
	/* Abstract. */
	snprintf(addr->sun_path + 1, sizeof(addr->sun_path) - 1, "%s",
		 row_path(row, "socket"));
	return sizeof(*addr);
}

static bool unix_server(struct row *row, int type)
{
	struct sockaddr_un addr;
	socklen_t len = unix_address(row, &addr);

	row->fd[0] = socket(AF_UNIX, type, 0);
	row->fd[1] = -1;
	return !bind(row->fd[0], (struct sockaddr *)&addr, len);
}

static int unix_connect(struct row *row, int type)
{
	struct sockaddr_un addr;
	socklen_t len = unix_address(row, &addr);
	int fd = socket(AF_UNIX, type, 0);

	if (connect(fd, (struct sockaddr *)&addr, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool row_unix_listener(struct row *row)
{
	return unix_server(row, SOCK_STREAM) && !listen(row->fd[0], 0);
}

void row_connect_unix(struct row *row)
{
	row->fd[1] = unix_connect(row, SOCK_STREAM);
}

/* With one connection in its queue, which is then full. */
static bool full_unix_listener(struct row *row)
{
	if (!row_unix_listener(row))
		return false;
	row_connect_unix(row);
	return row->fd[1] >= 0;
}

static bool inet_server(struct row *row, int type, struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);

	*addr = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	row->fd[0] = socket(AF_INET, type, 0);
	row->fd[1] = socket(AF_INET, type, 0);
	return !bind(row->fd[0], (struct sockaddr *)addr, len) &&
	       !getsockname(row->fd[0], (struct sockaddr *)addr, &len);
}

static bool tcp_listener(struct row *row)
{
	struct sockaddr_in addr;

	return inet_server(row, SOCK_STREAM, &addr) && !listen(row->fd[0], 0);
}

static int tcp_connect(struct row *row, int fd)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);

	getsockname(row->fd[0], (struct sockaddr *)&addr, &len);
	return syscall(SYS_connect, fd, &addr, len);
}

static void connect_tcp(struct row *row)
{
	tcp_connect(row, row->fd[1]);
}

static bool full_tcp_listener(struct row *row)
{
	return tcp_listener(row) && !tcp_connect(row, row->fd[1]);
}

static void accept_one(struct row *row)
{
	int fd = accept(row->fd[0], NULL, NULL);

	close(row->fd[1]);
	row->fd[1] = fd;
}

bool row_tcp(struct row *row)
{
	int fd;

	if (!tcp_listener(row) || tcp_connect(row, row->fd[1]))
		return false;
	fd = accept(row->fd[0], NULL, NULL);
	close(row->fd[0]);
	row->fd[0] = fd;
	return fd >= 0;
}

/* With less buffer space than there is data to send. */
static bool narrow_tcp(struct row *row)
{
	int size = 4096;

	return row_tcp(row) && !setsockopt(row->fd[1], SOL_SOCKET, SO_SNDBUF, &size,
				       sizeof(size));
}

static bool udp(struct row *row)
{
	struct sockaddr_in addr;

	return inet_server(row, SOCK_DGRAM, &addr) &&
	       !connect(row->fd[1], (struct sockaddr *)&addr, sizeof(addr));
}

bool row_unix_stream(struct row *row)
{
	return !socketpair(AF_UNIX, SOCK_STREAM, 0, row->fd);
}

static bool half_of_two(struct row *row)
{
	return row_unix_stream(row) && write(row->fd[1], "x", 1) == 1;
}

static bool half_of_two_tcp(struct row *row)
{
	return row_tcp(row) && write(row->fd[1], "x", 1) == 1;
}

static bool unix_dgram(struct row *row)
{
	return !socketpair(AF_UNIX, SOCK_DGRAM, 0, row->fd);
}

static bool first_of_two(struct row *row)
{
	return unix_dgram(row) && write(row->fd[1], "x", 1) == 1;
}

static bool full_dgram(struct row *row)
{
	if (!unix_dgram(row))
		return false;
	row_fill(row->fd[1]);
	return true;
}

/* The queue of the receiver is full, not that of the sender. */
static bool full_receiver(struct row *row)
{
	if (!unix_server(row, SOCK_DGRAM))
		return false;
	row->fd[1] = unix_connect(row, SOCK_DGRAM);
	row_fill(row->fd[1]);
	return true;
}

static bool with_timeout(struct row *row, int fd, int option)
{
	/* Such timeouts are in jiffies. */
	struct timeval tv = {
		.tv_sec = row->nap_ms / 1000,
		.tv_usec = row->nap_ms % 1000 * 1000,
	};

	return !setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv));
}

static bool tcp_with_timeout(struct row *row)
{
	return row_tcp(row) && with_timeout(row, row->fd[0], SO_RCVTIMEO);
}

static bool listener_with_timeout(struct row *row)
{
	return row_unix_listener(row) &&
	       with_timeout(row, row->fd[0], SO_RCVTIMEO);
}

static bool full_dgram_with_timeout(struct row *row)
{
	return full_dgram(row) && with_timeout(row, row->fd[1], SO_SNDTIMEO);
}

static bool full_tcp_listener_with_timeout(struct row *row)
{
	row->fd[2] = socket(AF_INET, SOCK_STREAM, 0);
	return full_tcp_listener(row) &&
	       with_timeout(row, row->fd[2], SO_SNDTIMEO);
}

static bool with_low_water_mark(struct row *row)
{
	int two = 2;

	return row_tcp(row) && write(row->fd[1], "x", 1) == 1 &&
	       !setsockopt(row->fd[0], SOL_SOCKET, SO_RCVLOWAT, &two,
			   sizeof(two));
}

/*
 * The byte that it has does not count any more: TCP wakes it for another two.
 */
static void write_two(struct row *row)
{
	if (write(row->fd[1], "xx", 2) != 2)
		perror(row->name);
}

static bool netlink(struct row *row)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	socklen_t len = sizeof(addr);

	row->fd[0] = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
	if (row->fd[0] < 0)
		return false;
	row->fd[1] = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK);
	return !bind(row->fd[0], (struct sockaddr *)&addr, len) &&
	       !getsockname(row->fd[0], (struct sockaddr *)&addr, &len) &&
	       !connect(row->fd[1], (struct sockaddr *)&addr, len);
}

static bool vsock(struct row *row)
{
	struct sockaddr_vm addr = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_LOCAL,
		.svm_port = VMADDR_PORT_ANY,
	};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (fd < 0)
		return false;
	row->fd[1] = socket(AF_VSOCK, SOCK_STREAM, 0);
	if (bind(fd, (struct sockaddr *)&addr, len) || listen(fd, 1) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len))
		return false;
	addr.svm_cid = VMADDR_CID_LOCAL;
	if (connect(row->fd[1], (struct sockaddr *)&addr, len))
		return false;
	row->fd[0] = accept(fd, NULL, NULL);
	close(fd);
	return row->fd[0] >= 0;
}

static long recv_of(struct row *row, size_t size, int flags)
{
	char buf[8];

	return ROW_CALL(row, syscall(SYS_recvfrom, row->fd[0], buf, size, flags,
				     NULL, NULL));
}

static long do_recv(struct row *row)
{
	return recv_of(row, 8, 0);
}

static long do_recv_all(struct row *row)
{
	return recv_of(row, 2, MSG_WAITALL);
}

static long do_recv_peek(struct row *row)
{
	return recv_of(row, 8, MSG_PEEK);
}

static long do_read(struct row *row)
{
	char buf[8];

	return ROW_CALL(row, syscall(SYS_read, row->fd[0], buf, sizeof(buf)));
}

static long do_recvmsg(struct row *row)
{
	char buf[8];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return ROW_CALL(row, syscall(SYS_recvmsg, row->fd[0], &msg, 0));
}

static long do_recvmsg_all(struct row *row)
{
	char buf[2];
	struct iovec iov = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return ROW_CALL(row, syscall(SYS_recvmsg, row->fd[0], &msg,
				     MSG_WAITALL));
}

static long recvmmsg_of(struct row *row, int flags, struct timespec *ts)
{
	char buf[2][8];
	struct iovec iov[] = { { buf[0], 8 }, { buf[1], 8 } };
	struct mmsghdr msg[] = {
		{ .msg_hdr = { .msg_iov = iov, .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = iov + 1, .msg_iovlen = 1 } },
	};

	return ROW_CALL(row, syscall(SYS_recvmmsg, row->fd[0], msg, 2, flags,
				     ts));
}

static long do_recvmmsg_first(struct row *row)
{
	return recvmmsg_of(row, MSG_WAITFORONE, NULL);
}

static long do_recvmmsg_both(struct row *row)
{
	return recvmmsg_of(row, 0, NULL);
}

/* Checked when a message arrives: by then it has expired. No time is left. */
static long do_recvmmsg_timeout(struct row *row)
{
	struct timespec ts = { .tv_nsec = 1000000 };
	long ret = recvmmsg_of(row, 0, &ts);

	return ts.tv_sec || ts.tv_nsec ? -ETIME : ret;
}

static long do_accept(struct row *row)
{
	long ret = ROW_CALL(row, syscall(SYS_accept, row->fd[0], NULL, NULL));

	return ret < 0 ? ret : 0;
}

static long do_accept4(struct row *row)
{
	long ret = ROW_CALL(row, syscall(SYS_accept4, row->fd[0], NULL, NULL,
					 SOCK_CLOEXEC));

	return ret < 0 ? ret : 0;
}

static long do_connect_unix(struct row *row)
{
	struct sockaddr_un addr;
	socklen_t len = unix_address(row, &addr);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return ROW_CALL(row, syscall(SYS_connect, fd, &addr, len));
}

static long do_connect_tcp(struct row *row)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return ROW_CALL(row, tcp_connect(row, fd));
}

static long do_connect_tcp_timeout(struct row *row)
{
	return ROW_CALL(row, tcp_connect(row, row->fd[2]));
}

static long do_send(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_sendto, row->fd[1], large, 1UL, 0,
				     NULL, 0));
}

static long do_sendmsg(struct row *row)
{
	struct iovec iov = { large, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return ROW_CALL(row, syscall(SYS_sendmsg, row->fd[1], &msg, 0));
}

static long do_write_large(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_write, row->fd[1], large, LARGE));
}

static long do_send_large(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_sendto, row->fd[1], large, LARGE, 0,
				     NULL, 0));
}

static long do_writev_large(struct row *row)
{
	struct iovec iov[] = { { large, 1000 }, { large, LARGE - 1000 } };

	return ROW_CALL(row, syscall(SYS_writev, row->fd[1], iov, 2));
}

static long do_sendmsg_large(struct row *row)
{
	struct iovec iov[] = { { large, 1000 }, { large, LARGE - 1000 } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };

	return ROW_CALL(row, syscall(SYS_sendmsg, row->fd[1], &msg, 0));
}

static bool file_for_tcp(struct row *row)
{
	char path[] = "/tmp/kgr_row.XXXXXX";

	row->fd[2] = mkstemp(path);
	unlink(path);
	return narrow_tcp(row) && !ftruncate(row->fd[2], LARGE);
}

static long do_sendfile(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_sendfile, row->fd[1], row->fd[2], NULL,
				     LARGE));
}

static long do_write(struct row *row)
{
	return ROW_CALL(row, syscall(SYS_write, row->fd[1], large, 1UL));
}

static void drain(struct row *row)
{
	static char buf[1 << 16];

	while (!row->found->back) {
		if (recv(row->fd[0], buf, sizeof(buf), MSG_DONTWAIT) < 0)
			kgr_sleep_ms(1);
	}
}

struct row rows_sock[] = {
	{ "recv-unix", row_unix_stream, do_recv, .end = row_write, .result = 1,
	  .all = SAME },
	{ "recv-unix-dgram", unix_dgram, do_recv, .end = row_write,
	  .result = 1, .all = SAME },
	{ "recv-tcp", row_tcp, do_recv, .end = row_write, .result = 1,
	  .all = SAME },
	{ "recv-tcp-peek", row_tcp, do_recv_peek, .end = row_write, .result = 1,
	  .all = SAME },
	{ "read-tcp", row_tcp, do_read, .end = row_write, .result = 1,
	  .all = SAME },
	{ "recv-udp", udp, do_recv, .end = row_write, .result = 1,
	  .all = SAME },
	{ "recv-netlink", netlink, do_recv, .end = row_write, .result = 1,
	  .all = SAME },
	{ "recv-vsock", vsock, do_recv, .end = row_write, .result = 1,
	  .all = SAME },
	{ "recvmsg-tcp", row_tcp, do_recvmsg, .end = row_write, .result = 1,
	  .all = SAME },
	{ "recvmsg-waitall", half_of_two_tcp, do_recvmsg_all,
	  .end = row_write, .result = 2, .all = SAME },
	{ "recvmmsg-first", unix_dgram, do_recvmmsg_first, .end = row_write,
	  .result = 1, .all = SAME },
	{ "recvmmsg-second", first_of_two, do_recvmmsg_both, .end = row_write,
	  .result = 2, .all = SAME },
	{ "recvmmsg-timeout", unix_dgram, do_recvmmsg_timeout,
	  .end = row_write, .result = 1, .all = SAME },
	{ "recv-waitall-tcp", half_of_two_tcp, do_recv_all, .end = row_write,
	  .result = 2, .all = SAME },
	{ "recv-waitall", half_of_two, do_recv_all, .end = row_write,
	  .result = 2, .all = SAME },
	{ "recv-lowat", with_low_water_mark, do_recv, .end = write_two,
	  .result = 3, .all = SAME },
	{ "recv-timeout", tcp_with_timeout, do_recv, .result = -EAGAIN,
	  .all = SAME, .coarse = true },

	{ "accept-unix", row_unix_listener, do_accept, .end = row_connect_unix,
	  .all = SAME },
	{ "accept4-tcp", tcp_listener, do_accept4, .end = connect_tcp,
	  .all = SAME },
	{ "accept-timeout", listener_with_timeout, do_accept,
	  .result = -EAGAIN, .all = SAME, .coarse = true },
	{ "connect-unix", full_unix_listener, do_connect_unix,
	  .end = accept_one, .all = SAME },
	{ "connect-tcp", full_tcp_listener, do_connect_tcp, .end = accept_one,
	  .all = SAME },
	{ "connect-tcp-timeout", full_tcp_listener_with_timeout,
	  do_connect_tcp_timeout, .result = -EINPROGRESS, .all = SAME,
	  .coarse = true },

	{ "send-dgram", full_dgram, do_send, .end = drain, .result = 1,
	  .all = SAME },
	{ "sendmsg-dgram", full_receiver, do_sendmsg, .end = drain,
	  .result = 1, .all = SAME },
	{ "write-dgram", full_dgram, do_write, .end = drain, .result = 1,
	  .all = SAME },
	{ "write-stream", row_unix_stream, do_write_large, .end = drain,
	  .result = LARGE, .all = SAME },
	{ "write-tcp", narrow_tcp, do_write_large, .end = drain, .result = LARGE,
	  .all = SAME },
	{ "send-stream", row_unix_stream, do_send_large, .end = drain,
	  .result = LARGE, .all = SAME },
	{ "writev-tcp", narrow_tcp, do_writev_large, .end = drain,
	  .result = LARGE, .all = SAME },
	{ "sendmsg-stream", row_unix_stream, do_sendmsg_large, .end = drain,
	  .result = LARGE, .all = SAME },
	{ "sendfile-tcp", file_for_tcp, do_sendfile, .end = drain,
	  .result = LARGE, .all = SAME },
	{ "send-timeout", full_dgram_with_timeout, do_send, .result = -EAGAIN,
	  .all = SAME, .coarse = true },
};

const unsigned int nr_rows_sock = ARRAY_SIZE(rows_sock);
