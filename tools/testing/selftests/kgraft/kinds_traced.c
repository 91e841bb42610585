// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that a tracer holds.
 *
 * Before a system call, after it, and at the delivery of a signal, a stop
 * divides the kernel entry in two, and the task may cross. In the middle of a
 * system call it must not.
 */

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1 "kgr_test_patch1"

#define BOUND_MS 2000

/* Of a tracee at the intended stop. */
#define STOP(sig, event) ((event) << 16 | (sig) << 8 | 0x7f)

FIXTURE(traced) {
	pid_t pid;
};

FIXTURE_VARIANT(traced) {
	/* what the tracee does; afterwards it must see 1 everywhere */
	void (*act)(void);
	/* the request that the tracer repeats until the stop */
	int request;
	/* options of the tracer */
	int options;
	/* status of the stop, and how many of this status before it */
	int stop;
	int skip;
	/* in the middle of a system call */
	bool blocks;
};

static void do_getpid(void)
{
	syscall(SYS_getpid);
}

static void do_raise(void)
{
	raise(SIGUSR1);
}

static void do_stop(void)
{
	raise(SIGSTOP);
}

static void do_spin(void)
{
	int i;

	for (i = 0; i < 1000; i++)
		asm volatile("");
}

static void do_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void do_vfork(void)
{
	if (!vfork())
		_exit(0);
}

static void *nothing(void *arg)
{
	return NULL;
}

static void do_clone(void)
{
	pthread_t thread;

	if (!pthread_create(&thread, NULL, nothing, NULL))
		pthread_join(thread, NULL);
}

static void do_exec(void)
{
	execl("/bin/true", "true", NULL);
}

static void do_exit(void)
{
	_exit(0);
}

/* A filter that asks the tracer about getppid(). */
static void do_seccomp(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {
		.len = ARRAY_SIZE(filter),
		.filter = filter,
	};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
	syscall(SYS_getppid);
}

/* Safe: no system call is in progress. */
FIXTURE_VARIANT_ADD(traced, syscall_entry) {
	.act = do_getpid,
	.request = PTRACE_SYSCALL,
	.options = PTRACE_O_TRACESYSGOOD,
	.stop = STOP(SIGTRAP | 0x80, 0),
};

FIXTURE_VARIANT_ADD(traced, syscall_exit) {
	.act = do_getpid,
	.request = PTRACE_SYSCALL,
	.options = PTRACE_O_TRACESYSGOOD,
	.stop = STOP(SIGTRAP | 0x80, 0),
	.skip = 1,
};

FIXTURE_VARIANT_ADD(traced, emulated_syscall) {
	.act = do_getpid,
	.request = PTRACE_SYSEMU,
	.options = PTRACE_O_TRACESYSGOOD,
	.stop = STOP(SIGTRAP | 0x80, 0),
};

FIXTURE_VARIANT_ADD(traced, signal) {
	.act = do_raise,
	.request = PTRACE_CONT,
	.stop = STOP(SIGUSR1, 0),
};

FIXTURE_VARIANT_ADD(traced, single_step) {
	.act = do_spin,
	.request = PTRACE_SINGLESTEP,
	.stop = STOP(SIGTRAP, 0),
	.skip = 10,
};

FIXTURE_VARIANT_ADD(traced, group_stop) {
	.act = do_stop,
	.request = PTRACE_CONT,
	.stop = STOP(SIGSTOP, PTRACE_EVENT_STOP),
};

/* Not safe. */
FIXTURE_VARIANT_ADD(traced, fork) {
	.act = do_fork,
	.request = PTRACE_CONT,
	.options = PTRACE_O_TRACEFORK,
	.stop = STOP(SIGTRAP, PTRACE_EVENT_FORK),
	.blocks = true,
};

FIXTURE_VARIANT_ADD(traced, vfork) {
	.act = do_vfork,
	.request = PTRACE_CONT,
	.options = PTRACE_O_TRACEVFORK,
	.stop = STOP(SIGTRAP, PTRACE_EVENT_VFORK),
	.blocks = true,
};

FIXTURE_VARIANT_ADD(traced, vfork_done) {
	.act = do_vfork,
	.request = PTRACE_CONT,
	.options = PTRACE_O_TRACEVFORKDONE,
	.stop = STOP(SIGTRAP, PTRACE_EVENT_VFORK_DONE),
	.blocks = true,
};

FIXTURE_VARIANT_ADD(traced, clone) {
	.act = do_clone,
	.request = PTRACE_CONT,
	.options = PTRACE_O_TRACECLONE,
	.stop = STOP(SIGTRAP, PTRACE_EVENT_CLONE),
	.blocks = true,
};

FIXTURE_VARIANT_ADD(traced, exec) {
	.act = do_exec,
	.request = PTRACE_CONT,
	.options = PTRACE_O_TRACEEXEC,
	.stop = STOP(SIGTRAP, PTRACE_EVENT_EXEC),
	.blocks = true,
};

FIXTURE_VARIANT_ADD(traced, exit) {
	.act = do_exit,
	.request = PTRACE_CONT,
	.options = PTRACE_O_TRACEEXIT,
	.stop = STOP(SIGTRAP, PTRACE_EVENT_EXIT),
	.blocks = true,
};

FIXTURE_VARIANT_ADD(traced, seccomp) {
	.act = do_seccomp,
	.request = PTRACE_CONT,
	.options = PTRACE_O_TRACESECCOMP,
	.stop = STOP(SIGTRAP, PTRACE_EVENT_SECCOMP),
	.blocks = true,
};

