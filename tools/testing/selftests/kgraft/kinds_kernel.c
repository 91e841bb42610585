// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel threads of each kind, and how they cross.
 *
 * test_modules/kgr_test_threads.c creates them. The policy is always "none":
 * kernel threads do not receive notifications.
 */

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1		"kgr_test_patch1"
#define LOOP_PATCH	"kgr_test_loop_patch"
#define THREADS		"kgr_test_threads"
#define PARAM		"/sys/module/" THREADS "/parameters/"
#define CPU1		"/sys/devices/system/cpu/cpu1/online"
#define WQ_CPUS		"/sys/devices/virtual/workqueue/cpumask"
#define JOURNAL		"/run/kgr_test_journal"

/* Time limit for one thread that is not held. */
#define BOUND_MS	2000

static long param(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), PARAM "%s", name);
	return kgr_number(path);
}

static bool flag(const char *name)
{
	char path[128], buf[8];

	snprintf(path, sizeof(path), PARAM "%s", name);
	return kgr_read(path, buf, sizeof(buf)) == 1 && buf[0] == 'Y';
}

static bool saw(int first, int second)
{
	char buf[32];
	int seen[2];

	return kgr_read(PARAM "seen", buf, sizeof(buf)) > 0 &&
	       sscanf(buf, "%d,%d", &seen[0], &seen[1]) == 2 &&
	       seen[0] == first && seen[1] == second;
}

static bool let_go(void)
{
	return !kgr_write(PARAM "hold", "N");
}

/* The thread whose name begins like this; 0 if there is none. */
static pid_t find(const char *name)
{
	DIR *proc = opendir("/proc");
	char path[300], comm[64];
	struct dirent *p;
	pid_t pid = 0;

	while (!pid && (p = readdir(proc))) {
		snprintf(path, sizeof(path), "/proc/%s/comm", p->d_name);
		if (atoi(p->d_name) &&
		    kgr_read(path, comm, sizeof(comm)) > 0 &&
		    !strncmp(comm, name, strlen(name)))
			pid = atoi(p->d_name);
	}
	closedir(proc);
	return pid;
}

/* Whether it stays pending while all other tasks cross. */
static bool blocks(pid_t pid)
{
	if (!KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1))
		return false;
	kgr_sleep_ms(KGR_QUIET_MS);
	return kgr_pending(pid) == 1 && kgr_global("in_progress") == 1;
}

/* Teardown of all fixtures: what a test may leave. */
static bool clean_up(void)
{
	/*
	 * First, because some of them delay RCU tasks, for which others wait.
	 */
	let_go();
	kgr_unload(THREADS);
	umount(JOURNAL);
	rmdir(JOURNAL);
	unlink(JOURNAL ".img");
	return kgr_clean_up();
}

FIXTURE(crosses) {
	/* CPUs of unbound workers */
	char wq_cpus[128];
};

FIXTURE_VARIANT(crosses) {
	/* of the module */
	const char *params;
	/* which thread; if not set, the one that does the rounds */
	const char *name;
	/* the way, and another permitted way */
	const char *way;
	const char *other_way;
	bool never_runs;
};

FIXTURE_VARIANT_ADD(crosses, not_started) {
	.params = "kind=created",
	.way = "sleep",
	.never_runs = true,
};

FIXTURE_VARIANT_ADD(crosses, parked) {
	.params = "kind=parked",
	.way = "sleep",
	.never_runs = true,
};

FIXTURE_VARIANT_ADD(crosses, idle_kthread_worker) {
	.params = "kind=worker",
	.way = "sleep",
};

FIXTURE_VARIANT_ADD(crosses, busy_kthread_worker) {
	.params = "kind=worker busy=1",
	.way = "loop",
};

/* Any task may queue work for a kworker. */
FIXTURE_VARIANT_ADD(crosses, idle_kworker) {
	.params = "kind=work",
	.way = "sleep",
	.other_way = "loop",
};

FIXTURE_VARIANT_ADD(crosses, busy_kworker) {
	.params = "kind=work busy=1",
	.way = "loop",
	/* between two items, if the machine is busy with others */
	.other_way = "sleep",
};

FIXTURE_VARIANT_ADD(crosses, rescuer) {
	.params = "kind=work",
	.name = "kworker/R-kgr_te",
	.way = "sleep",
};

FIXTURE_VARIANT_ADD(crosses, idle_irq_thread) {
	.params = "kind=irq",
	.way = "sleep",
};

FIXTURE_VARIANT_ADD(crosses, busy_irq_thread) {
	.params = "kind=irq busy=1",
	.way = "loop",
};

FIXTURE_VARIANT_ADD(crosses, busy_ksoftirqd) {
	.params = "kind=tasklet busy=1",
	.way = "loop",
};

FIXTURE_VARIANT_ADD(crosses, idle_annotated) {
	.params = "kind=annotated",
	.way = "sleep",
};

