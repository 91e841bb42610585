// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that tests hold at a known place in the kernel.
 */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kgr_test.h"

#define NOBODY	65534

/* A child that ends when the test dies. */
pid_t kgr_fork(void)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	return 0;
}

/* Ends a child, wherever it is. */
void kgr_kill(pid_t pid)
{
	/* One that could not be made: these numbers are those of others. */
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* What a child may do all the time: sleep in pause(). */
void kgr_pause(void)
{
	for (;;)
		pause();
}

/* Or have children that come and go. */
void kgr_fork_on(void)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
}

/* Has the rights of a user who owns nothing, from now on. */
bool kgr_become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return false;
	/* for its own files in /proc, which root would own */
	return !prctl(PR_SET_DUMPABLE, 1);
}

/* Whether a user can have a user namespace, and a network in it. */
bool kgr_has_namespaces(void)
{
	return !access("/proc/self/ns/user", F_OK) &&
	       !access("/proc/self/ns/net", F_OK);
}

/* Whether a child exited successfully. */
bool kgr_reap(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
	       WEXITSTATUS(status) == 0;
}

/* Starts a process that reads a file of the test target and waits there. */
bool kgr_hold(struct kgr_held *held, const char *file)
{
	long waiters = kgr_number(KGR_TARGET "waiters");
	char path[128];
	int pipefd[2];
	pid_t pid;

	snprintf(path, sizeof(path), KGR_TARGET "%s", file);
	held->fd = open(path, O_RDWR | O_CLOEXEC);
	if (held->fd < 0 || pipe2(pipefd, O_CLOEXEC))
		return false;
	held->result = pipefd[0];
	pid = kgr_fork();
	if (!pid) {
		int seen[2];

		if (!kgr_pair(held->fd, seen))
			_exit(1);
		_exit(write(pipefd[1], seen, sizeof(seen)) != sizeof(seen));
	}
	/* Not before: a fixture's data is shared with the child. */
	held->pid = pid;
	close(pipefd[1]);
	return pid > 0 &&
	       KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_number(KGR_TARGET "waiters") > waiters &&
			  kgr_task_state(pid) != 'R');
}

/* Lets it continue to the next place where it is held, in the same read(). */
bool kgr_step(struct kgr_held *held)
{
	return write(held->fd, "1", 1) == 1;
}

/* Lets it continue; returns what it has read, and whether it succeeded. */
bool kgr_let_go(struct kgr_held *held, int seen[2])
{
	ssize_t len;

	if (write(held->fd, "1", 1) != 1)
		return false;
	len = read(held->result, seen, 2 * sizeof(*seen));
	close(held->result);
	close(held->fd);
	return kgr_reap(held->pid) && len == 2 * sizeof(*seen);
}

/* Whether a task sleeps in this function, or in the scheduler below it. */
bool kgr_sleeps_in(pid_t pid, const char *function)
{
	char path[64], wchan[128];

	snprintf(path, sizeof(path), "/proc/%d/wchan", pid);
	return kgr_read(path, wchan, sizeof(wchan)) > 0 &&
	       !strcmp(wchan, function);
}

/* Whether a task sleeps in any function of this system call. */
bool kgr_sleeps_in_call(pid_t pid, long nr)
{
	char path[64], text[256];
	long in;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	/* "running" if it does not. */
	return kgr_read(path, text, sizeof(text)) > 0 &&
	       sscanf(text, "%ld", &in) == 1 && in == nr;
}

/* R, S, D, Z, ... or 0 for no such process. */
char kgr_task_state(pid_t pid)
{
	char path[64], buf[512], *p;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if (kgr_read(path, buf, sizeof(buf)) < 0)
		return 0;
	p = strrchr(buf, ')');
	return p && p[1] ? p[2] : 0;
}
