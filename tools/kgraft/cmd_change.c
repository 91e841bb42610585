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

/*
 * Adds the patches that the arguments name to @found. Returns 0 or an exit
 * status.
 */
static int find_all(struct kgr_changed *found)
{
	struct kgr_system system;
	int ret, i;

	ret = kgr_system_read(&system);
	if (ret)
		return ret;
	for (i = 0; i < change.names.nr && !ret; i++)
		ret = kgr_find(&system, change.names.list[i], found);
	kgr_system_free(&system);
	return ret;
}

static void json_names(const struct kgr_changed *patches)
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
	struct kgr_changed patches = { };
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
	kgr_changed_free(&patches);
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
	struct kgr_changed patches = { };
	int status = kgr_system_check();

	if (!status && change.names.nr)
		status = find_all(&patches);
	if (!status)
		status = kgr_wait_for(patches.list, patches.nr,
				      change.timeout_ms, false);
	kgr_changed_free(&patches);
	return status;
}

/* --- unload --- */

static bool is_reverted(const char *patch, bool *reverting)
{
	char *word = kgr_read_word(KGR_SYSFS "/%s/status", patch);
	enum kgr_patch_status is = kgr_status_of_word(word);

	free(word);
	*reverting = is == KGR_PATCH_REVERTING;
	return is == KGR_PATCH_REVERTED || is == KGR_PATCH_REPLACED;
}

static bool are_reverted(const struct kgr_changed *patches)
{
	bool reverted = true, reverting;
	int i;

	for (i = 0; i < patches->nr; i++)
		reverted &= is_reverted(patches->list[i], &reverting);
	return reverted;
}

/* Begins to revert those that are not reverted. Returns an exit status. */
static int revert_first(const struct kgr_changed *patches)
{
	int status = 0, i;
	bool reverting;

	for (i = 0; i < patches->nr && !status; i++)
		if (!is_reverted(patches->list[i], &reverting) && !reverting)
			status = kgr_revert(patches->list[i]);
	return status;
}

static int in_use(const char *module, const struct kgr_changed *patches)
{
	unsigned int forced;
	int i;

	for (i = 0; i < patches->nr; i++)
		if (kgr_read_number(&forced, KGR_SYSFS "/%s/forced",
				    patches->list[i]) && forced)
			return kgr_error(KGR_FAILED, 0,
					 "module %s stays until the next boot: a task was forced and may be inside it",
					 module);
	return kgr_error(KGR_FAILED, 0,
			 "module %s is in use, by another module or a process that has one of its files open",
			 module);
}

static int remove_module(const char *module, const struct kgr_changed *patches)
{
	int ret = kgr_module_remove(module);

	if (ret == -EAGAIN || ret == -EBUSY)
		return in_use(module, patches);
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
	struct kgr_system system;
	char *module = NULL, *path;
	bool is_there;
	size_t i;

	*status = kgr_system_read(&system);
	if (*status)
		return NULL;
	for (i = 0; i < system.nr && !module; i++)
		if (kgr_patch_is_called(&system.patches[i], name) &&
		    system.patches[i].module)
			module = kgr_dup(system.patches[i].module);
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
		*status = kgr_error(KGR_NOT_FOUND, 0,
				    "there is no patch or patch module '%s'; kgr patches lists them",
				    name);
	return NULL;
}

/*
 * Those with the names in the arguments, each once. Returns 0 or an exit
 * status.
 */
static int find_modules(struct kgr_changed *modules)
{
	int status = 0, i, j;
	char *module;

	for (i = 0; i < change.names.nr && !status; i++) {
		module = module_of(change.names.list[i], &status);
		if (!module)
			break;
		for (j = 0; j < modules->nr; j++)
			if (!strcmp(modules->list[j], module))
				break;
		if (j == modules->nr)
			modules->list[modules->nr++] = module;
		else
			free(module);
	}
	return status;
}

/*
 * Begins to revert all patches of a module, which are added to @patches.
 * Returns an exit status.
 */
static int begin_unload(const char *module, struct kgr_changed *patches)
{
	struct kgr_changed own = { };
	int status;

	kgr_find_module(module, &own);
	kgr_find_module(module, patches);
	status = revert_first(&own);
	kgr_changed_free(&own);
	return status;
}

/* @waited: the exit status of a wait for its patches, or KGR_NO without one. */
static int end_unload(const char *module, int waited)
{
	struct kgr_changed patches = { };
	int status = KGR_OK;

	kgr_find_module(module, &patches);
	if (waited && !are_reverted(&patches))
		status = waited;
	if (!status)
		status = remove_module(module, &patches);
	else if (!change.wait)
		kgr_say("%s: reverting; 'kgr unload --wait %s' unloads it when that is complete",
			module, module);
	kgr_changed_free(&patches);
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
static int unload_all(const struct kgr_changed *modules)
{
	int status = 0, waited = KGR_NO, nr, i;
	struct kgr_changed patches = { };

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
	kgr_changed_free(&patches);
	return status;
}

static int run_unload(void)
{
	struct kgr_changed modules = { };
	int status = find_modules(&modules);

	if (!status)
		status = unload_all(&modules);
	kgr_changed_free(&modules);
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
