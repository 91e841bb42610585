// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench.c - what runs in the guest of scripts/bench
 *
 *	bench time NAME KIND ROUNDS [kgr|klp]	ms to apply and to revert a patch
 *	bench work NAME KIND ROUNDS [kgr|klp]	CPU time of the same
 *	bench late NAME KIND ROUNDS [kgr|klp]	the longest that a task waits for a CPU
 *	bench call NAME				cost of the target's first function
 *	bench held NAME KIND			the same by a task that has not crossed
 *	bench syscalls PREFIX WHO		cost of some system calls
 *	bench crowd N				N sleepers, until it is killed
 *	bench pause				one in pause(), until it is killed
 *
 * KIND is that of two modules, kgr_KIND.ko and klp_KIND.ko, in the current
 * directory. What is measured goes to stdout, in lines of NAME, unit, who and
 * value, separated by tabs. The two take turns, one round each.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TARGET		"/sys/module/bench_target/parameters/"
#define HOLD		"/sys/kernel/debug/bench/hold"
#define WAKE		"/sys/kernel/kgraft/wake"

/* livepatch takes minutes to let go of a thousand functions. */
#define PATIENCE_MS	1200000

/* Between two rounds: time for what is left to be cleaned up. */
#define REST_MS		500

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void nap_us(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

static void sample(const char *name, const char *what, const char *unit,
		   const char *who, double value)
{
	printf("%s%s\t%s\t%s\t%.3f\n", name, what, unit, who, value);
	fflush(stdout);
}

/* --- Files --- */

static int read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, buf, size - 1);
	n = n < 0 ? -errno : n;
	close(fd);
	buf[n < 0 ? 0 : n] = '\0';
	return n;
}

static double number(const char *path)
{
	char buf[64];

	if (read_file(path, buf, sizeof(buf)) <= 0)
		die(path);
	return strtod(buf, NULL);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

/* --- The two systems --- */

struct live {
	const char *prefix;
	const char *name;
	const char *dir;
	const char *file;
	const char *applied;
	const char *revert[2];
};

static const struct live systems[] = {
	{
		"kgr", "kgraft", "/sys/kernel/kgraft/", "status", "applied\n",
		{ "revert", "1" },
	},
	{
		"klp", "livepatch", "/sys/kernel/livepatch/", "transition", "0\n",
		{ "enabled", "0" },
	},
};

static const struct live *live;
static char module[64];

static void choose(const struct live *which, const char *kind)
{
	live = which;
	snprintf(module, sizeof(module), "%s_%s", live->prefix, kind);
}

static char *patch_file(const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s%s/%s", live->dir, module, file);
	return path;
}

static void load(void)
{
	char file[80];
	int fd;

	snprintf(file, sizeof(file), "%s.ko", module);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		die(file);
	close(fd);
}

static bool applied(void)
{
	char buf[64];

	return read_file(patch_file(live->file), buf, sizeof(buf)) > 0 &&
	       !strcmp(buf, live->applied);
}

/* livepatch has no more files of a patch that is gone. */
static bool reverted(void)
{
	char buf[64];
	int n = read_file(patch_file(live->file), buf, sizeof(buf));

	return n == -ENOENT || n == -ENODEV || !strcmp(buf, "reverted\n");
}

static void wait_until(bool (*done)(void), long step_us)
{
	double end = now_ms() + PATIENCE_MS;

	while (!done()) {
		if (now_ms() > end) {
			fprintf(stderr, "bench: %s: no end\n", module);
			exit(1);
		}
		nap_us(step_us);
	}
}

static void revert(void)
{
	write_file(patch_file(live->revert[0]), live->revert[1]);
}

static void unload(void)
{
	double end = now_ms() + PATIENCE_MS;

	while (syscall(SYS_delete_module, module, O_NONBLOCK)) {
		if (now_ms() > end)
			die(module);
		nap_us(10000);
	}
}

/* --- Measurements of a change --- */

static const char *name;

/* The same work each time: whether the host had other things to do. */
static void calibrate(void)
{
	double start = now_ms();
	volatile unsigned int i;

	for (i = 0; i < 5000000; i++)
		;
	sample("calibration", "", "ms", "none", now_ms() - start);
}

static void measure_time(void)
{
	double start;

	calibrate();
	start = now_ms();

	load();
	wait_until(applied, 1000);
	sample("apply.", name, "ms", live->name, now_ms() - start);
	nap_us(REST_MS * 1000);
	start = now_ms();
	revert();
	wait_until(reverted, 1000);
	sample("revert.", name, "ms", live->name, now_ms() - start);
	unload();
	nap_us(REST_MS * 1000);
}

/*
 * A change, and as long again without one: what the machine does anyway, and
 * what looking costs, cancel out.
 */
#define WINDOW_US	1000000

static void measure_window(const char *what, void (*begin)(void),
			   bool (*done)(void))
{
	double start = number(TARGET "busy"), middle;
	int i, windows = 0;

	begin();
	do {
		nap_us(WINDOW_US);
		windows++;
	} while (!done());
	middle = number(TARGET "busy");
	for (i = 0; i < windows; i++) {
		nap_us(WINDOW_US);
		done();
	}
	sample(what, name, "instructions", live->name,
	       2 * middle - start - number(TARGET "busy"));
}

static void measure_work(void)
{
	measure_window("work.apply.", load, applied);
	measure_window("work.revert.", revert, reverted);
	unload();
	nap_us(REST_MS * 1000);
}

/* --- A task that wants the CPU every now and then, and must have it --- */

#define PERIOD_US	100

static struct {
	pthread_t thread;
	bool stop;
	double worst_us;
} watch;

static double us_since(const struct timespec *ts)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - ts->tv_sec) * 1e6 + (now.tv_nsec - ts->tv_nsec) / 1e3;
}

