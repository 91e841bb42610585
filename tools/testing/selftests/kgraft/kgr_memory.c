// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The objects that kGraft has allocated and not freed, by the tracepoints of
 * the allocator where kGraft calls it.
 */

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../kselftest.h"
#include "kgr_fault.h"
#include "kgr_test.h"

#define MAX_RANGES	64
#define MAX_OBJECTS	4096

static struct object {
	char ptr[32];
	char bytes[32];
	char site[64];
} objects[MAX_OBJECTS];
static int nr_objects;

static bool is_ours(const char *name, const char *arg)
{
	return strstr(name, "kgr_") && !strstr(name, "kgr_test_");
}

static void add_range(char *filter, size_t size, const struct kgr_range *range)
{
	size_t len = strlen(filter);

	snprintf(filter + len, size - len,
		 "%s(call_site >= %#lx && call_site < %#lx)", len ? " || " : "",
		 range->start, range->end);
}

/* From now on, in a trace instance that kgr_clean_up() removes. */
bool kgr_memory_watch(void)
{
	/*
	 * Other return addresses of kfree(): a tail call of kfree() returns to
	 * the caller's caller.
	 */
	static const char * const frees[] = {
		"kvfree", "kobject_put", "kobject_cleanup",
		"klp_free_patch", "klp_enable_patch",
	};
	struct kgr_range ranges[MAX_RANGES], range;
	char filter[MAX_RANGES * 80] = "";
	int i, nr;

	nr = kgr_functions(is_ours, NULL, ranges, MAX_RANGES);
	if (!nr || nr > MAX_RANGES)
		return false;
	for (i = 0; i < nr; i++)
		add_range(filter, sizeof(filter), &ranges[i]);
	if (mkdir(KGR_TRACE, 0700) ||
	    kgr_write(KGR_TRACE "buffer_size_kb", "2048") ||
	    kgr_write(KGR_TRACE "events/kmem/kmalloc/filter", filter))
		return false;
	for (i = 0; i < ARRAY_SIZE(frees); i++)
		if (kgr_function(frees[i], &range))
			add_range(filter, sizeof(filter), &range);
	return !kgr_write(KGR_TRACE "events/kmem/kfree/filter", filter) &&
	       !kgr_write(KGR_TRACE "events/kmem/kmalloc/enable", "1") &&
	       !kgr_write(KGR_TRACE "events/kmem/kfree/enable", "1");
}

/* Copies the text after @name up to a space. */
static bool field(const char *line, const char *name, char *value, size_t size)
{
	const char *at = strstr(line, name);
	size_t len;

	if (!at)
		return false;
	at += strlen(name);
	len = strcspn(at, " ");
	snprintf(value, size, "%.*s", (int)len, at);
	return true;
}

static bool take(const char *line)
{
	struct object *o = &objects[nr_objects];

	if (nr_objects == MAX_OBJECTS ||
	    !field(line, " ptr=", o->ptr, sizeof(o->ptr)) ||
	    !field(line, " bytes_req=", o->bytes, sizeof(o->bytes)) ||
	    !field(line, " call_site=", o->site, sizeof(o->site)))
		return false;
	/* A failed allocation shows as a null pointer. */
	nr_objects += strtoull(o->ptr, NULL, 16) != 0;
	return true;
}

static void drop(const char *line)
{
	char ptr[32];
	int i;

	if (!field(line, " ptr=", ptr, sizeof(ptr)))
		return;
	for (i = nr_objects - 1; i >= 0; i--) {
		if (strcmp(objects[i].ptr, ptr))
			continue;
		objects[i] = objects[--nr_objects];
		return;
	}
}

/* The number of events that a ring buffer has lost. */
static long lost(void)
{
	char buf[1024], *at;
	long nr = 0;
	glob_t g;
	size_t i;

	if (glob(KGR_TRACE "per_cpu/cpu*/stats", 0, NULL, &g))
		return -1;
	for (i = 0; i < g.gl_pathc; i++) {
		at = kgr_read(g.gl_pathv[i], buf, sizeof(buf)) > 0 ?
			strstr(buf, "overrun: ") : NULL;
		nr += at ? atol(at + strlen("overrun: ")) : 1;
	}
	globfree(&g);
	return nr;
}

static bool add_up(void)
{
	FILE *in = fopen(KGR_TRACE "trace", "re");
	char line[512];
	bool ok = in;

	nr_objects = 0;
	while (ok && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		if (strstr(line, ": kmalloc: "))
			ok = take(line);
		else if (strstr(line, ": kfree: "))
			drop(line);
	}
	if (in)
		fclose(in);
	return ok && !lost();
}

/*
 * Whether, after grace periods, this many of the objects allocated since
 * kgr_memory_watch() exist.
 */
bool kgr_memory_left_is(int nr)
{
	long long end = kgr_now_ms() + KGR_SETTLE_MS;
	bool ok;
	int i;

	do {
		kgr_sleep_ms(100);
		ok = add_up();
	} while (ok && nr_objects != nr && kgr_now_ms() < end);
	if (!ok)
		fprintf(stderr, "# the trace is not complete\n");
	for (i = 0; i < nr_objects && nr_objects != nr; i++)
		fprintf(stderr, "# not freed: %s bytes of %s\n",
			objects[i].bytes, objects[i].site);
	return ok && nr_objects == nr;
}
