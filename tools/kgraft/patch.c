// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * patch.c - the state of kGraft and of its patches
 *
 * Each file is true at the time when it is read. A patch whose directory was
 * removed meanwhile is omitted; one with an unreadable file has gaps.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "patch.h"
#include "root.h"

static const char * const kgr_status_words[] = {
	[KGR_PATCH_UNKNOWN]	= "unknown",
	[KGR_PATCH_APPLYING]	= "applying",
	[KGR_PATCH_APPLIED]	= "applied",
	[KGR_PATCH_REVERTING]	= "reverting",
	[KGR_PATCH_REVERTED]	= "reverted",
	[KGR_PATCH_REPLACED]	= "replaced",
};

static const char * const kgr_state_words[KGR_FUNCTION_STATES] = {
	[KGR_FUNCTION_INIT]		= "not applied yet",
	[KGR_FUNCTION_APPLYING]		= "being applied",
	[KGR_FUNCTION_APPLIED]		= "applied",
	[KGR_FUNCTION_REVERTING]	= "being reverted",
	[KGR_FUNCTION_REVERTED]		= "reverted",
	[KGR_FUNCTION_NOT_LOADED]	= "module not loaded",
	[KGR_FUNCTION_UNPATCHED]	= "unpatched",
};

enum kgr_patch_status kgr_status_of_word(const char *word)
{
	int i;

	for (i = KGR_PATCH_APPLYING; i <= KGR_PATCH_REPLACED; i++)
		if (word && !strcmp(word, kgr_status_words[i]))
			return i;
	return KGR_PATCH_UNKNOWN;
}

const char *kgr_status_word(enum kgr_patch_status status)
{
	return kgr_status_words[status];
}

const char *kgr_state_word(unsigned int state)
{
	return state < KGR_FUNCTION_STATES ? kgr_state_words[state] : "unknown";
}

bool kgr_patch_is_pending(const struct kgr_patch *patch)
{
	return patch->status == KGR_PATCH_APPLYING ||
	       patch->status == KGR_PATCH_REVERTING;
}

/* Can its module be unloaded, according to its status? */
bool kgr_patch_is_idle(const struct kgr_patch *patch)
{
	return patch->status == KGR_PATCH_REVERTED ||
	       patch->status == KGR_PATCH_REPLACED;
}

/* How many of its functions run the original, in a module that is loaded? */
size_t kgr_patch_unpatched(const struct kgr_patch *patch)
{
	size_t i, nr = 0;

	for (i = 0; i < patch->nr_functions; i++)
		nr += patch->functions[i].state == KGR_FUNCTION_UNPATCHED;
	return nr;
}

/* Have they the same name, in the same object? */
bool kgr_function_is_named(const struct kgr_function *a,
			   const struct kgr_function *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->object, b->object);
}

/* The same function: the only one of its name is also the first. */
bool kgr_function_is(const struct kgr_function *a, const struct kgr_function *b)
{
	return kgr_function_is_named(a, b) &&
	       (a->position ?: 1) == (b->position ?: 1);
}

/* The numbers wrap around. */
bool kgr_universe_before(unsigned int a, unsigned int b)
{
	return (int)(a - b) < 0;
}

/*
 * The file state: four fields in each line. Text after the last complete line
 * is dropped.
 */
void kgr_parse_functions(char *text, struct kgr_patch *patch)
{
	char *line, *name, *object, *position, *state, *end;
	struct kgr_function function;

	end = strrchr(text, '\n');
	*(end ? end : text) = '\0';
	while ((line = kgr_next_line(&text))) {
		name = kgr_next_field(&line, ' ');
		object = kgr_next_field(&line, ' ');
		position = kgr_next_field(&line, ' ');
		state = kgr_next_field(&line, ' ');
		if (!state || !*name || !*object ||
		    !kgr_number32(position, &function.position) ||
		    !kgr_number32(state, &function.state))
			continue;
		function.name = kgr_dup(name);
		function.object = kgr_dup(object);
		patch->functions = kgr_grow(patch->functions,
					    patch->nr_functions,
					    sizeof(function));
		patch->functions[patch->nr_functions++] = function;
	}
}

static void add_count(struct kgr_statistics *statistics, const char *way,
		      unsigned int nr)
{
	struct kgr_count count = { .way = kgr_dup(way), .nr = nr };

	statistics->counts = kgr_grow(statistics->counts, statistics->nr,
				      sizeof(count));
	statistics->counts[statistics->nr++] = count;
}

