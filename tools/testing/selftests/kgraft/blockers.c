// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who has yet to cross, and why: for every reason there is a task that is held
 * for it, and the file must say so.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"
#define PLACE	"kgr_test_place"

/* Threads that sleep, all at once; a quarter where the kernel checks itself. */
#define MANY	10000

/* A list of as many may take so long to read, in an emulated machine. */
#define MANY_MS	20000

FIXTURE(blockers) {
	struct kgr_held held, other;
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

/* A child that sleeps in what it calls. */
static pid_t sleeper(void (*fn)(void))
{
	pid_t pid = kgr_fork();

	if (!pid) {
		fn();
		_exit(0);
	}
	kgr_sleep_ms(100);
	if (!KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) != 'R'))
		return -1;
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F_TIMEOUT(blockers, nobody, KGR_TIMEOUT)
{
	struct stat st;

	EXPECT_EQ(0, kgr_blockers(4096, NULL, NULL));
	ASSERT_EQ(0, stat(KGR_BLOCKERS, &st));
	EXPECT_EQ(0400, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
}

static void in_epoll_wait(void)
{
	struct epoll_event ev;

	epoll_wait(epoll_create1(0), &ev, 1, -1);
}

/* pause() by the numbers of 32-bit programs, where 34 is that of nice(). */
static void in_32_bit_pause(void)
{
#ifdef __x86_64__
	long ret;

	asm volatile("int $0x80" : "=a" (ret) : "a" (29) : "memory");
#endif
}

TEST_F_TIMEOUT(blockers, in_a_syscall, KGR_TIMEOUT)
{
	pid_t native = sleeper(in_epoll_wait), compat = sleeper(in_32_bit_pause);
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
	/* Without support for such programs, it has ended at once. */
	if (kgr_task_state(compat) == 'S')
		EXPECT_TRUE(kgr_blocked_by(compat, "in a syscall: pause"));
	end(native);
	end(compat);
}

/* By their states, unless those who are in such a one can cross meanwhile. */
#define EXPECT_BLOCKED_IF_PENDING(_pid, _reason) do {			\
	kgr_sleep_ms(KGR_QUIET_MS);					\
	if (kgr_pending(_pid) == 1) {					\
		EXPECT_TRUE(kgr_blocked_by(_pid, _reason));		\
	} else {							\
		TH_LOG("not blocked by: %s", _reason);			\
	}								\
} while (0)

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

static void in_pause(void)
{
	for (;;)
		pause();
}

TEST_F_TIMEOUT(blockers, stopped, KGR_TIMEOUT)
{
	pid_t pid = sleeper(in_pause);

	ASSERT_EQ(0, kill(pid, SIGSTOP));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'T'));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_BLOCKED_IF_PENDING(pid, "stopped");
	end(pid);
}

TEST_F_TIMEOUT(blockers, traced, KGR_TIMEOUT)
{
	pid_t pid = sleeper(in_pause);

	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, pid, NULL, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 't'));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_BLOCKED_IF_PENDING(pid, "traced");
	end(pid);
}

#define CGROUP	"/sys/fs/cgroup/kgr_blockers"

TEST_F_TIMEOUT(blockers, frozen, KGR_TIMEOUT)
{
	char text[32];
	pid_t pid;

	if (access("/sys/fs/cgroup/cgroup.procs", F_OK))
		mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
	if (mkdir(CGROUP, 0700))
		SKIP(return, "no cgroup2: %s", strerror(errno));
	pid = sleeper(in_pause);
	snprintf(text, sizeof(text), "%d", pid);
	ASSERT_EQ(0, kgr_write(CGROUP "/cgroup.procs", text));
	ASSERT_EQ(0, kgr_write(CGROUP "/cgroup.freeze", "1"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_read(CGROUP "/cgroup.events", text,
					sizeof(text)) > 0 &&
			       strstr(text, "frozen 1")));
	EXPECT_EQ(0, kgr_load(P1, NULL));
	EXPECT_BLOCKED_IF_PENDING(pid, "frozen");
	end(pid);
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, !rmdir(CGROUP)));
}

