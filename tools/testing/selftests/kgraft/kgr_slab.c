// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The number of objects in the caches of kmalloc().
 */

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kgr_test.h"

#define MAX_SLABS	128

/* The minimum of this many samples counts, which excludes temporary objects. */
#define LOOKS		10

static struct slab {
	char path[64];
	/* in use when taken */
	long objects;
	/* in caches of CPUs, which count as in use */
	long cached;
} slabs[MAX_SLABS];
static int nr_slabs;

static long attribute(const struct slab *slab, const char *name)
{
	char path[128], buf[256];

	/* Only the total: one number for each node follows. */
	snprintf(path, sizeof(path), "%s/%s", slab->path, name);
	return kgr_read(path, buf, sizeof(buf)) > 0 ? strtol(buf, NULL, 10) : 0;
}

static long least_objects(const struct slab *slab)
{
	char path[128];
	long least = 0, now;
	int i;

	snprintf(path, sizeof(path), "%s/shrink", slab->path);
	for (i = 0; i < LOOKS; i++) {
		kgr_write(path, "1");
		now = attribute(slab, "objects");
		if (!i || now < least)
			least = now;
		kgr_sleep_ms(10);
	}
	return least;
}

/* Counts the objects while the system is at rest. */
void kgr_slabs_take(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	glob_t g;
	size_t i;

	nr_slabs = 0;
	if (glob("/sys/kernel/slab/kmalloc-*", 0, NULL, &g))
		return;
	for (i = 0; i < g.gl_pathc && nr_slabs < MAX_SLABS; i++) {
		struct slab *slab = &slabs[nr_slabs];

		/* Accounted to cgroups: memory of tasks, not of kGraft. */
		if (strstr(g.gl_pathv[i], "kmalloc-cg-") ||
		    strlen(g.gl_pathv[i]) >= sizeof(slab->path))
			continue;
		snprintf(slab->path, sizeof(slab->path), "%s",
			 g.gl_pathv[i]);
		slab->objects = least_objects(slab);
		slab->cached = cpus * attribute(slab, "objs_per_slab");
		nr_slabs++;
	}
	globfree(&g);
}

/* Whether a cache has this many more objects in use than before. */
bool kgr_slabs_grown(long more)
{
	bool grown = false;
	int i;

	for (i = 0; i < nr_slabs; i++) {
		long now = least_objects(&slabs[i]);

		if (now - slabs[i].objects < more + slabs[i].cached)
			continue;
		fprintf(stderr, "# %s: %ld objects before, %ld now\n",
			slabs[i].path, slabs[i].objects, now);
		grown = true;
	}
	return grown;
}
