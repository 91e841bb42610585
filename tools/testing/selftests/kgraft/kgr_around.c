// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module that patches any function to run itself around the original.
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "kgr_test.h"

/*
 * Adds a function to a module parameter, with its suffix if it has one. Returns
 * whether ftrace knows it.
 */
static bool find_target(const char *name, size_t len, char *params, size_t size)
{
	FILE *file = fopen(KGR_TRACEFS "available_filter_functions", "r");
	char line[256];
	bool found = false;

	while (!found && file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n ")] = '\0';
		found = !strncmp(line, name, len) &&
			(!line[len] || line[len] == '.');
	}
	if (file)
		fclose(file);
	if (found) {
		len = strlen(params);
		snprintf(params + len, size - len, "%s%s",
			 params[len - 1] == '=' ? "" : ",", line);
	}
	return found;
}

bool kgr_around_targets(const char *names, char *params, size_t size)
{
	snprintf(params, size, "targets=");
	while (*names) {
		size_t len = strcspn(names, ",");

		if (!find_target(names, len, params, size))
			return false;
		names += len + !!names[len];
	}
	return true;
}

int kgr_load_around(const char *names)
{
	char params[256];

	if (!kgr_around_targets(names, params, sizeof(params)))
		return -ENOENT;
	return kgr_load(KGR_AROUND, params);
}
