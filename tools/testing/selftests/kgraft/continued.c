// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits with a deadline keep it over any number of changes.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2	441
#endif

#define P1		"kgr_test_patch1"

/* Sends a signal before a call starts again. */
#define LATE		"kgr_test_late_signal"

#define SIGSETSIZE	8

static struct timespec as_timespec(int ms)
{
	return (struct timespec) {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};
}

static long wait_epoll(int ms)
{
	struct epoll_event ev;

	return syscall(SYS_epoll_wait, epoll_create1(0), &ev, 1, ms);
}

/* With a mask that is narrower than the caller's, as in servers. */
static long wait_epoll_pwait(int ms)
{
	struct epoll_event ev;
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGUSR1);
	return syscall(SYS_epoll_pwait, epoll_create1(0), &ev, 1, ms, &set,
		       SIGSETSIZE);
}

static long wait_epoll_pwait2(int ms)
{
	struct timespec ts = as_timespec(ms);
	struct epoll_event ev;

	return syscall(SYS_epoll_pwait2, epoll_create1(0), &ev, 1, &ts, NULL,
		       SIGSETSIZE);
}

static long wait_poll(int ms)
{
	return syscall(SYS_poll, NULL, 0, ms);
}

static long wait_nanosleep(int ms)
{
	struct timespec ts = as_timespec(ms);

	return syscall(SYS_nanosleep, &ts, NULL);
}

static long wait_semtimedop(int ms)
{
	int id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
	struct sembuf op = { .sem_op = -1 };
	struct timespec ts = as_timespec(ms);
	long ret = syscall(SYS_semtimedop, id, &op, 1, &ts);
	int error = errno;

	semctl(id, 0, IPC_RMID);
	errno = error;
	return ret;
}

static long wait_sigtimedwait(int ms)
{
	struct timespec ts = as_timespec(ms);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return syscall(SYS_rt_sigtimedwait, &set, NULL, &ts, SIGSETSIZE);
}

static long wait_getevents(int ms)
{
	struct timespec ts = as_timespec(ms);
	aio_context_t ctx = 0;
	struct io_event ev;

	if (syscall(SYS_io_setup, 1, &ctx))
		return -1;
	return syscall(SYS_io_getevents, ctx, 1L, 1L, &ev, &ts);
}

/* With such a mask as that of epoll_pwait() above. */
static long wait_pgetevents(int ms)
{
	struct { const sigset_t *set; size_t size; } arg;
	struct timespec ts = as_timespec(ms);
	aio_context_t ctx = 0;
	struct io_event ev;
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGUSR1);
	arg.set = &set;
	arg.size = SIGSETSIZE;
	if (syscall(SYS_io_setup, 1, &ctx))
		return -1;
	return syscall(SYS_io_pgetevents, ctx, 1L, 1L, &ev, &ts, &arg);
}

/* The same. */
static long wait_io_uring(int ms)
{
	struct __kernel_timespec ts = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};
	struct io_uring_getevents_arg arg = {
		.sigmask_sz = SIGSETSIZE,
		.ts = (unsigned long)&ts,
	};
	struct io_uring_params p = { };
	sigset_t set;

	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGUSR1);
	arg.sigmask = (unsigned long)&set;
	return syscall(SYS_io_uring_enter, syscall(SYS_io_uring_setup, 1, &p), 0,
		       1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &arg,
		       sizeof(arg));
}

static int with_timeout(int fd, int option, int ms)
{
	struct timeval tv = {
		.tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000,
	};

	setsockopt(fd, SOL_SOCKET, option, &tv, sizeof(tv));
	return fd;
}

static long wait_recv(int ms)
{
	char buf[8];
	int fd[2];

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	return recv(with_timeout(fd[0], SO_RCVTIMEO, ms), buf, sizeof(buf), 0);
}

