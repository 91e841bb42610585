// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module.c - kernel modules, by libkmod
 *
 * A module may be given by name, as for modprobe, or as a file, as for insmod.
 * In both cases its dependencies are loaded first, from the modules of the kernel
 * or from the directory of the file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module.h"
#include "output.h"
#include "root.h"
#include "text.h"

/* Modules that depend on each other in a circle do not load. */
#define KGR_DEPTH	16

static struct kmod_ctx *kgr_ctx;

/* The last error is that of a module that the one to load needs. */
static bool kgr_needed_failed;

/* The names of what the last load has loaded besides, in this order. */
static char **kgr_needed;
static size_t kgr_nr_needed;

static void forget_needed(void)
{
	while (kgr_nr_needed)
		free(kgr_needed[--kgr_nr_needed]);
	free(kgr_needed);
	kgr_needed = NULL;
}

static void quiet(void *data, int priority, const char *file, int line,
		  const char *fn, const char *format, va_list args)
{
	(void)data;
	(void)priority;
	(void)file;
	(void)line;
	(void)fn;
	(void)format;
	(void)args;
}

static struct kmod_ctx *kgr_kmod(void)
{
	if (kgr_ctx)
		return kgr_ctx;
	kgr_ctx = kmod_new(NULL, NULL);
	if (!kgr_ctx) {
		kgr_error(KGR_FAILED, errno, "cannot initialise libkmod");
		exit(KGR_FAILED);
	}
	/* Its errors are returned as numbers, and reported here. */
	kmod_set_log_fn(kgr_ctx, quiet, NULL);
	return kgr_ctx;
}

void kgr_kmod_done(void)
{
	forget_needed();
	if (kgr_ctx)
		kmod_unref(kgr_ctx);
	kgr_ctx = NULL;
}

bool kgr_module_is_file(const char *name)
{
	return strchr(name, '/') || kgr_has_suffix(name, ".ko") ||
	       strstr(name, ".ko.");
}

/*
 * 0 or a negative error. Takes the first module that a name or an alias means.
 */
int kgr_module_find(const char *name, struct kmod_module **module)
{
	struct kmod_list *list = NULL;
	int ret;

	if (kgr_module_is_file(name)) {
		if (access(name, R_OK))
			return -errno;
		return kmod_module_new_from_path(kgr_kmod(), name, module);
	}
	ret = kmod_module_new_from_lookup(kgr_kmod(), name, &list);
	if (ret < 0)
		return ret;
	if (!list)
		return -ENOENT;
	*module = kmod_module_get_module(list);
	kmod_module_unref_list(list);
	return 0;
}

/* The value of a line of modinfo, to be freed; NULL if there is none. */
char *kgr_module_info(struct kmod_module *module, const char *key)
{
	struct kmod_list *list = NULL, *entry;
	char *value = NULL;

	if (kmod_module_get_info(module, &list) < 0)
		return NULL;
	kmod_list_foreach(entry, list) {
		if (strcmp(kmod_module_info_get_key(entry), key))
			continue;
		value = kgr_dup(kmod_module_info_get_value(entry));
		break;
	}
	kmod_module_info_free_list(list);
	return value;
}

/* The release of the kernel that it is for, to be freed; NULL if it names none. */
char *kgr_module_release(struct kmod_module *module)
{
	char *magic = kgr_module_info(module, "vermagic");

	if (magic)
		magic[strcspn(magic, " ")] = '\0';
	return magic;
}

/*
 * The build of the kernel that it is for, to be freed: from its own modinfo, as
 * written by kgr build, or from a file beside it with the suffix ".build-id".
 * NULL if neither exists.
 */
char *kgr_module_build(struct kmod_module *module)
{
	const char *path = kmod_module_get_path(module);
	char *id = kgr_module_info(module, "kgr_build"), *beside;
	struct kgr_text text = { };

	if (id || !path)
		return id;
	beside = kgr_format("%s.build-id", path);
	if (!kgr_read_path(beside, &text)) {
		text.data[strcspn(text.data, "\n ")] = '\0';
		id = kgr_dup(text.data);
	}
	kgr_text_free(&text);
	free(beside);
	return id;
}

/*
 * Its name in the kernel, to be freed; the name of its file may differ. A
 * module without a name of its own is named after its file.
 */
char *kgr_module_name_of(struct kmod_module *module)
{
	char *name = kgr_module_info(module, "name");

	return name ? name : kgr_dup(kmod_module_get_name(module));
}

bool kgr_module_is_loaded(struct kmod_module *module)
{
	char *name = kgr_module_name_of(module);
	struct kmod_module *same;
	bool loaded = false;

	if (!kmod_module_new_from_name(kgr_kmod(), name, &same)) {
		loaded = kmod_module_get_initstate(same) >= 0;
		kmod_module_unref(same);
	}
	free(name);
	return loaded;
}

