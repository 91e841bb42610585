// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of tasks that have yet to cross: reading and parsing.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kgr_test.h"

#define HEAD "tid\tcomm\tuniverse\tkind\treason\twaited_ms\tsyscall\twchan"

static bool copy(char *to, size_t size, const char *from)
{
	return from && *from && snprintf(to, size, "%s", from) < (int)size;
}

static bool number(const char *text, long *value)
{
	char *end;

	if (!text || !*text)
		return false;
	*value = strtol(text, &end, 10);
	return !*end;
}

/* Eight fields, none of them empty. */
static bool parse(char *line, struct kgr_blocker *b)
{
	char *field[8];
	int i;

	for (i = 0; i < 8; i++)
		field[i] = strsep(&line, "\t");
	return !line && number(field[0], &b->tid) &&
	       copy(b->comm, sizeof(b->comm), field[1]) &&
	       number(field[2], &b->universe) &&
	       copy(b->kind, sizeof(b->kind), field[3]) &&
	       copy(b->reason, sizeof(b->reason), field[4]) &&
	       number(field[5], &b->waited_ms) &&
	       copy(b->syscall, sizeof(b->syscall), field[6]) &&
	       copy(b->wchan, sizeof(b->wchan), field[7]);
}

/*
 * Calls a function for each line, in the order of the file, reading @size bytes
 * at a time. Returns the number of lines, or a negative errno; -EPROTO if a
 * line is malformed.
 */
int kgr_blockers(size_t chunk, void (*fn)(const struct kgr_blocker *b, void *arg),
		 void *arg)
{
	int fd = open(KGR_BLOCKERS, O_RDONLY | O_CLOEXEC);
	char *text = NULL, *line, *rest;
	size_t len = 0, size = 0;
	ssize_t got = 0;
	int nr = 0;

	if (fd < 0)
		return -errno;
	do {
		len += got;
		if (size < len + chunk + 1) {
			size = 2 * (len + chunk + 1);
			text = realloc(text, size);
		}
		got = read(fd, text + len, chunk);
	} while (got > 0);
	close(fd);
	text[len] = '\0';
	rest = text;
	line = strsep(&rest, "\n");
	if (got < 0 || strcmp(line, HEAD))
		nr = -EPROTO;
	while (nr >= 0 && (line = strsep(&rest, "\n")) && *line) {
		struct kgr_blocker b;

		if (!parse(line, &b)) {
			fprintf(stderr, "# malformed: %s\n", line);
			nr = -EPROTO;
			break;
		}
		nr++;
		if (fn)
			fn(&b, arg);
	}
	free(text);
	return nr;
}

struct lookup {
	pid_t tid;
	struct kgr_blocker *found;
	bool done;
};

static void look(const struct kgr_blocker *b, void *arg)
{
	struct lookup *l = arg;

	if (b->tid != l->tid || l->done)
		return;
	*l->found = *b;
	l->done = true;
}

/* Whether a thread is listed, and how. */
bool kgr_blocker_find(pid_t tid, struct kgr_blocker *found)
{
	struct lookup l = { .tid = tid, .found = found };

	memset(found, 0, sizeof(*found));
	return kgr_blockers(4096, look, &l) > 0 && l.done;
}

/* Whether a thread is soon listed for this reason. */
bool kgr_blocked_by(pid_t tid, const char *reason)
{
	struct kgr_blocker b;

	if (KGR_WITHIN(KGR_SETTLE_MS,
		       kgr_blocker_find(tid, &b) && !strcmp(b.reason, reason)))
		return true;
	fprintf(stderr, "# %d is blocked by \"%s\", not \"%s\"\n", tid, b.reason,
		reason);
	return false;
}
