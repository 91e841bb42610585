// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file_kunit.c - tests of what is said about calls on descriptors
 *
 * About each kind of file that needs no device. Nothing sleeps here: the selftest
 * wake_table has tasks in such calls.
 */

#include <kunit/test.h>
#include <linux/anon_inodes.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/limits.h>
#include <linux/net.h>
#include <linux/pipe_fs_i.h>
#include <linux/sched.h>
#include <linux/socket.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>

#include "arch.h"
#include "file.h"

/* What is asked for of a task, but no more. */
static struct task_struct *a_task(struct kunit *test)
{
	struct task_struct *task = kunit_kzalloc(test, sizeof(*task), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, task);
	spin_lock_init(&task->alloc_lock);
	task->files = current->files;
	return task;
}

/* Takes over the file. Negative if there is no descriptor for it. */
static int fd_of(struct file *file)
{
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

static enum kgr_restart asked(struct task_struct *task, int fd,
			      enum kgr_restart call, unsigned long third,
			      unsigned long fourth)
{
	unsigned long args[KGR_SYSCALL_ARGS] = { fd, 0, third, fourth };

	return kgr_file_restarts(task, call, args);
}

static enum kgr_restart tee_asked(struct task_struct *task, int in, int out)
{
	unsigned long args[KGR_SYSCALL_ARGS] = { in, out };

	return kgr_file_restarts(task, KGR_RESTART_TEE, args);
}

static void pipes(struct kunit *test)
{
	struct task_struct *task = a_task(test);
	struct file *files[2];
	int from, to;

	KUNIT_ASSERT_EQ(test, create_pipe_files(files, 0), 0);
	from = fd_of(files[0]);
	to = fd_of(files[1]);

	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_READ, 9, 0),
			KGR_RESTART_AGAIN);
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_READV, 9, 0),
			KGR_RESTART_AGAIN);
	/* a part of this may be in the pipe already */
	KUNIT_EXPECT_EQ(test, asked(task, to, KGR_RESTART_WRITE, PIPE_BUF, 0),
			KGR_RESTART_AGAIN);
	KUNIT_EXPECT_EQ(test, asked(task, to, KGR_RESTART_WRITE, PIPE_BUF + 1, 0),
			KGR_RESTART_REST);
	KUNIT_EXPECT_EQ(test, asked(task, to, KGR_RESTART_WRITEV, 1, 0),
			KGR_RESTART_REST);
	/* splice(), which has its other file there */
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_PIPES, to, 0),
			KGR_RESTART_AGAIN);
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_PIPES, -1, 0),
			KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, asked(task, -1, KGR_RESTART_PIPES, to, 0),
			KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, tee_asked(task, from, to), KGR_RESTART_AGAIN);
	KUNIT_EXPECT_EQ(test, tee_asked(task, from, -1), KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, tee_asked(task, -1, to), KGR_RESTART_NO);
	/* locks are those of the VFS; it is no socket */
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_FLOCK, 0, 0),
			KGR_RESTART_AGAIN);
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_LOCK, 0, 0),
			KGR_RESTART_AGAIN);
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_RECV, 0, 0),
			KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, asked(task, to, KGR_RESTART_SENDFILE, 0, 0),
			KGR_RESTART_NO);
	close_fd(from);
	close_fd(to);
}

/* Would a call on a pipe that has O_NONBLOCK by now return -EAGAIN? */
static void not_blocking(struct kunit *test)
{
	static const enum kgr_restart would[] = {
		KGR_RESTART_FILE, KGR_RESTART_READ, KGR_RESTART_READV,
	}, asks_not[] = {
		KGR_RESTART_FD, KGR_RESTART_FLOCK, KGR_RESTART_LOCK,
	};
	struct task_struct *task = a_task(test);
	struct file *files[2];
	unsigned int i;
	int from, to;

	KUNIT_ASSERT_EQ(test, create_pipe_files(files, 0), 0);
	from = fd_of(files[0]);
	to = fd_of(files[1]);

	for (i = 0; i < ARRAY_SIZE(would); i++) {
		files[0]->f_flags &= ~O_NONBLOCK;
		KUNIT_EXPECT_EQ(test, asked(task, from, would[i], 9, 0),
				KGR_RESTART_AGAIN);
		KUNIT_EXPECT_EQ(test, asked(task, from, asks_not[i], 9, 0),
				KGR_RESTART_AGAIN);
		files[0]->f_flags |= O_NONBLOCK;
		KUNIT_EXPECT_EQ(test, asked(task, from, would[i], 9, 0),
				KGR_RESTART_NO);
		KUNIT_EXPECT_EQ(test, asked(task, from, asks_not[i], 9, 0),
				KGR_RESTART_AGAIN);
	}
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_FD_BLOCK, 9, 0),
			KGR_RESTART_BLOCK);
	/* either end of tee() and splice() */
	KUNIT_EXPECT_EQ(test, tee_asked(task, from, to), KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, tee_asked(task, to, from), KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_PIPES, to, 0),
			KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, asked(task, to, KGR_RESTART_PIPES, from, 0),
			KGR_RESTART_NO);
	close_fd(from);
	close_fd(to);
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_FD, 9, 0),
			KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_FD_BLOCK, 9, 0),
			KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, asked(task, from, KGR_RESTART_FILE, 9, 0),
			KGR_RESTART_NO);
}

