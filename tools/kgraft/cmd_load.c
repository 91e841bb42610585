// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_load.c - kgr load: a patch module, and the change that it begins
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "fault.h"
#include "module.h"
#include "output.h"
#include "patch.h"
#include "root.h"
#include "wait.h"

enum {
	KEY_WAIT = KGR_KEY_OWN,
	KEY_TIMEOUT,
	KEY_DEADLINE,
	KEY_ON_DEADLINE,
	KEY_DRY_RUN,
};

static struct {
	const char *module;
	struct kgr_text parameters;
	bool wait;
	bool dry_run;
	long long timeout_ms;
	long long deadline_ms;
	const char *on_deadline;
} load = {
	.timeout_ms = KGR_FOREVER,
	.deadline_ms = -1,
};

static int refused(struct kmod_module *module, int err, int fd,
		   const char *name)
{
	int status = err == -ENOENT ? KGR_FAILED : kgr_status_of(err);
	char *words = kgr_module_signature_words(module, err);

	if (words)
		kgr_error(status, err, "'%s' was not loaded: %s", load.module,
			  words);
	else
		kgr_error(status, err, "'%s' was not loaded", load.module);
	if (!kgr_faults_end(fd, name) && !kgr_json && !words) {
		words = kgr_module_words(module, err);
		fprintf(stderr, "  -> %s\n", words);
	}
	free(words);
	return status;
}

static int dry_run(struct kmod_module *module, const char *name, int fd)
{
	int ret;

	kgr_text_put(&load.parameters, " dry_run=1");
	ret = kgr_module_insert(module, load.parameters.data);
	if (ret)
		return refused(module, ret, fd, name);
	kgr_faults_end(fd, NULL);
	ret = kgr_module_remove(name);
	kgr_module_remove_needed();
	if (ret)
		return kgr_error(kgr_status_of(ret), ret,
				 "'%s' could be applied, but its module could not be unloaded",
				 name);
	kgr_say("%s could be applied; nothing was changed", name);
	return KGR_OK;
}

static int set_deadline(const char *patch)
{
	char *value;
	int ret = 0;

	if (load.on_deadline)
		ret = kgr_write(load.on_deadline, KGR_SYSFS "/%s/on_deadline",
				patch);
	if (!ret && load.deadline_ms >= 0) {
		value = kgr_format("%lld\n", load.deadline_ms);
		ret = kgr_write(value, KGR_SYSFS "/%s/deadline_ms", patch);
		free(value);
	}
	if (ret)
		return kgr_error(kgr_status_of(ret), ret,
				 "'%s' is loaded, but its deadline cannot be set",
				 patch);
	return 0;
}

static int follow(char *patch)
{
	int status = set_deadline(patch);

	if (load.wait)
		return kgr_wait_for(&patch, 1, load.timeout_ms, true) ?: status;
	kgr_say("%s: applying; 'kgr status' shows the progress", patch);
	return status;
}

/* @patch: %NULL if there is none */
static void json_patch(const char *module, const char *patch)
{
	json_object *array;

	if (!kgr_json)
		return;
	kgr_json_add(kgr_json, "module", module);
	array = kgr_json_array(kgr_json, "patches");
	if (patch)
		json_object_array_add(array, kgr_json_string(patch));
}

static int insert(struct kmod_module *module, const char *name, int fd)
{
	int ret, status;
	char *patch;

	ret = kgr_module_insert(module, load.parameters.data);
	if (ret)
		return refused(module, ret, fd, name);
	/* Show warnings about the patch. */
	kgr_faults_end(fd, NULL);
	patch = kgr_patch_of_module(name);
	json_patch(name, patch);
	if (patch)
		status = follow(patch);
	else
		status = kgr_error(KGR_FAILED, 0,
				   "module %s is loaded, but has applied no patch",
				   name);
	free(patch);
	return status;
}

static int load_module(struct kmod_module *module, const char *name)
{
	if (kgr_module_is_loaded(module))
		return kgr_error(KGR_FAILED, EEXIST,
				 "module %s is already loaded; 'kgr enable %s' applies its patch again, 'kgr unload %s' removes it",
				 name, name, name);
	if (load.dry_run && !kgr_module_has_parameter(module, "dry_run"))
		return kgr_error(KGR_FAILED, 0,
				 "module %s has no parameter dry_run; 'kgr doctor %s' checks what can be checked without it",
				 name, load.module);
	return load.dry_run ? dry_run(module, name, kgr_faults_begin()) :
			      insert(module, name, kgr_faults_begin());
}

static int run_load(void)
{
	struct kmod_module *module;
	int ret = kgr_system_check();
	char *name;

	if (ret)
		return ret;
	ret = kgr_module_find(load.module, &module);
	if (ret == -ENOENT && !kgr_module_is_file(load.module)) {
		ret = kgr_error(KGR_NOT_FOUND, 0,
				"no module '%s' is installed for this kernel; to load a file, give its path",
				load.module);
	} else if (ret) {
		ret = kgr_error(kgr_status_of(ret), ret, "'%s'", load.module);
	} else {
		name = kgr_module_name_of(module);
		ret = load_module(module, name);
		free(name);
		kmod_module_unref(module);
	}
	kgr_kmod_done();
	kgr_text_free(&load.parameters);
	return ret;
}

static void add_argument(char *arg, struct argp_state *state)
{
	if (!load.module) {
		load.module = arg;
		return;
	}
	if (!strchr(arg, '='))
		argp_error(state, "'%s' is not a parameter; load one module at a time",
			   arg);
	kgr_text_put(&load.parameters, load.parameters.len ? " " : "");
	kgr_text_put(&load.parameters, arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KEY_WAIT:
		load.wait = true;
		return 0;
	case KEY_TIMEOUT:
		load.wait = true;
		load.timeout_ms = kgr_parse_seconds(arg, state);
		return 0;
	case KEY_DEADLINE:
		load.deadline_ms = kgr_parse_seconds(arg, state);
		return 0;
	case KEY_ON_DEADLINE:
		if (strcmp(arg, "report") && strcmp(arg, "revert"))
			argp_error(state, "--on-deadline: report or revert");
		load.on_deadline = arg;
		return 0;
	case KEY_DRY_RUN:
		load.dry_run = true;
		return 0;
	case ARGP_KEY_ARG:
		add_argument(arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which module?");
		return ARGP_ERR_UNKNOWN;
	case ARGP_KEY_INIT:
		kgr_text_put(&load.parameters, "");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "wait", KEY_WAIT, NULL, 0, "Return when the change is complete", 0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0,
	  "Wait no longer than this; the change continues", 0 },
	{ "deadline", KEY_DEADLINE, "SECONDS", 0,
	  "How long changes of this patch may take", 0 },
	{ "on-deadline", KEY_ON_DEADLINE, "WHAT", 0,
	  "What to do with a change that takes longer: report or revert", 0 },
	{ "dry-run", KEY_DRY_RUN, NULL, 0,
	  "Let the kernel check everything and change nothing", 0 },
	{ }
};

const struct kgr_command kgr_load_command = {
	.name = "load",
	.brief = "load a patch module, by file or name, and the modules it needs",
	.usage = "FILE|NAME [PARAMETER=VALUE...]",
	.options = options,
	.parse = parse,
	.run = run_load,
	.takes = KGR_TAKES_MODULES,
};
