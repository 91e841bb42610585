// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests start on an unpatched kernel and leave an unpatched kernel, even if
 * they fail.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_test.h"

/* Whether functions may jump, as the kernel was booted. */
static char jump_was[8] = "1";

/* Whether it is a module that can never be unloaded. */
static bool is_pinned(const char *name)
{
	return !strncmp(name, KGR_PINNED, strlen(KGR_PINNED)) &&
	       kgr_is_forced(name) && kgr_functions_are(name, 4, 3);
}

/* Calls a function for each test module that has an entry in a directory. */
static int for_each(const char *dir, void (*fn)(const char *name))
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int nr = 0;

	if (!d)
		return 0;
	while ((e = readdir(d))) {
		if (strncmp(e->d_name, "kgr_test_", strlen("kgr_test_")) ||
		    is_pinned(e->d_name))
			continue;
		nr++;
		if (fn)
			fn(e->d_name);
	}
	closedir(d);
	return nr;
}

static int patches(void)
{
	DIR *d = opendir(KGR_DIR);
	struct dirent *e;
	int nr = 0;

	if (!d)
		return 0;
	while ((e = readdir(d)))
		nr += e->d_type == DT_DIR && e->d_name[0] != '.' &&
		      !is_pinned(e->d_name);
	closedir(d);
	return nr;
}

bool kgr_is_clean(void)
{
	return kgr_global("in_progress") == 0 && kgr_global("remaining") == 0 &&
	       !patches() && !for_each("/sys/module", NULL);
}

/* 0, or the exit status of a test that cannot run here. */
static int require(void)
{
	const char *lack = NULL;

	if (access(KGR_TARGET "..", F_OK))
		mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (access(KGR_TRACEFS "enabled_functions", F_OK))
		mount("tracefs", "/sys/kernel/tracing", "tracefs", 0, NULL);

	if (geteuid())
		lack = "must be root";
	else if (access(KGR_DIR "in_progress", F_OK))
		lack = "the kernel has no kGraft";
	else if (access(KGR_TARGET "pair", F_OK))
		lack = "needs CONFIG_KGRAFT_TEST_TARGET";
	if (lack) {
		printf("TAP version 13\n1..0 # SKIP %s\n", lack);
		return KSFT_SKIP;
	}
	if (!kgr_is_clean()) {
		printf("TAP version 13\nBail out! The kernel is patched already, or about to be\n");
		return KSFT_FAIL;
	}
	return KSFT_PASS;
}

static int reverted;

static void revert(const char *patch)
{
	reverted += !kgr_revert(patch);
}

static void disable_livepatch(const char *patch)
{
	char path[512];

	snprintf(path, sizeof(path), "/sys/kernel/livepatch/%s/enabled", patch);
	kgr_write(path, "0");
}

static void unload(const char *module)
{
	kgr_unload(module);
}

static int unload_all(void)
{
	for_each("/sys/module", unload);
	return for_each("/sys/module", NULL);
}

static void all_cpus_online(void)
{
	char path[64];
	long cpu;

	for (cpu = 1; cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%ld/online", cpu);
		kgr_write(path, "1");
	}
}

/* What kgrtorture traces, if it could not end that itself. */
static void stop_tracing(void)
{
	int fd;

	kgr_write(KGR_TRACEFS "current_tracer", "nop");
	kgr_write(KGR_TRACEFS "events/kgr_torture/enable", "0");
	kgr_write(KGR_TRACEFS "dynamic_events", "-:kgr_torture/one");
	fd = open(KGR_TRACEFS "set_ftrace_filter", O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
}

/* Whether all is as before. Releases all tasks that are still held. */
bool kgr_clean_up(void)
{
	kgr_write(KGR_TARGET "release", "1");
	kgr_write("/sys/module/kgr_test_obj/parameters/go", "1");
	kgr_write("/sys/module/kgr_test_restart/parameters/go", "1");
	kgr_write("/proc/sys/kernel/ftrace_enabled", "1");
	all_cpus_online();
	stop_tracing();
	kgr_write(KGR_DIR "wake", "transparent");
	kgr_write(KGR_DIR "wake_delay_ms", "20");
	kgr_write(KGR_DIR "wake_at_once", "64");
	kgr_write(KGR_DIR "force_load_module", "0");
	kgr_write(KGR_DIR "livepatch", "1");
	kgr_write(KGR_DIR "livepatch_consistency", "function");
	kgr_write(KGR_DIR "jump", jump_was);
	rmdir(KGR_TRACE);
	for_each("/sys/kernel/livepatch", disable_livepatch);
	/* A patch that was about to be replaced comes back first. */
	do {
		reverted = 0;
		for_each(KGR_DIR, revert);
		if (kgr_wait_done(KGR_SETTLE_MS)) {
			/* Visible wake-ups are better than a pending change. */
			kgr_write(KGR_DIR "wake", "all");
			kgr_wait_done(KGR_SETTLE_MS);
			kgr_write(KGR_DIR "wake", "transparent");
		}
	} while (reverted);
	return KGR_WITHIN(KGR_SETTLE_MS, !unload_all()) &&
	       KGR_WITHIN(KGR_SETTLE_MS, kgr_is_clean());
}

/* The process that runs the tests. */
static pid_t runner;

static void end_runner(int sig)
{
	kill(runner, SIGKILL);
}

static bool is_same_program(const char *pid, const char *program)
{
	char path[300], exe[PATH_MAX];
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%s/exe", pid);
	len = readlink(path, exe, sizeof(exe) - 1);
	if (len < 0)
		return false;
	exe[len] = '\0';
	return !strcmp(exe, program);
}

/*
 * What a test has forked may be in another process group, and make changes
 * still. Says whether there is any.
 */
static bool kill_rest(void)
{
	char self[PATH_MAX] = "";
	struct dirent *e;
	bool any = false;
	DIR *d;

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return false;
	d = opendir("/proc");
	if (!d)
		return false;
	while ((e = readdir(d))) {
		pid_t pid = atoi(e->d_name);

		if (pid <= 0 || pid == getpid() ||
		    !is_same_program(e->d_name, self))
			continue;
		any = true;
		kill(pid, SIGKILL);
	}
	closedir(d);
	return any;
}

/*
 * Runs the tests in a child, because they may end it by exit(), by a signal, or
 * be ended by a timeout: what they leave would make later tests fail.
 */
int kgr_main(int argc, char **argv, int (*run)(int argc, char **argv))
{
	struct sigaction sa = { .sa_handler = end_runner };
	sigset_t signals;
	int ret = require(), status;

	if (ret)
		return ret;
	kgr_read(KGR_DIR "jump", jump_was, sizeof(jump_was));
	fflush(NULL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	runner = kgr_fork();
	if (!runner) {
		sigprocmask(SIG_UNBLOCK, &signals, NULL);
		exit(run(argc, argv));
	}
	if (runner < 0)
		return KSFT_FAIL;
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	while (waitpid(runner, &status, 0) < 0 && errno == EINTR)
		;

	/* What a test holds cannot die before it is let go. */
	(void)KGR_WITHIN(1000, !kill_rest());
	if (!kgr_clean_up()) {
		printf("# the kernel is still patched\n");
		return KSFT_FAIL;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : KSFT_FAIL;
}