static void *watch_fn(void *arg)
{
	struct timespec next;
	double late;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &next);
	while (!__atomic_load_n(&watch.stop, __ATOMIC_RELAXED)) {
		next.tv_nsec += PERIOD_US * 1000;
		next.tv_sec += next.tv_nsec / 1000000000;
		next.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		late = us_since(&next);
		if (late > watch.worst_us)
			watch.worst_us = late;
		/* What was missed is not to be caught up with. */
		if (late > PERIOD_US)
			clock_gettime(CLOCK_MONOTONIC, &next);
	}
	return NULL;
}

static void watch_start(void)
{
	struct sched_param param = { .sched_priority = 50 };
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	watch.stop = false;
	watch.worst_us = 0;
	if (pthread_create(&watch.thread, &attr, watch_fn, NULL))
		die("real-time thread");
}

static void watch_stop(const char *what, const char *who)
{
	__atomic_store_n(&watch.stop, true, __ATOMIC_RELAXED);
	pthread_join(watch.thread, NULL);
	sample(what, name, "us", who, watch.worst_us);
}

/*
 * So that the CPU is never idle: with an idle CPU, a clock that counts
 * instructions waits for that of the host, and is late itself.
 */
static pid_t spin(void)
{
	struct sched_param param = { 0 };
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sched_setscheduler(0, SCHED_IDLE, &param))
		die("SCHED_IDLE");
	for (;;)
		;
}

static void measure_late(void)
{
	pid_t spinner = spin();

	watch_start();
	nap_us(REST_MS * 1000);
	watch_stop("late.before.", live->name);
	/* Loading copies and checks the module, which is not looked at here. */
	watch_start();
	load();
	wait_until(applied, 10000);
	watch_stop("late.apply.", live->name);
	watch_start();
	revert();
	wait_until(reverted, 10000);
	watch_stop("late.revert.", live->name);
	kill(spinner, SIGKILL);
	waitpid(spinner, NULL, 0);
	unload();
	nap_us(REST_MS * 1000);
}

static int changes(char **argv, void (*measure)(void))
{
	int rounds = atoi(argv[2]), round, i;

	name = argv[0];
	for (round = 0; round < rounds; round++) {
		for (i = 0; i < 2; i++) {
			if (argv[3] && strcmp(argv[3], systems[i].prefix))
				continue;
			choose(&systems[i], argv[1]);
			measure();
		}
	}
	return 0;
}

/* --- Calls --- */

static int call(const char *what, const char *who)
{
	sample(what, "", "instructions", who, number(TARGET "cost"));
	return 0;
}

/* The reader stays in its system call, and so in its universe, or state. */
static int held(char **argv)
{
	char text[64] = "";
	int i, fd, out[2];
	pid_t pid;

	for (i = 0; i < 2; i++) {
		choose(&systems[i], argv[1]);
		if (pipe(out))
			die("pipe");
		pid = fork();
		if (!pid) {
			fd = open(HOLD, O_RDONLY);
			if (read(fd, text, sizeof(text)) > 0)
				write(out[1], text, strlen(text));
			_exit(0);
		}
		/* Until it sleeps in there; and nobody is to wake it. */
		nap_us(200000);
		write_file(WAKE, "none");
		load();
		nap_us(500000);
		if (applied()) {
			fprintf(stderr, "bench: %s does not wait\n", module);
			return 1;
		}
		sample(argv[0], ".new", "instructions", live->name,
		       number(TARGET "cost"));
		write_file(HOLD, "1");
		if (read(out[0], text, sizeof(text)) <= 0)
			die(HOLD);
		sample(argv[0], ".old", "instructions", live->name,
		       strtod(text, NULL));
		write_file(WAKE, "transparent");
		close(out[0]);
		close(out[1]);
		waitpid(pid, NULL, 0);
		wait_until(applied, 10000);
		revert();
		wait_until(reverted, 10000);
		unload();
		nap_us(REST_MS * 1000);
	}
	return 0;
}