static int own_flock(struct file *file, int cmd, struct file_lock *lock)
{
	return 0;
}

static const struct file_operations plain_ops = {
};

static const struct file_operations own_locks_ops = {
	.flock = own_flock,
	.lock = own_flock,
};

static const struct file_operations restarts_ops = {
	.fop_flags = FOP_READ_RESTARTS | FOP_WRITE_RESTARTS,
};

/* Each call on a file with these operations. */
static void of_operations(struct kunit *test, const struct file_operations *ops,
			  enum kgr_restart read, enum kgr_restart write,
			  enum kgr_restart lock)
{
	struct task_struct *task = a_task(test);
	struct file *file = anon_inode_getfile("kgraft-kunit", ops, NULL, O_RDWR);
	int fd;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	fd = fd_of(file);
	KUNIT_EXPECT_EQ(test, asked(task, fd, KGR_RESTART_READ, 1, 0), read);
	/* a read of each buffer, since there is no read_iter */
	KUNIT_EXPECT_EQ(test, asked(task, fd, KGR_RESTART_READV, 1, 0),
			KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, asked(task, fd, KGR_RESTART_WRITE, 1, 0), write);
	KUNIT_EXPECT_EQ(test, asked(task, fd, KGR_RESTART_WRITEV, 1, 0),
			KGR_RESTART_NO);
	KUNIT_EXPECT_EQ(test, asked(task, fd, KGR_RESTART_FLOCK, 0, 0), lock);
	KUNIT_EXPECT_EQ(test, asked(task, fd, KGR_RESTART_LOCK, 0, 0), lock);
	KUNIT_EXPECT_EQ(test, asked(task, fd, KGR_RESTART_PIPES, fd, 0),
			KGR_RESTART_NO);
	close_fd(fd);
	/* closed meanwhile */
	KUNIT_EXPECT_EQ(test, asked(task, fd, KGR_RESTART_READ, 1, 0),
			KGR_RESTART_NO);
}

static void operations(struct kunit *test)
{
	of_operations(test, &plain_ops, KGR_RESTART_NO, KGR_RESTART_NO,
		      KGR_RESTART_AGAIN);
	of_operations(test, &own_locks_ops, KGR_RESTART_NO, KGR_RESTART_NO,
		      KGR_RESTART_NO);
	of_operations(test, &restarts_ops, KGR_RESTART_AGAIN, KGR_RESTART_AGAIN,
		      KGR_RESTART_AGAIN);
}

#ifdef CONFIG_NET
/**
 * struct call - a call on a socket, and what is said of it
 * @call:	the call
 * @said:	what is said
 * @flags:	the flags of the call
 * @timeo:	the socket's timeout, for both directions; 0 for none
 * @lowat:	its low-water mark
 */
struct call {
	enum kgr_restart call;
	enum kgr_restart said;
	unsigned int flags;
	long timeo;
	int lowat;
};

