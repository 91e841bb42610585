// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What disturbs tasks while kgrtorture makes changes.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kgr_test.h"
#include "kgr_torture_actors.h"

static pid_t victim;

static void nap(struct kgr_random *r, int below_ms)
{
	kgr_sleep_ms(kgr_random(r, below_ms));
}

static void end_victim(void)
{
	kgr_kill(victim);
	victim = 0;
}

static bool have_victim(void)
{
	if (victim <= 0)
		victim = kgr_victim();
	return victim > 0;
}

/* Signals of all sorts; now and then one that kills. */
static bool signals(struct kgr_random *r)
{
	if (!have_victim())
		return false;
	switch (kgr_random(r, 8)) {
	case 0:
		end_victim();
		break;
	case 1:
	case 2:
		kill(victim, SIGSTOP);
		nap(r, 30);
		kill(victim, SIGCONT);
		break;
	default:
		kill(victim, SIGUSR1);
		break;
	}
	nap(r, 60);
	return true;
}

/* Seizes, stops and lets go; or goes away with what is traced. */
static bool tracer(struct kgr_random *r)
{
	bool stopped = false;
	int status;

	if (!have_victim() || ptrace(PTRACE_SEIZE, victim, 0, 0))
		return false;
	if (ptrace(PTRACE_INTERRUPT, victim, 0, 0) ||
	    waitpid(victim, &status, __WALL) != victim)
		goto end;
	stopped = true;
	nap(r, 30);
	if (kgr_random(r, 2)) {
		ptrace(PTRACE_CONT, victim, 0, 0);
		nap(r, 10);
		if (ptrace(PTRACE_INTERRUPT, victim, 0, 0) ||
		    waitpid(victim, &status, __WALL) != victim)
			goto end;
	}
	if (ptrace(PTRACE_DETACH, victim, 0, 0))
		goto end;
	nap(r, 30);
	if (kgr_random(r, 16))
		return true;
end:
	end_victim();
	return stopped;
}

static pid_t idlers[3];

static void stand_still_end(void)
{
	for (int i = 0; i < ARRAY_SIZE(idlers); i++)
		kgr_kill(idlers[i]);
}

/* A stopped task, a traced one and a zombie, all the time: none holds a change. */
static bool stand_still(struct kgr_random *r)
{
	static bool stands;
	int status;

	if (!idlers[0]) {
		idlers[0] = kgr_victim();
		kill(idlers[0], SIGSTOP);
		idlers[1] = kgr_victim();
		stands = !ptrace(PTRACE_SEIZE, idlers[1], 0, 0) &&
			 !ptrace(PTRACE_INTERRUPT, idlers[1], 0, 0) &&
			 waitpid(idlers[1], &status, __WALL) == idlers[1];
		idlers[2] = kgr_victim();
		kill(idlers[2], SIGKILL);
	}
	nap(r, 500);
	return stands;
}

#define CGROUPS	"/sys/fs/cgroup/"
#define CGROUP	CGROUPS "kgr_torture"

/* A cgroup with a task that is frozen and thawed. */
static bool freezer(struct kgr_random *r)
{
	char pid[16];
	bool frozen;

	mkdir(CGROUP, 0755);
	if (!victim && have_victim()) {
		snprintf(pid, sizeof(pid), "%d", victim);
		kgr_write(CGROUP "/cgroup.procs", pid);
	}
	frozen = !kgr_write(CGROUP "/cgroup.freeze", "1");
	nap(r, 60);
	kgr_write(CGROUP "/cgroup.freeze", "0");
	nap(r, 60);
	return frozen && victim > 0;
}

static void freezer_end(void)
{
	kgr_write(CGROUP "/cgroup.freeze", "0");
	end_victim();
	(void)KGR_WITHIN(KGR_SETTLE_MS, !rmdir(CGROUP) || errno == ENOENT);
}

#define PM_TEST		"/sys/power/pm_test"
#define PM_TEST_DELAY	"/sys/module/suspend/parameters/pm_test_delay"

/*
 * The freezer of suspend, where it can be had alone. It keeps all tasks frozen for five
 * seconds, in which nothing is tested, unless told otherwise.
 */
static bool suspend(struct kgr_random *r)
{
	bool slept;

	kgr_write(PM_TEST_DELAY, "1");
	slept = !kgr_write(PM_TEST, "freezer") &&
		!kgr_write("/sys/power/state", "mem");
	nap(r, 2000);
	return slept;
}

static void suspend_end(void)
{
	kgr_write(PM_TEST, "none");
	kgr_write(PM_TEST_DELAY, "5");
}

static bool last_cpu(const char *online)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%ld/online",
		 sysconf(_SC_NPROCESSORS_CONF) - 1);
	return !kgr_write(path, online);
}

static bool hotplug(struct kgr_random *r)
{
	bool went = last_cpu("0");

	nap(r, 300);
	last_cpu("1");
	nap(r, 2000);
	return went;
}

