// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_boot.c - kgr boot: load the fixes in /etc/kgraft/
 *
 * For a unit that runs early at boot. Each fix is for one build of the kernel.
 * A fix for another build is skipped, and a line says so. If one fails, the
 * others are still loaded, and the machine boots.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "buildid.h"
#include "command.h"
#include "fault.h"
#include "module.h"
#include "output.h"
#include "patch.h"
#include "root.h"

#define KGR_FIXES	"/etc/kgraft"

/* On the kernel's command line: nothing is loaded. */
#define KGR_OPT_OUT	"kgraft.load=0"

static const char *directory = KGR_FIXES;

static void tell(json_object *array, const char *file, const char *result,
		 const char *format, ...) __printf(4, 5);

static void tell(json_object *array, const char *file, const char *result,
		 const char *format, ...)
{
	char *text, *printable;
	json_object *object;
	va_list args;

	va_start(args, format);
	text = kgr_vformat(format, args);
	va_end(args);
	if (array) {
		object = json_object_new_object();
		kgr_json_add(object, "file", file);
		kgr_json_add(object, "result", result);
		kgr_json_add(object, "text", text);
		json_object_array_add(array, object);
	} else {
		printable = kgr_printable(file);
		kgr_say("%s: %s%s%s", printable, result, *text ? ": " : "",
			text);
		free(printable);
	}
	free(text);
}

static bool is_opted_out(void)
{
	struct kgr_text text = { };
	char *rest, *word;
	bool out = false;

	if (!kgr_read(&text, "/proc/cmdline")) {
		text.data[strcspn(text.data, "\n")] = '\0';
		rest = text.data;
		while ((word = kgr_next_field(&rest, ' ')))
			out |= !strcmp(word, KGR_OPT_OUT);
	}
	kgr_text_free(&text);
	return out;
}

/* Whether it is for this kernel; if not, prints why. */
static bool fits(struct kmod_module *module, const char *file,
		 const char *release, json_object *array)
{
	char *wanted = kgr_module_build(module), *running = kgr_build_id();
	struct utsname name;
	bool fit = false;

	uname(&name);
	if (strcmp(release, name.release))
		tell(array, file, "skipped", "it is for %s, this kernel is %s",
		     release, name.release);
	else if (wanted && (!running || strcmp(wanted, running)))
		tell(array, file, "skipped",
		     "it is for the build %s, this kernel is %s", wanted,
		     running ? running : "one that does not say");
	else if (kgr_module_is_loaded(module))
		tell(array, file, "skipped", "it is loaded already");
	else
		fit = true;
	free(running);
	free(wanted);
	return fit;
}

/* Returns false on failure. */
static bool insert(struct kmod_module *module, const char *file,
		   json_object *array)
{
	int fd = kgr_faults_begin(), ret = kgr_module_insert(module, "");
	char *name, *words;

	words = ret ? kgr_module_words(module, ret) : kgr_dup("");
	tell(array, file, ret ? "failed" : "loaded", "%s", words);
	free(words);
	name = kgr_module_name_of(module);
	kgr_faults_end(fd, ret ? name : NULL);
	free(name);
	return !ret;
}

/* The same. */
static bool load(const char *file, json_object *array)
{
	char *path = kgr_path("%s/%s", directory, file);
	struct kmod_module *module;
	int ret = kgr_module_find(path, &module);
	char *release;
	bool ok = true;

	free(path);
	if (ret) {
		tell(array, file, "failed", "%s", strerror(-ret));
		return false;
	}
	release = kgr_module_release(module);
	if (!release) {
		tell(array, file, "failed", "it is damaged, or no module");
		ok = false;
	} else if (fits(module, file, release, array)) {
		ok = insert(module, file, array);
	}
	free(release);
	kmod_module_unref(module);
	return ok;
}

/* What libkmod can read, and nothing that somebody has put aside. */
static bool is_module(const char *file)
{
	return kgr_has_suffix(file, ".ko") || kgr_has_suffix(file, ".ko.gz") ||
	       kgr_has_suffix(file, ".ko.xz") || kgr_has_suffix(file, ".ko.zst");
}

static int load_all(json_object *array)
{
	char **names;
	size_t nr, i;
	bool ok = true;
	int ret;

	ret = kgr_list(directory, &names, &nr);
	if (ret == -ENOENT) {
		kgr_say("%s does not exist: no fixes to load", directory);
		return KGR_OK;
	}
	if (ret)
		return kgr_error(kgr_status_of(ret), ret, "cannot read '%s'",
				 directory);
	for (i = 0; i < nr; i++)
		if (is_module(names[i]))
			ok &= load(names[i], array);
		else if (strstr(names[i], ".ko.") &&
			 !kgr_has_suffix(names[i], ".build-id"))
			tell(array, names[i], "skipped",
			     "its name does not end as that of a module");
	kgr_list_free(names, nr);
	kgr_kmod_done();
	return ok ? KGR_OK : KGR_FAILED;
}

static int run_boot(void)
{
	json_object *array = NULL;

	if (kgr_json) {
		kgr_json_add(kgr_json, "directory", directory);
		array = kgr_json_array(kgr_json, "fixes");
	}
	if (is_opted_out()) {
		kgr_say("no fixes are loaded: the kernel's command line has "
			KGR_OPT_OUT);
		return KGR_OK;
	}
	if (!kgr_system_is_there()) {
		kgr_say("no fixes are loaded: this kernel has no kGraft");
		return KGR_OK;
	}
	return load_all(array);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)state;
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	directory = arg;
	return 0;
}

const struct kgr_command kgr_boot_command = {
	.name = "boot",
	.brief = "load the fixes in /etc/kgraft that are for this kernel",
	.usage = "[DIRECTORY]",
	.parse = parse,
	.run = run_boot,
};
