// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * file.c - does a system call on a descriptor restart unnoticed?
 *
 * That depends on what the descriptor refers to. The kinds of files that are
 * known have their reasons beside them; any other counts as noticed.
 */

#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/limits.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/net.h>
#include <linux/pipe_fs_i.h>
#include <linux/proc_fs.h>
#include <linux/sched/signal.h>
#include <linux/skmsg.h>
#include <linux/tcp.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>
#include <net/inet_connection_sock.h>
#include <net/sock.h>

#include "file.h"

/* --- Sockets --- */

static bool kgr_is_tcp(const struct sock *sk)
{
	return READ_ONCE(sk->sk_type) == SOCK_STREAM &&
	       READ_ONCE(sk->sk_protocol) == IPPROTO_TCP;
}

/*
 * Sockets whose code was reviewed, also TCP with TLS on top, and the functions
 * by which a sockmap replaces the receive functions of TCP and local sockets.
 * In a sockmap, other sockets wait elsewhere, see wait_rows.c.
 */
static bool kgr_known_socket(const struct sock *sk)
{
	switch (READ_ONCE(sk->sk_family)) {
	case AF_UNIX:
	case AF_NETLINK:
	case AF_PACKET:
	case AF_VSOCK:
		return true;
	case AF_INET:
	case AF_INET6:
		return READ_ONCE(sk->sk_type) == SOCK_DGRAM ||
		       READ_ONCE(sk->sk_type) == SOCK_RAW || kgr_is_tcp(sk);
	}
	return false;
}

/* A call with a timeout continues with what is left of it. */
static enum kgr_restart kgr_timeo_restarts(long timeo)
{
	return timeo == MAX_SCHEDULE_TIMEOUT ? KGR_RESTART_AGAIN :
					       KGR_RESTART_BLOCK;
}

/* TLS has a timeout for each of its records. */
static bool kgr_has_upper_protocol(const struct sock *sk)
{
	return IS_ENABLED(CONFIG_INET) && kgr_is_tcp(sk) &&
	       inet_csk_has_ulp(sk);
}

/* The receive functions there take any wake-up for the end of the timeout. */
static bool kgr_in_sockmap(const struct sock *sk)
{
	bool ret;

	rcu_read_lock();
	ret = sk_psock(sk);
	rcu_read_unlock();
	return ret;
}

/*
 * A receiver returns what there is, or waits with nothing in hand; with a
 * low-water mark it may have some data already. accept() has the same timeout.
 */
static enum kgr_restart kgr_recv_restarts(const struct sock *sk)
{
	long timeo = READ_ONCE(sk->sk_rcvtimeo);

	if (!kgr_known_socket(sk) || READ_ONCE(sk->sk_rcvlowat) > 1 ||
	    (timeo != MAX_SCHEDULE_TIMEOUT &&
	     (kgr_has_upper_protocol(sk) || kgr_in_sockmap(sk))))
		return KGR_RESTART_NO;
	return kgr_timeo_restarts(timeo);
}

/* Can a call move a part of its data, and the rest later? */
static bool kgr_is_stream(const struct sock *sk)
{
	switch (READ_ONCE(sk->sk_family)) {
	case AF_UNIX:
		return READ_ONCE(sk->sk_type) == SOCK_STREAM;
	case AF_INET:
	case AF_INET6:
		return kgr_is_tcp(sk) && !kgr_has_upper_protocol(sk);
	}
	return false;
}

/* Flags that were reviewed for a call that has moved a part of its data. */
#define KGR_RECV_FLAGS	(MSG_WAITALL | MSG_NOSIGNAL | MSG_CMSG_CLOEXEC)
#define KGR_SEND_FLAGS	(MSG_EOR | MSG_MORE | MSG_NOSIGNAL)

/* The call keeps what it has, but a timeout may apply to each of its waits. */
static enum kgr_restart kgr_recvfrom_restarts(const struct sock *sk,
					      unsigned long flags)
{
	if (!(flags & MSG_WAITALL) && READ_ONCE(sk->sk_rcvlowat) <= 1)
		return kgr_recv_restarts(sk);
	return kgr_is_stream(sk) && !kgr_in_sockmap(sk) &&
	       !((u32)flags & ~KGR_RECV_FLAGS) &&
	       READ_ONCE(sk->sk_rcvtimeo) == MAX_SCHEDULE_TIMEOUT ?
	       KGR_RESTART_REST : KGR_RESTART_NO;
}