bool kgr_module_has_parameter(struct kmod_module *module, const char *name)
{
	char *prefix = kgr_format("%s:", name);
	struct kmod_list *list = NULL, *entry;
	bool has = false;

	if (kmod_module_get_info(module, &list) >= 0) {
		kmod_list_foreach(entry, list)
			if (!strcmp(kmod_module_info_get_key(entry),
				    "parmtype") &&
			    kgr_has_prefix(kmod_module_info_get_value(entry),
					   prefix))
				has = true;
		kmod_module_info_free_list(list);
	}
	free(prefix);
	return has;
}

/* kernel.modules_disabled: until the next boot. */
bool kgr_modules_are_disabled(void)
{
	unsigned int disabled;

	return kgr_read_number(&disabled, "/proc/sys/kernel/modules_disabled") &&
	       disabled;
}

static const char *error_words(int err)
{
	switch (-err) {
	case ENOEXEC:
		return "it was built for another kernel, or is damaged";
	case EEXIST:
		return "it is already loaded, or a patch has its name; kgr patches lists them";
	case ENOENT:
		return "a symbol or module that it needs is missing";
	case EPERM:
	case EACCES:
		if (err == -EPERM && kgr_modules_are_disabled())
			return "kernel.modules_disabled is 1, until the next boot";
		return "only root may load modules, if no container or security policy forbids it";
	case EBUSY:
		return "another user redirects one of its functions, or ftrace is off";
	case EINVAL:
		return "kGraft or the module loader refused it";
	case ENODEV:
		return "this kernel has no kGraft, or ftrace has shut down";
	default:
		return strerror(-err);
	}
}

/**
 * kgr_module_signer_wanted - does this kernel take only signed modules?
 *
 * Return: what demands it, or %NULL.
 */
const char *kgr_module_signer_wanted(void)
{
	char *enforce = kgr_read_word("/sys/module/module/parameters/sig_enforce");
	const char *words = NULL;

	if (enforce && !strcmp(enforce, "Y"))
		words = "module.sig_enforce";
	else if (kgr_lockdown() != KGR_LOCKDOWN_NONE)
		words = "lockdown";
	free(enforce);
	return words;
}

/* Of a signed module. The kernel has the same error for several reasons. */
static char *signed_words(struct kmod_module *module, int err)
{
	char *signer = kgr_module_info(module, "signer"), *words = NULL;

	switch (-err) {
	case EPERM:
	case EKEYREJECTED:
		words = kgr_format("its signature by '%s' is not accepted: this kernel may not have the key, or the module was changed after it was signed",
				   signer ? signer : "");
		break;
	case ENOKEY:
		words = kgr_format("it is signed by '%s', whose key this kernel does not have",
				   signer ? signer : "");
		break;
	case ENOPKG:
		words = kgr_dup("it is signed with an algorithm that this kernel does not have");
		break;
	case EBADMSG:
		words = kgr_dup("its signature is damaged");
		break;
	}
	free(signer);
	return words;
}

/**
 * kgr_module_signature_words - what is wrong with a signature
 * @module: a module that was not loaded
 * @err: from kgr_module_insert()
 *
 * Return: a text, to be freed; or %NULL if the error is about something else.
 */
char *kgr_module_signature_words(struct kmod_module *module, int err)
{
	const char *wanted = kgr_module_signer_wanted();
	char *hash, *words = NULL;

	if (kgr_needed_failed)
		return NULL;
	/* That has other reasons, too. */
	if (err == -EPERM &&
	    (geteuid() || !wanted || kgr_modules_are_disabled()))
		return NULL;
	hash = kgr_module_info(module, "sig_hashalgo");
	if (hash)
		words = signed_words(module, err);
	else if (err == -EPERM || err == -EKEYREJECTED || err == -ENOKEY)
		words = kgr_format("it is not signed, and this kernel loads only signed modules (%s)",
				   wanted ? wanted : "as it is configured");
	free(hash);
	return words;
}

/* The meaning of a loading error for which the log may have no line; to be freed. */
char *kgr_module_words(struct kmod_module *module, int err)
{
	char *words = kgr_module_signature_words(module, err);

	if (words)
		return words;
	return kgr_dup(kgr_needed_failed ? "a module that it needs was not loaded" :
					   error_words(err));
}

/* Nobody but root, or who runs this, could have put it there or changed it. */
static bool is_ours(const char *path)
{
	struct stat is;

	return !stat(path, &is) && (!is.st_uid || is.st_uid == geteuid()) &&
	       !(is.st_mode & 0022);
}

/*
 * A file of that name in the directory of a module. Who loads a module has named its
 * file, but not this one.
 */
static int find_beside(struct kmod_module *module, const char *name,
		       struct kmod_module **needed)
{
	const char *path = kmod_module_get_path(module);
	char *directory, *beside;
	int ret = -ENOENT;

