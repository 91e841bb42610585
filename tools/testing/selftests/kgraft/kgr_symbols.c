// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where functions of the kernel are, by /proc/kallsyms.
 */

#include <stdio.h>
#include <string.h>

#include "kgr_fault.h"

/*
 * Joins adjacent functions that @pick selects to ranges. Returns the number of
 * ranges, which may be greater than the number stored.
 */
int kgr_functions(bool (*pick)(const char *name, const char *arg),
		  const char *arg, struct kgr_range *ranges, int max)
{
	FILE *in = fopen("/proc/kallsyms", "re");
	char line[1024], name[512], type;
	struct kgr_range *open = NULL;
	unsigned long addr, last = 0;
	int nr = 0;

	/* In order of their addresses; those of modules follow. */
	while (in && fgets(line, sizeof(line), in) && !strchr(line, '[')) {
		if (sscanf(line, "%lx %c %511s", &addr, &type, name) != 3)
			continue;
		if ((type == 't' || type == 'T') && pick(name, arg)) {
			last = addr;
			if (open)
				continue;
			if (nr++ >= max)
				break;
			open = &ranges[nr - 1];
			open->start = addr;
			open->end = 0;
		} else if (open && addr != last) {
			open->end = addr;
			open = NULL;
		}
	}
	if (in)
		fclose(in);
	return nr;
}

static bool is_called(const char *name, const char *arg)
{
	return !strcmp(name, arg);
}

/* Fails if there is none, or if several have that name. */
bool kgr_function(const char *name, struct kgr_range *range)
{
	return kgr_functions(is_called, name, range, 1) == 1 && range->end;
}