/*
 * The call keeps the messages that it has, and a timeout of its own; that of
 * the socket could not be kept besides.
 */
static enum kgr_restart kgr_recvmmsg_restarts(const struct sock *sk)
{
	return kgr_recv_restarts(sk) == KGR_RESTART_AGAIN ? KGR_RESTART_REST :
							    KGR_RESTART_NO;
}

/* Of sockets that send whole messages, only local ones may wait for long. */
static enum kgr_restart kgr_send_restarts(const struct sock *sk)
{
	if (READ_ONCE(sk->sk_family) != AF_UNIX ||
	    READ_ONCE(sk->sk_type) == SOCK_STREAM)
		return KGR_RESTART_NO;
	return kgr_timeo_restarts(READ_ONCE(sk->sk_sndtimeo));
}

/*
 * The first data of a connection may be in the packet that opens it (TCP Fast
 * Open). Until that is answered, a call that is interrupted forgets that it has
 * sent them, and would send them once more.
 */
static bool kgr_sends_with_syn(const struct sock *sk)
{
	return IS_ENABLED(CONFIG_INET) && kgr_is_tcp(sk) &&
	       (1 << READ_ONCE(sk->sk_state)) & (TCPF_SYN_SENT | TCPF_SYN_RECV) &&
	       READ_ONCE(tcp_sk(sk)->fastopen_req);
}

/* A stream socket may have sent a part; its timeout applies to each wait. */
static enum kgr_restart kgr_sendto_restarts(const struct sock *sk,
					    unsigned long flags)
{
	if (!kgr_is_stream(sk))
		return kgr_send_restarts(sk);
	return !kgr_sends_with_syn(sk) && !((u32)flags & ~KGR_SEND_FLAGS) &&
	       READ_ONCE(sk->sk_sndtimeo) == MAX_SCHEDULE_TIMEOUT ?
	       KGR_RESTART_REST : KGR_RESTART_NO;
}

/*
 * TCP finds the connection attempt under way, and waits until it succeeds or
 * fails. A local socket waits for room in the queue of the listener, and has
 * done nothing yet. (vsock resets the connection.)
 */
static enum kgr_restart kgr_connect_restarts(const struct sock *sk)
{
	switch (READ_ONCE(sk->sk_family)) {
	case AF_INET:
	case AF_INET6:
		if (!kgr_is_tcp(sk))
			return KGR_RESTART_NO;
		fallthrough;
	case AF_UNIX:
		return kgr_timeo_restarts(READ_ONCE(sk->sk_sndtimeo));
	}
	return KGR_RESTART_NO;
}

/* --- Terminals --- */

#ifdef CONFIG_TTY
/*
 * A call that waits for a line, or for one byte, has read nothing yet. With a
 * minimum of more than one byte, it keeps those that it has; without a minimum,
 * its deadline. With both, the time begins anew with each byte.
 */
static enum kgr_restart kgr_tty_mode_restarts(struct tty_struct *tty)
{
	if (L_ICANON(tty) || MIN_CHAR(tty) == 1)
		return KGR_RESTART_AGAIN;
	if (tty->ctrl.packet || (MIN_CHAR(tty) && TIME_CHAR(tty)))
		return KGR_RESTART_NO;
	return KGR_RESTART_REST;
}

/*
 * A read that begins is refused in the background of the terminal, by SIGTTIN
 * or -EIO. One that has begun in the foreground is not.
 */
static bool kgr_tty_foreground(struct task_struct *task, struct tty_struct *tty)
{
	/* Compared, not followed: no lock is needed. */
	return READ_ONCE(task->signal->tty) != tty ||
	       READ_ONCE(task->signal->pids[PIDTYPE_PGID]) ==
	       READ_ONCE(tty->ctrl.pgrp);
}

/* In the background, output is refused only with TOSTOP. */
static enum kgr_restart kgr_tty_call_restarts(struct task_struct *task,
					      struct tty_struct *tty, int rw)
{
	if ((rw == READ || L_TOSTOP(tty)) && !kgr_tty_foreground(task, tty))
		return KGR_RESTART_NO;
	return rw == WRITE ? KGR_RESTART_REST : kgr_tty_mode_restarts(tty);
}

