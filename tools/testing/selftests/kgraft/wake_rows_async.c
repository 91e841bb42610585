// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: asynchronous I/O.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

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

/* The data in a pipe, without reading it; -1: none. */
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

struct row rows_async[] = {
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
};

const unsigned int nr_rows_async = ARRAY_SIZE(rows_async);