/* The file statistics: a name and a number in each line, "-" for no number. */
void kgr_parse_statistics(char *text, struct kgr_statistics *statistics)
{
	unsigned long long value;
	char *line, *name, *end;
	unsigned int nr;

	statistics->began_ms = -1;
	statistics->took_ms = -1;
	statistics->longest_ms = -1;
	end = strrchr(text, '\n');
	*(end ? end : text) = '\0';
	while ((line = kgr_next_line(&text))) {
		name = kgr_next_field(&line, ' ');
		if (!line || !kgr_is_word(name) || !kgr_number(line, &value) ||
		    (long long)value < 0)
			continue;
		if (!strcmp(name, "began_ms"))
			statistics->began_ms = value;
		else if (!strcmp(name, "took_ms"))
			statistics->took_ms = value;
		else if (!strcmp(name, "longest_ms"))
			statistics->longest_ms = value;
		else if (!strchr(name, '_') && kgr_number32(line, &nr))
			add_count(statistics, name, nr);
	}
	statistics->there = statistics->began_ms >= 0;
}

/* The last component of the target of the link "owner". */
static char *read_owner(const char *name)
{
	char *path = kgr_path(KGR_SYSFS "/%s/owner", name);
	char target[PATH_MAX], *module;
	ssize_t len = readlink(path, target, sizeof(target) - 1);

	free(path);
	if (len <= 0)
		return NULL;
	target[len] = '\0';
	module = strrchr(target, '/');
	return kgr_dup(module ? module + 1 : target);
}

static bool read_flag(const char *patch, const char *file)
{
	unsigned int value;

	return kgr_read_number(&value, KGR_SYSFS "/%s/%s", patch, file) &&
	       value;
}

/**
 * kgr_patch_read - read the state of one patch
 * @name: its name
 * @patch: filled in, to be freed with kgr_patch_free() if there is one
 *
 * Return: whether the patch existed, also after it was read.
 */
bool kgr_patch_read(const char *name, struct kgr_patch *patch)
{
	struct kgr_text text = { };
	char *status, *path;
	bool there;

	*patch = (struct kgr_patch){ .name = kgr_dup(name) };
	status = kgr_read_word(KGR_SYSFS "/%s/status", name);
	patch->status = kgr_status_of_word(status);
	free(status);
	patch->module = read_owner(name);
	patch->consistency = kgr_read_word(KGR_SYSFS "/%s/consistency", name);
	patch->on_deadline = kgr_read_word(KGR_SYSFS "/%s/on_deadline", name);
	patch->forced = read_flag(name, "forced");
	patch->replace_all = read_flag(name, "replace_all");
	patch->has_universe = kgr_read_number(&patch->universe,
					      KGR_SYSFS "/%s/universe", name);
	patch->has_refs = kgr_read_number(&patch->refs,
					  KGR_SYSFS "/%s/refs", name);
	kgr_read_number(&patch->deadline_ms, KGR_SYSFS "/%s/deadline_ms", name);
	if (!kgr_read(&text, KGR_SYSFS "/%s/state", name))
		kgr_parse_functions(text.data, patch);
	kgr_text_free(&text);
	if (!kgr_read(&text, KGR_SYSFS "/%s/statistics", name))
		kgr_parse_statistics(text.data, &patch->statistics);
	kgr_text_free(&text);

	path = kgr_path(KGR_SYSFS "/%s/status", name);
	there = !access(path, F_OK);
	free(path);
	if (!there)
		kgr_patch_free(patch);
	return there;
}

void kgr_patch_free(struct kgr_patch *patch)
{
	size_t i;

	for (i = 0; i < patch->nr_functions; i++) {
		free(patch->functions[i].name);
		free(patch->functions[i].object);
	}
	for (i = 0; i < patch->statistics.nr; i++)
		free(patch->statistics.counts[i].way);
	free(patch->statistics.counts);
	free(patch->functions);
	free(patch->name);
	free(patch->module);
	free(patch->consistency);
	free(patch->on_deadline);
	*patch = (struct kgr_patch){ };
}

/*
 * How many tasks there are: the kernel's count of threads, and one idle task
 * for each possible CPU.
 */
static unsigned int count_tasks(void)
{
	unsigned int threads = 0, first, last;
	struct kgr_text text = { };
	int len = 0;
	char *rest;

	if (!kgr_read(&text, "/proc/loadavg") &&
	    sscanf(text.data, "%*s %*s %*s %*u/%u", &threads) != 1)
		threads = 0;
	kgr_text_free(&text);
	if (threads && !kgr_read(&text, "/sys/devices/system/cpu/possible")) {
		for (rest = text.data; *rest; rest += len) {
			len = 0;
			if (sscanf(rest, "%u-%u%n", &first, &last, &len) < 2 &&
			    sscanf(rest, "%u%n", &last, &len) == 1)
				first = last;
			if (!len || last < first)
				break;
			threads += last - first + 1;
			len += rest[len] == ',';
		}
	}
	kgr_text_free(&text);
	return threads;
}

