// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleepers in system calls: what wakes them, and what they notice.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1 "kgr_test_patch1"

/*
 * How long the timed ones sleep, in ms: longer than any change needs. A timeout that
 * began anew would end so much later as they have slept before they are woken.
 */
#define NAP_MS		4500
#define DOZE_MS		2000

/* All sleepers, with the default policy and in an emulated machine. */
#define BOUND_MS	kgr_bound(2000)

/* The result of a sleeper, in shared memory. */
struct nap {
	/* about to begin it */
	bool ready;
	long ret;
	int error;
	long long ms;
};

static struct nap *nap;
static int channel[2];
static unsigned int *word;

static long do_nanosleep(void)
{
	struct timespec ts = { NAP_MS / 1000, NAP_MS % 1000 * 1000000L };

	return nanosleep(&ts, NULL);
}

static long do_clock_nanosleep(void)
{
	long long ms = kgr_now_ms() + NAP_MS + 1;	/* it rounds down */
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	errno = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	return errno ? -1 : 0;
}

static long do_poll(void)
{
	return poll(NULL, 0, NAP_MS);
}

static long do_poll_for_ever(void)
{
	struct pollfd pfd = { .fd = channel[0], .events = POLLIN };

	return poll(&pfd, 1, -1);
}

static long do_select(void)
{
	struct timeval tv = { NAP_MS / 1000, NAP_MS % 1000 * 1000 };

	return select(0, NULL, NULL, NULL, &tv);
}

static long do_select_for_ever(void)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(channel[0], &set);
	return select(channel[0] + 1, &set, NULL, NULL, NULL);
}

static long do_pause(void)
{
	return pause();
}

static long do_futex(void)
{
	return syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static long do_futex_timeout(void)
{
	struct timespec ts = { NAP_MS / 1000, NAP_MS % 1000 * 1000000L };

	return syscall(SYS_futex, word, FUTEX_WAIT, 0, &ts, NULL, 0);
}

static long do_wait4(void)
{
	pid_t pid = fork();
	char c;

	if (!pid)
		_exit(read(channel[0], &c, 1) != 1);
	return waitpid(pid, NULL, 0) == pid ? 1 : -1;
}

static long do_read(void)
{
	return read(channel[0], &(char){ 0 }, 1);
}

static long do_recv(void)
{
	char c;

	return recv(channel[0], &c, 1, 0);
}

static long do_accept(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	/* No connection comes; a signal ends it. */
	if (bind(fd, (void *)&addr, sizeof(sa_family_t)) || listen(fd, 1))
		return -2;
	return accept(fd, NULL, NULL);
}

static long do_sigsuspend(void)
{
	sigset_t set;

	sigemptyset(&set);
	return sigsuspend(&set);
}

/* What ends the sleep. */
enum ends_by { TIMEOUT, DATA, FUTEX, SIGNAL };

FIXTURE(wake) {
	pid_t pid;
};

FIXTURE_VARIANT(wake) {
	long (*sleep)(void);
	enum ends_by by;
	long ret;
	int error;
};

#define SLEEPER(_name, _by, _ret, _error) {				\
	.sleep = do_##_name,						\
	.by = (_by),							\
	.ret = (_ret),							\
	.error = (_error),						\
}

