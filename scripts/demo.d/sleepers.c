// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sleepers.c - the demo's processes that sleep
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "load.h"

static void sleep_accept(void)
{
	struct sockaddr_un any = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (void *)&any, sizeof(any.sun_family)) ||
	    listen(fd, 1))
		die("listen");
	accept(fd, NULL, NULL);
}

static void sleep_read(void)
{
	int fds[2];
	char byte;

	if (pipe(fds) || read(fds[0], &byte, 1) < 0)
		perror("load: read");
}

static void sleep_wait(void)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	for (;;) {
		if (pid)
			waitpid(pid, NULL, 0);
		else
			pause();
		count(&board->noticed);
	}
}

static void sleep_futex(void)
{
	int word = 0;

	syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

/* Its system call returns for no reason that the demo gives. */
void sleep_for_good(const char *kind)
{
	for (;;) {
		if (!strcmp(kind, "pause"))
			pause();
		else if (!strcmp(kind, "nanosleep"))
			nap(3600 * 1000);
		else if (!strcmp(kind, "poll"))
			poll(NULL, 0, -1);
		else if (!strcmp(kind, "futex"))
			sleep_futex();
		else if (!strcmp(kind, "accept"))
			sleep_accept();
		else if (!strcmp(kind, "read"))
			sleep_read();
		else if (!strcmp(kind, "wait4"))
			sleep_wait();
		else
			die(kind);
		count(&board->noticed);
	}
}

void nap_for_ever(long ms)
{
	for (;;) {
		nap(ms);
		count(&board->naps);
	}
}