static void in_vfork(void)
{
	if (!vfork()) {
		/* Dies with its parent, which shares its memory. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
}

TEST_F_TIMEOUT(blockers, parent_in_vfork, KGR_TIMEOUT)
{
	pid_t pid = sleeper(in_vfork);
	struct kgr_blocker b;

	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(pid, "uninterruptible"));
	ASSERT_TRUE(kgr_blocker_find(pid, &b));
	EXPECT_STREQ("vfork", b.syscall);
	end(pid);
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
	/* The test has crossed that change, and so has this one. */
	two = spin_on(1);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 2));
	EXPECT_EQ(0, kgr_pending(two));
	ASSERT_EQ(0, kgr_load(P2, NULL));
	EXPECT_TRUE(kgr_blocked_by(one, "running"));
	EXPECT_TRUE(kgr_blocked_by(two, "running"));
	EXPECT_TRUE(kgr_blocked_by(one, "waiting for a CPU"));
	EXPECT_TRUE(kgr_blocked_by(two, "waiting for a CPU"));
	end(one);
	end(two);
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

/* Who is idle and has yet to cross, if it is that CPU's task. */
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
 * Idle tasks have no number, and are listed as well. One is kept by the patch of
 * a function that it calls; meanwhile nothing else can run on its CPU.
 */
TEST_F_TIMEOUT(blockers, idle, KGR_TIMEOUT)
{
	struct idle idle = { .cpu = sysconf(_SC_NPROCESSORS_ONLN) - 1 };
	char cpu[16], was[64], mask[32], held[8];
	cpu_set_t others;
	unsigned int i;

	ASSERT_LT(0, idle.cpu);
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

/* Names cannot break a line or a field, nor a terminal. */
TEST_F_TIMEOUT(blockers, odd_names, KGR_TIMEOUT)
{
	static const struct {
		const char *name, *shown;
	} names[] = {
		{ "a\tb\nc", "a\\011b\\012c" },
		{ "1\t2\t3\t4\t5\t6\t7", "1\\0112\\0113\\0114\\0115\\0116\\0117" },
		{ "\\\033[2J\177\351", "\\134\\033[2J\\177\\351" },
		{ "with blank", "with blank" },
		{ "", "-" },
	};
	pid_t pids[ARRAY_SIZE(names)];
	struct kgr_blocker b;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		pids[i] = kgr_fork();
		if (!pids[i]) {
			prctl(PR_SET_NAME, names[i].name);
			in_pause();
		}
	}
	kgr_sleep_ms(100);
	ASSERT_EQ(0, kgr_load(P1, NULL));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_TRUE(kgr_blocked_by(pids[i], "in a syscall: pause"));
		EXPECT_TRUE(kgr_blocker_find(pids[i], &b));
		EXPECT_STREQ(names[i].shown, b.comm);
		end(pids[i]);
	}
}

/* From the oldest change that a task has missed, not from its sleep. */
TEST_F_TIMEOUT(blockers, waited, KGR_TIMEOUT)
{
	struct kgr_blocker a, b;
	long long start;

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	kgr_sleep_ms(500);
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(kgr_hold(&self->other, "block_hard"));
	ASSERT_TRUE(kgr_blocker_find(self->held.pid, &a));
	EXPECT_LE(0, a.waited_ms);
	EXPECT_LE(a.waited_ms, kgr_now_ms() - start);
	EXPECT_FALSE(kgr_blocker_find(self->other.pid, &b));

	kgr_sleep_ms(500);
	ASSERT_EQ(0, kgr_load(P2, NULL));
	ASSERT_TRUE(kgr_blocker_find(self->held.pid, &a));
	ASSERT_TRUE(kgr_blocker_find(self->other.pid, &b));
	EXPECT_LE(500, a.waited_ms);
	EXPECT_LE(500, a.waited_ms - b.waited_ms);
	EXPECT_EQ(a.universe + 1, b.universe);
}

static void on_signal(int sig)
{
}

/* Any signal will do that ends the sleep of the one who is in the way. */
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
	kgr_sleep_ms(100);
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(kgr_blocked_by(pid, "in a syscall: epoll_wait"));
	/* One that it ignores does not wake it. */
	ASSERT_EQ(0, kill(pid, SIGCHLD));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_pending(pid));
	ASSERT_EQ(0, kill(pid, SIGUSR1));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_pending(pid) == 0));
	EXPECT_FALSE(kgr_blocker_find(pid, &b));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_task_state(pid) == 'S'));
	end(pid);
}