FIXTURE_VARIANT_ADD(wake, nanosleep)
SLEEPER(nanosleep, TIMEOUT, 0, 0);
FIXTURE_VARIANT_ADD(wake, clock_nanosleep)
SLEEPER(clock_nanosleep, TIMEOUT, 0, 0);
FIXTURE_VARIANT_ADD(wake, poll)
SLEEPER(poll, TIMEOUT, 0, 0);
FIXTURE_VARIANT_ADD(wake, select)
SLEEPER(select, TIMEOUT, 0, 0);
FIXTURE_VARIANT_ADD(wake, futex_timeout)
SLEEPER(futex_timeout, TIMEOUT, -1, ETIMEDOUT);
FIXTURE_VARIANT_ADD(wake, poll_for_ever)
SLEEPER(poll_for_ever, DATA, 1, 0);
FIXTURE_VARIANT_ADD(wake, select_for_ever)
SLEEPER(select_for_ever, DATA, 1, 0);
FIXTURE_VARIANT_ADD(wake, wait4)
SLEEPER(wait4, DATA, 1, 0);
FIXTURE_VARIANT_ADD(wake, read)
SLEEPER(read, DATA, 1, 0);
FIXTURE_VARIANT_ADD(wake, recv)
SLEEPER(recv, DATA, 1, 0);
FIXTURE_VARIANT_ADD(wake, futex)
SLEEPER(futex, FUTEX, 0, 0);
FIXTURE_VARIANT_ADD(wake, accept)
SLEEPER(accept, SIGNAL, -1, EINTR);
FIXTURE_VARIANT_ADD(wake, pause)
SLEEPER(pause, SIGNAL, -1, EINTR);
FIXTURE_VARIANT_ADD(wake, sigsuspend)
SLEEPER(sigsuspend, SIGNAL, -1, EINTR);

static void on_signal(int sig)
{
}

static void *shared(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

FIXTURE_SETUP(wake)
{
	struct sigaction sa = { .sa_handler = on_signal };
	bool sock = variant->sleep == do_recv;
	long long start;
	pid_t pid;

	ASSERT_TRUE(kgr_is_clean());
	nap = shared(sizeof(*nap));
	word = shared(sizeof(*word));
	ASSERT_NE(MAP_FAILED, nap);
	ASSERT_NE(MAP_FAILED, word);
	ASSERT_EQ(0, sock ? socketpair(AF_UNIX, SOCK_STREAM, 0, channel) :
		     pipe(channel));

	pid = kgr_fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		sigaction(SIGUSR1, &sa, NULL);
		start = kgr_now_ms();
		errno = 0;
		__atomic_store_n(&nap->ready, true, __ATOMIC_RELEASE);
		nap->ret = variant->sleep();
		nap->error = nap->ret < 0 ? errno : 0;
		nap->ms = kgr_now_ms() - start;
		_exit(0);
	}
	/* Not in the child, which shares it. */
	self->pid = pid;
	/* Once in its own sleep, it does not run again by itself. */
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       __atomic_load_n(&nap->ready, __ATOMIC_ACQUIRE) &&
			       kgr_task_state(self->pid) == 'S'));
}

FIXTURE_TEARDOWN_PARENT(wake)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* What the sleeper waits for. */
static void end_sleep(enum ends_by by, pid_t pid)
{
	switch (by) {
	case TIMEOUT:
		break;
	case DATA:
		if (write(channel[1], "x", 1) != 1)
			abort();
		break;
	case FUTEX:
		*word = 1;
		syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
		break;
	case SIGNAL:
		kill(pid, SIGUSR1);
		break;
	}
}

/* Woken twice, by apply and revert, the system call does not show it. */
TEST_F_TIMEOUT(wake, transparent, KGR_TIMEOUT)
{
	long long start, ms;

	if (variant->by == TIMEOUT)
		kgr_sleep_ms(DOZE_MS);
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ms = kgr_now_ms() - start;
	TH_LOG("complete after %lld ms", ms);
	EXPECT_GT(BOUND_MS, ms);
	EXPECT_EQ(0, kgr_pending(self->pid));
	ASSERT_EQ(0, kgr_revert_done(P1));
	EXPECT_EQ('S', kgr_task_state(self->pid));

	end_sleep(variant->by, self->pid);
	EXPECT_TRUE(kgr_reap(self->pid));
	EXPECT_EQ(variant->ret, nap->ret);
	EXPECT_EQ(variant->error, nap->error);
	if (variant->by == TIMEOUT) {
		EXPECT_LE(NAP_MS - 10, nap->ms);
		/* Not restarted with the whole timeout either. */
		EXPECT_GT(NAP_MS + DOZE_MS - 300, nap->ms);
	}
}

FIXTURE(no_task) {};