static long wait_send(int ms)
{
	static char buf[4096];
	int fd[2];

	socketpair(AF_UNIX, SOCK_DGRAM, 0, fd);
	while (send(fd[0], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	return send(with_timeout(fd[0], SO_SNDTIMEO, ms), buf, 1, 0);
}

/* A listener with its own address, which accepts one connection. */
static int listener(struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*addr = (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	bind(fd, (struct sockaddr *)addr, len);
	listen(fd, 0);
	getsockname(fd, (struct sockaddr *)addr, &len);
	return fd;
}

static long wait_accept(int ms)
{
	struct sockaddr_in addr;

	return accept(with_timeout(listener(&addr), SO_RCVTIMEO, ms), NULL,
		      NULL);
}

static long wait_connect(int ms)
{
	struct sockaddr_in addr;
	int fd[2], i;

	listener(&addr);
	for (i = 0; i < 2; i++)
		fd[i] = socket(AF_INET, SOCK_STREAM, 0);
	connect(fd[0], (struct sockaddr *)&addr, sizeof(addr));
	return connect(with_timeout(fd[1], SO_SNDTIMEO, ms),
		       (struct sockaddr *)&addr, sizeof(addr));
}

static const struct {
	const char *name;
	long (*wait)(int ms);
	long result;
	/* how early it may end: jiffies may lag when it begins */
	int early_ms;
} waits[] = {
	{ "epoll_wait", wait_epoll, 0, 1 },
	{ "epoll_pwait", wait_epoll_pwait, 0, 1 },
	{ "epoll_pwait2", wait_epoll_pwait2, 0, 1 },
	{ "poll", wait_poll, 0, 1 },
	{ "nanosleep", wait_nanosleep, 0, 1 },
	{ "semtimedop", wait_semtimedop, -EAGAIN, 1 },
	{ "sigtimedwait", wait_sigtimedwait, -EAGAIN, 1 },
	{ "io_getevents", wait_getevents, 0, 1 },
	{ "io_pgetevents", wait_pgetevents, 0, 1 },
	{ "io_uring", wait_io_uring, -ETIME, 1 },
	{ "recv", wait_recv, -EAGAIN, 50 },
	{ "send", wait_send, -EAGAIN, 50 },
	{ "accept", wait_accept, -EAGAIN, 50 },
	{ "connect", wait_connect, -EINPROGRESS, 50 },
};

#define NR_WAITS	ARRAY_SIZE(waits)

/* The result of a waiter, in shared memory. */
struct found {
	long result;
	long long ms;
	bool back;
};

FIXTURE(continued) {
	struct found *found;
	pid_t pids[NR_WAITS];
};

FIXTURE_VARIANT(continued) {
	int changes;
	int ms;
};

FIXTURE_VARIANT_ADD(continued, once) { .changes = 1, .ms = 2000 };
FIXTURE_VARIANT_ADD(continued, thrice) { .changes = 3, .ms = 3000 };
FIXTURE_VARIANT_ADD(continued, often) { .changes = 20, .ms = 10000 };

FIXTURE_SETUP(continued)
{
	ASSERT_TRUE(kgr_is_clean());
	self->found = mmap(NULL, NR_WAITS * sizeof(*self->found),
			   PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			   -1, 0);
	ASSERT_NE(MAP_FAILED, self->found);
}

FIXTURE_TEARDOWN_PARENT(continued)
{
	EXPECT_TRUE(kgr_clean_up());
}

static void on_signal(int sig)
{
}

static void wait_as(unsigned int i, int ms, struct found *found)
{
	long long start = kgr_now_ms();

	found->result = waits[i].wait(ms);
	if (found->result < 0)
		found->result = -errno;
	found->ms = kgr_now_ms() - start;
	found->back = true;
	_exit(0);
}

static bool all_asleep(const pid_t *pids)
{
	unsigned int i;

	for (i = 0; i < NR_WAITS; i++)
		if (kgr_task_state(pids[i]) != 'S')
			return false;
	return true;
}

/* How often the timeouts are doubled if the changes do not end before them. */
#define SLOW_TRIES	3

/*
 * Starts the waits, and makes the changes. Returns what was traced of them, or
 * %NULL if it took too long.
 */
static char *change_meanwhile(struct __test_metadata *_metadata,
			      struct found *found, pid_t *pids, int changes,
			      int ms)
{
	long long start = kgr_now_ms();
	char *trace;
	pid_t pid;
	int i;

	memset(found, 0, NR_WAITS * sizeof(*found));
	for (i = 0; i < NR_WAITS; i++) {
		pid = kgr_fork();
		if (!pid)
			wait_as(i, ms, &found[i]);
		/* Not before: a fixture's data is shared with the child. */
		pids[i] = pid;
	}
	kgr_sleep_ms(100);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, all_asleep(pids)));

	ASSERT_TRUE(kgr_trace_start());
	for (i = 0; i < changes - 1; i++)
		ASSERT_EQ(0, kgr_toggle(P1, i));
	/* Late: a wait that starts anew here ends half its time too late. */
	while (kgr_now_ms() - start < ms / 2)
		kgr_sleep_ms(10);
	ASSERT_EQ(0, kgr_toggle(P1, i));
	trace = kgr_trace_stop();
	if (kgr_now_ms() - start < ms)
		return trace;

	free(trace);
	for (i = 0; i < NR_WAITS; i++)
		EXPECT_TRUE(kgr_reap(pids[i]));
	if (changes % 2)
		EXPECT_EQ(0, kgr_revert_done(P1));
	return NULL;
}

TEST_F_TIMEOUT(continued, to_its_deadline, KGR_TIMEOUT)
{
	int ms = kgr_bound(variant->ms), tries, i;
	char *trace;

	trace = change_meanwhile(_metadata, self->found, self->pids,
				 variant->changes, ms);
	for (tries = 1; !trace && tries < SLOW_TRIES; tries++) {
		ms *= 2;
		trace = change_meanwhile(_metadata, self->found, self->pids,
					 variant->changes, ms);
	}
	ASSERT_NE(NULL, trace) {
		TH_LOG("%d changes took more than %d ms", variant->changes, ms);
	}
	for (i = 0; i < NR_WAITS; i++) {
		/* They still wait, and have crossed each time. */
		EXPECT_FALSE(self->found[i].back) {
			TH_LOG("%s: ended before the changes did",
			       waits[i].name);
		}
		EXPECT_EQ(variant->changes,
			  kgr_trace_ways(trace, self->pids[i], "exit")) {
			TH_LOG("%s", waits[i].name);
		}
	}
	free(trace);

	for (i = 0; i < NR_WAITS; i++) {
		EXPECT_TRUE(kgr_reap(self->pids[i]));
		EXPECT_EQ(waits[i].result, self->found[i].result) {
			TH_LOG("%s", waits[i].name);
		}
		EXPECT_LE(ms - waits[i].early_ms, self->found[i].ms) {
			TH_LOG("%s: early", waits[i].name);
		}
		EXPECT_GT(ms + ms / 4, self->found[i].ms) {
			TH_LOG("%s: late", waits[i].name);
		}
	}
	if (variant->changes % 2)
		EXPECT_EQ(0, kgr_revert_done(P1));
}

/* A signal ends the wait, also after it was continued. */
TEST_F_TIMEOUT(continued, until_a_signal, KGR_TIMEOUT)
{
	pid_t pid;
	int i;

	for (i = 0; i < NR_WAITS; i++) {
		pid = kgr_fork();
		if (!pid) {
			signal(SIGUSR1, on_signal);
			wait_as(i, 3600000, &self->found[i]);
		}
		self->pids[i] = pid;
	}
	kgr_sleep_ms(100);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, all_asleep(self->pids)));
	for (i = 0; i < variant->changes; i++)
		ASSERT_EQ(0, kgr_toggle(P1, i));
	for (i = 0; i < NR_WAITS; i++) {
		EXPECT_FALSE(self->found[i].back);
		ASSERT_EQ(0, kill(self->pids[i], SIGUSR1));
		EXPECT_TRUE(kgr_reap(self->pids[i]));
		EXPECT_EQ(-EINTR, self->found[i].result) {
			TH_LOG("%s", waits[i].name);
		}
	}
	if (variant->changes % 2)
		EXPECT_EQ(0, kgr_revert_done(P1));
}

