// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.c - an object as the kernel was built from it, and as kgr compiles it
 *
 * They may differ in what is inlined, and in how names are numbered, since kgr
 * puts each function in a section of its own, and some headers in front.
 */

#include "compare.h"

/**
 * pair_with_kernel - find what of an object is what in the kernel's
 * @pair: the object, before the fix is compared with it
 */
void pair_with_kernel(struct pair *pair)
{
	struct pair both = { .orig = pair->kernel, .patched = pair->orig };
	size_t i;

	find_twins(&both);
	for (i = 0; i < pair->orig->nr_ents; i++) {
		struct entity *ent = pair->orig->ents[i];

		ent->kernel = ent->twin;
		ent->twin = NULL;
		ent->id = 0;
		ent->state = SAME;
		ent->ambiguous = false;
		ent->by_order = false;
	}
}

static size_t part_uses(const struct entity *part, const struct entity *func)
{
	const struct reloc *rel;
	size_t nr = 0;

	for_each_reloc(rel, part->sec, part->start, part->end)
		nr += rel->to && whole(rel->to) == func;
	return nr;
}

/* In how many places? */
static size_t uses(const struct entity *user, const struct entity *func)
{
	const struct object *obj = user->obj;
	size_t i, nr = part_uses(user, func);

	for (i = 0; i < obj->nr_ents; i++)
		if (obj->ents[i]->parent == user)
			nr += part_uses(obj->ents[i], func);
	return nr;
}

/* Has the kernel's version of @in all that @from uses of @func? */
static bool kernel_uses(const struct entity *in, const struct entity *from,
			const struct entity *func)
{
	size_t nr;

	if (!in->kernel || !func->kernel)
		return false;
	nr = uses(in->kernel, func->kernel);
	return nr && (from != in || nr >= uses(in, func));
}

static bool is_changed(const struct entity *func)
{
	return func->twin && (func->twin->replace || func->twin->copied);
}

static struct entity *find_inlined(const struct entity *in,
				   struct entity *from);

static struct entity *find_inlined_by(const struct entity *in,
				      struct entity *part)
{
	const struct reloc *rel;
	struct entity *func;

	for_each_reloc(rel, part->sec, part->start, part->end) {
		func = rel->to ? whole(rel->to) : NULL;
		if (!func || func->kind != FUNC || func == in ||
		    func->seen_by == in)
			continue;
		func->seen_by = in;
		if (kernel_uses(in, whole(part), func))
			continue;
		if (is_changed(func))
			return func;
		func = find_inlined(in, func);
		if (func)
			return func;
	}
	return NULL;
}

/*
 * What changes of all that @from uses, and that the kernel's version of @in does
 * not use, or in fewer places: that version has it inlined.
 */
static struct entity *find_inlined(const struct entity *in,
				   struct entity *from)
{
	const struct object *obj = from->obj;
	struct entity *func = find_inlined_by(in, from);
	size_t i;

	for (i = 0; !func && i < obj->nr_ents; i++)
		if (obj->ents[i]->parent == from)
			func = find_inlined_by(in, obj->ents[i]);
	return func;
}

/**
 * kernel_inlines - does the kernel have a changed function inlined in another?
 * @func: the other, before the fix
 *
 * Return: the changed function; %NULL if there is none.
 */
struct entity *kernel_inlines(struct entity *func)
{
	size_t i;

	for (i = 0; i < func->obj->nr_ents; i++)
		func->obj->ents[i]->seen_by = NULL;
	return find_inlined(func, func);
}