static unsigned long cycles(void)
{
	unsigned int low, high;

	asm volatile("lfence; rdtsc" : "=a" (low), "=d" (high) : : "memory");
	return (unsigned long)high << 32 | low;
}

static int zero_fd;

static void nothing(__attribute__((unused)) int sig)
{
}

static void do_getppid(void)
{
	syscall(SYS_getppid);
}

static void do_read(void)
{
	char c;

	read(zero_fd, &c, 1);
}

static void do_poll(void)
{
	struct pollfd pfd = { .fd = zero_fd, .events = POLLIN };

	poll(&pfd, 1, 0);
}

static void do_futex(void)
{
	static unsigned int nobody;

	syscall(SYS_futex, &nobody, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void do_signal(void)
{
	raise(SIGUSR1);
}

static const struct {
	const char *name;
	void (*call)(void);
} calls[] = {
	{ "getppid", do_getppid },
	{ "read", do_read },
	{ "poll", do_poll },
	{ "futex", do_futex },
	{ "signal", do_signal },
};

static int cost_of_syscalls(const char *what, const char *who)
{
	unsigned long least, start, took;
	unsigned int nr;
	int round, i;

	zero_fd = open("/dev/zero", O_RDONLY);
	signal(SIGUSR1, nothing);
	for (nr = 0; nr < sizeof(calls) / sizeof(calls[0]); nr++) {
		least = ~0UL;
		for (round = 0; round < 50; round++) {
			start = cycles();
			for (i = 0; i < 1000; i++)
				calls[nr].call();
			took = cycles() - start;
			if (took < least)
				least = took;
		}
		sample(what, calls[nr].name, "instructions", who, least / 1000.0);
	}
	return 0;
}

/* --- Sleepers --- */

#define PER_PROCESS	1000
#define STACK		(32 << 10)

static int *asleep;
static unsigned int *word;
static int pipefd[2], epfd;

/* All kinds can be woken without noticing, and by livepatch. */
static void *sleeper(void *arg)
{
	struct pollfd pfd = { .fd = pipefd[0], .events = POLLIN };
	struct timespec ts = { .tv_sec = 1000000 };
	struct epoll_event ev;
	int kind = (long)arg % 5;
	char c;

	__atomic_fetch_add(asleep, 1, __ATOMIC_RELAXED);
	for (;;) {
		errno = 0;
		switch (kind) {
		case 0:
			syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0);
			break;
		case 1:
			poll(&pfd, 1, -1);
			break;
		case 2:
			read(pipefd[0], &c, 1);
			break;
		case 3:
			nanosleep(&ts, NULL);
			break;
		case 4:
			epoll_wait(epfd, &ev, 1, -1);
			break;
		}
		/* Nobody is to notice that he was woken. */
		dprintf(STDERR_FILENO, "bench: sleeper of kind %d noticed: %s\n",
			kind, strerror(errno));
	}
	return NULL;
}

static void sleepers(long nr)
{
	pthread_attr_t attr;
	pthread_t thread;
	long i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	epfd = epoll_create1(0);
	for (i = 1; i < nr; i++)
		if (pthread_create(&thread, &attr, sleeper, (void *)i))
			die("sleepers");
	sleeper(NULL);
}

static int crowd(long nr)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	long left;
	void *shared;

	setrlimit(RLIMIT_NPROC, &unlimited);
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || pipe(pipefd))
		die("crowd");
	asleep = shared;
	word = (unsigned int *)shared + 16;
	for (left = nr; left > 0; left -= PER_PROCESS)
		if (!fork())
			sleepers(left < PER_PROCESS ? left : PER_PROCESS);
	while (__atomic_load_n(asleep, __ATOMIC_RELAXED) < nr)
		nap_us(50000);
	nap_us(500000);
	printf("ready\n");
	fflush(stdout);
	fclose(stdout);
	for (;;)
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "time") && argc >= 5)
		return changes(argv + 2, measure_time);
	if (!strcmp(what, "work") && argc >= 5)
		return changes(argv + 2, measure_work);
	if (!strcmp(what, "late") && argc >= 5)
		return changes(argv + 2, measure_late);
	if (!strcmp(what, "call") && argc == 4)
		return call(argv[2], argv[3]);
	if (!strcmp(what, "held") && argc == 4)
		return held(argv + 2);
	if (!strcmp(what, "syscalls") && argc == 4)
		return cost_of_syscalls(argv[2], argv[3]);
	if (!strcmp(what, "crowd") && argc == 3)
		return crowd(atol(argv[2]));
	if (!strcmp(what, "pause"))
		return pause();
	fprintf(stderr, "bench: see bench.c\n");
	return 2;
}
