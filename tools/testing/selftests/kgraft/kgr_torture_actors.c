// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that enter the kernel while kgrtorture makes changes: callers, and
 * their families.
 */

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kgr_test.h"
#include "kgr_torture.h"
#include "kgr_torture_actors.h"

/* Between two entries: a machine with few CPUs has to do the rest as well. */
#define PAUSE_MS	3

/* After as many, each has done what it is for at least once. */
#define MANY_ROUNDS	5

/**
 * struct control - shared with all processes
 * @stop: they are to end
 * @begun: how many are at it
 * @count: rounds of each
 * @done: in how many of them it did what it is for
 */
static struct control {
	atomic_bool stop;
	atomic_int begun;
	atomic_long count[KGR_MAX_ACTORS];
	atomic_long done[KGR_MAX_ACTORS];
} *control;

/* The same of all episodes */
static long rounds[KGR_MAX_ACTORS], done[KGR_MAX_ACTORS];

static pid_t actors[KGR_MAX_ACTORS];
static int nr_actors;

static void fault(const char *text)
{
	kgr_log("wrong: %s", text);
	kgr_write(KGR_TORT_DIR "faults", text);
}

/* One entry, and what universe it ended in; the task must not go back. */
bool kgr_entry(int fd, long *universe)
{
	char buf[64];
	ssize_t len = pread(fd, buf, sizeof(buf) - 1, 0);
	long now;

	if (len <= 0)
		return false;
	buf[len] = '\0';
	now = strtol(buf, NULL, 10);
	if (*universe >= 0 && (int)(now - *universe) < 0) {
		snprintf(buf, sizeof(buf), "a task went from universe %ld to %ld",
			 *universe, now);
		fault(buf);
	}
	*universe = now;
	return true;
}

int kgr_entry_open(void)
{
	return open(KGR_TORT_DIR "entry", O_RDONLY | O_CLOEXEC);
}

/* What a program does that was begun by exec: the universe is its parent's. */
int kgr_actor_once(const char *text)
{
	long universe = strtol(text, NULL, 10);

	return !kgr_entry(kgr_entry_open(), &universe);
}

static void *caller_thread(void *arg)
{
	int fd = kgr_entry_open();
	long universe = -1;

	while (!atomic_load(&control->stop)) {
		kgr_entry(fd, &universe);
		kgr_sleep_ms(PAUSE_MS);
	}
	close(fd);
	return NULL;
}

/* Calls and nothing else, in two threads. */
static bool callers(struct kgr_random *r)
{
	bool entered;

	static bool running;
	static int fd;
	static long universe;
	pthread_t thread;

	if (!running) {
		running = true;
		universe = -1;
		fd = kgr_entry_open();
		pthread_create(&thread, NULL, caller_thread, NULL);
		pthread_detach(thread);
	}
	entered = kgr_entry(fd, &universe);
	/* Leave something to the others, but not always. */
	if (kgr_random(r, 50))
		kgr_sleep_ms(PAUSE_MS);
	return entered;
}

static void exec_one(long universe)
{
	char text[24], *argv[] = { "kgrtorture", "--once", text, NULL };
	static char *const envp[] = { NULL };
	char said[48];
	int status;
	pid_t pid;

	snprintf(text, sizeof(text), "%ld", universe);
	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, envp))
		return;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (status) {
		snprintf(said, sizeof(said), "a program ended with %#x", status);
		fault(said);
	}
}

static void *grandchild(void *arg)
{
	int fd = kgr_entry_open();
	long universe = (long)arg;

	kgr_entry(fd, &universe);
	close(fd);
	return NULL;
}

