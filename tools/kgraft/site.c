// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site.c - functions that are redirected, and their other users
 */
#include <stdlib.h>
#include <string.h>

#include "root.h"
#include "site.h"
#include "tsv.h"

enum { FUNCTION, REPLACEMENT, OTHERS, COLUMNS };

static const char * const kgr_columns[COLUMNS] = {
	"function", "replacement", "others",
};

/* The strings of the table are in @sites->text, which must be kept. */
void kgr_parse_sites(struct kgr_sites *sites)
{
	char *fields[COLUMNS];
	struct kgr_tsv tsv;

	if (!kgr_tsv_begin(&tsv, sites->text.data, kgr_columns, COLUMNS))
		return;
	while (kgr_tsv_next(&tsv, fields)) {
		sites->list = kgr_grow(sites->list, sites->nr,
				       sizeof(*sites->list));
		sites->list[sites->nr++] = (struct kgr_site){
			.function = fields[FUNCTION],
			.replacement = fields[REPLACEMENT],
			.others = fields[OTHERS],
		};
	}
}

/* Never fails; ->err has the result. */
void kgr_sites_read(struct kgr_sites *sites)
{
	*sites = (struct kgr_sites){ };
	sites->err = kgr_read(&sites->text, KGR_DEBUGFS "/sites");
	if (!sites->err)
		kgr_parse_sites(sites);
}

void kgr_sites_free(struct kgr_sites *sites)
{
	free(sites->list);
	kgr_text_free(&sites->text);
	*sites = (struct kgr_sites){ };
}

/* Has the patch another function with the name of @function? */
static bool has_namesake(const struct kgr_patch *patch,
			 const struct kgr_function *function)
{
	size_t i;

	for (i = 0; i < patch->nr_functions; i++)
		if (kgr_function_is_named(&patch->functions[i], function) &&
		    !kgr_function_is(&patch->functions[i], function))
			return true;
	return false;
}

static bool some_has_namesake(const struct kgr_system *system,
			      const struct kgr_function *function)
{
	size_t i;

	for (i = 0; i < system->nr; i++)
		if (has_namesake(&system->patches[i], function))
			return true;
	return false;
}

/* Is the replacement in this module? The kernel writes "NAME [MODULE]". */
static bool is_replaced_by(const struct kgr_site *site, const char *module)
{
	char *end = kgr_format(" [%s]", module);
	bool is = kgr_has_suffix(site->replacement, end);

	free(end);
	return is;
}

/* The only one with the name; with @module, that is replaced by it. */
static const struct kgr_site *only_site(const struct kgr_sites *sites,
					const char *name, const char *module)
{
	const struct kgr_site *found = NULL;
	size_t i;

	for (i = 0; i < sites->nr; i++) {
		if (strcmp(sites->list[i].function, name) ||
		    (module && !is_replaced_by(&sites->list[i], module)))
			continue;
		if (found)
			return NULL;
		found = &sites->list[i];
	}
	return found;
}

/**
 * kgr_site_of - the line of a function
 * @sites: the list
 * @system: all patches
 * @patch: the one that has the function
 * @function: the function
 *
 * The list has names, but no positions. Of several functions with the same
 * name, the one is known that the patch replaces, if it replaces no other one of
 * them.
 *
 * Return: the line; %NULL if there is none, or if it is not known.
 */
const struct kgr_site *kgr_site_of(const struct kgr_sites *sites,
				   const struct kgr_system *system,
				   const struct kgr_patch *patch,
				   const struct kgr_function *function)
{
	const struct kgr_site *found = NULL;
	char *name;

	/* The kernel writes "NAME" or "NAME [MODULE]". */
	if (!strcmp(function->object, "vmlinux"))
		name = kgr_dup(function->name);
	else
		name = kgr_format("%s [%s]", function->name, function->object);
	if (!some_has_namesake(system, function))
		found = only_site(sites, name, NULL);
	if (!found && patch->module && !has_namesake(patch, function))
		found = only_site(sites, name, patch->module);
	free(name);
	return found;
}
