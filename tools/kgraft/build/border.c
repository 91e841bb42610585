// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * border.c - addresses that may be those of the end of a variable, or of the next
 *
 * Where the source puts several variables in one section, the assembler counts from
 * the beginning of the section. The end of an array is the beginning of what is
 * behind it then, and what precedes its first element belongs to what is before it.
 * That does no harm as long as the same variables are side by side in the kernel.
 */

#include "plan.h"

static struct entity *beside(const struct entity *ent, int step)
{
	const struct section *sec = ent->sec;
	size_t i;

	for (i = 0; i < sec->nr_ents; i++)
		if (sec->ents[i] == ent)
			break;
	i += step;
	return i < sec->nr_ents ? sec->ents[i] : NULL;
}

static bool were_beside(const struct entity *first, const struct entity *second)
{
	return first->twin && second->twin &&
	       beside(first->twin, 1) == second->twin;
}

static void check_border(const struct pair *pair, const struct entity *func,
			 const struct entity *first, const struct entity *second)
{
	if (!first || !second || first->own || second->own ||
	    were_beside(first, second) || !has_reference(func, first) ||
	    !has_reference(func, second))
		return;
	refuse('S', xformat("%s: `%s` may mean `%s` or the end of `%s`, where there was no border",
			    pair->source, entity_name(func), entity_name(second),
			    entity_name(first)),
	       "put the new variable in no section (__read_mostly or the like), or leave the old one");
}

/**
 * check_borders - refuse code that may mean either of two variables
 * @pair: the object
 * @func: a function that is taken along
 *
 * It must refer to both. An address that the code counts from itself is that of what
 * it reads or writes.
 */
void check_borders(const struct pair *pair, const struct entity *func)
{
	const struct reloc *rel;

	for_each_reloc(rel, func->sec, func->start, func->end) {
		const struct entity *to = rel->to;

		if (!to || to->kind != DATA || to->sec->nr_ents < 2 ||
		    rel->sym->type != STT_SECTION || reloc_pcrel(rel->type))
			continue;
		check_border(pair, func, to, beside(to, 1));
		if (!rel->to_off)
			check_border(pair, func, beside(to, -1), to);
	}
}