static enum kgr_restart kgr_tty_restarts(struct task_struct *task,
					 struct file *file, int rw)
{
	struct tty_struct *tty = tty_from_file(file);
	enum kgr_restart ret = KGR_RESTART_NO;
	struct tty_ldisc *ld;

	if (!tty)
		return KGR_RESTART_NO;
	/* The line discipline is being changed: try again later. */
	ld = tty_ldisc_ref(tty);
	if (!ld)
		return KGR_RESTART_NO;
	if (ld->ops->num == N_TTY)
		ret = kgr_tty_call_restarts(task, tty, rw);
	tty_ldisc_deref(ld);
	return ret;
}
#else
static enum kgr_restart kgr_tty_restarts(struct task_struct *task,
					 struct file *file, int rw)
{
	return KGR_RESTART_NO;
}
#endif

/* --- Other files --- */

static bool kgr_is_pipe(struct file *file)
{
	return get_pipe_info(file, false);
}

/*
 * Readers of events and of the log wait until there is something to return, and
 * then return what there is. Their file_operations say so, except for /proc,
 * where files share them.
 *
 * A FUSE server waits for the next request, with nothing in hand before it
 * comes. Its file_operations cannot say so: CUSE copies them for another device.
 */
static bool kgr_can_read_again(struct file *file)
{
	struct inode *inode = file_inode(file);

	if (file->f_op->fop_flags & FOP_READ_RESTARTS)
		return true;
	if (S_ISCHR(inode->i_mode))
		return inode->i_rdev == MKDEV(MISC_MAJOR, FUSE_MINOR);
	return proc_is_kmsg(inode);
}

static enum kgr_restart kgr_read_restarts(struct task_struct *task,
					  struct file *file)
{
	/* A pipe returns what there is, or waits with nothing in hand. */
	if (kgr_is_pipe(file) || kgr_can_read_again(file))
		return KGR_RESTART_AGAIN;
	return kgr_tty_restarts(task, file, READ);
}

/*
 * A pipe takes up to PIPE_BUF bytes at once. Of more, it may have taken a part,
 * and the call goes on with the rest.
 */
static enum kgr_restart kgr_write_restarts(struct task_struct *task,
					   struct file *file, size_t count)
{
	if (kgr_is_pipe(file))
		return count > PIPE_BUF ? KGR_RESTART_REST : KGR_RESTART_AGAIN;
	if (file->f_op->fop_flags & FOP_WRITE_RESTARTS)
		return KGR_RESTART_AGAIN;
	return kgr_tty_restarts(task, file, WRITE);
}

static enum kgr_restart kgr_writev_restarts(struct task_struct *task,
					    struct file *file)
{
	if (kgr_is_pipe(file))
		return KGR_RESTART_REST;
	return kgr_tty_restarts(task, file, WRITE);
}

static enum kgr_restart kgr_again_if(bool restarts)
{
	return restarts ? KGR_RESTART_AGAIN : KGR_RESTART_NO;
}

/*
 * Does the file leave its locks to the VFS? Others wait in a way of their own,
 * and have a server that would be told.
 */
static bool kgr_lock_restarts(struct file *file, enum kgr_restart restart)
{
	return restart == KGR_RESTART_FLOCK ? !file->f_op->flock :
					      !file->f_op->lock;
}

static enum kgr_restart kgr_sock_call_restarts(const struct sock *sk,
					       enum kgr_restart restart,
					       const unsigned long *args)
{
	switch (restart) {
	case KGR_RESTART_READ:
	case KGR_RESTART_READV:
	case KGR_RESTART_RECV:
		return kgr_recv_restarts(sk);
	case KGR_RESTART_RECVFROM:
		return kgr_recvfrom_restarts(sk, args[3]);
	case KGR_RESTART_RECVMMSG:
		return kgr_recvmmsg_restarts(sk);
	case KGR_RESTART_WRITE:
	case KGR_RESTART_WRITEV:
		return kgr_sendto_restarts(sk, 0);
	case KGR_RESTART_SENDFILE:
		return kgr_is_stream(sk) ? kgr_sendto_restarts(sk, 0) :
					   KGR_RESTART_NO;
	case KGR_RESTART_SEND:
		return kgr_send_restarts(sk);
	case KGR_RESTART_SENDTO:
		return kgr_sendto_restarts(sk, args[3]);
	case KGR_RESTART_CONNECT:
		return kgr_connect_restarts(sk);
	default:
		return KGR_RESTART_NO;
	}
}

