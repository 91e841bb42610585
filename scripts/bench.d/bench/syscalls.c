// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscalls.c - what some system calls cost
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "util.h"

static int zero_fd;

static void nothing(__attribute__((unused)) int sig)
{
}

static void do_getppid(void)
{
	syscall(SYS_getppid);
}

static void do_read(void)
{
	char c;

	read(zero_fd, &c, 1);
}

static void do_poll(void)
{
	struct pollfd pfd = { .fd = zero_fd, .events = POLLIN };

	poll(&pfd, 1, 0);
}

static void do_futex(void)
{
	static unsigned int word;

	syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void do_signal(void)
{
	raise(SIGUSR1);
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{ "getppid", do_getppid },
	{ "read", do_read },
	{ "poll", do_poll },
	{ "futex", do_futex },
	{ "signal", do_signal },
};

int cost_of_syscalls(const char *what, const char *who)
{
	unsigned long least, start, took;
	unsigned int nr;
	int round, i;

	zero_fd = open("/dev/zero", O_RDONLY);
	signal(SIGUSR1, nothing);
	for (nr = 0; nr < sizeof(calls) / sizeof(calls[0]); nr++) {
		least = ~0UL;
		for (round = 0; round < 50; round++) {
			start = cycles();
			for (i = 0; i < 1000; i++)
				calls[nr].call();
			took = cycles() - start;
			if (took < least)
				least = took;
		}
		sample(what, calls[nr].name, "instructions", who, least / 1000.0);
	}
	return 0;
}
