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

/* A function can be inlined in one that is inlined, and so on: how deep to look. */
#define DEPTH	16
/* Those that call each other would be there without end. */
#define MANY	1000

static bool is_changed(const struct entity *func)
{
	return func->twin && (func->twin->replace || func->twin->copied);
}

/* Adds to the number of uses of all that a part of a function refers to. */
static void count_part(const struct entity *part, size_t times)
{
	const struct reloc *rel;

	for_each_reloc(rel, part->sec, part->start, part->end) {
		struct entity *func = rel->to ? whole(rel->to) : NULL;

		if (func && func->kind == FUNC && func->uses < MANY)
			func->uses += times;
	}
}

static void count_uses(const struct entity *func, size_t times)
{
	const struct object *obj = func->obj;
	size_t i;

	count_part(func, times);
	for (i = 0; i < obj->nr_ents; i++)
		if (obj->ents[i]->parent == func)
			count_part(obj->ents[i], times);
}

static void forget_uses(const struct object *obj)
{
	size_t i;

	for (i = 0; i < obj->nr_ents; i++)
		obj->ents[i]->uses = 0;
}

/*
 * Of how many of all uses is there nothing in the kernel's version? Sets how often
 * each function is inlined. Return: whether that is more than before.
 */
static bool find_inlined(const struct entity *in)
{
	const struct object *obj = in->obj;
	bool more = false;
	size_t i, nr;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *func = obj->ents[i];

		nr = func->kernel ? func->kernel->uses : 0;
		nr = func != in && func->uses > nr ? func->uses - nr : 0;
		more |= nr > func->inlined;
		func->inlined = nr;
	}
	return more;
}

/* Those of @in, and of all that is inlined in it, as often as it is. */
static void count_all(const struct entity *in)
{
	const struct object *obj = in->obj;
	size_t i;

	forget_uses(obj);
	count_uses(in, 1);
	for (i = 0; i < obj->nr_ents; i++)
		if (obj->ents[i]->inlined)
			count_uses(obj->ents[i], obj->ents[i]->inlined);
}

/**
 * kernel_inlines - does the kernel have a changed function inlined in another?
 * @func: the other, before the fix
 *
 * What @func uses, and what that uses that is inlined in it, is either used by the
 * kernel's version as well, in as many places, or is inlined there.
 *
 * Return: the changed function; %NULL if there is none.
 */
struct entity *kernel_inlines(struct entity *func)
{
	const struct object *obj = func->obj;
	unsigned int depth;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++)
		obj->ents[i]->inlined = 0;
	forget_uses(func->kernel->obj);
	count_uses(func->kernel, 1);
	for (depth = 0; depth < DEPTH; depth++) {
		count_all(func);
		if (!find_inlined(func))
			break;
	}
	for (i = 0; i < obj->nr_ents; i++)
		if (obj->ents[i]->inlined && is_changed(obj->ents[i]))
			return obj->ents[i];
	return NULL;
}
