// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * load.c - the processes of the demo, and questions to them
 *
 *	load init		make the board, before anything is patched
 *	load hammer|spin	never ends
 *	load sleep KIND		one system call that never ends
 *	load nap MS		short ones, for ever
 *	load block NAME		one that goes on when it is asked, or signalled
 *	load once		one system call; print what it got
 *	load ask NAME		make NAME read again; print what it got
 *	load after NAME		how NAME's system call ended
 *	load tally		print what all the others have seen
 *
 * Two files are read in one system call, by io_submit(2). It works through its
 * requests one by one, and both a file in /proc and a pipe are read on the
 * spot: the first without waiting, the second until there is a byte.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

/* A round is the two files and the wait for the next one. */
#define REQUESTS_PER_ROUND	3
#define MAX_REQUESTS		(DEMO_ROUNDS * REQUESTS_PER_ROUND)

static const char * const origin_names[DEMO_ORIGINS] = {
	[DEMO_ORIGINAL]	= "original",
	[DEMO_ONE]	= "demo_one",
	[DEMO_TWO]	= "demo_two",
	[DEMO_STRANGE]	= "strange",
	[DEMO_MIXED]	= "mixed",
};

struct demo_board *board;
static int version_fd, cmdline_fd;
static aio_context_t aio;

void die(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(1);
}