/* Whether this kernel has kGraft. */
bool kgr_system_is_there(void)
{
	return kgr_exists(KGR_SYSFS "/in_progress");
}

/* If there is no kGraft, reports it; returns 0 or an exit status. */
int kgr_system_check(void)
{
	if (kgr_system_is_there())
		return 0;
	if (!kgr_exists("/sys/kernel"))
		return kgr_error(KGR_NO_KGRAFT, 0,
				 "/sys is not mounted; mount -t sysfs none /sys");
	return kgr_error(KGR_NO_KGRAFT, 0,
			 "this kernel has no kGraft (%s does not exist); boot one with CONFIG_KGRAFT=y",
			 KGR_SYSFS);
}

/* 1 or 0; or -1 if that cannot be read. */
int kgr_in_progress(void)
{
	unsigned int value;

	if (!kgr_read_number(&value, KGR_SYSFS "/in_progress"))
		return -1;
	return !!value;
}

/**
 * kgr_system_read - read everything in /sys/kernel/kgraft
 * @system: filled in, to be freed with kgr_system_free() if that succeeds
 *
 * Return: 0, or an exit status after a message.
 */
int kgr_system_read(struct kgr_system *system)
{
	struct kgr_patch patch;
	char **names, *path;
	size_t nr, i;
	int ret;

	*system = (struct kgr_system){ };
	ret = kgr_system_check();
	if (ret)
		return ret;
	ret = kgr_list(KGR_SYSFS, &names, &nr);
	if (ret)
		return kgr_error(kgr_status_of(ret), ret,
				 "cannot read " KGR_SYSFS);
	system->in_progress = kgr_in_progress();
	system->has_numbers =
		kgr_read_number(&system->universe, KGR_SYSFS "/universe") &&
		kgr_read_number(&system->horizon, KGR_SYSFS "/horizon") &&
		kgr_read_number(&system->remaining, KGR_SYSFS "/remaining");
	system->tasks = count_tasks();
	system->wake = kgr_read_word(KGR_SYSFS "/wake");
	for (i = 0; i < nr; i++) {
		path = kgr_path(KGR_SYSFS "/%s/status", names[i]);
		if (!access(path, F_OK) && kgr_patch_read(names[i], &patch)) {
			system->patches = kgr_grow(system->patches, system->nr,
						   sizeof(patch));
			system->patches[system->nr++] = patch;
		}
		free(path);
	}
	kgr_list_free(names, nr);
	return 0;
}

void kgr_system_free(struct kgr_system *system)
{
	while (system->nr)
		kgr_patch_free(&system->patches[--system->nr]);
	free(system->patches);
	free(system->wake);
	*system = (struct kgr_system){ };
}

/* The name of a module, from a file or an argument: "-" is "_". */
char *kgr_module_name(const char *text)
{
	const char *base = strrchr(text, '/');
	char *name, *c;

	name = kgr_dup(base ? base + 1 : text);
	c = strstr(name, ".ko");
	if (c && (!c[3] || c[3] == '.'))
		*c = '\0';
	for (c = name; *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

/**
 * kgr_patch_find - find the patch that a name means
 * @system: all patches
 * @name: of a patch; or else of a module, or of its file
 *
 * Return: a patch in @system; or %NULL.
 */
const struct kgr_patch *kgr_patch_find(const struct kgr_system *system,
				       const char *name)
{
	const struct kgr_patch *found = NULL;
	char *module = kgr_module_name(name);
	size_t i;

	for (i = 0; i < system->nr && !found; i++)
		if (!strcmp(system->patches[i].name, name))
			found = &system->patches[i];
	for (i = 0; i < system->nr && !found; i++)
		if (system->patches[i].module &&
		    !strcmp(system->patches[i].module, module))
			found = &system->patches[i];
	free(module);
	return found;
}

/* Reports a name that means nothing; returns the exit status. */
int kgr_no_patch(const char *name)
{
	return kgr_error(KGR_NOT_FOUND, 0,
			 "there is no patch or patch module '%s'; kgr patches lists them",
			 name);
}

/* The name of the patch of a module, to be freed; NULL if it has none. */
char *kgr_patch_of_module(const char *module)
{
	char **names, *owner, *found = NULL;
	size_t nr, i;

	if (kgr_list(KGR_SYSFS, &names, &nr))
		return NULL;
	for (i = 0; i < nr && !found; i++) {
		owner = read_owner(names[i]);
		if (owner && !strcmp(owner, module))
			found = kgr_dup(names[i]);
		free(owner);
	}
	kgr_list_free(names, nr);
	return found;
}
