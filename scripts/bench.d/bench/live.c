// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * live.c - the two systems that replace functions of a running kernel
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "live.h"
#include "util.h"

/* livepatch takes minutes to let go of a thousand functions. */
#define PATIENCE_MS	1200000

const struct live systems[NR_SYSTEMS] = {
	{
		"kgr", "kgraft", "/sys/kernel/kgraft/", "status", "applied\n",
		{ "revert", "1" },
	},
	{
		"klp", "livepatch", "/sys/kernel/livepatch/", "transition", "0\n",
		{ "enabled", "0" },
	},
};

const struct live *live;
char module[64];

void choose(const struct live *which, const char *kind)
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

void load(void)
{
	char file[80];
	int fd;

	snprintf(file, sizeof(file), "%s.ko", module);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		die(file);
	close(fd);
}

bool applied(void)
{
	char buf[64];

	return read_file(patch_file(live->file), buf, sizeof(buf)) > 0 &&
	       !strcmp(buf, live->applied);
}

/* livepatch has no more files of a patch that is gone. */
bool reverted(void)
{
	char buf[64];
	int n = read_file(patch_file(live->file), buf, sizeof(buf));

	return n == -ENOENT || n == -ENODEV || !strcmp(buf, "reverted\n");
}

void wait_until(bool (*done)(void), long step_us)
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

void revert(void)
{
	write_file(patch_file(live->revert[0]), live->revert[1]);
}

void unload(void)
{
	double end = now_ms() + PATIENCE_MS;

	while (syscall(SYS_delete_module, module, O_NONBLOCK)) {
		if (now_ms() > end)
			die(module);
		nap_us(10000);
	}
}
