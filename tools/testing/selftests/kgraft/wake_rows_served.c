// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rows of the table: servers in user space, of FUSE and userfaultfd, and tasks
 * that wait for them.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"
#include "wake_rows.h"

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

/* As the server of a file system; the end of the file system is an error. */
static long do_fuse_read(struct row *row)
{
	static char buf[1 << 16];
	long ret = ROW_CALL(row, syscall(SYS_read, row->fd[0], buf,
					 sizeof(buf)));

	return ret == -ENODEV || ret == -ECONNABORTED ? 0 : ret;
}

/* On the path to a socket, in a request that is not answered. */
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

/* The page of @low is not the rows' common one any more. */
static bool user_fault(struct row *row)
{
	row->low = kgr_missing_page(&row->fd[0]);
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
	kgr_provide_page(row->fd[0], row->low);
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
	kgr_provide_page(f->uffd, f->page);
	return NULL;
}

/* There is data to read, but the page for it is missing. */
static bool readable_pipe(struct row *row)
{
	return row_pipe(row) && write(row->fd[1], "x", 1) == 1;
}

static long do_read_into_fault(struct row *row)
{
	struct faulting f = { .row = row };
	pthread_t t;
	long ret;

	f.page = kgr_missing_page(&f.uffd);
	if (!f.page || pthread_create(&t, NULL, provide_at_end, &f))
		return -errno;
	ret = ROW_CALL(row, syscall(SYS_read, row->fd[0], f.page, 1));
	pthread_join(t, NULL);
	return ret;
}

static void nothing(struct row *row)
{
}

struct row rows_served[] = {
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

const unsigned int nr_rows_served = ARRAY_SIZE(rows_served);
