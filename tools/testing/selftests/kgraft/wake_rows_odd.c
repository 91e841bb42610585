// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: asynchronous I/O, tasks that are watched by others, and
 * waits inside of a system call that are not its own.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fuse.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

#define SIGSETSIZE	8

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

/* --- aio --- */

/* A context that has an event when the pipe is readable. */
static aio_context_t aio_on(struct row *row, unsigned int nr)
{
	struct iocb iocb[2] = { }, *iocbs[] = { &iocb[0], &iocb[1] };
	aio_context_t ctx = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		iocb[i].aio_fildes = row->fd[2 * i];
		iocb[i].aio_lio_opcode = IOCB_CMD_POLL;
		iocb[i].aio_buf = POLLIN;
	}
	if (syscall(SYS_io_setup, 4, &ctx) ||
	    syscall(SYS_io_submit, ctx, (long)nr, iocbs) != nr)
		return 0;
	return ctx;
}

static bool two_pipes_one_full(struct row *row)
{
	return !pipe(row->fd) && !pipe(row->fd + 2) &&
	       write(row->fd[3], "x", 1) == 1;
}

static long do_getevents(struct row *row)
{
	aio_context_t ctx = aio_on(row, 1);
	struct io_event ev[2];

	return ROW_CALL(row, syscall(SYS_io_getevents, ctx, 1L, 2L, ev, NULL));
}

static long do_getevents_both(struct row *row)
{
	aio_context_t ctx = aio_on(row, 2);
	struct io_event ev[2];

	return ROW_CALL(row, syscall(SYS_io_getevents, ctx, 2L, 2L, ev, NULL));
}

static long do_getevents_timeout(struct row *row)
{
	struct timespec ts = row_nap(row);
	aio_context_t ctx = aio_on(row, 1);
	struct io_event ev;

	return ROW_CALL(row, syscall(SYS_io_getevents, ctx, 1L, 1L, &ev, &ts));
}

static long do_pgetevents(struct row *row)
{
	aio_context_t ctx = aio_on(row, 1);
	struct io_event ev;

	return ROW_CALL(row, syscall(SYS_io_pgetevents, ctx, 1L, 1L, &ev, NULL,
				     NULL));
}

static long do_pgetevents_timeout(struct row *row)
{
	struct timespec ts = row_nap(row);
	aio_context_t ctx = aio_on(row, 1);
	struct io_event ev;

	return ROW_CALL(row, syscall(SYS_io_pgetevents, ctx, 1L, 1L, &ev, &ts,
				     NULL));
}

/* --- io_uring, by hand --- */

struct ring {
	int fd;
	void *mem;
	struct io_uring_sqe *sqes;
	struct io_uring_params p;
};

static bool ring_setup(struct ring *ring, unsigned int flags)
{
	memset(ring, 0, sizeof(*ring));
	ring->p.flags = flags;
	ring->fd = syscall(SYS_io_uring_setup, 4, &ring->p);
	if (ring->fd < 0)
		return false;
	/* All kernels that kGraft is for have FEAT_SINGLE_MMAP. */
	ring->mem = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			 ring->fd, IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			  ring->fd, IORING_OFF_SQES);
	return ring->mem != MAP_FAILED && ring->sqes != MAP_FAILED;
}

static unsigned int *ring_word(struct ring *ring, unsigned int offset)
{
	return ring->mem + offset;
}

