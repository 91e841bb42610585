// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * User tasks that do not return to user mode for some time, and how they cross,
 * or why they do not.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define REAPED	"kgr_test_reaped"
#define PARAM	"/sys/module/" REAPED "/parameters/"
#define V2	"/sys/fs/cgroup/kgr_test/"
#define V1_ROOT	"/run/kgr_test_freezer/"
#define V1	V1_ROOT "kgr_test/"
#define HELPER	"/run/kgr_test_helper"

FIXTURE(kinds_user) {
	/* programs that the kernel runs */
	char modprobe[PATH_MAX];
	char core_pattern[PATH_MAX];
};

FIXTURE_SETUP(kinds_user)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_LE(0, kgr_read("/proc/sys/kernel/modprobe", self->modprobe,
			      sizeof(self->modprobe)));
	ASSERT_LE(0, kgr_read("/proc/sys/kernel/core_pattern", self->core_pattern,
			      sizeof(self->core_pattern)));
	ASSERT_TRUE(kgr_trace_start());
}

static void remove_helper(void)
{
	unlink(HELPER);
	unlink(HELPER ".go");
	unlink(HELPER ".pid");
}

static void thaw(void)
{
	kgr_write(V2 "cgroup.freeze", "0");
	kgr_write(V1 "freezer.state", "THAWED");
}

FIXTURE_TEARDOWN_PARENT(kinds_user)
{
	thaw();
	kgr_write("/proc/sys/kernel/modprobe", self->modprobe);
	kgr_write("/proc/sys/kernel/core_pattern", self->core_pattern);
	remove_helper();
	kgr_write(PARAM "hold", "N");
	EXPECT_TRUE(kgr_clean_up());
	/* Tasks in there have been killed, but may not have exited yet. */
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !rmdir(V2) || errno == ENOENT));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !rmdir(V1) || errno == ENOENT));
	umount(V1_ROOT);
	rmdir(V1_ROOT);
}

/* It crosses in this way, and stays in its state. */
#define EXPECT_CROSSES(_pid, _way, _state) do {				\
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(_pid) == 0));	\
	EXPECT_STREQ(_way, kgr_way(_pid));				\
	EXPECT_EQ(_state, kgr_task_state(_pid));			\
} while (0)

/* It is the only task that does not cross. */
#define EXPECT_BLOCKS(_pid) do {					\
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,				\
			       kgr_global("remaining") == 1));		\
	kgr_sleep_ms(KGR_QUIET_MS);					\
	EXPECT_EQ(1, kgr_pending(_pid));				\
	EXPECT_EQ(1, kgr_global("in_progress"));			\
} while (0)

/* Set by a child that has reached its place, or enters the kernel for it. */
static bool *ready;

static void be_ready(void)
{
	if (ready)
		__atomic_store_n(ready, true, __ATOMIC_RELEASE);
}

/*
 * What a task does before it is stopped or frozen, and what it must see
 * afterwards.
 */
static void spin(void)
{
	be_ready();
	for (;;)
		;
}

static void be_in_pause(void)
{
	be_ready();
	pause();
}

static void be_in_nanosleep(void)
{
	struct timespec nap = { .tv_sec = 3600 };

	be_ready();
	nanosleep(&nap, NULL);
}

static void on_signal(int sig)
{
	int seen[2], fd = open(KGR_TARGET "pair", O_RDONLY);

	_exit(!kgr_pair(fd, seen) || seen[0] != 1 || seen[1] != 1);
}

/* Exits successfully if it sees the patch when it is signalled. */
static pid_t start(void (*act)(void), char state)
{
	pid_t pid;

	ready = mmap(NULL, sizeof(*ready), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ready == MAP_FAILED)
		return -1;
	pid = kgr_fork();
	if (!pid) {
		signal(SIGUSR1, on_signal);
		act();
		_exit(1);
	}
	if (!KGR_WITHIN(KGR_SETTLE_MS,
			__atomic_load_n(ready, __ATOMIC_ACQUIRE) &&
			kgr_task_state(pid) == state))
		return -1;
	return pid;
}

static bool stop(pid_t pid)
{
	int status;

	return !kill(pid, SIGSTOP) &&
	       waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status);
}

static bool finish(pid_t pid)
{
	return !kill(pid, SIGUSR1) && !kill(pid, SIGCONT) && kgr_reap(pid);
}

