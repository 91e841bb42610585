// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor_file.c - would a patch module load here?
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "buildid.h"
#include "doctor.h"
#include "fault.h"
#include "module.h"
#include "root.h"

static void check_release(struct kmod_module *module)
{
	char *release = kgr_module_release(module);
	struct utsname name;

	uname(&name);
	if (!release) {
		kgr_finding(KGR_BAD, "release",
			    "it does not say which kernel it is for: it is not a module");
		return;
	}
	if (strcmp(release, name.release))
		kgr_finding(KGR_BAD, "release",
			    "it is for %s, this kernel is %s; build it for this one",
			    release, name.release);
	else
		kgr_finding(KGR_GOOD, "release", "it is for this kernel, %s",
			    release);
	free(release);
}

static void check_build(struct kmod_module *module)
{
	char *wanted = kgr_module_build(module), *running = kgr_build_id();

	if (wanted && running && strcmp(wanted, running))
		kgr_finding(KGR_BAD, "build",
			    "it is for the build %s, this kernel is %s",
			    wanted, running);
	else if (wanted && running)
		kgr_finding(KGR_GOOD, "build", "it is for this build, %s",
			    running);
	free(running);
	free(wanted);
}

static void check_license(struct kmod_module *module)
{
	char *license = kgr_module_info(module, "license");

	if (!license)
		kgr_finding(KGR_BAD, "license", "it has no license; MODULE_LICENSE(\"GPL\")");
	else if (!kgr_has_prefix(license, "GPL") && !strstr(license, "/GPL") &&
		 strcmp(license, "Dual BSD/GPL"))
		kgr_finding(KGR_BAD, "license",
			    "it is %s; kGraft needs one that is compatible with the GPL",
			    license);
	else
		kgr_finding(KGR_GOOD, "license", "%s", license);
	free(license);
}

static void check_loaded(struct kmod_module *module)
{
	char *name = kgr_module_name_of(module);

	if (kgr_module_is_loaded(module))
		kgr_finding(KGR_BAD, "loaded",
			    "a module %s is loaded; kgr unload %s removes it",
			    name, name);
	free(name);
}

static void check_signature(struct kmod_module *module)
{
	const char *wanted = kgr_module_signer_wanted();
	char *signer = kgr_module_info(module, "signer");
	char *hash = kgr_module_info(module, "sig_hashalgo");

	if (hash)
		kgr_finding(KGR_GOOD, "signature", "by '%s', with %s",
			    signer ? signer : "", hash);
	else if (wanted)
		kgr_finding(KGR_BAD, "signature",
			    "this kernel loads only signed modules (%s), and this one is not signed",
			    wanted);
	else
		kgr_finding(KGR_GOOD, "signature", "not needed");
	free(hash);
	free(signer);
}

/* What a module exports, in the form of /proc/kallsyms. */
static void add_exports(struct kmod_module *module, struct kgr_text *symbols)
{
	struct kmod_list *list = NULL, *entry;

	if (kmod_module_get_symbols(module, &list) < 0)
		return;
	kmod_list_foreach(entry, list)
		kgr_text_printf(symbols, " %s\n",
				kmod_module_symbol_get_symbol(entry));
	kmod_module_symbols_free_list(list);
}

/* Adds the symbols that will be there when the modules it needs are loaded. */
static void check_needed(struct kmod_module *module, struct kgr_text *symbols)
{
	char *depends = kgr_module_info(module, "depends"), *rest = depends;
	struct kmod_module *needed;
	char *name;

	while ((name = kgr_next_field(&rest, ','))) {
		if (!*name)
			continue;
		if (kgr_module_find_needed(module, name, &needed)) {
			kgr_finding(KGR_NOTE, "needs",
				    "module %s is not installed for this kernel; it must be beside this file, where nobody else can write, or be loaded",
				    name);
			continue;
		}
		kgr_finding(KGR_GOOD, "needs", "module %s", name);
		add_exports(needed, symbols);
		kmod_module_unref(needed);
	}
	free(depends);
}

/* Does the kernel, or one of its modules, have this global symbol? */
static bool is_known(const char *symbols, const char *symbol)
{
	size_t len = strlen(symbol);
	const char *at = symbols;

	while ((at = strstr(at, symbol))) {
		if (at > symbols && at[-1] == ' ' &&
		    (at[len] == '\n' || at[len] == '\t' || !at[len]))
			return true;
		at += len;
	}
	return false;
}

static bool check_symbols(struct kmod_module *module, struct kgr_text *symbols)
{
	struct kmod_list *list = NULL, *entry;
	bool is_patch = false;
	const char *symbol;

	if (kgr_read(symbols, "/proc/kallsyms") ||
	    kmod_module_get_dependency_symbols(module, &list) < 0)
		return true;
	kmod_list_foreach(entry, list) {
		symbol = kmod_module_dependency_symbol_get_symbol(entry);
		is_patch |= !strcmp(symbol, "kgr_patch_kernel") ||
			    !strcmp(symbol, "klp_enable_patch");
		/* symbols that kGraft itself resolves have such names */
		if (*symbol == '.' || is_known(symbols->data, symbol))
			continue;
		kgr_finding(KGR_BAD, "symbols", "this kernel has no %s", symbol);
	}
	kmod_module_dependency_symbols_free_list(list);
	if (!is_patch)
		kgr_finding(KGR_BAD, "patch",
			    "it calls neither kgr_patch_kernel() nor klp_enable_patch(): it is not a patch module");
	return is_patch;
}

/* The kernel checks everything that it would check for a load. */
static void dry_run(struct kmod_module *module)
{
	char *name = kgr_module_name_of(module), *words;
	int fd = kgr_faults_begin(), ret;

	ret = kgr_module_insert(module, "dry_run=1");
	if (ret) {
		words = kgr_module_words(module, ret);
		kgr_finding(KGR_BAD, "dry run", "the kernel refuses it: %s: %s",
			    strerror(-ret), words);
		free(words);
	}
	kgr_faults_end(fd, ret ? name : NULL);
	if (!ret) {
		kgr_module_remove(name);
		kgr_module_remove_needed();
		kgr_finding(KGR_GOOD, "dry run", "the kernel would apply it");
	}
	free(name);
}

static void check_dry_run(struct kmod_module *module)
{
	if (!kgr_root_is_real() || kgr_module_is_loaded(module))
		return;
	if (!kgr_module_has_parameter(module, "dry_run"))
		kgr_finding(KGR_NOTE, "dry run",
			    "it has no parameter dry_run: only a load shows whether its functions can be patched");
	else if (geteuid())
		kgr_finding(KGR_NOTE, "dry run",
			    "only root can have the kernel check its functions");
	else
		dry_run(module);
}

/* Reports all its problems. */
void kgr_check_file(const char *name)
{
	struct kgr_text symbols = { };
	struct kmod_module *module;
	int ret = kgr_module_find(name, &module);

	if (ret) {
		kgr_finding(KGR_BAD, "file", "%s: %s", name, strerror(-ret));
		kgr_kmod_done();
		return;
	}
	check_release(module);
	check_build(module);
	check_license(module);
	check_loaded(module);
	check_signature(module);
	check_needed(module, &symbols);
	if (check_symbols(module, &symbols))
		check_dry_run(module);
	kgr_text_free(&symbols);
	kmod_module_unref(module);
	kgr_kmod_done();
}
