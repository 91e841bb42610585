// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The number of objects in the caches of kmalloc().
 *
 * Opening a file of sysfs allocates a structure in kmalloc-96 if no other task
 * has it open, and closing it gives that to kfree_rcu(), which collects for up
 * to five seconds. So the files here stay open, and what a test has read just
 * before counts for some seconds more.
 */

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kgr_test.h"

#define MAX_SLABS	128

/* The minimum of this many samples counts, which excludes temporary objects. */
#define LOOKS		10

/* The longest that kfree_rcu() collects, and waits for readers, in ms. */
#define REST_MS		8000

static struct slab {
	char path[64];
	int shrink;
	int count;
	/* in use when taken */
	long objects;
	/* in caches of CPUs, which count as in use */
	long cached;
} slabs[MAX_SLABS];
static int nr_slabs;

static int open_file(const struct slab *slab, const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "%.63s/%s", slab->path, name);
	return open(path, flags | O_CLOEXEC);
}

/* Only the total: one number for each node follows. -1 if it cannot be read. */
static long number(int fd)
{
	char buf[256];
	ssize_t len = pread(fd, buf, sizeof(buf) - 1, 0);

	if (len <= 0)
		return -1;
	buf[len] = '\0';
	return strtol(buf, NULL, 10);
}

static long per_slab(const struct slab *slab)
{
	int fd = open_file(slab, "objs_per_slab", O_RDONLY);
	long nr = number(fd);

	close(fd);
	return nr;
}

/* -1 if they cannot be counted. */
static long least_objects(const struct slab *slab)
{
	long least = -1, now;
	int i;

	for (i = 0; i < LOOKS; i++) {
		if (write(slab->shrink, "1", 1) != 1)
			continue;
		now = number(slab->count);
		if (now < 0)
			return -1;
		if (least < 0 || now < least)
			least = now;
		kgr_sleep_ms(10);
	}
	return least;
}

static void forget(void)
{
	while (nr_slabs) {
		nr_slabs--;
		close(slabs[nr_slabs].shrink);
		close(slabs[nr_slabs].count);
	}
}

static bool count(struct slab *slab)
{
	slab->objects = least_objects(slab);
	if (slab->objects < 0)
		fprintf(stderr, "# the objects of %s cannot be counted\n",
			slab->path);
	return slab->objects >= 0;
}

/*
 * Counts the objects while the system is at rest. False if they cannot be counted,
 * as without CONFIG_SLUB_DEBUG: nothing could be said of a leak then.
 */
bool kgr_slabs_take(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN), nr_objects;
	bool ok = true;
	glob_t g;
	size_t i;

	forget();
	if (glob("/sys/kernel/slab/kmalloc-*", 0, NULL, &g)) {
		fprintf(stderr, "# the kernel does not show its caches\n");
		return false;
	}
	for (i = 0; i < g.gl_pathc && nr_slabs < MAX_SLABS; i++) {
		struct slab *slab = &slabs[nr_slabs];

		/* Accounted to cgroups: memory of tasks, not of kGraft. */
		if (strstr(g.gl_pathv[i], "kmalloc-cg-") ||
		    strlen(g.gl_pathv[i]) >= sizeof(slab->path))
			continue;
		snprintf(slab->path, sizeof(slab->path), "%s",
			 g.gl_pathv[i]);
		slab->shrink = open_file(slab, "shrink", O_WRONLY);
		slab->count = open_file(slab, "objects", O_RDONLY);
		nr_slabs++;
	}
	globfree(&g);
	for (int nr = 0; nr < nr_slabs; nr++)
		ok &= count(&slabs[nr]);
	/* Not before, because each is opened and closed. */
	for (int nr = 0; nr < nr_slabs; nr++) {
		nr_objects = per_slab(&slabs[nr]);
		ok &= nr_objects > 0;
		slabs[nr].cached = cpus * nr_objects;
	}
	return ok && nr_slabs;
}

static bool grown(long more, bool say)
{
	bool any = false;
	int i;

	for (i = 0; i < nr_slabs; i++) {
		long now = least_objects(&slabs[i]);

		if (now >= 0 &&
		    now - slabs[i].objects < more + slabs[i].cached)
			continue;
		if (say)
			fprintf(stderr, "# %s: %ld objects before, %ld now\n",
				slabs[i].path, slabs[i].objects, now);
		any = true;
	}
	return any;
}

/* Whether a cache has this many more objects in use than before, and keeps them. */
bool kgr_slabs_grown(long more)
{
	return !KGR_WITHIN(REST_MS, !grown(more, false)) && grown(more, true);
}
