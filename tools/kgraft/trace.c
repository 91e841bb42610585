// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace.c - a transition, as the kernel traced it
 *
 * The text of /sys/kernel/tracing/trace: "... SECONDS: EVENT: NAME=VALUE ...".
 * The name of a task may contain any characters, so fields are searched from
 * the end of the line.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "patch.h"
#include "trace.h"

static const char * const kgr_ways[KGR_WAYS] = {
	[KGR_WAY_EXIT]	= "exit",
	[KGR_WAY_LOOP]	= "loop",
	[KGR_WAY_SLEEP]	= "sleep",
	[KGR_WAY_IDLE]	= "idle",
	[KGR_WAY_STACK]	= "stack",
	[KGR_WAY_PLACE]	= "place",
	[KGR_WAY_FORCE]	= "force",
	[KGR_WAY_OTHER]	= "other",
};

const char *kgr_way_word(enum kgr_way way)
{
	return kgr_ways[way];
}

static enum kgr_way way_of(const char *word)
{
	int way;

	for (way = 0; way < KGR_WAY_OTHER; way++)
		if (!strcmp(word, kgr_ways[way]))
			break;
	return way;
}

/*
 * Cuts the last " NAME=" off the line, and returns the text after it, or NULL.
 */
static char *take(char *line, const char *name)
{
	char *mark = kgr_format(" %s=", name), *found = NULL, *at = line;

	while ((at = strstr(at, mark)))
		found = at++;
	if (found) {
		*found = '\0';
		found += strlen(mark);
	}
	free(mark);
	return found;
}

static bool take_number(char *line, const char *name, unsigned int *value)
{
	char *text = take(line, name);

	return text && kgr_number32(text, value);
}

/* The same, in quotes. */
static char *take_quoted(char *line, const char *name)
{
	char *text = take(line, name);
	size_t len;

	if (!text || *text != '"')
		return NULL;
	len = strlen(text);
	if (len < 2 || text[len - 1] != '"')
		return NULL;
	text[len - 1] = '\0';
	return text + 1;
}

/* The rest of a line whose first field this is. */
static char *first(char *line, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(line, name, len) || line[len] != '=')
		return NULL;
	return line + len + 1;
}

static void parse_cross(struct kgr_trace *trace, unsigned long long usec,
			char *line)
{
	struct kgr_crossing crossing = { .usec = usec };
	char *way = take(line, "way"), *comm;

	if (!way || !take_number(line, "to", &crossing.to) ||
	    !take_number(line, "from", &crossing.from) ||
	    !take_number(line, "pid", &crossing.pid))
		return;
	comm = first(line, "comm");
	if (!comm)
		return;
	crossing.way = way_of(way);
	crossing.comm = kgr_dup(comm);
	trace->crossings = kgr_grow(trace->crossings, trace->nr_crossings,
				    sizeof(crossing));
	trace->crossings[trace->nr_crossings++] = crossing;
}

static void parse_blocked(struct kgr_trace *trace, unsigned long long usec,
			  char *line)
{
	struct kgr_blocked blocked = { .usec = usec };
	char *comm, *reason;

	take(line, "msecs");
	reason = take_quoted(line, "reason");
	take(line, "kind");
	if (!reason || !take_number(line, "universe", &blocked.universe) ||
	    !take_number(line, "pid", &blocked.pid))
		return;
	comm = first(line, "comm");
	if (!comm)
		return;
	blocked.comm = kgr_dup(comm);
	blocked.reason = kgr_dup(reason);
	trace->blocked = kgr_grow(trace->blocked, trace->nr_blocked,
				  sizeof(blocked));
	trace->blocked[trace->nr_blocked++] = blocked;
}

static void parse_begin(struct kgr_trace *trace, unsigned long long usec,
			char *line)
{
	struct kgr_traced change = { .usec = usec };
	unsigned int revert;
	char *patch;

	if (!take_number(line, "universe", &change.universe) ||
	    !take_number(line, "revert", &revert))
		return;
	patch = first(line, "patch");
	if (!patch)
		return;
	change.revert = revert;
	change.patch = kgr_dup(patch);
	trace->changes = kgr_grow(trace->changes, trace->nr_changes,
				  sizeof(change));
	trace->changes[trace->nr_changes++] = change;
}

static void parse_complete(struct kgr_trace *trace, char *line)
{
	char *usecs = take(line, "usecs");
	unsigned int universe;
	unsigned long long took;
	size_t i;

	if (!usecs || !kgr_number(usecs, &took) ||
	    !take_number(line, "universe", &universe))
		return;
	for (i = 0; i < trace->nr_changes; i++) {
		if (trace->changes[i].universe != universe)
			continue;
		trace->changes[i].complete = true;
		trace->changes[i].usecs = took;
	}
}

/* "SECONDS.MICROS" that ends at @end, where there is a colon. */
static bool time_before(const char *line, const char *end,
			unsigned long long *usec)
{
	const char *begin = end;
	unsigned long long seconds, micros;
	char *text, *dot;
	bool ok;

	while (begin > line && (isdigit((unsigned char)begin[-1]) ||
				begin[-1] == '.'))
		begin--;
	text = kgr_dup_len(begin, end - begin);
	dot = strchr(text, '.');
	if (dot)
		*dot++ = '\0';
	ok = dot && strlen(dot) == 6 && strlen(text) < 12 &&
	     kgr_number(text, &seconds) && kgr_number(dot, &micros);
	if (ok)
		*usec = seconds * 1000000 + micros;
	free(text);
	return ok;
}

static void parse_line(struct kgr_trace *trace, char *line)
{
	unsigned long long usec;
	char *event = line, *rest;

	while ((event = strstr(event, ": kgr_"))) {
		if (time_before(line, event, &usec))
			break;
		event++;
	}
	if (!event)
		return;
	event += 2;
	rest = strstr(event, ": ");
	if (!rest)
		return;
	*rest = '\0';
	rest += 2;
	if (usec > trace->end)
		trace->end = usec;
	if (!strcmp(event, "kgr_task_cross"))
		parse_cross(trace, usec, rest);
	else if (!strcmp(event, "kgr_task_blocked"))
		parse_blocked(trace, usec, rest);
	else if (!strcmp(event, "kgr_change_begin"))
		parse_begin(trace, usec, rest);
	else if (!strcmp(event, "kgr_change_complete"))
		parse_complete(trace, rest);
}

/* The text is split in place. */
void kgr_parse_trace(char *text, struct kgr_trace *trace)
{
	char *line;

	while ((line = kgr_next_line(&text)))
		if (*line != '#')
			parse_line(trace, line);
}

void kgr_trace_free(struct kgr_trace *trace)
{
	while (trace->nr_changes)
		free(trace->changes[--trace->nr_changes].patch);
	while (trace->nr_crossings)
		free(trace->crossings[--trace->nr_crossings].comm);
	while (trace->nr_blocked) {
		free(trace->blocked[--trace->nr_blocked].comm);
		free(trace->blocked[trace->nr_blocked].reason);
	}
	free(trace->changes);
	free(trace->crossings);
	free(trace->blocked);
	*trace = (struct kgr_trace){ };
}

/* Did the task cross this change then, alone or with others? */
bool kgr_crosses(const struct kgr_crossing *crossing,
		 const struct kgr_traced *change)
{
	return kgr_universe_before(crossing->from, change->universe) &&
	       !kgr_universe_before(crossing->to, change->universe) &&
	       crossing->usec >= change->usec;
}
