// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the system shows of kGraft, as one text to be compared.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kgr_test.h"

static void add_file(FILE *out, const char *path)
{
	char line[1024];
	FILE *in = fopen(path, "re");

	fprintf(out, "%s:\n", path);
	while (in && fgets(line, sizeof(line), in))
		fputs(line, out);
	if (in)
		fclose(in);
}

static void add_dir(FILE *out, const char *path)
{
	struct dirent **e;
	int i, nr = scandir(path, &e, NULL, alphasort);

	fprintf(out, "%s:\n", path);
	for (i = 0; i < nr; i++) {
		fprintf(out, "%s\n", e[i]->d_name);
		free(e[i]);
	}
	if (nr >= 0)
		free(e);
}

/* /proc/modules: name, size, references, users; the rest are addresses. */
static void add_modules(FILE *out)
{
	char line[1024];
	FILE *in = fopen("/proc/modules", "re");

	fprintf(out, "modules:\n");
	while (in && fgets(line, sizeof(line), in)) {
		char *end = strstr(line, " 0x");

		fprintf(out, "%.*s\n", end ? (int)(end - line) : 1024, line);
	}
	if (in)
		fclose(in);
}

static void take(struct kgr_snapshot *snap)
{
	size_t size;
	FILE *out = open_memstream(&snap->text, &size);

	add_dir(out, KGR_DIR);
	if (!snap->changes_are_fine) {
		add_file(out, KGR_DIR "universe");
		add_file(out, KGR_DIR "horizon");
	}
	add_file(out, KGR_DIR "remaining");
	add_file(out, KGR_DIR "in_progress");
	add_file(out, KGR_TRACEFS "enabled_functions");
	add_modules(out);
	fclose(out);
}

void kgr_snapshot_take(struct kgr_snapshot *snap)
{
	snap->changes_are_fine = false;
	take(snap);
}

/* For before and after changes: without the numbers that count those. */
void kgr_snapshot_take_but_changes(struct kgr_snapshot *snap)
{
	snap->changes_are_fine = true;
	take(snap);
}

bool kgr_snapshot_same(const struct kgr_snapshot *before)
{
	struct kgr_snapshot now = *before;
	const char *a = before->text, *b;
	bool same;

	take(&now);
	b = now.text;
	same = !strcmp(a, b);
	while (!same && *a && *a == *b)
		a++, b++;
	if (!same)
		fprintf(stderr, "# from here on it differs: before \"%.80s\", now \"%.80s\"\n",
			a, b);
	kgr_snapshot_free(&now);
	return same;
}

void kgr_snapshot_free(struct kgr_snapshot *snap)
{
	free(snap->text);
	snap->text = NULL;
}
