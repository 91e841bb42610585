// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Worlds: the results of eight functions, four of which are in a module, as two
 * words of four digits, "1200" and "0000"; "-" if there is no module.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kgr_test.h"

static void world_text(int seen, char text[8])
{
	if (seen < 0) {
		snprintf(text, 8, "%s", seen == -1 ? "-" : "mixed");
		return;
	}
	/* One digit each; a letter for any other value, which never matches. */
	for (int i = 0; i < 4; i++) {
		int value = seen >> 8 * i & 0xff;

		text[i] = value < 10 ? '0' + value : 'x';
	}
	text[4] = '\0';
}

/* Whether the results are as expected. */
bool kgr_world_seen(const int seen[2], const char *kernel, const char *obj)
{
	char is[2][8];

	world_text(seen[0], is[0]);
	world_text(seen[1], is[1]);
	if (!strcmp(is[0], kernel) && !strcmp(is[1], obj))
		return true;
	fprintf(stderr, "# the world is %s %s, not %s %s\n", is[0], is[1],
		kernel, obj);
	return false;
}

/* Whether the caller lives in that world. */
bool kgr_world_is(const char *kernel, const char *obj)
{
	int fd = open(KGR_TARGET "world", O_RDONLY | O_CLOEXEC);
	int seen[2] = { -2, -2 };

	kgr_pair(fd, seen);
	close(fd);
	return kgr_world_seen(seen, kernel, obj);
}

int kgr_param_read(const char *module, const char *param, char *buf, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", module,
		 param);
	return kgr_read(path, buf, size);
}

bool kgr_param_is(const char *module, const char *param, const char *value)
{
	char buf[512];

	if (kgr_param_read(module, param, buf, sizeof(buf)) < 0)
		snprintf(buf, sizeof(buf), "(none)");
	if (!strcmp(buf, value))
		return true;
	fprintf(stderr, "# %s of %s is '%s', not '%s'\n", param, module, buf,
		value);
	return false;
}

/* Whether the state table of a patch has a line. */
bool kgr_state_has(const char *patch, const char *line)
{
	char buf[4096], *l, *save;

	if (kgr_patch_read(patch, "state", buf, sizeof(buf)) < 0)
		return false;
	for (l = strtok_r(buf, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		if (!strcmp(l, line))
			return true;
	return false;
}