/* What a pipe's end has to read, without taking it; -1: nothing at all. */
static void ring_queue(struct ring *ring, int fd)
{
	unsigned int *tail = ring_word(ring, ring->p.sq_off.tail);
	unsigned int at = *tail & (ring->p.sq_entries - 1);
	struct io_uring_sqe *sqe = &ring->sqes[at];

	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = fd < 0 ? IORING_OP_NOP : IORING_OP_POLL_ADD;
	sqe->fd = fd;
	sqe->poll32_events = POLLIN;
	ring_word(ring, ring->p.sq_off.array)[at] = at;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

static unsigned int ring_completions(struct ring *ring)
{
	return __atomic_load_n(ring_word(ring, ring->p.cq_off.tail),
			       __ATOMIC_ACQUIRE) -
	       *ring_word(ring, ring->p.cq_off.head);
}

static long ring_enter(struct ring *ring, unsigned int submit,
		       unsigned int complete, unsigned int flags)
{
	return syscall(SYS_io_uring_enter, ring->fd, submit, complete, flags,
		       NULL, 0);
}

/* The result, and in its tens how many completions there are. */
static long ring_result(struct ring *ring, long ret)
{
	return ret < 0 ? ret : ret + 10 * ring_completions(ring);
}

static long ring_wait(struct row *row, unsigned int flags)
{
	struct ring ring;

	if (!ring_setup(&ring, flags))
		return -errno;
	ring_queue(&ring, row->fd[0]);
	ring_enter(&ring, 1, 0, 0);
	return ring_result(&ring, ROW_CALL(row, ring_enter(&ring, 0, 1,
							   IORING_ENTER_GETEVENTS)));
}

static long do_uring_wait(struct row *row)
{
	return ring_wait(row, 0);
}

static long do_uring_wait_deferred(struct row *row)
{
	return ring_wait(row, IORING_SETUP_SINGLE_ISSUER |
			      IORING_SETUP_DEFER_TASKRUN);
}

static long do_uring_wait_both(struct row *row)
{
	struct ring ring;

	if (!ring_setup(&ring, 0))
		return -errno;
	ring_queue(&ring, -1);
	ring_queue(&ring, row->fd[0]);
	ring_enter(&ring, 2, 0, 0);
	return ring_result(&ring, ROW_CALL(row, ring_enter(&ring, 0, 2,
							   IORING_ENTER_GETEVENTS)));
}

static long do_uring_submit(struct row *row)
{
	struct ring ring;

	if (!ring_setup(&ring, 0))
		return -errno;
	ring_queue(&ring, row->fd[0]);
	return ring_result(&ring, ROW_CALL(row, ring_enter(&ring, 1, 1,
							   IORING_ENTER_GETEVENTS)));
}

static long do_uring_timeout(struct row *row)
{
	struct timespec nap = row_nap(row);
	struct __kernel_timespec ts = {
		.tv_sec = nap.tv_sec,
		.tv_nsec = nap.tv_nsec,
	};
	struct io_uring_getevents_arg arg = { .ts = (unsigned long)&ts };
	struct ring ring;

	if (!ring_setup(&ring, 0))
		return -errno;
	return ROW_CALL(row, syscall(SYS_io_uring_enter, ring.fd, 0, 1,
				     IORING_ENTER_GETEVENTS |
				     IORING_ENTER_EXT_ARG, &arg, sizeof(arg)));
}

/* --- seccomp --- */

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
				 offsetof(struct seccomp_data, field))
#define IF(value, skip)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define RETURN(what)	BPF_STMT(BPF_RET | BPF_K, what)

/* Everything may pass, but one system call; returns a listener, if any. */
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

/* Not that one, but others: as in a container. */
static long do_seccomp_poll_timeout(struct row *row)
{
	if (filter(SYS_getppid, SECCOMP_RET_ERRNO | EPERM, 0))
		return -errno;
	return ROW_CALL(row, syscall(SYS_poll, NULL, 0, row->nap_ms));
}

/* A thread whose read() is put to its process. */
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
 * Its result, and in its tens how often it was asked for more than once. The
 * supervisor says yes, at once or in the end.
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

/* --- FUSE --- */

static bool fuse_mount(struct row *row)
{
	char options[128], path[128];

	snprintf(path, sizeof(path), "%s", row_path(row, "fuse"));
	row->fd[0] = open("/dev/fuse", O_RDWR);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=0,group_id=0", row->fd[0]);
	return row->fd[0] >= 0 && !mkdir(path, 0700) &&
	       !mount("kgr_row", path, "fuse", 0, options);
}

/* Answers the first request, which is INIT. */
static bool fuse_init(struct row *row)
{
	static char buf[1 << 16];
	struct fuse_in_header *in = (void *)buf;
	struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096,
	};
	struct fuse_out_header out = { .len = sizeof(out) + sizeof(init) };
	struct iovec iov[] = { { &out, sizeof(out) }, { &init, sizeof(init) } };

	if (!fuse_mount(row) || read(row->fd[0], buf, sizeof(buf)) < 0 ||
	    in->opcode != FUSE_INIT)
		return false;
	out.unique = in->unique;
	return writev(row->fd[0], iov, 2) == out.len;
}

static void fuse_abort(struct row *row)
{
	umount2(row_path(row, "fuse"), MNT_FORCE | MNT_DETACH);
}

static void fuse_tidy(struct row *row)
{
	umount2(row_path(row, "fuse"), MNT_DETACH);
	rmdir(row_path(row, "fuse"));
}

/* As the server of a file system; that it ends comes as an error. */
static long do_fuse_read(struct row *row)
{
	static char buf[1 << 16];
	long ret = ROW_CALL(row, syscall(SYS_read, row->fd[0], buf,
					 sizeof(buf)));

	return ret == -ENODEV || ret == -ECONNABORTED ? 0 : ret;
}

/* On the way to a socket, in a request that is not answered. */
static long do_fuse_connect(struct row *row)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	long ret;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/socket",
		 row_path(row, "fuse"));
	ret = ROW_CALL(row, syscall(SYS_connect, fd, &addr, sizeof(addr)));
	return ret == -ENOTCONN || ret == -ECONNABORTED ? 0 : ret;
}

/* --- userfaultfd --- */

