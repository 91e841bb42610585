// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The visible state of kGraft, as one text for comparison.
 */

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
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

/*
 * The functions that ftrace has for any user; but not which of them jump: they
 * begin to some time later.
 */
static void add_functions(FILE *out)
{
	char line[1024], *flag, *jump;
	FILE *in = fopen(KGR_TRACEFS "enabled_functions", "re");

	fprintf(out, "functions:\n");
	while (in && fgets(line, sizeof(line), in)) {
		flag = strstr(line, " O ");
		if (flag)
			flag[1] = ' ';
		jump = strstr(line, "\tjmp-->") ?: line + strcspn(line, "\n");
		fprintf(out, "%.*s\n", (int)(jump - line), line);
	}
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

/* Numbers that count changes. */
static bool counts_changes(const char *file)
{
	return !strcmp(file, "universe") || !strcmp(file, "horizon");
}

/* A directory with all readable files in it. */
static void add_tree(FILE *out, const char *dir, bool changes_are_fine)
{
	char path[PATH_MAX], link[PATH_MAX];
	struct dirent **e;
	struct stat st;
	ssize_t len;
	int i, nr = scandir(dir, &e, NULL, alphasort);

	for (i = 0; i < nr; i++) {
		const char *name = e[i]->d_name;

		snprintf(path, sizeof(path), "%s/%s", dir, name);
		if (name[0] == '.' || lstat(path, &st)) {
			/* not a test module */
		} else if (S_ISDIR(st.st_mode)) {
			fprintf(out, "%s/\n", path);
			add_tree(out, path, changes_are_fine);
		} else if (S_ISLNK(st.st_mode)) {
			len = readlink(path, link, sizeof(link));
			fprintf(out, "%s -> %.*s\n", path, (int)len, link);
		} else if (!(st.st_mode & 0444) ||
			   (changes_are_fine && counts_changes(name))) {
			fprintf(out, "%s\n", path);
		} else {
			add_file(out, path);
		}
		free(e[i]);
	}
	if (nr >= 0)
		free(e);
}

/* Processes with a thread that has yet to cross, kernel threads included. */
static void add_pending(FILE *out)
{
	struct dirent **e;
	int i, nr = scandir("/proc", &e, NULL, NULL);

	fprintf(out, "yet to cross:\n");
	for (i = 0; i < nr; i++) {
		if (kgr_pending(atoi(e[i]->d_name)) == 1)
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

	add_tree(out, "/sys/kernel/kgraft", snap->changes_are_fine);
	add_dir(out, "/sys/kernel/livepatch");
	add_pending(out);
	add_functions(out);
	add_modules(out);
	add_dir(out, "/sys/module");
	fclose(out);
}

void kgr_snapshot_take(struct kgr_snapshot *snap)
{
	snap->changes_are_fine = false;
	take(snap);
}

/* For comparison across changes: without the numbers that count changes. */
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
