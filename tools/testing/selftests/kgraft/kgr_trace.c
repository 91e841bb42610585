// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tracepoint that says by which way a task crosses.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "kgr_test.h"

/* From here on; kgr_clean_up() ends it. */
bool kgr_trace_start(void)
{
	return !mkdir(KGR_TRACE, 0700) &&
	       !kgr_write(KGR_TRACE "buffer_size_kb", "1024") &&
	       !kgr_write(KGR_TRACE "events/kgraft/task_cross/enable", "1");
}

/* How a task crossed the last time; "" if it did not. */
const char *kgr_way(pid_t pid)
{
	static char way[16];
	char line[512], *at;
	FILE *trace;

	way[0] = '\0';
	trace = fopen(KGR_TRACE "trace", "re");
	while (trace && fgets(line, sizeof(line), trace)) {
		at = strstr(line, " task_cross: ");
		if (!at)
			continue;
		/* The name of a task comes first and may be anything. */
		at = strstr(at, " pid=");
		if (at && atoi(at + strlen(" pid=")) == pid)
			sscanf(strstr(at, " way="), " way=%15s", way);
	}
	if (trace)
		fclose(trace);
	return way;
}