void count(unsigned long *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

void nap(long ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

static void open_board(int flags)
{
	int fd = open(DEMO_BOARD, O_RDWR | flags, 0600);

	if (fd < 0 || (flags && ftruncate(fd, sizeof(*board))))
		die(DEMO_BOARD);
	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED,
		     fd, 0);
	if (board == MAP_FAILED)
		die("mmap");
	close(fd);
}

static void open_files(void)
{
	version_fd = open("/proc/version", O_RDONLY);
	cmdline_fd = open("/proc/cmdline", O_RDONLY);
	if (version_fd < 0 || cmdline_fd < 0)
		die("/proc");
	if (syscall(SYS_io_setup, MAX_REQUESTS, &aio))
		die("io_setup");
}

static struct iocb request(int fd, void *buf, size_t len)
{
	return (struct iocb){
		.aio_lio_opcode = IOCB_CMD_PREAD,
		.aio_fildes = fd,
		.aio_buf = (unsigned long)buf,
		.aio_nbytes = len,
	};
}

/* One system call. With a @pipe it waits for a byte after each of the pairs. */
static long submit(struct demo_pair *pairs, int rounds, int pipe)
{
	struct iocb requests[MAX_REQUESTS], *list[MAX_REQUESTS];
	char bytes[DEMO_ROUNDS];
	int nr = 0, i;

	memset(pairs, 0, rounds * sizeof(*pairs));
	for (i = 0; i < rounds; i++) {
		requests[nr++] = request(version_fd, pairs[i].version,
					 DEMO_LINE - 1);
		requests[nr++] = request(cmdline_fd, pairs[i].cmdline,
					 DEMO_LINE - 1);
		if (pipe >= 0)
			requests[nr++] = request(pipe, &bytes[i], 1);
	}
	for (i = 0; i < nr; i++)
		list[i] = &requests[i];
	return syscall(SYS_io_submit, aio, nr, list);
}

/* They are complete; this only makes room for the next. */
static void reap(void)
{
	struct io_event events[MAX_REQUESTS];
	struct timespec now = { 0 };

	syscall(SYS_io_getevents, aio, 0, MAX_REQUESTS, events, &now);
}

static enum demo_origin line_origin(const char *line, const char *original)
{
	if (strstr(line, "demo_one"))
		return DEMO_ONE;
	if (strstr(line, "demo_two"))
		return DEMO_TWO;
	return *line && !strcmp(line, original) ? DEMO_ORIGINAL : DEMO_STRANGE;
}

static enum demo_origin pair_origin(const struct demo_pair *pair)
{
	enum demo_origin version, cmdline;

	version = line_origin(pair->version, board->original.version);
	cmdline = line_origin(pair->cmdline, board->original.cmdline);
	return version == cmdline ? version : DEMO_MIXED;
}

/* Processes that never sleep leave some CPU time for the rest of the demo. */
static void be_nice(void)
{
	if (setpriority(PRIO_PROCESS, 0, 10))
		die("setpriority");
}

static void hammer(void)
{
	struct demo_pair pair;

	for (;;) {
		if (submit(&pair, 1, -1) != 2)
			memset(&pair, 0, sizeof(pair));
		count(&board->hammered[pair_origin(&pair)]);
		reap();
	}
}

/* No system call and no page fault: only interrupts get it into the kernel. */
static void spin(void)
{
	for (;;)
		count(&board->spins);
}

static struct demo_blocker *blocker;

static void on_signal(int signal)
{
	(void)signal;
	blocker->signals++;
}

static void block(const char *name)
{
	struct sigaction action = { .sa_handler = on_signal };
	int i, fifo;

	for (blocker = board->blockers; blocker->pid; blocker++)
		;
	snprintf(blocker->name, sizeof(blocker->name), "%s", name);
	blocker->asked = 1;
	/* For reading and writing, or there would be an end of file. */
	fifo = mkfifo(name, 0600) ? -1 : open(name, O_RDWR);
	if (fifo < 0 || sigaction(SIGUSR1, &action, NULL))
		die(name);
	blocker->pid = getpid();

	/* A signal ends this wait and all that follow, within this one call. */
	blocker->submitted = submit(blocker->pairs, DEMO_ROUNDS, fifo);

	for (i = 0; i < DEMO_ROUNDS; i++)
		blocker->origins[pair_origin(&blocker->pairs[i])]++;
	reap();
	submit(&blocker->after, 1, -1);
	__atomic_store_n(&blocker->returned, 1, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

static struct demo_blocker *find_blocker(const char *name)
{
	int i;

	for (i = 0; i < DEMO_BLOCKERS; i++)
		if (!strcmp(board->blockers[i].name, name))
			return &board->blockers[i];
	fprintf(stderr, "load: no process is named %s\n", name);
	exit(1);
}

static void print_pair(const struct demo_pair *pair)
{
	printf("%s\n%.*s\n%.*s\n", origin_names[pair_origin(pair)],
	       (int)strcspn(pair->version, "\n"), pair->version,
	       (int)strcspn(pair->cmdline, "\n"), pair->cmdline);
}

/* Whether the kernel has written all of it: to its end, or that of the buffer. */
static bool line_complete(const char *line)
{
	int i;

	for (i = 0; i < DEMO_LINE - 1; i++) {
		if (line[i] == '\n')
			return true;
		if (!line[i])
			return false;
	}
	return true;
}

static void once(void)
{
	struct demo_pair pair;

	if (submit(&pair, 1, -1) != 2)
		die("io_submit");
	print_pair(&pair);
}

/* The byte it waits for, once; then the answer appears on the board. */
static void ask(const char *name)
{
	struct demo_blocker *asked = find_blocker(name);
	struct demo_pair *answer = &asked->pairs[asked->asked];
	int fd = open(name, O_WRONLY);
	int tries = 2000;

	if (asked->asked == DEMO_ROUNDS - 1 || fd < 0 || write(fd, "?", 1) != 1)
		die(name);
	asked->asked++;
	while (!line_complete(answer->cmdline) && tries--)
		nap(1);
	print_pair(answer);
}

static void after(const char *name)
{
	struct demo_blocker *asked = find_blocker(name);
	int tries = 2000;
	int i;

	while (!__atomic_load_n(&asked->returned, __ATOMIC_ACQUIRE) && tries--)
		nap(1);
	printf("%d %d", asked->returned, asked->signals);
	for (i = 0; i < DEMO_ORIGINS; i++)
		printf(" %d", asked->origins[i]);
	printf("\n");
	print_pair(&asked->after);
}

static void tally(void)
{
	int i;

	for (i = 0; i < DEMO_ORIGINS; i++)
		printf("%lu ", board->hammered[i]);
	printf("%lu %lu %lu\n", board->spins, board->naps, board->noticed);
}

int main(int argc, char **argv)
{
	const char *role = argc > 1 ? argv[1] : "";
	const char *what = argc > 2 ? argv[2] : "";

	open_board(!strcmp(role, "init") ? O_CREAT | O_TRUNC : 0);
	open_files();
	prctl(PR_SET_NAME, !strcmp(role, "block") ? what : role);

	if (!strcmp(role, "init")) {
		if (submit(&board->original, 1, -1) != 2)
			die("io_submit");
		print_pair(&board->original);
	} else if (!strcmp(role, "once")) {
		once();
	} else if (!strcmp(role, "hammer")) {
		be_nice();
		hammer();
	} else if (!strcmp(role, "spin")) {
		be_nice();
		spin();
	} else if (!strcmp(role, "sleep")) {
		sleep_for_good(what);
	} else if (!strcmp(role, "nap")) {
		nap_for_ever(atol(what));
	} else if (!strcmp(role, "block")) {
		block(what);
	} else if (!strcmp(role, "ask")) {
		ask(what);
	} else if (!strcmp(role, "after")) {
		after(what);
	} else if (!strcmp(role, "tally")) {
		tally();
	} else {
		fprintf(stderr, "load: what is %s?\n", role);
		return 2;
	}
	return 0;
}
