// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * align.c - variables that a fix wants at an address that the kernel's may not have
 */

#include "image.h"

static u64 lowest_bit(u64 x)
{
	return x & -x;
}

static bool is_beside_new(const struct entity *ent)
{
	const struct section *sec = ent->sec;
	size_t i;

	for (i = 0; i < sec->nr_ents; i++)
		if (sec->ents[i]->state == NEW)
			return true;
	return false;
}

/**
 * alignment - what the address of a variable is a multiple of
 * @ent: the variable, in an object of which the entities are paired
 *
 * Return: that. If a new variable has come into its section, that may be the one for
 *	   which the section is aligned; it is taken for that if the size of this one
 *	   allows it.
 */
u64 alignment(const struct entity *ent)
{
	u64 align = ent->sec->align ? ent->sec->align : 1, bit;

	bit = lowest_bit(ent->start);
	if (bit && bit < align)
		align = bit;
	bit = lowest_bit(ent->end - ent->start);
	if (bit && bit < align && is_beside_new(ent))
		align = bit;
	return align;
}

/**
 * is_misaligned - is the kernel's variable not where the fix needs it?
 * @pair: the object
 * @ent: the variable, in the patched object
 *
 * Return: whether the fix aligns it, and the kernel's is not there by chance.
 */
bool is_misaligned(const struct pair *pair, const struct entity *ent)
{
	const struct entity *orig = ent->twin;
	const struct image_symbol *sym = NULL;
	u64 align = alignment(ent);

	if (align <= alignment(orig) || !pair->image)
		return false;
	if (orig->global)
		sym = image_global(pair->image, entity_name(orig));
	else if (orig->kernel)
		sym = image_local(pair, entity_name(orig->kernel));
	/* What is not known cannot be linked to, which is said later. */
	return sym && !image_is_aligned(pair->image, sym, align);
}