FIXTURE_SETUP(traced)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(traced)
{
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * Lets a tracee run from stop to stop. The only signal that it gets is SIGSTOP.
 */
static bool run_until(pid_t pid, int request, int stop, int skip)
{
	int status, tries;
	long sig = 0;

	for (tries = 0; tries < 1000; tries++) {
		if (ptrace(request, pid, 0, sig) ||
		    waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
			return false;
		if (status == stop && !skip--)
			return true;
		sig = status == STOP(SIGSTOP, 0) ? SIGSTOP : 0;
	}
	return false;
}

/* Releases a tracee, and the child or thread for which it was stopped. */
static bool detach(pid_t pid, int options)
{
	unsigned long child;

	if (options & (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
		       PTRACE_O_TRACECLONE)) {
		if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) ||
		    waitpid(child, NULL, __WALL) != child ||
		    ptrace(PTRACE_DETACH, child, 0, 0))
			return false;
	}
	return !ptrace(PTRACE_DETACH, pid, 0, 0);
}

static void on_signal(int sig)
{
}

/* The body of a tracee. */
static void tracee(void (*act)(void), int go)
{
	int seen[2], fd = open(KGR_TARGET "pair", O_RDONLY);
	char c;

	signal(SIGUSR1, on_signal);
	if (read(go, &c, 1) != 1)
		_exit(1);
	/* The tracer waits for this. */
	raise(SIGUSR2);
	act();
	_exit(!kgr_pair(fd, seen) || seen[0] != 1 || seen[1] != 1);
}

TEST_F_TIMEOUT(traced, stopped, KGR_TIMEOUT)
{
	pid_t pid;
	int go[2];

	ASSERT_EQ(0, pipe(go));
	pid = kgr_fork();
	if (!pid)
		tracee(variant->act, go[0]);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, 0,
			    variant->options | PTRACE_O_EXITKILL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, pid, 0, 0));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	ASSERT_EQ(1, write(go[1], "1", 1));
	ASSERT_TRUE(run_until(pid, PTRACE_CONT, STOP(SIGUSR2, 0), 0));
	ASSERT_TRUE(run_until(pid, variant->request, variant->stop,
			      variant->skip));

	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_load(P1, NULL));
	if (variant->blocks) {
		/* Its children and threads are also stopped, and cross. */
		EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_global("remaining") == 1));
		kgr_sleep_ms(KGR_QUIET_MS);
		EXPECT_EQ(1, kgr_pending(pid));
		EXPECT_EQ(1, kgr_global("in_progress"));
		EXPECT_STREQ("", kgr_way(pid));
		EXPECT_TRUE(kgr_blocked_by(pid, "traced"));
	} else {
		EXPECT_TRUE(KGR_WITHIN(BOUND_MS, kgr_pending(pid) == 0));
		EXPECT_STREQ("sleep", kgr_way(pid));
		EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	}
	EXPECT_EQ('t', kgr_task_state(pid));

	ASSERT_TRUE(detach(pid, variant->options));
	kill(pid, SIGCONT);
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

FIXTURE(tracer) {};

FIXTURE_SETUP(tracer)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(tracer)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* How long a sleeper sleeps, and how much of that a debugger is there. */
#define NAP_MS		4000
#define ATTACHED_MS	3000

/*
 * A debugger that attaches interrupts the system call of a sleeper. The sleep
 * continues when the debugger detaches, and does not take longer.
 */
TEST_F_TIMEOUT(tracer, attaches_to_a_sleeper, KGR_TIMEOUT)
{
	struct timespec nap = { .tv_sec = NAP_MS / 1000 };
	long long start = kgr_now_ms(), took;
	pid_t pid = kgr_fork();

	if (!pid) {
		int seen[2], fd = open(KGR_TARGET "pair", O_RDONLY);

		_exit(nanosleep(&nap, NULL) || kgr_now_ms() - start < NAP_MS ||
		      !kgr_pair(fd, seen) || seen[0] != 1 || seen[1] != 1);
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, pid, 0, 0));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_STREQ("sleep", kgr_way(pid));
	EXPECT_EQ('t', kgr_task_state(pid));
	while (kgr_now_ms() - start < ATTACHED_MS)
		kgr_sleep_ms(10);
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, 0, 0));
	EXPECT_TRUE(kgr_reap(pid));
	took = kgr_now_ms() - start;
	TH_LOG("a sleep of %d ms took %lld", NAP_MS, took);
	/* One that begins anew ends half a second after this, at the earliest. */
	EXPECT_GT(NAP_MS + ATTACHED_MS - 500, took);
}

/* Stopped, then marked; marked, then stopped: at any moment of either. */
TEST_F_TIMEOUT(tracer, steps_through_changes, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(8), i, status;
	long steps = 0;
	pid_t pid = kgr_fork();

	if (!pid) {
		int seen[2], fd = open(KGR_TARGET "pair", O_RDONLY);

		while (kgr_pair(fd, seen) && seen[0] == seen[1])
			;
		_exit(1);
	}
	ASSERT_EQ(0, ptrace(PTRACE_SEIZE, pid, 0,
			    PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	ASSERT_EQ(0, ptrace(PTRACE_INTERRUPT, pid, 0, 0));
	for (i = 0; i < rounds; i++) {
		ASSERT_EQ(0, i % 2 ? kgr_revert(P1) : kgr_load(P1, NULL));
		do {
			ASSERT_EQ(pid, waitpid(pid, &status, 0));
			ASSERT_TRUE(WIFSTOPPED(status));
			ASSERT_EQ(0, ptrace(PTRACE_SYSCALL, pid, 0, 0));
			steps++;
		} while (kgr_global("in_progress"));
		if (i % 2)
			ASSERT_EQ(0, kgr_retire(P1));
	}
	TH_LOG("%ld stops in %d changes", steps, rounds);
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