static enum kgr_restart kgr_file_call_restarts(struct task_struct *task,
					       struct file *file,
					       enum kgr_restart restart,
					       const unsigned long *args)
{
	switch (restart) {
	case KGR_RESTART_READ:
		return kgr_read_restarts(task, file);
	case KGR_RESTART_READV:
		/* Otherwise, this is several reads, and may be half done. */
		return file->f_op->read_iter ? kgr_read_restarts(task, file) :
					       KGR_RESTART_NO;
	case KGR_RESTART_WRITE:
		return kgr_write_restarts(task, file, args[2]);
	case KGR_RESTART_WRITEV:
		return kgr_writev_restarts(task, file);
	case KGR_RESTART_FLOCK:
	case KGR_RESTART_LOCK:
		return kgr_again_if(kgr_lock_restarts(file, restart));
	case KGR_RESTART_PIPES:
		/* kgr_file_restarts() looks at the other one. */
		return kgr_again_if(kgr_is_pipe(file));
	default:
		return KGR_RESTART_NO;
	}
}

/*
 * Would the call return -EAGAIN? It has begun to sleep before O_NONBLOCK was
 * set, perhaps by another process that shares the file.
 */
static bool kgr_would_not_block(const struct file *file,
				enum kgr_restart restart)
{
	switch (restart) {
	/* They do not ask for it. */
	case KGR_RESTART_FD:
	case KGR_RESTART_FD_BLOCK:
	case KGR_RESTART_FLOCK:
	case KGR_RESTART_LOCK:
		return false;
	default:
		return READ_ONCE(file->f_flags) & O_NONBLOCK;
	}
}

static enum kgr_restart kgr_open_file_restarts(struct task_struct *task,
					       struct file *file,
					       enum kgr_restart restart,
					       const unsigned long *args)
{
	struct socket *sock;

	if (kgr_would_not_block(file, restart))
		return KGR_RESTART_NO;
	switch (restart) {
	case KGR_RESTART_FD:
	case KGR_RESTART_FILE:
	case KGR_RESTART_TEE:
		return KGR_RESTART_AGAIN;
	case KGR_RESTART_FD_BLOCK:
		return KGR_RESTART_BLOCK;
	default:
		break;
	}
	sock = IS_ENABLED(CONFIG_NET) ? sock_from_file(file) : NULL;
	return sock ? kgr_sock_call_restarts(sock->sk, restart, args) :
		      kgr_file_call_restarts(task, file, restart, args);
}

static enum kgr_restart kgr_fd_restarts(struct task_struct *task,
					unsigned int fd,
					enum kgr_restart restart,
					const unsigned long *args)
{
	struct file *file = fget_task(task, fd);
	enum kgr_restart ret;

	/* Closed meanwhile: the call must not be made again. */
	if (!file)
		return KGR_RESTART_NO;
	ret = kgr_open_file_restarts(task, file, restart, args);
	fput(file);
	return ret;
}

/**
 * kgr_file_restarts - does a system call on a descriptor restart unnoticed?
 * @task: a task that sleeps in it
 * @restart: what is known of the call
 * @args: its arguments
 *
 * Context: process context or not, without spinlocks; does not sleep.
 * Return: %KGR_RESTART_NO, _AGAIN, _BLOCK or _REST. Only true while @task sleeps
 *	   on, and its descriptor refers to the same file, with the same flags.
 */
enum kgr_restart kgr_file_restarts(struct task_struct *task,
				   enum kgr_restart restart,
				   const unsigned long *args)
{
	enum kgr_restart ret = kgr_fd_restarts(task, args[0], restart, args);

	if (ret != KGR_RESTART_NO && restart == KGR_RESTART_PIPES)
		ret = kgr_fd_restarts(task, args[2], restart, args);
	else if (ret != KGR_RESTART_NO && restart == KGR_RESTART_TEE)
		ret = kgr_fd_restarts(task, args[1], restart, args);
	return ret;
}
