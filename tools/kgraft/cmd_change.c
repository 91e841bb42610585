// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_change.c - kgr revert, kgr enable, kgr unload, kgr wait
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "change.h"
#include "command.h"
#include "module.h"
#include "output.h"
#include "patch.h"
#include "root.h"
#include "wait.h"

enum {
	KEY_WAIT = KGR_KEY_OWN,
	KEY_TIMEOUT,
};

static struct {
	struct kgr_args names;
	bool wait;
	long long timeout_ms;
} change = {
	.timeout_ms = KGR_FOREVER,
};

/**
 * struct names - what the arguments mean: patches, or modules
 * @list:	their names, each once
 * @nr:		how many
 */
struct names {
	char *list[KGR_MAX_ARGS];
	int nr;
};

static void add(struct names *names, const char *name)
{
	int i;

	for (i = 0; i < names->nr; i++)
		if (!strcmp(names->list[i], name))
			return;
	names->list[names->nr++] = kgr_dup(name);
}

static void free_names(struct names *names)
{
	while (names->nr)
		free(names->list[--names->nr]);
}

/*
 * Adds the patches that the arguments name to @found. Returns 0 or an exit
 * status.
 */
static int find_all(struct names *found)
{
	const struct kgr_patch *patch;
	struct kgr_system system;
	int ret, i;

	ret = kgr_system_read(&system);
	if (ret)
		return ret;
	for (i = 0; i < change.names.nr && !ret; i++) {
		patch = kgr_patch_find(&system, change.names.list[i]);
		if (patch)
			add(found, patch->name);
		else
			ret = kgr_no_patch(change.names.list[i]);
	}
	kgr_system_free(&system);
	return ret;
}

static void json_names(const struct names *patches)
{
	json_object *array;
	int i;

	if (!kgr_json)
		return;
	array = kgr_json_array(kgr_json, "patches");
	for (i = 0; i < patches->nr; i++)
		json_object_array_add(array,
				      kgr_json_string(patches->list[i]));
}

static int change_all(int (*ask)(const char *patch), const char *words,
		      bool to_apply)
{
	struct names patches = { };
	int status = find_all(&patches), i;

	for (i = 0; i < patches.nr && !status; i++) {
		status = ask(patches.list[i]);
		if (!status && !change.wait)
			kgr_say("%s: %s", patches.list[i], words);
	}
	json_names(&patches);
	if (!status && change.wait)
		status = kgr_wait_for(patches.list, patches.nr,
				      change.timeout_ms, to_apply);
	free_names(&patches);
	return status;
}

static int run_revert(void)
{
	return change_all(kgr_revert, "reverting", false);
}

static int run_enable(void)
{
	return change_all(kgr_enable, "applying", true);
}

static int run_wait(void)
{
	struct names patches = { };
	int status = kgr_system_check();

	if (!status && change.names.nr)
		status = find_all(&patches);
	if (!status)
		status = kgr_wait_for(patches.list, patches.nr,
				      change.timeout_ms, false);
	free_names(&patches);
	return status;
}

/* --- unload --- */

static enum kgr_patch_status status_of(const char *patch)
{
	char *word = kgr_read_word(KGR_SYSFS "/%s/status", patch);
	enum kgr_patch_status status = kgr_status_of_word(word);

	free(word);
	return status;
}

static bool is_reverted(enum kgr_patch_status status)
{
	return status == KGR_PATCH_REVERTED || status == KGR_PATCH_REPLACED;
}

static bool are_reverted(const struct names *patches)
{
	bool reverted = true;
	int i;

	for (i = 0; i < patches->nr; i++)
		reverted &= is_reverted(status_of(patches->list[i]));
	return reverted;
}

/* Begins to revert it, unless it is reverted. Returns an exit status. */
static int revert_first(const char *patch)
{
	enum kgr_patch_status status = status_of(patch);

	if (is_reverted(status) || status == KGR_PATCH_REVERTING)
		return 0;
	return kgr_revert(patch);
}

static int in_use(const char *module, const char *patch)
{
	unsigned int forced;

	if (patch && kgr_read_number(&forced, KGR_SYSFS "/%s/forced", patch) &&
	    forced)
		return kgr_error(KGR_FAILED, 0,
				 "module %s stays until the next boot: a task was forced and may be inside it",
				 module);
	return kgr_error(KGR_FAILED, 0,
			 "module %s is in use, by another module or a process that has one of its files open",
			 module);
}

/* @patch: %NULL if it has none any more */
static int remove_module(const char *module, const char *patch)
{
	int ret = kgr_module_remove(module);

	if (ret == -EAGAIN || ret == -EBUSY)
		return in_use(module, patch);
	if (ret == -ENOENT)
		return kgr_error(KGR_NOT_FOUND, 0,
				 "module %s is not loaded", module);
	if (ret)
		return kgr_error(kgr_status_of(ret), ret,
				 "module %s was not unloaded", module);
	kgr_say("%s: unloaded", module);
	return KGR_OK;
}

/* Has it had a patch, which may have been retired? Then it has a taint. */
static bool is_patch_module(const char *module)
{
	char *taint = kgr_read_word("/sys/module/%s/taint", module);
	bool is_patch = taint && strchr(taint, 'K');

	free(taint);
	return is_patch;
}