FIXTURE_VARIANT_ADD(crosses, busy_annotated) {
	.params = "kind=annotated busy=1",
	.way = "loop",
};

FIXTURE_VARIANT_ADD(crosses, own_loop) {
	.params = "kind=loop",
	.way = "stack",
};

/* Only calls cond_resched(). */
FIXTURE_VARIANT_ADD(crosses, spinning) {
	.params = "kind=loop busy=1 cpu=1",
	.way = "stack",
};

FIXTURE_SETUP(crosses)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_LT(0, kgr_read(WQ_CPUS, self->wq_cpus, sizeof(self->wq_cpus)));
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
}

FIXTURE_TEARDOWN_PARENT(crosses)
{
	kgr_write(WQ_CPUS, self->wq_cpus);
	EXPECT_TRUE(clean_up());
}

TEST_F_TIMEOUT(crosses, soon, KGR_TIMEOUT)
{
	long long start;
	const char *way;
	cpu_set_t cpu0;
	pid_t pid;

	/*
	 * The worker that moves tasks must not run on the second CPU: a thread
	 * that always runs there must not be found by chance.
	 */
	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	ASSERT_EQ(0, sched_setaffinity(0, sizeof(cpu0), &cpu0));
	ASSERT_EQ(0, kgr_write(WQ_CPUS, "1"));
	if (strstr(variant->params, "cpu=1") && access(CPU1, W_OK))
		SKIP(return, "needs a second CPU");

	ASSERT_EQ(0, kgr_load(THREADS, variant->params));
	if (!variant->never_runs)
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       param("rounds") > 0 && param("pid") > 0));
	pid = variant->name ? find(variant->name) : param("pid");
	ASSERT_LT(0, pid);
	kgr_sleep_ms(50);
	if (!strstr(variant->params, "busy"))
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_task_state(pid) != 'R'));
	ASSERT_TRUE(kgr_trace_start());
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(KGR_WITHIN(BOUND_MS, kgr_pending(pid) == 0));
	way = kgr_way(pid);
	TH_LOG("crossed by %s, within %lld ms", way, kgr_now_ms() - start);
	EXPECT_TRUE(!strcmp(way, variant->way) ||
		    (variant->other_way && !strcmp(way, variant->other_way)));
	if (variant->never_runs)
		EXPECT_EQ(0, param("rounds"));
	if (strstr(variant->params, "busy") && !strstr(variant->params, "tasklet"))
		EXPECT_TRUE(KGR_WITHIN(BOUND_MS, saw(1, 1)));
}

FIXTURE(held) {};

FIXTURE_VARIANT(held) {
	const char *params;
	/* the way, after it was released */
	const char *way;
	const char *other_way;
};

FIXTURE_VARIANT_ADD(held, kthread_worker) {
	.params = "kind=worker hold=1",
	.way = "loop",
};

FIXTURE_VARIANT_ADD(held, kworker) {
	.params = "kind=work hold=1",
	.way = "loop",
	.other_way = "sleep",
};

FIXTURE_VARIANT_ADD(held, irq_thread) {
	.params = "kind=irq hold=1",
	.way = "loop",
};

FIXTURE_VARIANT_ADD(held, annotated) {
	.params = "kind=annotated hold=1",
	.way = "sleep",
};

FIXTURE_SETUP(held)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
}

FIXTURE_TEARDOWN_PARENT(held)
{
	EXPECT_TRUE(clean_up());
}

/*
 * Strict: a thread in the middle of something is not moved, for any length of
 * time.
 */
TEST_F_TIMEOUT(held, to_the_end, KGR_TIMEOUT)
{
	const char *way;
	pid_t pid;

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	ASSERT_EQ(0, kgr_load(THREADS, variant->params));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, flag("held")));
	pid = param("pid");
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(blocks(pid));
	EXPECT_STREQ("", kgr_way(pid));

	ASSERT_TRUE(let_go());
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(1, param("rounds"));
	EXPECT_TRUE(saw(0, 0));
	way = kgr_way(pid);
	EXPECT_TRUE(!strcmp(way, variant->way) ||
		    (variant->other_way && !strcmp(way, variant->other_way))) {
		TH_LOG("crossed by '%s'", way);
	}
}

FIXTURE(kinds_kernel) {};

FIXTURE_SETUP(kinds_kernel)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
}

FIXTURE_TEARDOWN_PARENT(kinds_kernel)
{
	kgr_write(CPU1, "1");
	EXPECT_TRUE(clean_up());
}

/*
 * Per function: a thread that sleeps between two changed functions, in neither.
 */
TEST_F_TIMEOUT(kinds_kernel, own_loop_half_way, KGR_TIMEOUT)
{
	pid_t pid;

	ASSERT_EQ(0, kgr_load(THREADS, "kind=loop hold=1"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, flag("held")));
	pid = param("pid");
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_TRUE(flag("held"));
	EXPECT_STREQ("stack", kgr_way(pid));
	/* The second half of the round runs in the new universe. */
	ASSERT_TRUE(let_go());
	ASSERT_TRUE(KGR_WITHIN(BOUND_MS, param("rounds") > 0));
	EXPECT_TRUE(KGR_WITHIN(BOUND_MS, saw(0, 1) || saw(1, 1)));
}