/* Children, threads and programs, which go on from where their parent was. */
static bool family(struct kgr_random *r)
{
	static long universe = -1;
	int fd = kgr_entry_open(), how = kgr_random(r, 6), i;
	bool entered = kgr_entry(fd, &universe);
	pthread_t threads[3];
	pid_t pid;

	if (!how) {
		exec_one(universe);
	} else if (how == 1) {
		for (i = 0; i < 3; i++)
			pthread_create(&threads[i], NULL, grandchild,
				       (void *)universe);
		for (i = 0; i < 3; i++)
			pthread_join(threads[i], NULL);
	} else {
		pid = fork();
		if (!pid) {
			kgr_entry(fd, &universe);
			/* An orphan, a zombie for a while, or neither. */
			if (how == 2 && !fork())
				kgr_entry(kgr_entry_open(), &universe);
			_exit(0);
		}
		if (how == 3)
			kgr_sleep_ms(20);
		if (how == 4 && pid > 0)
			kill(pid, SIGKILL);
		while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(fd);
	kgr_sleep_ms(kgr_random(r, 20 * PAUSE_MS));
	return entered;
}

static void on_signal(int nr)
{
}

/* A child that calls, for the parent to do something to it. */
pid_t kgr_victim(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	long universe = -1;
	pid_t pid = kgr_fork();
	int fd;

	if (pid)
		return pid;
	sigaction(SIGUSR1, &sa, NULL);
	fd = kgr_entry_open();
	for (;;) {
		kgr_entry(fd, &universe);
		kgr_sleep_ms(PAUSE_MS);
	}
}

static const struct kgr_actor own[] = {
	{ .name = "callers", .round = callers },
	{ .name = "callers", .round = callers },
	{ .name = "family", .round = family },
};

static bool start(const struct kgr_actor *actor, unsigned long seed)
{
	struct kgr_random random;
	int nr = nr_actors++;
	pid_t pid = kgr_fork();

	if (pid) {
		actors[nr] = pid;
		return pid > 0;
	}
	kgr_random_seed(&random, seed + 1000 * (nr + 1));
	/* Let the kernel's own threads and the driver run. */
	setpriority(PRIO_PROCESS, 0, 5);
	atomic_fetch_add(&control->begun, 1);
	/* Each has a round, even if the episode is over at once. */
	do {
		if (actor->round(&random))
			atomic_fetch_add(&control->done[nr], 1);
		atomic_fetch_add(&control->count[nr], 1);
	} while (!atomic_load(&control->stop));
	if (actor->end)
		actor->end();
	_exit(0);
}

static const struct kgr_actor *actor_nr(int nr)
{
	return nr < ARRAY_SIZE(own) ? &own[nr] :
				      &kgr_disturbers[nr - ARRAY_SIZE(own)];
}

static int all(void)
{
	return ARRAY_SIZE(own) + kgr_nr_disturbers;
}

bool kgr_actors_start(unsigned long seed)
{
	int i;

	control = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (control == MAP_FAILED)
		return false;
	nr_actors = 0;
	for (i = 0; i < all(); i++)
		if (!start(actor_nr(i), seed))
			return false;
	return KGR_WITHIN(KGR_TORT_BOUND_MS,
			  atomic_load(&control->begun) == nr_actors);
}

/* Ends all, and says whether they did so in time and each had a round. */
bool kgr_actors_stop(void)
{
	bool ok = true;
	int i, status;

	atomic_store(&control->stop, true);
	for (i = 0; i < nr_actors; i++) {
		status = -1;
		if (!KGR_WITHIN(KGR_TORT_BOUND_MS,
				waitpid(actors[i], &status, WNOHANG) ==
				actors[i]))
			kgr_kill(actors[i]);
		if (!status && atomic_load(&control->count[i]))
			continue;
		printf("# %s: status %d after %ld rounds\n", actor_nr(i)->name,
		       status, atomic_load(&control->count[i]));
		ok = false;
	}
	return ok;
}

void kgr_actors_counts(void)
{
	int i;

	printf("#");
	for (i = 0; i < nr_actors; i++) {
		printf(" %s %ld of %ld,", actor_nr(i)->name,
		       atomic_load(&control->done[i]),
		       atomic_load(&control->count[i]));
		rounds[i] += atomic_load(&control->count[i]);
		done[i] += atomic_load(&control->done[i]);
	}
	printf("\n");
	munmap(control, sizeof(*control));
	control = NULL;
}

/* In the midst of all others, one round may come to nothing; not each. */
bool kgr_actors_all_did(void)
{
	bool ok = true;
	int i;

	for (i = 0; i < nr_actors; i++) {
		const struct kgr_actor *actor = actor_nr(i);

		if (done[i] || rounds[i] < MANY_ROUNDS ||
		    (actor->needs && access(actor->needs, F_OK)))
			continue;
		printf("# %s: nothing in %ld rounds\n", actor->name, rounds[i]);
		ok = false;
	}
	return ok;
}