/* Streams of local sockets and of TCP alike. */
static const struct call on_streams[] = {
	{ KGR_RESTART_READ, KGR_RESTART_AGAIN },
	{ KGR_RESTART_READV, KGR_RESTART_AGAIN },
	{ KGR_RESTART_RECV, KGR_RESTART_AGAIN },
	{ KGR_RESTART_RECV, KGR_RESTART_BLOCK, .timeo = HZ },
	{ KGR_RESTART_RECV, KGR_RESTART_NO, .lowat = 2 },
	{ KGR_RESTART_RECVFROM, KGR_RESTART_AGAIN },
	{ KGR_RESTART_RECVFROM, KGR_RESTART_REST, .lowat = 2 },
	{ KGR_RESTART_RECVFROM, KGR_RESTART_REST, MSG_WAITALL },
	{ KGR_RESTART_RECVFROM, KGR_RESTART_NO, MSG_WAITALL | MSG_PEEK },
	{ KGR_RESTART_RECVFROM, KGR_RESTART_NO, MSG_WAITALL, .timeo = HZ },
	{ KGR_RESTART_RECVMMSG, KGR_RESTART_REST },
	{ KGR_RESTART_RECVMMSG, KGR_RESTART_NO, .timeo = HZ },
	{ KGR_RESTART_WRITE, KGR_RESTART_REST },
	{ KGR_RESTART_WRITEV, KGR_RESTART_REST },
	{ KGR_RESTART_WRITE, KGR_RESTART_NO, .timeo = HZ },
	{ KGR_RESTART_SENDFILE, KGR_RESTART_REST },
	{ KGR_RESTART_SENDTO, KGR_RESTART_REST, MSG_MORE | MSG_NOSIGNAL },
	{ KGR_RESTART_SENDTO, KGR_RESTART_NO, MSG_OOB },
	{ KGR_RESTART_SEND, KGR_RESTART_NO },
	{ KGR_RESTART_CONNECT, KGR_RESTART_AGAIN },
	{ KGR_RESTART_CONNECT, KGR_RESTART_BLOCK, .timeo = HZ },
	{ KGR_RESTART_FLOCK, KGR_RESTART_NO },
};

/* Of local sockets, which may wait for room at the receiver. */
static const struct call on_local_messages[] = {
	{ KGR_RESTART_RECV, KGR_RESTART_AGAIN },
	{ KGR_RESTART_RECVFROM, KGR_RESTART_NO, MSG_WAITALL },
	{ KGR_RESTART_WRITE, KGR_RESTART_AGAIN },
	{ KGR_RESTART_SEND, KGR_RESTART_AGAIN },
	{ KGR_RESTART_SENDTO, KGR_RESTART_BLOCK, .timeo = HZ },
	{ KGR_RESTART_SENDFILE, KGR_RESTART_NO },
	{ KGR_RESTART_CONNECT, KGR_RESTART_AGAIN },
};

/* Of others. */
static const struct call on_messages[] = {
	{ KGR_RESTART_RECV, KGR_RESTART_AGAIN },
	{ KGR_RESTART_RECVMMSG, KGR_RESTART_REST },
	{ KGR_RESTART_RECVFROM, KGR_RESTART_NO, MSG_WAITALL },
	{ KGR_RESTART_WRITE, KGR_RESTART_NO },
	{ KGR_RESTART_SEND, KGR_RESTART_NO },
	{ KGR_RESTART_SENDFILE, KGR_RESTART_NO },
	{ KGR_RESTART_CONNECT, KGR_RESTART_NO },
};

/* As if it were of a kind that was not reviewed. */
static const struct call on_unknown[] = {
	{ KGR_RESTART_READ, KGR_RESTART_NO },
	{ KGR_RESTART_RECVFROM, KGR_RESTART_NO },
	{ KGR_RESTART_RECVMMSG, KGR_RESTART_NO },
	{ KGR_RESTART_WRITE, KGR_RESTART_NO },
	{ KGR_RESTART_CONNECT, KGR_RESTART_NO },
};

static void is_said(struct kunit *test, int fd, struct sock *sk,
		    const struct call *calls, size_t nr)
{
	struct task_struct *task = a_task(test);
	long timeo;
	size_t i;

	for (i = 0; i < nr; i++) {
		timeo = calls[i].timeo ?: MAX_SCHEDULE_TIMEOUT;
		WRITE_ONCE(sk->sk_rcvtimeo, timeo);
		WRITE_ONCE(sk->sk_sndtimeo, timeo);
		WRITE_ONCE(sk->sk_rcvlowat, calls[i].lowat ?: 1);
		KUNIT_EXPECT_EQ_MSG(test, asked(task, fd, calls[i].call, 1,
						calls[i].flags),
				    calls[i].said, "family %d, type %d, row %zu",
				    sk->sk_family, sk->sk_type, i);
	}
}

