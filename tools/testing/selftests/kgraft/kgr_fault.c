// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocations that are made to fail, see Documentation/fault-injection/.
 *
 * /proc/TASK/fail-nth counts the allocations of a task, from slabs and of
 * pages, and makes one of them fail. To make the following ones fail, too, the
 * probability is set, which is used once the number is used up.
 */

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kgr_fault.h"
#include "kgr_test.h"

#define MAX_WORKERS	256

static const char * const capabilities[] = { "failslab", "fail_page_alloc" };

/* Of the thread that has called kgr_fault_begin(). */
static int nth_fd = -1;
static int armed;

static struct worker {
	pid_t pid;
	int nth;
} workers[MAX_WORKERS];
static int nr_workers;

/* What the kernel lacks for this; NULL: nothing. */
const char *kgr_fault_lacks(void)
{
	if (access("/proc/thread-self/fail-nth", F_OK))
		return "needs CONFIG_FAULT_INJECTION";
	if (access("/sys/kernel/debug/failslab/ignore-gfp-wait", F_OK))
		return "needs CONFIG_FAILSLAB and CONFIG_FAULT_INJECTION_DEBUG_FS";
	if (access("/sys/kernel/debug/fail_page_alloc/min-order", F_OK))
		return "needs CONFIG_FAIL_PAGE_ALLOC";
	if (access("/sys/kernel/debug/failslab/require-start", F_OK))
		return "needs CONFIG_FAULT_INJECTION_STACKTRACE_FILTER";
	return NULL;
}

static bool set(const char *capability, const char *file, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", capability, file);
	return !kgr_write(path, value);
}

static bool set_both(const char *file, const char *value)
{
	return set(capabilities[0], file, value) &&
	       set(capabilities[1], file, value);
}

static bool set_range(const char *what, const struct kgr_range *range)
{
	char file[32], value[32];
	bool ok;

	snprintf(file, sizeof(file), "%s-start", what);
	snprintf(value, sizeof(value), "%#lx", range->start);
	ok = set_both(file, value);
	snprintf(file, sizeof(file), "%s-end", what);
	snprintf(value, sizeof(value), "%#lx", range->end);
	return ok && set_both(file, value);
}

/*
 * From now on, only allocations by this function and the functions that it
 * calls count and fail; NULL: all allocations.
 */
bool kgr_fault_within(const char *function)
{
	struct kgr_range range = { 0, ULONG_MAX };

	return (!function || kgr_function(function, &range)) &&
	       set_range("require", &range);
}

/*
 * Do not make allocations of kmemleak fail: it would forget the object, and
 * each allocation would count twice.
 */
static bool spare_kmemleak(void)
{
	struct kgr_range range = { 0, 0 };

	if (!access("/sys/kernel/debug/kmemleak", F_OK) &&
	    !kgr_function("__alloc_object", &range) &&
	    !kgr_function("__create_object", &range))
		fprintf(stderr, "# kmemleak's allocations will fail, too\n");
	return set_range("reject", &range);
}

/*
 * For the calling thread. With KGR_FAULT_VERBOSE=1 in the environment, the
 * kernel log shows what failed, which scripts/splat reports as a splat.
 */
bool kgr_fault_begin(void)
{
	const char *verbose = getenv("KGR_FAULT_VERBOSE") ? "2" : "0";

	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	/* A page fault must not be counted. */
	return nth_fd >= 0 && !mlockall(MCL_CURRENT | MCL_FUTURE) &&
	       set_both("probability", "0") && set_both("interval", "1") &&
	       set_both("times", "-1") && set_both("space", "0") &&
	       set_both("task-filter", "Y") && set_both("verbose", verbose) &&
	       set_both("ignore-gfp-wait", "N") &&
	       set(capabilities[1], "ignore-gfp-highmem", "N") &&
	       set(capabilities[1], "min-order", "0") &&
	       spare_kmemleak() && kgr_fault_within(NULL);
}