/* Calls without a deadline, which start again from the beginning. */
FIXTURE(again) {
	struct found *found;
	int pipe[2];
};

FIXTURE_VARIANT(again) {
	long (*wait)(int fd);
	int flags;
	long result;
};

static long again_pause(int fd)
{
	return pause();
}

static long again_epoll(int fd)
{
	return wait_epoll(-1);
}

static long again_read(int fd)
{
	char c;

	return read(fd, &c, 1);
}

/*
 * The caller holds back SIGUSR2, and the call SIGUSR2 as well, or not. SIGUSR1 passes
 * both.
 */
static long again_ppoll(int fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigdelset(&set, SIGUSR2);
	return syscall(SYS_ppoll, NULL, 0, NULL, &set, SIGSETSIZE);
}

static long again_sigsuspend(int fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return syscall(SYS_rt_sigsuspend, &set, SIGSETSIZE);
}

FIXTURE_VARIANT_ADD(again, ppoll) { again_ppoll, SA_RESTART, -EINTR };
FIXTURE_VARIANT_ADD(again, sigsuspend) { again_sigsuspend, SA_RESTART, -EINTR };
FIXTURE_VARIANT_ADD(again, pause) { again_pause, 0, -EINTR };
FIXTURE_VARIANT_ADD(again, epoll) { again_epoll, SA_RESTART, -EINTR };
FIXTURE_VARIANT_ADD(again, read) { again_read, 0, -EINTR };
FIXTURE_VARIANT_ADD(again, read_restarts) { again_read, SA_RESTART, 1 };