static void hotplug_end(void)
{
	last_cpu("1");
}

#define FILTER	KGR_TRACEFS "set_ftrace_filter"
#define EVENTS	KGR_TRACEFS "dynamic_events"

static void tracing_end(void)
{
	kgr_write(KGR_TRACEFS "current_tracer", "nop");
	kgr_write(KGR_TRACEFS "events/kgr_torture/enable", "0");
	kgr_write(EVENTS, "-:kgr_torture/one");
	/* The filter is empty, and so everything's, only while it has no user. */
	close(open(FILTER, O_WRONLY | O_TRUNC | O_CLOEXEC));
	close(open(KGR_TRACEFS "trace", O_WRONLY | O_TRUNC | O_CLOEXEC));
}

/* Other users of ftrace, and kprobes, on the functions that are patched. */
static bool tracing(struct kgr_random *r)
{
	static const char *const probes[] = {
		"p:kgr_torture/one kgr_test_first",
		"r:kgr_torture/one kgr_test_second",
		"f:kgr_torture/one kgr_test_first",
		"p:kgr_torture/one kgr_tort_2",
	};
	int what = kgr_random(r, 6);
	bool traces;

	if (what < 2)
		/* Not function_graph: without a filter it is on every function. */
		traces = !kgr_write(FILTER, what ? "kgr_test_first" : "kgr_tort_*") &&
			 !kgr_write(KGR_TRACEFS "current_tracer", "function");
	else
		traces = !kgr_write(EVENTS, probes[what - 2]) &&
			 !kgr_write(KGR_TRACEFS "events/kgr_torture/enable", "1");
	nap(r, 200);
	tracing_end();
	nap(r, 100);
	return traces;
}

/* Takes memory, and makes the kernel look for some. */
static bool memory(struct kgr_random *r)
{
	size_t size = (8 + kgr_random(r, 56)) << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p != MAP_FAILED) {
		for (size_t i = 0; i < size; i += 4096)
			p[i] = 1;
		madvise(p, size / 2, MADV_DONTNEED);
		nap(r, 50);
		munmap(p, size);
	}
	if (!kgr_random(r, 4))
		kgr_write("/proc/sys/vm/drop_caches", "6");
	nap(r, 200);
	return p != MAP_FAILED;
}

/* The modules that patches are about come and go. */
static bool modules(struct kgr_random *r)
{
	const char *name = kgr_random(r, 2) ? "kgr_test_tgt1" : "kgr_test_tgt2";
	int ret;

	if (kgr_module_loaded(name)) {
		ret = kgr_unload(name);
		if (ret != -EWOULDBLOCK)
			kgr_log("unload %s: %d", name, ret);
	} else {
		ret = kgr_load(name, NULL);
		kgr_log("load %s: %d", name, ret);
		if (ret)
			kgr_write(KGR_TORT_DIR "faults",
				  "a module that is patched was refused");
	}
	nap(r, 200);
	return !ret;
}

static void read_all(const char *dir, const char *file)
{
	char path[320], buf[4096];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	(void)kgr_read(path, buf, sizeof(buf));
}

/* Reads what there is to read, while it comes and goes. */
static bool readers(struct kgr_random *r)
{
	static const char *const files[] = {
		"status", "state", "statistics", "refs", "universe", "forced"
	};
	char dir[300];
	struct dirent *e;
	DIR *d = opendir(KGR_DIR);
	bool there = d;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(dir, sizeof(dir), KGR_DIR "%s", e->d_name);
		if (e->d_type == DT_DIR)
			read_all(dir, files[kgr_random(r, ARRAY_SIZE(files))]);
		else
			read_all(KGR_DIR, e->d_name);
	}
	if (d)
		closedir(d);
	read_all("/sys/kernel/debug/kgraft", "blockers");
	read_all("/sys/kernel/debug/kgraft", "sites");
	read_all("/proc/1", "kgr_in_progress");
	nap(r, 300);
	return there;
}

const struct kgr_actor kgr_disturbers[] = {
	{ .name = "signals", .round = signals, .end = end_victim },
	{ .name = "tracer", .round = tracer, .end = end_victim },
	{ .name = "stand still", .round = stand_still, .end = stand_still_end },
	{ .name = "freezer", .round = freezer, .end = freezer_end,
	  .needs = CGROUPS "cgroup.procs" },
	{ .name = "suspend", .round = suspend, .end = suspend_end, .needs = PM_TEST },
	{ .name = "hotplug", .round = hotplug, .end = hotplug_end,
	  .needs = "/sys/devices/system/cpu/cpu1/online" },
	{ .name = "tracing", .round = tracing, .end = tracing_end, .needs = EVENTS },
	{ .name = "memory", .round = memory },
	{ .name = "modules", .round = modules },
	{ .name = "readers", .round = readers },
};

const int kgr_nr_disturbers = ARRAY_SIZE(kgr_disturbers);
