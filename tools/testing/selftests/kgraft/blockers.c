// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tasks that have yet to cross, and why: for every reason a task is held,
 * and the file must show that reason. Other tests have those that need a place of
 * their own: kinds_traced.c "traced", kinds_user.c "frozen", trampolines.c a stack
 * that is not reliable. A task that is stopped crosses where it is.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"
#define PLACE	"kgr_test_place"

FIXTURE(blockers) {
	struct kgr_held held;
};

FIXTURE_SETUP(blockers)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
}

FIXTURE_TEARDOWN_PARENT(blockers)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* A child that sleeps in the given system call, if the kernel has it. */
static pid_t sleeper(void (*fn)(void), long nr)
{
	pid_t pid = kgr_fork();

	if (!pid) {
		fn();
		_exit(0);
	}
	if (!KGR_WITHIN(KGR_SETTLE_MS, kgr_sleeps_in_call(pid, nr) ||
			kgr_task_state(pid) == 'Z'))
		return -1;
	return pid;
}

static void in_epoll_wait(void)
{
	struct epoll_event ev;

	epoll_wait(epoll_create1(0), &ev, 1, -1);
}

#define PAUSE_32	29

/* pause() by its 32-bit number; there, 34 is nice(). */
static void in_32_bit_pause(void)
{
#ifdef __x86_64__
	long ret;

	asm volatile("int $0x80" : "=a" (ret) : "a" (PAUSE_32) : "memory");
#endif
}

TEST_F_TIMEOUT(blockers, in_a_syscall, KGR_TIMEOUT)
{
	pid_t native = sleeper(in_epoll_wait, SYS_epoll_wait);
	pid_t compat = sleeper(in_32_bit_pause, PAUSE_32);
	struct kgr_blocker b;

	ASSERT_TRUE(kgr_hold(&self->held, "block"));
	ASSERT_EQ(0, kgr_load(P1, NULL));

	EXPECT_TRUE(kgr_blocked_by(self->held.pid, "in a syscall: pread64"));
	ASSERT_TRUE(kgr_blocker_find(self->held.pid, &b));
	EXPECT_STREQ("blockers", b.comm);
	EXPECT_STREQ("user", b.kind);
	EXPECT_EQ(kgr_global("horizon"), b.universe);
	EXPECT_STREQ("pread64", b.syscall);
	EXPECT_NE(NULL, strstr(b.wchan, "kgr_test_"));

	EXPECT_TRUE(kgr_blocked_by(native, "in a syscall: epoll_wait"));
	ASSERT_TRUE(kgr_blocker_find(native, &b));
	EXPECT_STREQ("epoll_wait", b.syscall);
	EXPECT_STRNE("-", b.wchan);
	/* Without support for 32-bit programs, it ends at once. */
	if (kgr_task_state(compat) == 'S')
		EXPECT_TRUE(kgr_blocked_by(compat, "in a syscall: pause"));
	kgr_kill(native);
	kgr_kill(compat);
}

TEST_F_TIMEOUT(blockers, uninterruptible, KGR_TIMEOUT)
{
	struct kgr_blocker b;

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(self->held.pid, "uninterruptible"));
	ASSERT_TRUE(kgr_blocker_find(self->held.pid, &b));
	EXPECT_STREQ("pread64", b.syscall);
	EXPECT_NE(NULL, strstr(b.wchan, "kgr_test_"));
}

static void in_vfork(void)
{
	if (!vfork()) {
		/* Dies with its parent, which shares its memory. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		kgr_pause();
	}
}

TEST_F_TIMEOUT(blockers, parent_in_vfork, KGR_TIMEOUT)
{
	pid_t pid = sleeper(in_vfork, SYS_vfork);
	struct kgr_blocker b;

	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(pid, "uninterruptible"));
	ASSERT_TRUE(kgr_blocker_find(pid, &b));
	EXPECT_STREQ("vfork", b.syscall);
	kgr_kill(pid);
}

static void last_close(void)
{
	if (open(KGR_TARGET "linger", O_RDONLY) < 0)
		abort();
}

TEST_F_TIMEOUT(blockers, exiting, KGR_TIMEOUT)
{
	pid_t pid = kgr_fork();

	if (!pid) {
		last_close();
		_exit(0);
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(pid, "exiting"));
	ASSERT_EQ(0, kgr_write(KGR_TARGET "release", "1"));
	EXPECT_TRUE(kgr_reap(pid));
}

/* Not of a system call: it waits for whoever handles its page fault. */
TEST_F_TIMEOUT(blockers, in_an_exception, KGR_TIMEOUT)
{
	struct kgr_blocker b;
	int uffd;
	char *page = kgr_missing_page(&uffd);
	pid_t pid;

	if (!page)
		SKIP(return, "needs CONFIG_USERFAULTFD");
	pid = kgr_fork();
	if (!pid) {
		/* The parent's range is not that of a child. */
		page = kgr_missing_page(&uffd);
		_exit(__atomic_load_n(page, __ATOMIC_RELAXED));
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in(pid, "handle_userfault")));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(pid, "in an exception"));
	ASSERT_TRUE(kgr_blocker_find(pid, &b));
	EXPECT_STREQ("-", b.syscall);
	EXPECT_STREQ("handle_userfault", b.wchan);
	kgr_kill(pid);
}