	if (!path || !strrchr(path, '/'))
		return ret;
	directory = kgr_format("%.*s", (int)(strrchr(path, '/') - path) + 1, path);
	beside = kgr_format("%s%s.ko", directory, name);
	if (!access(beside, R_OK))
		ret = is_ours(directory) && is_ours(beside) ?
			      kgr_module_find(beside, needed) : -EACCES;
	free(beside);
	free(directory);
	return ret;
}

/**
 * kgr_module_find_needed - find a module that another one needs
 * @module: the other one
 * @name: its name
 * @needed: the module, which is loaded, or installed, or in the same directory
 *
 * Return: 0 or a negative error, %-EACCES if others can change the file there.
 */
int kgr_module_find_needed(struct kmod_module *module, const char *name,
			   struct kmod_module **needed)
{
	if (!kmod_module_new_from_name(kgr_kmod(), name, needed)) {
		if (kgr_module_is_loaded(*needed))
			return 0;
		kmod_module_unref(*needed);
		*needed = NULL;
	}
	return kgr_module_find(name, needed) ?
		find_beside(module, name, needed) : 0;
}

static int insert(struct kmod_module *module, const char *parameters,
		  unsigned int depth);

static int insert_needed(struct kmod_module *module, const char *name,
			 unsigned int depth)
{
	struct kmod_module *needed = NULL;
	int ret = kgr_module_find_needed(module, name, &needed);
	char *words;

	if (!ret && !kgr_module_is_loaded(needed)) {
		ret = insert(needed, NULL, depth + 1);
		if (!ret) {
			kgr_needed = kgr_grow(kgr_needed, kgr_nr_needed,
					      sizeof(*kgr_needed));
			kgr_needed[kgr_nr_needed++] =
				kgr_dup(kmod_module_get_name(needed));
		}
	}
	if (ret && !kgr_needed_failed) {
		words = needed ? kgr_module_words(needed, ret) :
			kgr_dup(ret == -EACCES ?
				"it is not installed, and others can write to the one beside it" :
				"it is not installed for this kernel");
		kgr_error(kgr_status_of(ret), ret,
			  "module %s, which %s needs, cannot be loaded: %s",
			  name, kmod_module_get_name(module), words);
		free(words);
		kgr_needed_failed = true;
	}
	if (needed)
		kmod_module_unref(needed);
	return ret;
}

static int insert(struct kmod_module *module, const char *parameters,
		  unsigned int depth)
{
	char *depends = kgr_module_info(module, "depends"), *rest = depends;
	char *name;
	int ret = depth > KGR_DEPTH ? -ELOOP : 0;

	while (!ret && (name = kgr_next_field(&rest, ',')))
		if (*name)
			ret = insert_needed(module, name, depth);
	free(depends);
	if (ret)
		return ret;
	return kmod_module_insert_module(module, 0, parameters);
}

/* Those of modprobe.d, which are for its name, not for that of its file; to be freed. */
static char *configured_options(struct kmod_module *module)
{
	char *name = kgr_module_name_of(module), *all = NULL;
	struct kmod_module *named;
	const char *options;

	if (!kmod_module_new_from_name(kgr_kmod(), name, &named)) {
		options = kmod_module_get_options(named);
		all = options ? kgr_dup(options) : NULL;
		kmod_module_unref(named);
	}
	free(name);
	return all ? all : kgr_dup("");
}

/**
 * kgr_module_insert - load a module, after the modules that it needs
 * @module: from kgr_module_find()
 * @parameters: its parameters
 *
 * Parameters of modprobe.d come first, so that those of the caller override them.
 * If it fails, what it has loaded is removed.
 *
 * Return: 0 or a negative error of the kernel.
 */
int kgr_module_insert(struct kmod_module *module, const char *parameters)
{
	char *configured = configured_options(module);
	char *all = kgr_format("%s %s", configured, parameters);
	int ret;

	kgr_needed_failed = false;
	forget_needed();
	ret = insert(module, all, 0);
	if (ret)
		kgr_module_remove_needed();
	free(all);
	free(configured);
	return ret;
}

/* What the last load has loaded besides, which is not needed any more. */
void kgr_module_remove_needed(void)
{
	while (kgr_nr_needed) {
		kgr_module_remove(kgr_needed[--kgr_nr_needed]);
		free(kgr_needed[kgr_nr_needed]);
	}
	forget_needed();
}

/* By its name, as in /proc/modules. Returns 0 or a negative error. */
int kgr_module_remove(const char *name)
{
	struct kmod_module *module;
	int ret = kmod_module_new_from_name(kgr_kmod(), name, &module);

	if (ret)
		return ret;
	ret = kmod_module_remove_module(module, 0);
	kmod_module_unref(module);
	return ret;
}
