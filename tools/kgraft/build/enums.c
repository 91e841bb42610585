// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * enums.c - constants of enums that a fix makes different
 *
 * Variables hold the old value, and code that is not replaced goes on using it. An
 * enum may have no name, and its constants are what is looked for. New ones before
 * those at the end that only count the others move nothing that a variable holds.
 */

#include <dwarf.h>
#include <stdlib.h>

#include "compare.h"
#include "enums.h"
#include "options.h"

struct constant {
	const char *name;
	s64 value;
};

/**
 * struct enumeration - an enum
 * @off: where the debugging information has it
 * @name: its own, or that of a typedef; %NULL if it has none
 * @all: its constants, as in the source
 * @nr: how many
 */
struct enumeration {
	Dwarf_Off off;
	const char *name;
	struct constant *all;
	size_t nr;
};

static void add_constant(struct enumeration *to, Dwarf_Die *die)
{
	struct constant constant = { .name = dwarf_diename(die) };
	Dwarf_Attribute attr;
	Dwarf_Word value;

	if (!constant.name || !dwarf_attr(die, DW_AT_const_value, &attr) ||
	    dwarf_formudata(&attr, &value))
		return;
	constant.name = xformat("%s", constant.name);
	constant.value = value;
	array_add(to->all, to->nr, constant);
}

/**
 * enums_add - add an enum to those of an object
 * @enums: those
 * @die: the enum
 * @name: of it, or of a typedef; %NULL if it has none
 */
void enums_add(struct enums *enums, Dwarf_Die *die, const char *name)
{
	struct enumeration one = { .off = dwarf_dieoffset(die) };
	Dwarf_Die child;
	size_t i;

	name = name ? xformat("%s", name) : NULL;
	for (i = 0; i < enums->nr; i++) {
		if (enums->all[i].off != one.off)
			continue;
		if (name)
			enums->all[i].name = name;
		return;
	}
	one.name = name;
	if (dwarf_child(die, &child))
		return;
	do {
		if (dwarf_tag(&child) == DW_TAG_enumerator)
			add_constant(&one, &child);
	} while (!dwarf_siblingof(&child, &child));
	array_add(enums->all, enums->nr, one);
}

static int by_name(const void *a, const void *b)
{
	const struct constant *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The constants of all enums, by name. */
static struct enumeration sorted(const struct enums *enums)
{
	struct enumeration list = { };
	size_t i, k;

	for (i = 0; i < enums->nr; i++)
		for (k = 0; k < enums->all[i].nr; k++)
			array_add(list.all, list.nr, enums->all[i].all[k]);
	if (list.nr)
		qsort(list.all, list.nr, sizeof(*list.all), by_name);
	return list;
}

/*
 * What a constant has become if it has another value now. Enums of two functions may
 * have one of that name each: it is enough if one of them is as before.
 */
static const struct constant *moved_to(const struct enumeration *list,
				       const struct constant *old)
{
	const struct constant *end = list->all + list->nr, *at, *pos;

	if (!list->nr)
		return NULL;
	at = bsearch(old, list->all, list->nr, sizeof(*at), by_name);
	if (!at)
		return NULL;
	while (at > list->all && streq(at[-1].name, old->name))
		at--;
	for (pos = at; pos < end && streq(pos->name, old->name); pos++)
		if (pos->value == old->value)
			return NULL;
	return at;
}

/* By its name: _MAX, NR_ and the like at one end of it. */
static bool counts_others(const char *name)
{
	static const char * const words[] = {
		"MAX", "NR", "NUM", "COUNT", "CNT", "LAST",
	};
	size_t len, word, i;

	name += strspn(name, "_");
	len = strlen(name);
	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		word = strlen(words[i]);
		if (len <= word)
			continue;
		if (name[word] == '_' && !strncasecmp(name, words[i], word))
			return true;
		if (name[len - word - 1] == '_' &&
		    !strcasecmp(name + len - word, words[i]))
			return true;
	}
	return false;
}

static void refuse_constant(const struct enumeration *of,
			    const struct constant *old,
			    const struct constant *now, const char *source)
{
	const char *name = of->name ? of->name : old->name;

	if (allowed(LAYOUT_OK, name))
		return;
	refuse('L', xformat("enum constant `%s` is %lld instead of %lld (%s)",
			    old->name, (long long)now->value,
			    (long long)old->value, source),
	       xformat("add new ones at the end, or --layout-ok %s if no value outlives a call",
		       name));
}

/* Only the last two may count the others. */
static void compare_enum(const struct enumeration *old,
			 const struct enumeration *list, const char *source)
{
	const struct constant *first = NULL, *to = NULL, *now;
	size_t i;

	for (i = 0; i < old->nr; i++) {
		now = moved_to(list, &old->all[i]);
		if (!now)
			continue;
		if (!first) {
			first = &old->all[i];
			to = now;
		}
		if (now->value > old->all[i].value && i + 2 >= old->nr &&
		    counts_others(now->name))
			continue;
		refuse_constant(old, first, to, source);
		return;
	}
	if (first)
		note("%s: enum constant `%s` is %lld instead of %lld: code that is not replaced goes on with the old value",
		     source, first->name, (long long)to->value,
		     (long long)first->value);
}

/**
 * enums_compare - refuse constants of enums that have another value
 * @orig: the enums before the fix
 * @patched: after it
 * @source: what has them
 */
void enums_compare(const struct enums *orig, const struct enums *patched,
		   const char *source)
{
	struct enumeration list = sorted(patched);
	size_t i;

	for (i = 0; i < orig->nr; i++)
		compare_enum(&orig->all[i], &list, source);
}
