// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kernel.c - an object as the kernel was built from it, and as kgr compiles it
 *
 * They may differ in what is inlined, and in how names are numbered, since kgr
 * puts each function in a section of its own, and some headers in front.
 */

#include <stdlib.h>

#include "compare.h"

/* Does the compiler name it, as foo.constprop.0 and foo.isra.1? */
static bool is_clone(const struct entity *ent)
{
	return ent->kind == FUNC && !ent->parent && strchr(ent->sym->name, '.');
}

/* The code of both, without what is relocated. */
static bool same_code(const struct entity *a, const struct entity *b)
{
	const struct symbol *x = a->sym, *y = b->sym;
	const struct reloc *rel;
	bool same;
	u8 *code, *other;

	if (x->size != y->size || !a->sec->data || !b->sec->data)
		return false;
	code = xalloc(x->size);
	other = xalloc(x->size);
	memcpy(code, a->sec->data + x->value, x->size);
	memcpy(other, b->sec->data + y->value, x->size);
	for_each_reloc(rel, a->sec, x->value, x->value + x->size)
		memset(code + rel->off - x->value, 0, reloc_size(rel->type));
	for_each_reloc(rel, b->sec, y->value, y->value + x->size)
		memset(other + rel->off - y->value, 0, reloc_size(rel->type));
	same = !memcmp(code, other, x->size);
	free(code);
	free(other);
	return same;
}

/* Does the kernel write into the code, or jump there, where kgr's asks a variable? */
static bool is_written(const struct entity *kernel)
{
	const struct object *obj = kernel->obj;
	size_t i;

	for (i = 0; i < kernel->nr_entries; i++)
		if (obj->of_module &&
		    streq(kernel->entries[i]->sec->name, "__jump_table"))
			return true;
	for (i = 0; i < obj->nr_ents; i++)
		if (sec_is(obj->ents[i]->sec, "runtime_") &&
		    has_reference(obj->ents[i], kernel))
			return true;
	return false;
}

/*
 * The compiler makes clones as it needs them, for one constant argument say. There
 * may be several, of which the kernel has another than kgr's object.
 */
static bool is_other_clone(const struct entity *kernel,
			   const struct entity *ent)
{
	if (!is_clone(ent) || same_code(kernel, ent))
		return false;
	return !is_written(kernel) || strcmp(users_of(kernel), users_of(ent));
}

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
		if (ent->kernel && is_other_clone(ent->kernel, ent))
			ent->kernel = NULL;
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