/* Also if a test died in the middle: no thread has begun then. */
void kgr_fault_end(void)
{
	set_both("probability", "0");
	set_both("task-filter", "N");
	kgr_fault_within(NULL);
	if (nth_fd >= 0)
		close(nth_fd);
	nth_fd = -1;
}

/*
 * The @nth allocation of the calling thread fails, from 1, and so many of those
 * that follow, for which there should be a kgr_fault_within().
 */
bool kgr_fault_arm(int nth, int follow)
{
	char value[16], times[16];
	int len = snprintf(value, sizeof(value), "%d", nth);

	snprintf(times, sizeof(times), "%d",
		 follow == KGR_FAULT_ALL ? -1 : follow + 1);
	armed = nth;
	return set_both("times", times) &&
	       set_both("probability", follow ? "100" : "0") &&
	       !kgr_write("/proc/thread-self/make-it-fail", follow ? "1" : "0") &&
	       pwrite(nth_fd, value, len, 0) == len;
}

/* Returns whether there were that many allocations, so that one has failed. */
bool kgr_fault_disarm(void)
{
	char left[16] = "";
	bool used = pread(nth_fd, left, sizeof(left) - 1, 0) > 0 &&
		    atoi(left) == 0;

	/* Cleaning up must not fail. */
	if (pwrite(nth_fd, "0", 1, 0) != 1)
		abort();
	kgr_write("/proc/thread-self/make-it-fail", "0");
	set_both("probability", "0");
	set_both("times", "-1");
	return used;
}

static bool is_worker(const char *pid)
{
	char path[300], comm[64];

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	return kgr_read(path, comm, sizeof(comm)) > 0 &&
	       !strncmp(comm, "kworker/u", strlen("kworker/u"));
}

static char *worker_file(const struct worker *worker, char path[64])
{
	snprintf(path, 64, "/proc/%d/fail-nth", worker->pid);
	return path;
}

/*
 * As kgr_fault_arm(), for all unbound kworkers, because it is not known which
 * one will do a pass. Only one of them may run that function.
 */
bool kgr_fault_arm_workers(int nth)
{
	DIR *proc = opendir("/proc");
	char path[64], value[16];
	struct dirent *e;
	bool ok = true;

	if (!proc)
		return false;
	snprintf(value, sizeof(value), "%d", nth);
	armed = nth;
	nr_workers = 0;
	while ((e = readdir(proc)) && nr_workers < MAX_WORKERS) {
		struct worker *worker = &workers[nr_workers];

		if (e->d_name[0] < '1' || e->d_name[0] > '9' ||
		    !is_worker(e->d_name))
			continue;
		worker->pid = atoi(e->d_name);
		nr_workers++;
		ok = ok && !kgr_write(worker_file(worker, path), value);
	}
	closedir(proc);
	return ok && nr_workers;
}

enum kgr_fault_fate kgr_fault_disarm_workers(void)
{
	enum kgr_fault_fate fate = KGR_FAULT_MISSED;
	char path[64];
	int i;

	for (i = 0; i < nr_workers; i++) {
		long left = kgr_number(worker_file(&workers[i], path));

		if (left == 0)
			fate = KGR_FAULT_FAILED;
		else if (left > 0 && left < armed && fate == KGR_FAULT_MISSED)
			fate = KGR_FAULT_FEWER;
		/* Or the worker has ended. */
		kgr_write(path, "0");
	}
	return fate;
}

/* More than exist. */
#define ALL	1000000

/* Or all allocations fail where kgr_fault_within() says. */
bool kgr_fault_arm_all(void)
{
	char times[16];

	snprintf(times, sizeof(times), "%d", ALL);
	return set_both("times", times) && set_both("task-filter", "N") &&
	       set_both("probability", "100");
}

/* Returns how many allocations have failed. */
long kgr_fault_disarm_all(void)
{
	long failed = 0;
	char path[128];
	int i;

	set_both("probability", "0");
	set_both("task-filter", "Y");
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/times",
			 capabilities[i]);
		failed += ALL - kgr_number(path);
	}
	set_both("times", "-1");
	return failed;
}
