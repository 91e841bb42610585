// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that create and end tasks, or put them to sleep, as fast as they
 * can.
 */

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kgr_load.h"
#include "kgr_test.h"

#define MAX_STORMS	16
#define BATCH		16

/* Shared with the storms. */
struct control {
	atomic_bool stop;
	/* storms that have begun */
	atomic_int begun;
	/* tasks that were created and ended */
	atomic_long tasks;
};

static struct control *control;
static pid_t storms[MAX_STORMS];
static int nr_storms;

/* Number of tasks at the last call of kgr_storm_goes_on(). */
static long tasks_then;

static void *nothing(void *arg)
{
	return NULL;
}

static int storm_fork(void)
{
	int i, nr = 0;

	for (i = 0; i < BATCH; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		nr += pid > 0;
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
	return nr;
}

/* Children that are dead and not reaped for some time. */
static int storm_zombie(void)
{
	int i, nr = 0;

	for (i = 0; i < BATCH; i++) {
		pid_t pid = fork();

		if (!pid)
			_exit(0);
		nr += pid > 0;
	}
	kgr_sleep_ms(100);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return nr;
}

static int storm_thread(void)
{
	pthread_t threads[BATCH];
	int i, nr = 0;

	for (i = 0; i < BATCH; i++)
		nr += !pthread_create(&threads[nr], NULL, nothing, NULL);
	for (i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	return nr;
}

/*
 * Tasks without a waiting parent: a process whose first thread ends while
 * others continue, and orphans, which init reaps.
 */
static int storm_detached(void)
{
	pthread_attr_t attr;
	pid_t pid = fork();
	pthread_t thread;
	int i;

	if (pid) {
		waitpid(pid, NULL, 0);
		return BATCH + 2;
	}
	if (fork())
		_exit(0);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	for (i = 0; i < BATCH; i++)
		pthread_create(&thread, &attr, nothing, NULL);
	pthread_exit(NULL);
}

static void *exec_true(void *argv)
{
	execv("/bin/true", argv);
	return NULL;
}

/*
 * By vfork(): the parent sleeps in the kernel until the child has a new mm. And
 * by a thread that takes its leader's number then.
 */
static int storm_exec(void)
{
	char name[] = "true";
	char *argv[2] = { name };
	int nr = 0, status;
	pthread_t thread;
	pid_t pid;

	if (!posix_spawn(&pid, "/bin/true", NULL, NULL, argv, argv + 1))
		nr += waitpid(pid, &status, 0) == pid && !status;
	pid = fork();
	if (!pid) {
		if (!pthread_create(&thread, NULL, exec_true, argv))
			pthread_join(thread, NULL);
		_exit(1);
	}
	nr += pid > 0 && waitpid(pid, &status, 0) == pid && !status;
	return nr == 2 ? nr : 0;
}

/* Never enters the kernel by itself. */
static int storm_spin(void)
{
	while (!atomic_load_explicit(&control->stop, memory_order_relaxed))
		;
	return 1;
}

/* Two processes that wake each other, as in hackbench. */
static int storm_pipe(void)
{
	int there[2], back[2], i, nr = 0;
	char c = 0;
	pid_t pid;

	if (pipe(there))
		return 0;
	if (pipe(back)) {
		close(there[0]);
		close(there[1]);
		return 0;
	}
	pid = fork();
	if (!pid) {
		close(there[1]);
		while (read(there[0], &c, 1) == 1 && write(back[1], &c, 1) == 1)
			;
		_exit(0);
	}
	close(there[0]);
	close(back[1]);
	for (i = 0; pid > 0 && i < 16 * BATCH; i++)
		nr += write(there[1], &c, 1) == 1 && read(back[0], &c, 1) == 1;
	close(there[1]);
	close(back[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return nr;
}

/* Leaves its CPU idle most of the time. */
static int storm_sleep(void)
{
	kgr_sleep_ms(2);
	return 1;
}

/* Work items, each of which sleeps. */
static int storm_work(void)
{
	int fds[BATCH], i, nr = 0;

	for (i = 0; i < BATCH; i++)
		fds[i] = open(KGR_TARGET "work", O_RDWR | O_CLOEXEC);
	kgr_sleep_ms(5);
	for (i = 0; i < BATCH; i++) {
		nr += fds[i] >= 0;
		close(fds[i]);
	}
	return nr;
}

/* The second CPU goes offline and online; its threads are parked meanwhile. */
static int storm_hotplug(void)
{
	static const char cpu[] = "/sys/devices/system/cpu/cpu1/online";
	int nr = !kgr_write(cpu, "0");

	kgr_sleep_ms(100);
	kgr_write(cpu, "1");
	kgr_sleep_ms(200);
	return nr;
}

static int (*const storm_fn[])(void) = {
	[KGR_STORM_FORK] = storm_fork,
	[KGR_STORM_THREAD] = storm_thread,
	[KGR_STORM_ZOMBIE] = storm_zombie,
	[KGR_STORM_EXEC] = storm_exec,
	[KGR_STORM_DETACHED] = storm_detached,
	[KGR_STORM_SPIN] = storm_spin,
	[KGR_STORM_PIPE] = storm_pipe,
	[KGR_STORM_SLEEP] = storm_sleep,
	[KGR_STORM_WORK] = storm_work,
	[KGR_STORM_HOTPLUG] = storm_hotplug,
};

/* When this returns, all storms have begun. */
bool kgr_storm_start(enum kgr_storm_kind kind, int nr)
{
	if (!control) {
		control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (control == MAP_FAILED)
			abort();
		tasks_then = 0;
	}
	while (nr--) {
		pid_t pid;

		if (nr_storms == MAX_STORMS)
			return false;
		pid = kgr_fork();
		if (pid < 0)
			return false;
		if (!pid) {
			/* Let kernel threads and the test run. */
			setpriority(PRIO_PROCESS, 0, 10);
			atomic_fetch_add(&control->begun, 1);
			do {
				atomic_fetch_add(&control->tasks,
						 storm_fn[kind]());
			} while (!atomic_load(&control->stop));
			_exit(0);
		}
		storms[nr_storms++] = pid;
	}
	return KGR_WITHIN(KGR_SETTLE_MS,
			  atomic_load(&control->begun) == nr_storms);
}

/* Waits until tasks were created since the last call, or since the start. */
bool kgr_storm_goes_on(void)
{
	bool ok = KGR_WITHIN(KGR_SETTLE_MS,
			     atomic_load(&control->tasks) > tasks_then);

	tasks_then = atomic_load(&control->tasks);
	return ok;
}

/* The number of tasks, negative if a storm failed. */
long kgr_storm_stop(void)
{
	bool ok = true;
	long tasks;

	if (!control)
		return 0;
	atomic_store(&control->stop, true);
	while (nr_storms)
		ok &= kgr_reap(storms[--nr_storms]);
	tasks = atomic_load(&control->tasks);
	munmap(control, sizeof(*control));
	control = NULL;
	return ok ? tasks : -1;
}