TEST_F_TIMEOUT(kinds_user, stopped_in_user_mode, KGR_TIMEOUT)
{
	pid_t pid = start(spin, 'R');

	ASSERT_TRUE(stop(pid));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(pid, "sleep", 'T');
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(finish(pid));
}

TEST_F_TIMEOUT(kinds_user, stopped_in_a_system_call, KGR_TIMEOUT)
{
	pid_t pid = start(be_in_pause, 'S');

	ASSERT_TRUE(stop(pid));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(pid, "sleep", 'T');
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(finish(pid));
}

static void *stoppable(void *arg)
{
	pause();
	return NULL;
}

static void many_threads(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < 8; i++)
		pthread_create(&thread, NULL, stoppable, NULL);
	spin();
}

TEST_F_TIMEOUT(kinds_user, stopped_threads, KGR_TIMEOUT)
{
	pid_t pid = start(many_threads, 'R');

	ASSERT_TRUE(stop(pid));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(pid) == 0));
	EXPECT_EQ('T', kgr_task_state(pid));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(finish(pid));
}

/*
 * A stop divides a kernel entry. The system call before it runs in one
 * universe, and what follows runs in one universe, independent of the former.
 */
TEST_F_TIMEOUT(kinds_user, a_stop_divides, KGR_TIMEOUT)
{
	struct kgr_held held;
	int seen[2], status;
	char pid[16];

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_EQ(0, kill(held.pid, SIGSTOP));
	EXPECT_BLOCKS(held.pid);
	ASSERT_EQ(1, write(held.fd, "1", 1));
	ASSERT_EQ(held.pid, waitpid(held.pid, &status, WUNTRACED));
	EXPECT_CROSSES(held.pid, "sleep", 'T');
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));

	snprintf(pid, sizeof(pid), "%d", held.pid);
	ASSERT_EQ(0, kgr_write(KGR_TARGET "after_stop", pid));
	EXPECT_EQ(-1, kgr_number(KGR_TARGET "after_stop"));
	ASSERT_EQ(0, kill(held.pid, SIGCONT));
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	EXPECT_EQ(1, kgr_number(KGR_TARGET "after_stop"));
}

/* Tasks that are repeatedly stopped and continued, during changes. */
TEST_F_TIMEOUT(kinds_user, stop_and_go, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(8), i, n, *looks, before[4];
	pid_t pids[4];

	looks = mmap(NULL, sizeof(before), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, looks);
	for (n = 0; n < ARRAY_SIZE(pids); n++) {
		pids[n] = kgr_fork();
		if (!pids[n]) {
			int seen[2], fd = open(KGR_TARGET "pair", O_RDONLY);

			while (kgr_pair(fd, seen) && seen[0] == seen[1])
				__atomic_fetch_add(&looks[n], 1,
						   __ATOMIC_RELAXED);
			_exit(1);
		}
	}
	for (i = 0; i < rounds; i++) {
		/* Each continues before it is stopped again. */
		for (n = 0; n < ARRAY_SIZE(pids); n++)
			before[n] = __atomic_load_n(&looks[n], __ATOMIC_RELAXED);
		for (n = 0; n < ARRAY_SIZE(pids); n++)
			ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
					       __atomic_load_n(&looks[n],
							       __ATOMIC_RELAXED) >
					       before[n]));
		ASSERT_EQ(0, i % 2 ? kgr_revert(P1) : kgr_load(P1, NULL));
		for (n = 0; n < ARRAY_SIZE(pids); n++)
			ASSERT_EQ(0, kill(pids[n], SIGSTOP));
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		for (n = 0; n < ARRAY_SIZE(pids); n++)
			ASSERT_EQ(0, kill(pids[n], SIGCONT));
		if (i % 2)
			ASSERT_EQ(0, kgr_retire(P1));
	}
	for (n = 0; n < ARRAY_SIZE(pids); n++) {
		ASSERT_EQ(0, waitpid(pids[n], NULL, WNOHANG));
		kgr_kill(pids[n]);
	}
}

static bool freeze_v2(pid_t pid)
{
	char text[16], events[256];

	snprintf(text, sizeof(text), "%d", pid);
	return !mkdir(V2, 0755) && !kgr_write(V2 "cgroup.procs", text) &&
	       !kgr_write(V2 "cgroup.freeze", "1") &&
	       KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_read(V2 "cgroup.events", events, sizeof(events)) > 0 &&
			  strstr(events, "frozen 1"));
}