FIXTURE_SETUP(no_task)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(no_task)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* Without a policy a sleeper stays where it is, until its own wake-up. */
TEST_F_TIMEOUT(no_task, is_woken, KGR_TIMEOUT)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	long (*const sleeps[])(void) = { do_nanosleep, do_pause, do_read };
	pid_t pids[ARRAY_SIZE(sleeps)];
	unsigned int i;

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_EQ(0, pipe(channel));
	for (i = 0; i < ARRAY_SIZE(sleeps); i++) {
		pids[i] = kgr_fork();
		if (!pids[i]) {
			sigaction(SIGUSR1, &sa, NULL);
			/* One signal ends it, or it is restarted. */
			sleeps[i]();
			_exit(0);
		}
	}
	for (i = 0; i < ARRAY_SIZE(sleeps); i++)
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_task_state(pids[i]) == 'S'));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	kgr_sleep_ms(2 * KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_global("in_progress"));
	EXPECT_LE((long)ARRAY_SIZE(sleeps), kgr_global("remaining"));
	for (i = 0; i < ARRAY_SIZE(sleeps); i++) {
		EXPECT_EQ(1, kgr_pending(pids[i]));
		ASSERT_EQ(0, kill(pids[i], SIGUSR1));
		/* An exited task counts, too. */
		EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_pending(pids[i]) != 1));
	}
	/* The other tasks of the system need the policy. */
	EXPECT_EQ(1, kgr_global("in_progress"));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(1, write(channel[1], "x", 1));
	for (i = 0; i < ARRAY_SIZE(sleeps); i++)
		EXPECT_TRUE(kgr_reap(pids[i]));
}

/*
 * A wait that would be cut short: 0 at its timeout, or a negative errno. The
 * stream is full, and is not read.
 */
static int send_for(int ms)
{
	struct timeval tv = {
		.tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000,
	};
	char buf[4096] = "";
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) ||
	    setsockopt(fd[0], SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)))
		return -EIO;
	while (send(fd[0], buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
	if (send(fd[0], buf, 1, 0) >= 0)
		return -EIO;
	return errno == EAGAIN ? 0 : -errno;
}

/*
 * A task that would notice is left alone by default: the change waits for it.
 */
TEST_F_TIMEOUT(no_task, is_disturbed, KGR_TIMEOUT)
{
	long long start = kgr_now_ms();
	pid_t pid = kgr_fork();

	if (!pid)
		_exit(send_for(NAP_MS) ||
		      kgr_now_ms() - start < NAP_MS - 10);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in_call(pid, SYS_sendto)));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") <= 1));
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/* The policy "all" spares no task: such a task gets EINTR. */
TEST_F_TIMEOUT(no_task, is_spared_by_all, KGR_TIMEOUT)
{
	pid_t pid = kgr_fork();

	if (!pid)
		_exit(send_for(NAP_MS) != -EINTR);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in_call(pid, SYS_sendto)));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "all"));
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_TRUE(kgr_reap(pid));
}

FIXTURE(now) {
	/* sleeps for long, unnoticed if woken; the other would notice */
	pid_t calm, touchy;
};

FIXTURE_SETUP(now)
{
	pid_t pid;

	ASSERT_TRUE(kgr_is_clean());
	/* Not by itself within this test. */
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake_delay_ms", "3600000"));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake_at_once", "0"));
	pid = kgr_fork();
	if (!pid)
		_exit(!pause());
	self->calm = pid;
	pid = kgr_fork();
	if (!pid)
		_exit(send_for(3600000) != -EINTR);
	self->touchy = pid;
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in_call(self->calm, SYS_pause) &&
			       kgr_sleeps_in_call(self->touchy,
						  SYS_sendto)));
}

FIXTURE_TEARDOWN_PARENT(now)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* The delay holds, except for a write to wake_now; "1" follows the policy. */
TEST_F_TIMEOUT(now, wakes_by_policy, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(P1, NULL));
	kgr_sleep_ms(2 * KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(self->calm));
	EXPECT_EQ(1, kgr_pending(self->touchy));

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake_now", "1"));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(self->calm));

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake_now", "1"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(self->calm) == 0));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ('S', kgr_task_state(self->calm));
	EXPECT_EQ(1, kgr_pending(self->touchy));
	EXPECT_EQ(1, kgr_global("in_progress"));
}