/* Traced after a second, and not at every try. */
TEST_F_TIMEOUT(blockers, tracepoint, KGR_TIMEOUT)
{
	char what[256];
	char *trace;
	int nr;

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_load(P1, NULL));
	kgr_sleep_ms(5000);
	trace = kgr_trace_stop();
	ASSERT_NE(NULL, trace);
	snprintf(what, sizeof(what),
		 "comm=blockers pid=%d universe=%ld kind=\"user\" reason=\"uninterruptible\"",
		 self->held.pid, kgr_global("horizon"));
	nr = kgr_trace_count(trace, "kgr_task_blocked", what);
	EXPECT_LE(1, nr);
	EXPECT_GE(4, nr);
	EXPECT_LE(1000, kgr_trace_field(trace, "kgr_task_blocked", "msecs"));
	free(trace);
}

static atomic_int started;
static pid_t *tids;

static void *many_fn(void *arg)
{
	tids[(long)arg] = syscall(SYS_gettid);
	atomic_fetch_add(&started, 1);
	for (;;)
		pause();
	return NULL;
}

/* A child with so many threads that sleep; its tids are in shared memory. */
static pid_t start_many(int nr)
{
	pthread_attr_t attr;
	pthread_t thread;
	int done[2];
	pid_t pid;
	char c;
	long i;

	kgr_write("/proc/sys/kernel/threads-max", "60000");
	tids = mmap(NULL, nr * sizeof(*tids), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tids == MAP_FAILED || pipe2(done, O_CLOEXEC))
		return -1;
	pid = kgr_fork();
	if (!pid) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, PTHREAD_STACK_MIN);
		pthread_attr_setguardsize(&attr, 0);
		for (i = 0; i < nr; i++) {
			int ret = pthread_create(&thread, &attr, many_fn,
						 (void *)i);

			if (ret) {
				fprintf(stderr, "# thread %ld: %s\n", i,
					strerror(ret));
				_exit(1);
			}
		}
		while (atomic_load(&started) < nr)
			kgr_sleep_ms(10);
		kgr_sleep_ms(500);
		if (write(done[1], "x", 1) != 1)
			_exit(1);
		in_pause();
	}
	close(done[1]);
	if (read(done[0], &c, 1) != 1)
		pid = -1;
	close(done[0]);
	return pid;
}

/* How often each of them is listed. */
static int listed[MANY];
static int many;

static int by_tid(const void *a, const void *b)
{
	return *(const pid_t *)a - *(const pid_t *)b;
}

static void tick(const struct kgr_blocker *b, void *arg)
{
	pid_t tid = b->tid, *at;

	at = bsearch(&tid, tids, many, sizeof(*tids), by_tid);
	if (at && !strcmp(b->reason, "in a syscall: pause"))
		listed[at - tids]++;
}

static int not_once(void)
{
	int i, nr = 0;

	for (i = 0; i < many; i++)
		nr += listed[i] != 1;
	memset(listed, 0, sizeof(listed));
	return nr;
}

static atomic_bool churning;

static void *churn_fn(void *arg)
{
	while (atomic_load(&churning)) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	return NULL;
}

/* Each exactly once, whatever the size of the pieces, and others come and go. */
TEST_F_TIMEOUT(blockers, ten_thousand, KGR_TIMEOUT)
{
	static const size_t chunks[] = { 65536, 4096, 1 << 20, 97 };
	pthread_t churn;
	unsigned int i;
	long long ms;
	pid_t pid;

	many = kgr_kernel_checks_itself() ? MANY / 4 : MANY;
	pid = start_many(many);
	ASSERT_LT(0, pid);
	qsort(tids, many, sizeof(*tids), by_tid);
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") >= many));

	atomic_store(&churning, true);
	ASSERT_EQ(0, pthread_create(&churn, NULL, churn_fn, NULL));
	for (i = 0; i < ARRAY_SIZE(chunks); i++) {
		ms = kgr_now_ms();
		EXPECT_LE(many, kgr_blockers(chunks[i], tick, NULL));
		ms = kgr_now_ms() - ms;
		TH_LOG("%lld ms in pieces of %zu bytes", ms, chunks[i]);
		EXPECT_GT(MANY_MS, ms);
		EXPECT_EQ(0, not_once());
	}
	atomic_store(&churning, false);
	pthread_join(churn, NULL);

	/* Read half way, while they all go. */
	i = open(KGR_BLOCKERS, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(97, read(i, listed, 97));
	end(pid);
	while (read(i, listed, sizeof(listed)) > 0)
		;
	close(i);
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
