// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crowd.c - tasks that sleep, each in a way that a change can end unnoticed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "util.h"

#define PER_PROCESS	1000
#define STACK		(32 << 10)

#define KINDS		5

static int *asleep;
static unsigned int *word;
static int pipefd[2], pair[2], epfd, sem;
static bool timed;

/* The same with a deadline, which a change must not move. */
static void sleep_timed(int kind)
{
	struct pollfd pfd = { .fd = pipefd[0], .events = POLLIN };
	struct sembuf down = { .sem_op = -1 };
	struct timespec ts = { .tv_sec = 1000000 };
	struct epoll_event ev;
	sigset_t usr1;
	char c;

	switch (kind) {
	case 0:
		epoll_wait(epfd, &ev, 1, 1000000000);
		break;
	case 1:
		poll(&pfd, 1, 1000000000);
		break;
	case 2:
		recv(pair[0], &c, 1, 0);
		break;
	case 3:
		semtimedop(sem, &down, 1, &ts);
		break;
	case 4:
		sigemptyset(&usr1);
		sigaddset(&usr1, SIGUSR1);
		sigtimedwait(&usr1, NULL, &ts);
		break;
	}
}

/* All kinds can be woken without noticing, and by livepatch. */
static void *sleeper(void *arg)
{
	struct pollfd pfd = { .fd = pipefd[0], .events = POLLIN };
	struct timespec ts = { .tv_sec = 1000000 };
	struct epoll_event ev;
	int kind = (long)arg % KINDS;
	char c;

	__atomic_fetch_add(asleep, 1, __ATOMIC_RELAXED);
	for (;;) {
		errno = 0;
		switch (timed ? KINDS : kind) {
		case 0:
			syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
			break;
		case 1:
			poll(&pfd, 1, -1);
			break;
		case 2:
			read(pipefd[0], &c, 1);
			break;
		case 3:
			nanosleep(&ts, NULL);
			break;
		case 4:
			epoll_wait(epfd, &ev, 1, -1);
			break;
		case KINDS:
			sleep_timed(kind);
			break;
		}
		/* A sleeper must not notice that it was woken. */
		dprintf(STDERR_FILENO, "bench: sleeper of kind %d noticed: %s\n",
			kind, strerror(errno));
	}
	return NULL;
}

static void sleepers(long nr)
{
	pthread_attr_t attr;
	pthread_t thread;
	long i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	epfd = epoll_create1(0);
	for (i = 1; i < nr; i++)
		if (pthread_create(&thread, &attr, sleeper, (void *)i))
			die("sleepers");
	sleeper(NULL);
}

int crowd(long nr, bool with_deadlines)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct timeval deadline = { .tv_sec = 1000000 };
	long left;
	void *shared;

	setrlimit(RLIMIT_NPROC, &unlimited);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	timed = with_deadlines;
	/* The semaphore is for one use; it stays, with the guest. */
	sem = semget(IPC_PRIVATE, 1, 0600);
	if (shared == MAP_FAILED || pipe(pipefd) || sem < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ||
	    setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof(deadline)))
		die("crowd");
	asleep = shared;
	word = (unsigned int *)shared + 16;
	for (left = nr; left > 0; left -= PER_PROCESS)
		if (!fork())
			sleepers(left < PER_PROCESS ? left : PER_PROCESS);
	while (__atomic_load_n(asleep, __ATOMIC_RELAXED) < nr)
		nap_us(50000);
	nap_us(500000);
	printf("ready\n");
	fflush(stdout);
	fclose(stdout);
	for (;;)
		pause();
	return 0;
}
