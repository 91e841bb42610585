// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tests start on an unpatched kernel and leave an unpatched kernel, even if
 * they fail.
 */

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
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

/* Whether all is as before. Releases all tasks that are still held. */
bool kgr_clean_up(void)
{
	kgr_write(KGR_TARGET "release", "1");
	kgr_write("/sys/module/kgr_test_obj/parameters/go", "1");
	kgr_write("/sys/module/kgr_test_restart/parameters/go", "1");
	kgr_write("/proc/sys/kernel/ftrace_enabled", "1");
	kgr_write("/sys/devices/system/cpu/cpu1/online", "1");
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

/* Nothing may remain even if a test was killed by its timeout. */
int kgr_main(int argc, char **argv, int (*run)(int argc, char **argv))
{
	int ret = require();

	if (ret)
		return ret;
	kgr_read(KGR_DIR "jump", jump_was, sizeof(jump_was));
	ret = run(argc, argv);
	kgr_clean_up();
	return ret;
}