FIXTURE_SETUP(again)
{
	int fd[2];

	ASSERT_TRUE(kgr_is_clean());
	self->found = mmap(NULL, sizeof(*self->found), PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->found);
	ASSERT_EQ(0, pipe(fd));
	self->pipe[0] = fd[0];
	self->pipe[1] = fd[1];
}

FIXTURE_TEARDOWN_PARENT(again)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * A signal that comes when a call has been left, and has not started again, is as
 * good as one that comes while its task sleeps in it.
 */
TEST_F_TIMEOUT(again, until_a_late_signal, KGR_TIMEOUT)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = variant->flags };
	char text[16];
	pid_t pid;

	if (kgr_load(LATE, NULL))
		SKIP(return, "needs CONFIG_KRETPROBES");
	pid = kgr_fork();
	if (!pid) {
		sigaction(SIGUSR1, &sa, NULL);
		self->found->result = variant->wait(self->pipe[0]);
		if (self->found->result < 0)
			self->found->result = -errno;
		self->found->back = true;
		_exit(0);
	}
	kgr_sleep_ms(50);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	snprintf(text, sizeof(text), "%d", pid);
	ASSERT_EQ(0, kgr_write("/sys/module/" LATE "/parameters/pid", text));
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number("/sys/module/" LATE "/parameters/pid") == 0));
	if (variant->result > 0) {
		kgr_sleep_ms(50);
		EXPECT_FALSE(self->found->back);
		EXPECT_EQ(1, write(self->pipe[1], "x", 1));
	}
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, self->found->back));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(variant->result, self->found->result);
	EXPECT_EQ(0, kgr_revert_done(P1));
	EXPECT_EQ(0, kgr_unload(LATE));
}

/*
 * A task that sleeps in a call on a descriptor, and one that shares it, in shared
 * memory.
 */
struct closing {
	int fd, error;
	bool go, closed, back;
};

FIXTURE(closed) {
	struct closing *closing;
};

FIXTURE_VARIANT(closed) {
	long nr;
	int ms;
	bool continued;
};

FIXTURE_VARIANT_ADD(closed, epoll) { .nr = SYS_epoll_wait, .ms = -1 };
FIXTURE_VARIANT_ADD(closed, epoll_timeout) {
	.nr = SYS_epoll_wait, .ms = 3600000
};

FIXTURE_VARIANT_ADD(closed, epoll_continued) {
	.nr = SYS_epoll_wait, .ms = 3600000, .continued = true
};

FIXTURE_VARIANT_ADD(closed, waitid) { .nr = SYS_waitid };

