// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * link.c - what the patch is linked to, and by which names
 *
 * What the module loader finds has its own name from the beginning. The rest gets
 * the name by which kGraft finds it when the module is made. Until then, it must
 * have one that nothing in the module has: ld would link it to that, and objcopy
 * would rename both.
 */

#include "plan.h"

static struct link *find_link(struct plan *plan, const char *name,
			      const char *object, unsigned int pos)
{
	size_t i;

	for (i = 0; i < plan->nr_links; i++) {
		struct link *link = plan->links[i];

		if (link->pos == pos && streq(link->name, name) &&
		    streq(link->object, object))
			return link;
	}
	return NULL;
}

/**
 * link_add - link the patch to a symbol
 * @plan: the plan
 * @name: the symbol
 * @object: what has it
 * @pos: which of that name there
 * @plain: the module loader finds it by its name
 *
 * Return: its link, which may have been there before.
 */
struct link *link_add(struct plan *plan, const char *name, const char *object,
		      unsigned int pos, bool plain)
{
	struct link *link = find_link(plan, name, object, pos);

	if (link)
		return link;
	link = xalloc(sizeof(*link));
	link->name = name;
	link->object = object;
	link->pos = pos;
	link->plain = plain;
	array_add(plan->links, plan->nr_links, link);
	return link;
}

/**
 * link_key - the key of a static call that the patch makes
 * @plan: the plan
 * @trampoline: what it calls
 *
 * Return: its link; %NULL if the kernel has no such key.
 */
struct link *link_key(struct plan *plan, const struct link *trampoline)
{
	const char *name = xformat("__SCK__%s",
				   trampoline->name + strlen("__SCT__"));
	const char *object = trampoline->object, *owner, *space;
	const struct image_symbol *sym;

	owner = exported_by(name, &space);
	if (owner && !space && streq(owner, object))
		return link_add(plan, name, object, 0, true);
	sym = streq(object, "vmlinux") ? image_global(plan->kernel, name) :
					 NULL;
	return sym ? link_add(plan, name, object,
			      image_position(plan->kernel, sym), false) : NULL;
}

/* --- Names --- */

struct names {
	const char **names;
	size_t nr;
};

static bool has_name(const struct names *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->nr; i++)
		if (streq(names->names[i], name))
			return true;
	return false;
}

/* What modpost and main.c define, and what is taken along. */
static void add_defined(struct names *names, const struct plan *plan)
{
	size_t i, k;

	array_add(names->names, names->nr, "__this_module");
	array_add(names->names, names->nr, "init_module");
	array_add(names->names, names->nr, "cleanup_module");
	for (i = 0; i < plan->nr_pairs; i++) {
		const struct object *obj = plan->pairs[i].patched;

		for (k = 1; k < obj->nr_syms; k++)
			if (obj->syms[k].ent && obj->syms[k].ent->taken)
				array_add(names->names, names->nr,
					  obj->syms[k].name);
	}
}

static const char *free_name(const struct names *names, const char *name)
{
	const char *as = name;
	unsigned int n = 1;

	while (has_name(names, as))
		as = xformat("%s.kgr%u", name, ++n);
	return as;
}

/**
 * name_links - decide under which name each symbol is linked
 * @plan: the plan, complete
 */
void name_links(struct plan *plan)
{
	struct names names = { };
	size_t i;

	/* objtool wants the key of each static call. */
	for (i = 0; i < plan->nr_links; i++)
		if (starts_with(plan->links[i]->name, "__SCT__"))
			link_key(plan, plan->links[i]);
	add_defined(&names, plan);
	for (i = 0; i < plan->nr_links; i++) {
		struct link *link = plan->links[i];

		if (!link->plain)
			continue;
		link->as = link->name;
		array_add(names.names, names.nr, link->as);
	}
	for (i = 0; i < plan->nr_links; i++) {
		struct link *link = plan->links[i];

		if (link->plain)
			continue;
		link->as = free_name(&names, link->name);
		array_add(names.names, names.nr, link->as);
	}
}