/*
 * There it must not be woken under any policy, and a replacement of the function is
 * that function.
 */
TEST_F_TIMEOUT(blockers, in_a_replacement, KGR_TIMEOUT)
{
	char targets[128], params[256], tid[32];
	pid_t pid;

	ASSERT_TRUE(kgr_around_targets("filename_lookup", targets,
				       sizeof(targets)));
	snprintf(params, sizeof(params), "%s sleeper=kgr_looks_up", targets);
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	ASSERT_EQ(0, kgr_load(KGR_AROUND, params));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	pid = kgr_fork();
	if (!pid) {
		prctl(PR_SET_NAME, "kgr_looks_up");
		_exit(access("/", F_OK));
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in_call(pid, SYS_access)));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "all"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(pid, "in a syscall: access"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake_now", "all"));
	snprintf(tid, sizeof(tid), "tid %d", pid);
	/* It runs for a moment, now and then. */
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_write(KGR_DIR "wake_now", tid) == -EBUSY));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(kgr_param_is(KGR_AROUND, "disturbed", "N"));
	EXPECT_EQ(1, kgr_pending(pid));
	ASSERT_EQ(0, kgr_write("/sys/module/" KGR_AROUND "/parameters/awake", "1"));
	EXPECT_TRUE(kgr_reap(pid));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

static pid_t spin_on(int cpu)
{
	int fd = open(KGR_TARGET "spin", O_RDWR | O_CLOEXEC), seen[2];
	pid_t pid = kgr_fork();
	cpu_set_t set;

	if (!pid) {
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
		kgr_pair(fd, seen);
		_exit(0);
	}
	close(fd);
	return pid;
}

TEST_F_TIMEOUT(blockers, running, KGR_TIMEOUT)
{
	pid_t one = spin_on(1), two;

	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(one, "running"));
	/* The test has crossed that change, and so has this task. */
	two = spin_on(1);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 2));
	EXPECT_EQ(0, kgr_pending(two));
	ASSERT_EQ(0, kgr_load(P2, NULL));
	EXPECT_TRUE(kgr_blocked_by(one, "running"));
	EXPECT_TRUE(kgr_blocked_by(two, "running"));
	EXPECT_TRUE(kgr_blocked_by(one, "waiting for a CPU"));
	EXPECT_TRUE(kgr_blocked_by(two, "waiting for a CPU"));
	kgr_kill(one);
	kgr_kill(two);
}

struct any {
	const char *kind;
	const char *reason;
	struct kgr_blocker found;
	int nr;
};

static void any(const struct kgr_blocker *b, void *arg)
{
	struct any *a = arg;

	if ((a->kind && strcmp(b->kind, a->kind)) ||
	    (a->reason && strcmp(b->reason, a->reason)))
		return;
	a->found = *b;
	a->nr++;
}

TEST_F_TIMEOUT(blockers, in_a_work_item, KGR_TIMEOUT)
{
	struct any a = { .kind = "kworker",
			 .reason = "in a work item: kgr_test_work_fn" };
	int fd = open(KGR_TARGET "work", O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_blockers(4096, any, &a) >= 0 && a.nr));
	EXPECT_EQ(0, strncmp(a.found.comm, "kworker/", strlen("kworker/")));
	/* The name of the workqueue, which the worker itself does not have */
	EXPECT_NE(NULL, strstr(a.found.comm, "+events_unbound"));
	EXPECT_NE(NULL, strstr(a.found.wchan, "kgr_test_"));
	EXPECT_STREQ("-", a.found.syscall);
	close(fd);
}