/*
 * It blocks the change while it is inside, in both directions, and crosses when
 * it has left: asleep, or at a safe point.
 */
static void patched_main_loop(struct __test_metadata *_metadata,
			      const char *params, const char *way)
{
	pid_t pid;

	ASSERT_EQ(0, kgr_load(THREADS, params));
	pid = param("pid");
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in(pid, "kgr_test_main_loop")));
	EXPECT_EQ(0, param("rounds"));
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_load(LOOP_PATCH, NULL));
	EXPECT_TRUE(blocks(pid));
	ASSERT_TRUE(let_go());
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_STREQ(way, kgr_way(pid));
	EXPECT_TRUE(KGR_WITHIN(BOUND_MS, saw(1, 0)));

	/* The revert: now code of a module is on its stack. */
	ASSERT_EQ(0, kgr_write(PARAM "hold", "Y"));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_sleeps_in(pid, "kgr_new_main_loop")));
	ASSERT_EQ(0, kgr_revert(LOOP_PATCH));
	EXPECT_TRUE(blocks(pid));
	EXPECT_GT(0, kgr_unload(LOOP_PATCH));
	ASSERT_TRUE(let_go());
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(LOOP_PATCH));
	EXPECT_TRUE(KGR_WITHIN(BOUND_MS, saw(0, 0)));
}

TEST_F_TIMEOUT(kinds_kernel, patched_main_loop, KGR_TIMEOUT)
{
	patched_main_loop(_metadata, "kind=patched hold=1", "stack");
}

TEST_F_TIMEOUT(kinds_kernel, patched_main_loop_and_safe_point, KGR_TIMEOUT)
{
	patched_main_loop(_metadata, "kind=patched hold=1 busy=1", "loop");
}

/* Parked because their CPU is offline. */
TEST_F_TIMEOUT(kinds_kernel, offline_cpu, KGR_TIMEOUT)
{
	static const char * const names[] = {
		"cpuhp/1", "ksoftirqd/1", "migration/1",
	};
	unsigned int i;

	if (access(CPU1, W_OK))
		SKIP(return, "needs a second CPU that can go offline");
	ASSERT_EQ(0, kgr_write(CPU1, "0"));
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_apply(P1));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		pid_t pid = find(names[i]);

		EXPECT_LT(0, pid);
		EXPECT_STREQ("sleep", kgr_way(pid)) {
			TH_LOG("%s crossed by '%s'", names[i], kgr_way(pid));
		}
	}
	ASSERT_EQ(0, kgr_write(CPU1, "1"));
	EXPECT_EQ(0, kgr_global("remaining"));
}

static int truncate_new(const char *path, long size)
{
	int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	int ret = ftruncate(fd, size);

	close(fd);
	return ret;
}

static bool mount_journal(void)
{
	mkdir(JOURNAL, 0700);
	return !truncate_new(JOURNAL ".img", 16 << 20) &&
	       !system("mkfs.ext4 -q -F " JOURNAL ".img") &&
	       !system("mount -o loop " JOURNAL ".img " JOURNAL);
}

/* Threads of any machine: each crosses in the way that the manual gives. */
TEST_F_TIMEOUT(kinds_kernel, of_this_machine, KGR_TIMEOUT)
{
	static const struct {
		const char *name;
		const char *way;
		const char *other_way;
	} kinds[] = {
		{ "kthreadd",		"sleep", "loop" },
		{ "ksoftirqd/0",	"sleep", "loop" },
		{ "migration/0",	"sleep", "loop" },
		{ "cpuhp/0",		"sleep", "loop" },
		{ "kworker/R-",		"sleep", "loop" },
		{ "rcu_preempt",	"stack", "" },
		{ "rcu_tasks_rude",	"stack", "" },
		{ "kswapd0",		"stack", "" },
		{ "kdevtmpfs",		"stack", "" },
		{ "kgraft",		"stack", "" },
		{ "jbd2/",		"stack", "" },
	};
	bool journal = mount_journal();
	unsigned int i, nr = 0;

	if (!journal)
		TH_LOG("no journal: ext4 or its tools are missing");
	ASSERT_TRUE(kgr_trace_start());
	ASSERT_EQ(0, kgr_apply(P1));
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		pid_t pid = find(kinds[i].name);
		const char *way = kgr_way(pid);

		if (!pid) {
			TH_LOG("there is no %s", kinds[i].name);
			continue;
		}
		nr++;
		EXPECT_TRUE(!strcmp(way, kinds[i].way) ||
			    !strcmp(way, kinds[i].other_way)) {
			TH_LOG("%s crossed by '%s'", kinds[i].name, way);
		}
	}
	EXPECT_LT(6, nr);
	EXPECT_STREQ("idle", kgr_way(0));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