/* The module with this name; NULL, after a message, if there is none. */
static char *module_of(const char *name, int *status)
{
	const struct kgr_patch *patch;
	struct kgr_system system;
	char *module = NULL, *path;
	bool is_there;

	*status = kgr_system_read(&system);
	if (*status)
		return NULL;
	patch = kgr_patch_find(&system, name);
	if (patch && patch->module)
		module = kgr_dup(patch->module);
	kgr_system_free(&system);
	if (module)
		return module;
	module = kgr_module_name(name);
	path = kgr_format("/sys/module/%s/initstate", module);
	is_there = !strchr(module, '/') && kgr_exists(path);
	free(path);
	if (is_there && is_patch_module(module))
		return module;
	free(module);
	if (is_there)
		*status = kgr_error(KGR_NOT_FOUND, 0,
				    "module '%s' is not a patch module; rmmod removes others",
				    name);
	else
		*status = kgr_no_patch(name);
	return NULL;
}

/* Those with the names in the arguments. Returns 0 or an exit status. */
static int find_modules(struct names *modules)
{
	int status = 0, i;
	char *module;

	for (i = 0; i < change.names.nr && !status; i++) {
		module = module_of(change.names.list[i], &status);
		if (!module)
			break;
		add(modules, module);
		free(module);
	}
	return status;
}

/*
 * Begins to revert the patch of a module, which is added to @patches. Returns an
 * exit status.
 */
static int begin_unload(const char *module, struct names *patches)
{
	char *patch = kgr_patch_of_module(module);
	int status = 0;

	if (patch) {
		add(patches, patch);
		status = revert_first(patch);
	}
	free(patch);
	return status;
}

/* @waited: the exit status of a wait for its patch, or KGR_NO without one. */
static int end_unload(const char *module, int waited)
{
	char *patch = kgr_patch_of_module(module);
	int status = KGR_OK;

	if (waited && patch && !is_reverted(status_of(patch)))
		status = waited;
	if (!status)
		status = remove_module(module, patch);
	else if (!change.wait)
		kgr_say("%s: reverting; 'kgr unload --wait %s' unloads it when that is complete",
			module, module);
	free(patch);
	return status;
}

/* A failure is worse than a revert that is not complete yet. */
static int worse(int a, int b)
{
	bool failed = a && a != KGR_NO && a != KGR_TIMEOUT;

	return failed || !b ? a : b;
}

/*
 * All reverts begin before one is waited for. What is refused ends that, but
 * not what has begun.
 */
static int unload_all(const struct names *modules)
{
	int status = 0, waited = KGR_NO, nr, i;
	struct names patches = { };

	for (nr = 0; nr < modules->nr; nr++) {
		status = begin_unload(modules->list[nr], &patches);
		if (status)
			break;
	}
	json_names(&patches);
	if (change.wait && nr && !are_reverted(&patches))
		waited = kgr_wait_for(patches.list, patches.nr,
				      change.timeout_ms, false);
	for (i = 0; i < nr; i++)
		status = worse(status, end_unload(modules->list[i], waited));
	free_names(&patches);
	return status;
}

static int run_unload(void)
{
	struct names modules = { };
	int status = find_modules(&modules);

	if (!status)
		status = unload_all(&modules);
	free_names(&modules);
	kgr_kmod_done();
	return status;
}

/* --- arguments --- */

static error_t parse_wait(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_WAIT:
		change.wait = true;
		return 0;
	case KEY_TIMEOUT:
		change.wait = true;
		change.timeout_ms = kgr_parse_seconds(arg, state);
		return 0;
	case ARGP_KEY_ARG:
		kgr_args_add(&change.names, arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_NO_ARGS)
		argp_error(state, "which patch?");
	return parse_wait(key, arg, state);
}

static const struct argp_option timeout_options[] = {
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0,
	  "Wait no longer than this; the change continues", 0 },
	{ }
};

static const struct argp_option options[] = {
	{ "wait", KEY_WAIT, NULL, 0, "Return when the change is complete", 0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0,
	  "Wait no longer than this; the change continues", 0 },
	{ }
};

const struct kgr_command kgr_revert_command = {
	.name = "revert",
	.brief = "revert a patch, at any time",
	.usage = "NAME...",
	.options = options,
	.parse = parse,
	.run = run_revert,
	.takes = KGR_TAKES_PATCHES,
};

const struct kgr_command kgr_enable_command = {
	.name = "enable",
	.brief = "apply a patch again that was reverted or replaced",
	.usage = "NAME...",
	.options = options,
	.parse = parse,
	.run = run_enable,
	.takes = KGR_TAKES_PATCHES,
};

const struct kgr_command kgr_unload_command = {
	.name = "unload",
	.brief = "revert a patch and unload its module",
	.usage = "NAME...",
	.options = options,
	.parse = parse,
	.run = run_unload,
	.takes = KGR_TAKES_PATCHES,
};

const struct kgr_command kgr_wait_command = {
	.name = "wait",
	.brief = "wait until changes are complete",
	.usage = "[NAME...]",
	.options = timeout_options,
	.parse = parse_wait,
	.run = run_wait,
	.takes = KGR_TAKES_PATCHES,
};
