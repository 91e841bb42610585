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

/* The kernel writes "NAME" or "NAME [MODULE]". */
const struct kgr_site *kgr_site_of(const struct kgr_sites *sites,
				   const char *function, const char *object)
{
	const struct kgr_site *found = NULL;
	char *name;
	size_t i;

	if (!strcmp(object, "vmlinux"))
		name = kgr_dup(function);
	else
		name = kgr_format("%s [%s]", function, object);
	for (i = 0; i < sites->nr && !found; i++)
		if (!strcmp(sites->list[i].function, name))
			found = &sites->list[i];
	free(name);
	return found;
}