#define IDLE		"kgr_test_idle"
#define IDLE_PARAM(_name)	"/sys/module/" IDLE "/parameters/" _name
#define WORKERS		"/sys/devices/virtual/workqueue/cpumask"

/* Is this the idle task of that CPU, and has it yet to cross? */
struct idle {
	unsigned int cpu;
	int nr;
};

static void find_idle(const struct kgr_blocker *b, void *arg)
{
	struct idle *idle = arg;
	unsigned int cpu;

	if (!b->tid && !strcmp(b->kind, "idle") &&
	    sscanf(b->reason, "idle CPU %u", &cpu) == 1 && cpu == idle->cpu)
		idle->nr++;
}

/*
 * Idle tasks have no TID, and are listed, too. One is held by a patch of a
 * function that it calls; meanwhile no other task can run on its CPU.
 */
TEST_F_TIMEOUT(blockers, idle, KGR_TIMEOUT)
{
	struct idle idle = { .cpu = sysconf(_SC_NPROCESSORS_ONLN) - 1 };
	char cpu[16], was[64], mask[32], held[8];
	struct utsname kernel;
	cpu_set_t others;
	unsigned int i;

	ASSERT_LT(0, idle.cpu);
	/* insmod takes 15 s there: the grace periods wait for the hold to end. */
	ASSERT_EQ(0, uname(&kernel));
	if (strstr(kernel.version, "PREEMPT_RT"))
		SKIP(return, "PREEMPT_RT waits for the CPU that is held");
	CPU_ZERO(&others);
	for (i = 0; i < idle.cpu; i++)
		CPU_SET(i, &others);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(others), &others));
	ASSERT_LT(0, kgr_read(WORKERS, was, sizeof(was)));
	snprintf(mask, sizeof(mask), "%lx", (1UL << idle.cpu) - 1);
	ASSERT_EQ(0, kgr_write(WORKERS, mask));

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	ASSERT_EQ(0, kgr_load(IDLE, NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	snprintf(cpu, sizeof(cpu), "%u", idle.cpu);
	ASSERT_EQ(0, kgr_write(IDLE_PARAM("cpu"), cpu));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_read(IDLE_PARAM("held"), held,
					sizeof(held)) > 0 && *held == 'Y'));
	EXPECT_EQ(0, kgr_load(P1, NULL));
	EXPECT_LT(0, kgr_blockers(4096, find_idle, &idle));
	EXPECT_EQ(1, idle.nr);

	ASSERT_EQ(0, kgr_write(IDLE_PARAM("cpu"), "-1"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	idle.nr = 0;
	EXPECT_EQ(0, kgr_blockers(4096, find_idle, &idle));
	EXPECT_EQ(0, idle.nr);
	EXPECT_EQ(0, kgr_revert_done(P1));
	EXPECT_EQ(0, kgr_revert_done(IDLE));
	EXPECT_EQ(0, kgr_write(WORKERS, was));
}

TEST_F_TIMEOUT(blockers, function_on_its_stack, KGR_TIMEOUT)
{
	ASSERT_TRUE(kgr_hold(&self->held, "within"));
	ASSERT_EQ(0, kgr_load(PLACE, NULL));
	EXPECT_TRUE(kgr_blocked_by(self->held.pid,
				   "function kgr_test_within on its stack"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	ASSERT_TRUE(kgr_step(&self->held));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_blockers(4096, NULL, NULL));
}

static void on_signal(int sig)
{
}

/* Any signal that ends the sleep of the blocking task will do. */
TEST_F_TIMEOUT(blockers, woken_by_a_signal, KGR_TIMEOUT)
{
	struct sigaction sa = { .sa_handler = on_signal,
				.sa_flags = SA_RESTART };
	struct kgr_blocker b;
	pid_t pid = kgr_fork();

	if (!pid) {
		sigaction(SIGUSR1, &sa, NULL);
		for (;;)
			in_epoll_wait();
	}
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in_call(pid, SYS_epoll_wait)));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(pid, "in a syscall: epoll_wait"));
	/* A signal that it ignores does not wake it. */
	ASSERT_EQ(0, kill(pid, SIGCHLD));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(pid));
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(pid) == 0));
	EXPECT_FALSE(kgr_blocker_find(pid, &b));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	kgr_kill(pid);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