/* Those of families that this kernel does not have are left out. */
static void on_socket(struct kunit *test, int family, int type, int protocol,
		      const struct call *calls, size_t nr)
{
	struct socket *sock;
	struct file *file;
	int fd;

	if (sock_create_kern(&init_net, family, type, protocol, &sock))
		return;
	file = sock_alloc_file(sock, O_CLOEXEC, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	fd = fd_of(file);
	is_said(test, fd, sock->sk, calls, nr);
	close_fd(fd);
}

static void streams(struct kunit *test)
{
	on_socket(test, AF_UNIX, SOCK_STREAM, 0, on_streams, ARRAY_SIZE(on_streams));
	on_socket(test, AF_INET, SOCK_STREAM, IPPROTO_TCP, on_streams,
		  ARRAY_SIZE(on_streams));
	on_socket(test, AF_INET6, SOCK_STREAM, IPPROTO_TCP, on_streams,
		  ARRAY_SIZE(on_streams));
}

static void messages(struct kunit *test)
{
	on_socket(test, AF_UNIX, SOCK_DGRAM, 0, on_local_messages,
		  ARRAY_SIZE(on_local_messages));
	on_socket(test, AF_UNIX, SOCK_SEQPACKET, 0, on_local_messages,
		  ARRAY_SIZE(on_local_messages));
	on_socket(test, AF_INET, SOCK_DGRAM, 0, on_messages, ARRAY_SIZE(on_messages));
	on_socket(test, AF_INET, SOCK_RAW, IPPROTO_ICMP, on_messages,
		  ARRAY_SIZE(on_messages));
	on_socket(test, AF_INET6, SOCK_DGRAM, 0, on_messages, ARRAY_SIZE(on_messages));
	on_socket(test, AF_NETLINK, SOCK_RAW, 0, on_messages, ARRAY_SIZE(on_messages));
	on_socket(test, AF_PACKET, SOCK_RAW, 0, on_messages, ARRAY_SIZE(on_messages));
}

#ifdef CONFIG_INET
/* TCP that has sent data in the packet that opens the connection. */
static void fast_open(struct kunit *test)
{
	static const struct call unanswered[] = {
		{ KGR_RESTART_WRITE, KGR_RESTART_NO },
		{ KGR_RESTART_SENDTO, KGR_RESTART_NO },
		{ KGR_RESTART_RECV, KGR_RESTART_AGAIN },
	}, answered[] = {
		{ KGR_RESTART_WRITE, KGR_RESTART_REST },
	};
	struct tcp_fastopen_request *req;
	struct socket *sock;
	struct file *file;
	struct sock *sk;
	int fd;

	req = kunit_kzalloc(test, sizeof(*req), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req);
	if (sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &sock))
		kunit_skip(test, "no TCP");
	file = sock_alloc_file(sock, O_CLOEXEC, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	fd = fd_of(file);
	sk = sock->sk;
	WRITE_ONCE(tcp_sk(sk)->fastopen_req, req);
	WRITE_ONCE(sk->sk_state, TCP_SYN_SENT);
	is_said(test, fd, sk, unanswered, ARRAY_SIZE(unanswered));
	WRITE_ONCE(sk->sk_state, TCP_ESTABLISHED);
	is_said(test, fd, sk, answered, ARRAY_SIZE(answered));
	WRITE_ONCE(sk->sk_state, TCP_CLOSE);
	WRITE_ONCE(tcp_sk(sk)->fastopen_req, NULL);
	close_fd(fd);
}
#endif

/* A protocol, a type and a family that were not reviewed, for as long as asked. */
static void not_reviewed(struct kunit *test)
{
	struct socket *sock;
	struct file *file;
	struct sock *sk;
	int fd;

	if (sock_create_kern(&init_net, AF_INET, SOCK_DGRAM, 0, &sock))
		kunit_skip(test, "needs CONFIG_INET");
	file = sock_alloc_file(sock, O_CLOEXEC, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	fd = fd_of(file);
	sk = sock->sk;
	WRITE_ONCE(sk->sk_type, SOCK_STREAM);
	is_said(test, fd, sk, on_unknown, ARRAY_SIZE(on_unknown));
	WRITE_ONCE(sk->sk_type, SOCK_SEQPACKET);
	is_said(test, fd, sk, on_unknown, ARRAY_SIZE(on_unknown));
	WRITE_ONCE(sk->sk_family, AF_BLUETOOTH);
	is_said(test, fd, sk, on_unknown, ARRAY_SIZE(on_unknown));
	WRITE_ONCE(sk->sk_family, AF_INET);
	WRITE_ONCE(sk->sk_type, SOCK_DGRAM);
	close_fd(fd);
}
#endif

static struct kunit_case file_cases[] = {
	KUNIT_CASE(pipes),
	KUNIT_CASE(not_blocking),
	KUNIT_CASE(operations),
#ifdef CONFIG_NET
	KUNIT_CASE(streams),
	KUNIT_CASE(messages),
#ifdef CONFIG_INET
	KUNIT_CASE(fast_open),
#endif
	KUNIT_CASE(not_reviewed),
#endif
	{}
};

static struct kunit_suite file_suite = {
	.name = "kgraft_file",
	.test_cases = file_cases,
};

kunit_test_suite(file_suite);