FIXTURE_SETUP(closed)
{
	ASSERT_TRUE(kgr_is_clean());
	self->closing = mmap(NULL, sizeof(*self->closing), PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->closing);
}

FIXTURE_TEARDOWN_PARENT(closed)
{
	EXPECT_TRUE(kgr_clean_up());
}

static void close_when_told(struct closing *closing)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!closing->go)
		kgr_sleep_ms(1);
	close(closing->fd);
	closing->closed = true;
	pause();
	_exit(1);
}

static void sleep_until_closed(long nr, int ms, struct closing *closing)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct epoll_event ev;
	siginfo_t info;
	pid_t pid;
	long ret;

	sigaction(SIGUSR1, &sa, NULL);
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		close_when_told(closing);
	if (nr == SYS_waitid) {
		closing->fd = syscall(SYS_pidfd_open, pid, 0);
		ret = syscall(nr, P_PIDFD, closing->fd, &info, WEXITED, NULL);
	} else {
		closing->fd = epoll_create1(0);
		ret = syscall(nr, closing->fd, &ev, 1, ms);
	}
	closing->error = ret < 0 ? errno : 0;
	closing->back = true;
	kill(pid, SIGKILL);
	_exit(0);
}

/*
 * A call looks up its descriptor when it begins, and has what that referred to until
 * it ends. Made again after another task has closed it, or gone on with, it would
 * fail.
 */
TEST_F_TIMEOUT(closed, is_left_alone, KGR_TIMEOUT)
{
	pid_t pid = kgr_fork();

	if (!pid)
		sleep_until_closed(variant->nr, variant->ms, self->closing);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in_call(pid, variant->nr)));
	if (variant->continued) {
		ASSERT_EQ(0, kgr_apply(P1));
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_sleeps_in_call(pid, SYS_restart_syscall)));
	}
	self->closing->go = true;
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, self->closing->closed));

	ASSERT_EQ(0, variant->continued ? kgr_revert(P1) : kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(pid));
	EXPECT_FALSE(self->closing->back);

	/* Nothing but a signal ends it. */
	EXPECT_EQ(0, kill(pid, SIGUSR1));
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_EQ(EINTR, self->closing->error);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	if (!variant->continued)
		EXPECT_EQ(0, kgr_revert_done(P1));
}

FIXTURE(rewritten) {};

FIXTURE_SETUP(rewritten)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(rewritten)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * A task sleeps in a call that will be continued, and somebody rewrites the
 * instruction that makes it: it calls restart_syscall() of the 32-bit ABI, where the
 * number of the first call means another one. None is made, and the first has ended
 * as by a signal.
 */
TEST_F_TIMEOUT(rewritten, to_another_abi, KGR_TIMEOUT)
{
	static const unsigned char call[] = {
		0x49, 0x89, 0xca,		/* mov %rcx, %r10 */
		0xb8, SYS_recvfrom, 0, 0, 0,	/* mov $..., %eax */
		0x0f, 0x05,			/* syscall */
		0xc3,				/* ret */
	};
	static const unsigned char other[] = {
		0x31, 0xc0,			/* xor %eax, %eax */
		0xcd, 0x80,			/* int $0x80 */
		0xc3,				/* ret */
	};
	struct timeval hour = { .tv_sec = 3600 };
	int fds[2], status;
	char *text, byte;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	ASSERT_EQ(0, setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &hour,
				sizeof(hour)));
	text = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, text);
	memcpy(text, call, sizeof(call));
	pid = kgr_fork();
	if (!pid) {
		long (*receive)(int fd, void *buf, size_t size, int flags,
				void *addr, void *size_of_addr) = (void *)text;

		_exit(receive(fds[0], &byte, 1, 0, NULL, NULL) != -EINTR);
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in_call(pid, SYS_recvfrom)));
	memcpy(text + sizeof(call) - 3, other, sizeof(other));
	ASSERT_EQ(0, kgr_apply(P1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV)
		SKIP(return, "needs CONFIG_IA32_EMULATION");
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
	munmap(text, 4096);
	close(fds[0]);
	close(fds[1]);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
