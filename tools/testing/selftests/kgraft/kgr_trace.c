// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The output of the tracepoints, in a separate trace instance.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kgr_test.h"

bool kgr_trace_start(void)
{
	return !mkdir(KGR_TRACE, 0700) &&
	       !kgr_write(KGR_TRACE "buffer_size_kb", "4096") &&
	       !kgr_write(KGR_TRACE "events/kgraft/enable", "1");
}

/* What was traced since the start; to be freed. */
char *kgr_trace_stop(void)
{
	const size_t size = 32 << 20;
	char *trace = malloc(size);

	kgr_write(KGR_TRACE "events/kgraft/enable", "0");
	if (trace && kgr_read(KGR_TRACE "trace", trace, size) < 0)
		*trace = '\0';
	rmdir(KGR_TRACE);
	return trace;
}

/* The number of lines with this event and this text, which may be "". */
int kgr_trace_count(const char *trace, const char *event, const char *text)
{
	const char *line = trace, *end;
	char name[64];
	int nr = 0;

	snprintf(name, sizeof(name), " %s: ", event);
	for (; *line; line = *end ? end + 1 : end) {
		end = strchrnul(line, '\n');
		if (memmem(line, end - line, name, strlen(name)) &&
		    memmem(line, end - line, text, strlen(text)))
			nr++;
	}
	return nr;
}

/* How often a task has crossed in a given way. */
int kgr_trace_ways(const char *trace, pid_t pid, const char *way)
{
	const char *line = trace;
	char name[32], as[32];
	int nr = 0;

	snprintf(name, sizeof(name), " pid=%d from=", pid);
	snprintf(as, sizeof(as), " way=%s\n", way);
	while ((line = strstr(line, " kgr_task_cross: "))) {
		const char *end = strchrnul(line, '\n');

		if (memmem(line, end - line, name, strlen(name)) &&
		    memmem(line, end - line + !!*end, as, strlen(as)))
			nr++;
		line = end;
	}
	return nr;
}

/* The number after "name=" in the first line of an event, or -1. */
long kgr_trace_field(const char *trace, const char *event, const char *name)
{
	char key[64];
	const char *at;

	snprintf(key, sizeof(key), " %s: ", event);
	at = strstr(trace, key);
	if (!at)
		return -1;
	snprintf(key, sizeof(key), " %s=", name);
	at = strstr(at, key);
	return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

/* The time of the event whose line has " name: ", in us; -1: unknown. */
static long long stamp(const char *trace, const char *event)
{
	double seconds;

	while (event > trace && event[-1] != ' ')
		event--;
	return sscanf(event, "%lf:", &seconds) == 1 ? seconds * 1e6 : -1;
}

/* From the first of one event to the last of another, in us; -1 without these. */
long kgr_trace_span(const char *trace, const char *from, const char *to)
{
	long long begin, end;
	const char *at, *last = NULL;
	char key[64];

	snprintf(key, sizeof(key), " %s: ", from);
	at = strstr(trace, key);
	begin = at ? stamp(trace, at) : -1;
	snprintf(key, sizeof(key), " %s: ", to);
	while (at && (at = strstr(at + 1, key)))
		last = at;
	end = last ? stamp(trace, last) : -1;
	return begin < 0 || end < 0 ? -1 : end - begin;
}

/* The event of a task that has crossed comes a moment later. */
#define TRACED_MS	300

static bool find_way(pid_t pid, char way[16])
{
	char line[512], *at;
	FILE *trace;

	way[0] = '\0';
	trace = fopen(KGR_TRACE "trace", "re");
	while (trace && fgets(line, sizeof(line), trace)) {
		at = strstr(line, " kgr_task_cross: ");
		if (!at)
			continue;
		/* The name of a task comes first and may be anything. */
		at = strstr(at, " pid=");
		if (at && atoi(at + strlen(" pid=")) == pid)
			sscanf(strstr(at, " way="), " way=%15s", way);
	}
	if (trace)
		fclose(trace);
	return way[0];
}

/* How a task crossed the last time; "" if it did not. */
const char *kgr_way(pid_t pid)
{
	static char way[16];

	(void)KGR_WITHIN(TRACED_MS, find_way(pid, way));
	return way;
}

/* Whether the kernel has the monitor of kernel/trace/rv/monitors/kgr. */
bool kgr_has_monitor(void)
{
	char text[256];

	return kgr_read(KGR_RV "available_monitors", text, sizeof(text)) > 0 &&
	       strstr(text, "kgr");
}

/* 0 or a negative errno: -EBUSY if another monitor watches tasks. */
int kgr_monitor(bool on)
{
	return kgr_write(KGR_RV "enabled_monitors", on ? "kgr" : "!kgr");
}