/* The first sleepers need not wait for the delay. The policy is obeyed. */
TEST_F_TIMEOUT(now, at_once, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake_at_once", "1000"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(self->calm) == 0));
	EXPECT_EQ(1, kgr_pending(self->touchy));
}

/*
 * "all" wakes every sleeper once: a task that sleeps afterwards is left alone.
 */
TEST_F_TIMEOUT(now, wakes_all_once, KGR_TIMEOUT)
{
	char policy[32];

	ASSERT_EQ(0, kgr_load(P1, NULL));
	kgr_sleep_ms(KGR_QUIET_MS);
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake_now", "all"));
	EXPECT_TRUE(kgr_reap(self->touchy));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(self->calm) == 0));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));

	ASSERT_LT(0, kgr_read(KGR_DIR "wake", policy, sizeof(policy)));
	EXPECT_STREQ("transparent", policy);
	ASSERT_EQ(0, kgr_revert(P1));
	kgr_sleep_ms(2 * KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(self->calm));
	EXPECT_EQ(1, kgr_global("in_progress"));
}

/* Writes a thread's number to wake_now. */
static int wake_one(const char *prefix, pid_t tid)
{
	char text[32];

	snprintf(text, sizeof(text), "%s%d", prefix, tid);
	return kgr_write(KGR_DIR "wake_now", text);
}

/* One task is woken, whatever the policy, and no other. */
TEST_F_TIMEOUT(now, wakes_one, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_EQ(0, wake_one("", self->touchy));
	EXPECT_TRUE(kgr_reap(self->touchy));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(self->calm));

	ASSERT_EQ(0, wake_one("tid ", self->calm));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(self->calm) == 0));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_task_state(self->calm) == 'S'));
	EXPECT_EQ(1, kgr_global("in_progress"));
}

/* "1" is not a TID; "tid 1" is. */
TEST_F_TIMEOUT(now, wakes_init, KGR_TIMEOUT)
{
	if (kgr_task_state(1) != 'S')
		SKIP(return, "init does not sleep");
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_EQ(1, kgr_pending(1));
	ASSERT_EQ(0, wake_one("", 1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(1));
	ASSERT_EQ(0, wake_one("tid ", 1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(1) == 0));
}

static void find_worker(const struct kgr_blocker *b, void *arg)
{
	if (!strcmp(b->kind, "kworker"))
		*(pid_t *)arg = b->tid;
}

/* Each way in which one task cannot be woken has its error. */
TEST_F_TIMEOUT(now, refuses_one, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "work", O_RDWR | O_CLOEXEC), seen[2];
	pid_t gone, parent, worker = 0;

	ASSERT_LE(0, fd);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	gone = kgr_fork();
	if (!gone)
		_exit(0);
	ASSERT_TRUE(kgr_reap(gone));
	/* Uninterruptible as long as its child lives. */
	parent = kgr_fork();
	if (!parent) {
		if (!vfork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(pause());
		}
		_exit(0);
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(parent) == 'D'));

	EXPECT_EQ(-EALREADY, wake_one("", self->calm));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_EQ(-ESRCH, wake_one("", gone));
	EXPECT_EQ(-EBUSY, wake_one("", parent));
	/* It has crossed. */
	EXPECT_EQ(-EALREADY, wake_one("", getpid()));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_blockers(4096, find_worker, &worker) >= 0 &&
			       worker));
	EXPECT_EQ(-EOPNOTSUPP, wake_one("", worker));
	EXPECT_EQ(1, kgr_pending(parent));

	EXPECT_EQ(1, write(fd, "1", 1));
	EXPECT_TRUE(kgr_pair(fd, seen));
	close(fd);
}

/* No other value is accepted, and without a change there is nothing to do. */
TEST_F_TIMEOUT(now, takes_two_words, KGR_TIMEOUT)
{
	const char * const wrong[] = {
		"0", "none", "-1", "1 2", "all 1", "tid", "tid 0", "tid all",
		"0x2", "4294967298",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_EQ(-EINVAL, kgr_write(KGR_DIR "wake_now", wrong[i]));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake_now", "1"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake_now", "all\n"));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ('S', kgr_task_state(self->touchy));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