static void *missing_page(int *uffd)
{
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	void *page;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	reg.range.start = (unsigned long)page;
	reg.range.len = 4096;
	if (*uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		return NULL;
	return page;
}

static void provide_page(int uffd, void *page)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (unsigned long)page, .len = 4096 },
	};

	ioctl(uffd, UFFDIO_ZEROPAGE, &zero);
}

/* The page of @low is not the rows' common one any more. */
static bool user_fault(struct row *row)
{
	row->low = missing_page(&row->fd[0]);
	return row->low;
}

static long do_read_faults(struct row *row)
{
	struct uffd_msg msg;

	return ROW_CALL(row, syscall(SYS_read, row->fd[0], &msg, sizeof(msg)));
}

static void *touch(void *page)
{
	__atomic_store_n((char *)page, 1, __ATOMIC_RELAXED);
	return NULL;
}

static void fault(struct row *row)
{
	pthread_t t;

	pthread_create(&t, NULL, touch, row->low);
	while (!row->found->back)
		kgr_sleep_ms(1);
	provide_page(row->fd[0], row->low);
	pthread_join(t, NULL);
}

struct faulting {
	struct row *row;
	int uffd;
	void *page;
};

static void *provide_at_end(void *arg)
{
	struct faulting *f = arg;

	while (!f->row->found->ended)
		kgr_sleep_ms(10);
	provide_page(f->uffd, f->page);
	return NULL;
}

/* There is something to read, but the memory for it is not there. */
static bool readable_pipe(struct row *row)
{
	return row_pipe(row) && write(row->fd[1], "x", 1) == 1;
}

static long do_read_into_fault(struct row *row)
{
	struct faulting f = { .row = row };
	pthread_t t;
	long ret;

	f.page = missing_page(&f.uffd);
	if (!f.page || pthread_create(&t, NULL, provide_at_end, &f))
		return -errno;
	ret = ROW_CALL(row, syscall(SYS_read, row->fd[0], f.page, 1));
	pthread_join(t, NULL);
	return ret;
}

static void nothing(struct row *row)
{
}

struct row rows_odd[] = {
	{ "io_getevents", row_pipe, do_getevents, .end = row_write,
	  .result = 1, .all = SAME },
	{ "io_getevents-second", two_pipes_one_full, do_getevents_both,
	  .end = row_write, .result = 2, .all = SAME },
	{ "io_getevents-timeout", row_pipe, do_getevents_timeout,
	  .all = SAME },
	{ "io_pgetevents-timeout", row_pipe, do_pgetevents_timeout,
	  .all = SAME },
	{ "io_pgetevents", row_pipe, do_pgetevents, .end = row_write,
	  .result = 1, .all = SAME },
	{ "io_uring", row_pipe, do_uring_wait, .end = row_write,
	  .result = 10, .all = SAME },
	{ "io_uring-deferred", row_pipe, do_uring_wait_deferred,
	  .end = row_write, .result = 10, .all = SAME },
	{ "io_uring-second", row_pipe, do_uring_wait_both, .end = row_write,
	  .result = 20, .all = SAME },
	{ "io_uring-submit", row_pipe, do_uring_submit, .end = row_write,
	  .result = 11, .all = SAME },
	{ "io_uring-timeout", .sleep = do_uring_timeout, .result = -ETIME,
	  .all = SAME },

	{ "seccomp-read", row_pipe, do_seccomp_read, .end = row_write,
	  .result = 1, .all = SAME },
	{ "seccomp-poll", row_pipe, do_seccomp_poll, .end = row_write,
	  .result = 1, .all = -EPERM, .stays = "poll" },
	{ "seccomp-poll-timeout", .sleep = do_seccomp_poll_timeout,
	  .all = SAME },
	/* Asked again by each of two changes. */
	{ "seccomp-supervised", row_pipe, do_supervised, .end = row_write,
	  .result = 1, .all = 21, .stays = "read" },
	{ "seccomp-asks", row_pipe, do_ask_supervisor, .end = row_write,
	  .result = 1, .all = 21, .stays = "read" },
	{ "traced-read", row_pipe, do_read, trace, .end = row_write,
	  .result = 1, .all = SAME, .stays = "read" },

	{ "fuse-server", fuse_init, do_fuse_read, .end = fuse_abort,
	  .tidy = fuse_tidy, .all = SAME },
	{ "fuse-path", fuse_init, do_fuse_connect, .end = fuse_abort,
	  .tidy = fuse_tidy, .all = SAME, .stays = "connect", .never = true },
	{ "read-userfaultfd", user_fault, do_read_faults, .end = fault,
	  .result = sizeof(struct uffd_msg), .all = SAME },
	{ "read-into-fault", readable_pipe, do_read_into_fault,
	  .end = nothing, .result = 1, .all = SAME, .stays = "read",
	  .never = true },
};

const unsigned int nr_rows_odd = ARRAY_SIZE(rows_odd);
