// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Common code of the rows of the table.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wake_rows.h"

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

/* Writes until the file is full. */
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