TEST_F_TIMEOUT(kinds_user, frozen_in_user_mode, KGR_TIMEOUT)
{
	pid_t pid = start(spin, 'R');

	ASSERT_TRUE(freeze_v2(pid));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(pid, "sleep", 'S');
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	thaw();
	EXPECT_TRUE(finish(pid));
}

/* Also a task that would not be woken there. */
TEST_F_TIMEOUT(kinds_user, frozen_in_a_system_call, KGR_TIMEOUT)
{
	pid_t pid = start(be_in_pause, 'S');

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	ASSERT_TRUE(freeze_v2(pid));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(pid, "sleep", 'S');
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	thaw();
	EXPECT_TRUE(finish(pid));
}

static bool freeze_v1(pid_t pid)
{
	char text[16], state[16];

	snprintf(text, sizeof(text), "%d", pid);
	mkdir(V1_ROOT, 0755);
	return !mount("cgroup", V1_ROOT, "cgroup", 0, "freezer") &&
	       !mkdir(V1, 0755) && !kgr_write(V1 "cgroup.procs", text) &&
	       !kgr_write(V1 "freezer.state", "FROZEN") &&
	       KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_read(V1 "freezer.state", state, sizeof(state)) > 0 &&
			  !strcmp(state, "FROZEN"));
}

TEST_F_TIMEOUT(kinds_user, frozen_v1_in_user_mode, KGR_TIMEOUT)
{
	pid_t pid = start(spin, 'R');

	ASSERT_TRUE(freeze_v1(pid));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(pid, "sleep", 'D');
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	thaw();
	EXPECT_TRUE(finish(pid));
}

/* The old freezer leaves some sleepers in their system calls. */
TEST_F_TIMEOUT(kinds_user, frozen_v1_in_a_system_call, KGR_TIMEOUT)
{
	pid_t pid = start(be_in_nanosleep, 'S');

	ASSERT_TRUE(freeze_v1(pid));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_BLOCKS(pid);
	EXPECT_TRUE(kgr_blocked_by(pid, "frozen"));
	thaw();
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(finish(pid));
}

/* A program for the kernel to run, which waits for a word. */
static bool make_helper(void)
{
	FILE *script;

	remove_helper();
	script = fopen(HELPER, "we");
	if (!script)
		return false;
	fprintf(script, "#!/bin/sh\necho $$ >%s.pid\nread x <%s.go\n", HELPER,
		HELPER);
	return !fclose(script) && !chmod(HELPER, 0700) &&
	       !mkfifo(HELPER ".go", 0600);
}

/* In the open() of the file that it is to read. */
static bool helper_waits(void)
{
	long pid = kgr_number(HELPER ".pid");

	return pid > 0 && kgr_sleeps_in_call(pid, SYS_openat);
}

static void *end_at_once(void *arg)
{
	prctl(PR_SET_NAME, "kgr_reaped");
	return NULL;
}

/*
 * Whether all listed blockers are also counted. Both numbers may change while
 * they are read, but not between two equal counts.
 */
static bool all_counted(void)
{
	long before = kgr_global("remaining");
	int listed = kgr_blockers(4096, NULL, NULL);

	return before > 0 && before == listed &&
	       before == kgr_global("remaining");
}

static void find_reaped(const struct kgr_blocker *b, void *arg)
{
	int *nr = arg;

	if (!strcmp(b->comm, "kgr_reaped") && !strcmp(b->reason, "exiting"))
		++*nr;
}

/*
 * A thread that is on no list of tasks any more, and still runs. It has no
 * directory in /proc, but it counts. Other tasks may wait for its CPU
 * meanwhile.
 */
TEST_F_TIMEOUT(kinds_user, self_reaped, KGR_TIMEOUT)
{
	pthread_t thread;
	int nr = 0;

	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(0, kgr_load(REAPED, "comm=kgr_reaped"));
	ASSERT_EQ(0, pthread_create(&thread, NULL, end_at_once, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_number(PARAM "held") == 2));
	ASSERT_EQ(0, kgr_revert(P1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, all_counted()));
	EXPECT_LT(0, kgr_blockers(4096, find_reaped, &nr));
	EXPECT_EQ(1, nr);
	EXPECT_EQ(1, kgr_global("in_progress"));
	EXPECT_TRUE(kgr_status_is(P1, "reverting"));
	/* It ran all the time. */
	EXPECT_EQ(2, kgr_number(PARAM "held"));
	ASSERT_EQ(0, kgr_write(PARAM "hold", "N"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_global("remaining"));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, kgr_retire(P1));
}

/*
 * Into a pipe without a reader: one thread waits in the middle of the dump, the
 * other one waits for the first. They cross by dying.
 */
TEST_F_TIMEOUT(kinds_user, dumping_core, KGR_TIMEOUT)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	int status;
	pid_t pid;

	ASSERT_TRUE(make_helper());
	ASSERT_EQ(0, kgr_write("/proc/sys/kernel/core_pattern", "|" HELPER));
	pid = kgr_fork();
	if (!pid) {
		pthread_t thread;

		setrlimit(RLIMIT_CORE, &unlimited);
		pthread_create(&thread, NULL, stoppable, NULL);
		abort();
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, helper_waits()));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	/* These two, and the helper in open(). */
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 3));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(3, kgr_global("remaining"));
	EXPECT_EQ(1, kgr_pending(pid));
	ASSERT_EQ(0, kgr_write(HELPER ".go", "1"));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

static void *spinner(void *arg)
{
	spin();
	return NULL;
}

static void leave_a_thread_behind(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, spinner, NULL);
	pthread_exit(NULL);
}

/* The first thread is dead, and cannot be reaped before the other one ends. */
TEST_F_TIMEOUT(kinds_user, dead_leader, KGR_TIMEOUT)
{
	pid_t pid = start(leave_a_thread_behind, 'Z');

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_STREQ("", kgr_way(pid));
	EXPECT_EQ(0, kgr_global("remaining"));
	EXPECT_EQ('Z', kgr_task_state(pid));
	EXPECT_TRUE(finish(pid));
}

/* In another pid namespace, init and child; the child has no /proc. */
TEST_F_TIMEOUT(kinds_user, pid_namespace, KGR_TIMEOUT)
{
	pid_t init, child;
	int in[2];

	ASSERT_EQ(0, pipe(in));
	init = syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	ASSERT_LE(0, init);
	if (!init) {
		char c;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		if (!child)
			spin();
		if (read(in[0], &c, 1) != 1)
			_exit(1);
		_exit(syscall(SYS_getpid) != 1 || !kgr_now_is(1, 1));
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(init) == 'S'));
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_EQ(0, kgr_pending(init));
	EXPECT_STREQ("exit", kgr_way(init));
	ASSERT_EQ(1, write(in[1], "1", 1));
	EXPECT_TRUE(kgr_reap(init));
}

/*
 * The kernel starts a program and waits for it. The program crosses like any
 * other; the worker and the task that requested it cross when it has ended.
 */
TEST_F_TIMEOUT(kinds_user, usermode_helper, KGR_TIMEOUT)
{
	pid_t helper, asks;

	ASSERT_TRUE(make_helper());
	ASSERT_EQ(0, kgr_write("/proc/sys/kernel/modprobe", HELPER));

	asks = kgr_fork();
	if (!asks) {
		mount("none", "/mnt", "kgr_test_no_such_fs", 0, NULL);
		_exit(!kgr_now_is(1, 1));
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, helper_waits()));
	helper = kgr_number(HELPER ".pid");
	ASSERT_EQ(0, kgr_load(P1, NULL));
	/* It waits in open(), where only a signal wakes it. */
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 3));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "all"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 2));
	EXPECT_EQ(0, kgr_pending(helper));
	EXPECT_STREQ("exit", kgr_way(helper));
	EXPECT_EQ(1, kgr_pending(asks));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 2));

	ASSERT_EQ(0, kgr_write(HELPER ".go", "1"));
	EXPECT_TRUE(kgr_reap(asks));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/* Alone on a CPU that has no tick while it computes. */
TEST_F_TIMEOUT(kinds_user, nohz_full, KGR_TIMEOUT)
{
	char cpus[64];
	cpu_set_t set;
	pid_t pid;
	int cpu;

	if (kgr_read("/sys/devices/system/cpu/nohz_full", cpus, sizeof(cpus)) < 0 ||
	    sscanf(cpus, "%d", &cpu) != 1)
		SKIP(return, "needs the boot parameter nohz_full=");
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	pid = start(spin, 'R');
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, sched_setaffinity(pid, sizeof(set), &set));
	kgr_sleep_ms(1000);
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_CROSSES(pid, "exit", 'R');
	/* Its idle task cannot run meanwhile. */
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(finish(pid));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
