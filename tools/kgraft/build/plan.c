// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * plan.c - what the patch takes along, and what it links to in the kernel
 *
 * Begins with what is replaced, and follows each reference from there.
 */

#include "plan.h"

static void take(struct plan *plan, struct pair *pair, struct entity *ent);

static const char *module_of(const struct pair *pair)
{
	return pair->module;
}

/* Does another object of the patch bring it? */
static bool is_brought(struct plan *plan, const struct pair *user,
		       const char *name)
{
	size_t i, e;

	for (i = 0; i < plan->nr_pairs; i++) {
		struct pair *pair = &plan->pairs[i];

		if (!streq(module_of(pair), module_of(user)))
			continue;
		for (e = 0; e < pair->patched->nr_ents; e++) {
			struct entity *ent = pair->patched->ents[e];

			if (ent->state == NEW && ent->global &&
			    streq(entity_name(ent), name)) {
				take(plan, pair, ent);
				return true;
			}
		}
	}
	return false;
}

static struct link *link_image(struct plan *plan, const struct image *image,
			       const struct image_symbol *sym)
{
	return link_add(plan, sym->name, image->object,
			image_position(image, sym), false);
}

static bool refuse_address(const struct pair *pair, const struct image *image,
			   const struct image_symbol *sym)
{
	if (image_may_point_to(image, sym))
		return false;
	refuse('F', xformat("%s takes the address of `%s`, which IBT forbids",
			    pair->source, sym->name),
	       "let a new function call it, and take the address of that");
	return true;
}

/* What another module exports: the patch must import the same namespace. */
static struct link *link_module(struct plan *plan, const struct pair *pair,
				const char *name, const char *owner,
				const char *space)
{
	struct link *link;

	if (space && starts_with(space, "module:")) {
		refuse('M', xformat("%s uses `%s`, which module %s exports only to %s",
				    pair->source, name, owner, space),
		       "leave that use out, or bring a copy of it in the fix");
		return NULL;
	}
	note("uses `%s`, which module %s exports: that must be loaded first",
	     name, owner);
	link = link_add(plan, name, owner, 0, true);
	link->space = space;
	return link;
}

static struct link *link_undefined(struct plan *plan, const struct pair *pair,
				   const char *name, bool address)
{
	const struct image *image = pair->image;
	const struct image_symbol *sym;
	const char *owner, *space;
	struct link *link;

	owner = exported_by(name, &space);
	if (owner && !space && streq(owner, "vmlinux"))
		return link_add(plan, name, "vmlinux", 0, true);
	sym = image_global(image, name);
	/* The patch does not import a namespace of the kernel's. */
	if (!sym && owner && streq(owner, "vmlinux")) {
		image = plan->kernel;
		sym = image_global(image, name);
	}
	if (sym && sym->init)
		goto init;
	if (sym && address && refuse_address(pair, image, sym))
		return NULL;
	if (sym)
		return link_image(plan, image, sym);
	if (is_brought(plan, pair, name)) {
		link = link_add(plan, name, "patch", 0, true);
		link->body = true;
		return link;
	}
	if (owner && strcmp(module_of(pair), "vmlinux"))
		return link_module(plan, pair, name, owner, space);
	refuse('M', xformat("%s uses `%s`, which %s does not have", pair->source,
			    name, pair->image->object),
	       "leave that use out, or bring a copy of it in the fix");
	return NULL;
init:
	refuse('I', xformat("%s uses `%s`, which is gone after boot",
			    pair->source, name),
	       "leave that use out, or bring a copy of it in the fix");
	return NULL;
}

/* The kernel may number it differently. */
static const struct image_symbol *local_symbol(const struct pair *pair,
					       const struct entity *ent)
{
	const struct entity *orig = ent->twin;

	if (!orig || !orig->kernel)
		return NULL;
	return image_local(pair, entity_name(orig->kernel));
}

/* What the kernel has: under the name that it has there. */
static struct link *link_entity(struct plan *plan, const struct pair *pair,
				const struct entity *ent, bool address)
{
	const char *name = entity_name(ent->twin ? ent->twin : ent);
	const struct image_symbol *sym;

	if (ent->global)
		return link_undefined(plan, pair, name, address);
	sym = local_symbol(pair, ent);
	if (!sym || sym->init) {
		refuse('T', xformat("%s has no `%s` of %s", pair->image->object,
				    name, pair->source),
		       "leave out what refers to it");
		return NULL;
	}
	if (address && refuse_address(pair, pair->image, sym))
		return NULL;
	return link_image(plan, pair->image, sym);
}

/* --- What is taken along --- */

static bool may_be_new(const struct section *sec)
{
	/* The kernel decrypts what is in its own section, not in that of a module. */
	if (sec_is(sec, ".data..percpu") || strstr(sec->name, "..decrypted"))
		return false;
	return sec_is(sec, ".data") || sec_is(sec, ".bss") ||
	       sec_is(sec, ".rodata") || sec_is(sec, ".ref.data") ||
	       sec_is(sec, "__dyndbg") || sec_is(sec, ".static_call.text");
}

static void take_new_data(struct plan *plan, struct pair *pair,
			  struct entity *ent)
{
	const char *name = entity_name(ent);

	if (ent->ambiguous) {
		refuse('D', xformat("%s: which of several `%s` is which is not clear",
				    pair->source, name),
		       "give the variable another name in the fix, or leave the hunk out");
		return;
	}
	if (ent->init) {
		refuse('I', xformat("%s: code uses `%s`, which is gone after boot",
				    pair->source, name),
		       "leave out what makes it so");
		return;
	}
	if (!may_be_new(ent->sec)) {
		refuse('S', xformat("%s: `%s` would be new in section `%s`",
				    pair->source, name, ent->sec->name),
		       "do without it");
		return;
	}
	if (ent->state == NEW && ent->sec->flags & SHF_WRITE)
		note("%s: variable `%s` is new, and starts as the source says",
		     pair->source, name);
	take(plan, pair, ent);
}

static void refer_func(struct plan *plan, struct pair *pair, struct entity *user,
		       struct reloc *rel)
{
	struct entity *to = rel->to, *func = whole(to);

	if (!to->sym) {
		refuse('S', xformat("%s: `%s` uses code without a name in `%s`",
				    pair->source, entity_name(user),
				    to->sec->name), "leave the hunk out");
		return;
	}
	if (func->init) {
		refuse('I', xformat("%s: `%s` uses `%s`, which is gone after boot",
				    pair->source, entity_name(user),
				    to->sym->name),
		       "leave out what makes it so");
		return;
	}
	if (func->replace && !rel->branch) {
		rel->link = link_entity(plan, pair, to, true);
		return;
	}
	if (func->state == NEW || func->replace || func->copied) {
		if (!rel->branch)
			note("%s: `%s` uses the address of `%s`: drain its calls at a revert",
			     pair->source, entity_name(user), to->sym->name);
		take(plan, pair, to);
		return;
	}
	rel->link = link_entity(plan, pair, to, !rel->branch);
}

static void refer_data(struct plan *plan, struct pair *pair,
		       struct entity *user, struct reloc *rel)
{
	struct entity *to = rel->to;

	if (!to->sym)
		refuse('S', xformat("%s: `%s` uses data without a name in `%s`",
				    pair->source, entity_name(user),
				    to->sec->name), "leave the hunk out");
	else if (to->own || to->state == NEW)
		take_new_data(plan, pair, to);
	else if (to->init)
		refuse('I', xformat("%s: `%s` uses `%s`, which is gone after boot",
				    pair->source, entity_name(user),
				    to->sym->name),
		       "leave out what makes it so");
	else if (to->copied)
		take(plan, pair, to);
	else
		rel->link = link_entity(plan, pair, to, false);
}

/* Without a symbol, only the beginning of a string says which one it is. */
static void check_string(const struct pair *pair, const struct entity *user,
			 const struct reloc *rel)
{
	const u8 *text = rel->to->sec->data;

	if (rel->sym->type == STT_SECTION && rel->to_off &&
	    text[rel->to_off - 1])
		refuse('S', xformat("%s: `%s` refers to the inside of a string",
				    pair->source, entity_name(user)),
		       "leave out what makes it so");
}

static void refer(struct plan *plan, struct pair *pair, struct entity *user,
		  struct reloc *rel)
{
	if (!rel->to) {
		rel->link = link_undefined(plan, pair, rel->sym->name,
					   !rel->branch);
		return;
	}
	switch (rel->to->kind) {
	case FUNC:
		refer_func(plan, pair, user, rel);
		return;
	case DATA:
		refer_data(plan, pair, user, rel);
		return;
	case STRING:
		check_string(pair, user, rel);
		return;
	case CONST:
		take(plan, pair, rel->to);
		return;
	case AUX:
		rel->drop = true;
		return;
	case PIECES:
		return;
	default:
		refuse('S', xformat("%s: `%s` uses the unknown section `%s`",
				    pair->source, entity_name(user),
				    rel->to->sec->name),
		       "leave out what makes it so");
	}
}

/* Tables of labels belong to a function that is taken along with them. */
static bool is_label_of_taken(struct plan *plan, struct pair *pair,
			      struct entity *user, const struct reloc *rel)
{
	const struct entity *func = whole(rel->to);

	if (user->kind != FUNC &&
	    (func->state == NEW || func->replace || func->copied))
		take(plan, pair, rel->to);
	else
		refuse('S', xformat("%s: `%s` refers to a place within `%s`",
				    pair->source, entity_name(user),
				    entity_name(func)),
		       "leave out what makes it so");
	return true;
}

/*
 * Does it refer to its own code, or to that it was split from? The address of
 * the function itself is what others see as well.
 */
static bool is_part(struct plan *plan, struct pair *pair, struct entity *user,
		    const struct reloc *rel, bool table)
{
	struct entity *to = rel->to;

	if (!to || to->kind != FUNC)
		return false;
	if (is_label(rel) && (user->kind != FUNC || whole(to) != whole(user)))
		return is_label_of_taken(plan, pair, user, rel);
	if (whole(to) != whole(user))
		return false;
	if (!table && !rel->branch && !to->parent &&
	    rel->to_off == (s64)(to->sym->value - to->start) &&
	    !image_label_at(to))
		return false;
	take(plan, pair, to);
	return true;
}

/* Symbols of modules are written when the module is there, to code and pointers. */
static bool comes_late(const struct link *link)
{
	return link && !link->plain && strcmp(link->object, "vmlinux");
}

/* Another name of what is here: in the kernel, another file may have the better one. */
static bool is_overridden(const struct pair *pair, const struct reloc *rel)
{
	const struct image_symbol *sym;

	if (!rel->to || rel->sym->bind != STB_WEAK || rel->sym == rel->to->sym)
		return false;
	sym = image_global(pair->image, rel->sym->name);
	return sym && sym->bind != STB_WEAK;
}

static void refer_range(struct plan *plan, struct pair *pair,
			struct entity *user, struct section *sec, u64 start,
			u64 end, bool table)
{
	struct reloc *rel;

	for_each_reloc(rel, sec, start, end) {
		if (is_overridden(pair, rel))
			rel->link = link_undefined(plan, pair, rel->sym->name,
						   !rel->branch);
		else if (is_part(plan, pair, user, rel, table))
			continue;
		else
			refer(plan, pair, user, rel);
		if (comes_late(rel->link) &&
		    (sec != user->sec || starts_with(rel->link->name, "__SCT__")))
			refuse('S', xformat("%s: `%s` of a module is used in `%s`, by `%s`",
					    pair->source, rel->link->name,
					    sec->name, entity_name(user)),
			       "call it in a new function that is not inlined");
	}
}

static void check_pieces(const struct pair *pair, const struct entity *pieces,
			 u64 start, u64 end)
{
	const struct reloc *rel;
	size_t i;

	for (i = 0; i < pieces->nr_entries; i++) {
		rel = first_reloc(pieces->entries[i]->sec,
				  pieces->entries[i]->start,
				  pieces->entries[i]->end);
		if (rel->to_off >= (s64)start && rel->to_off < (s64)end)
			refuse('S', xformat("%s: `%s` is about the replacement of an alternative",
					    pair->source,
					    pieces->entries[i]->sec->name),
			       "leave out what makes it so");
	}
}

static void take_entry(struct plan *plan, struct pair *pair, struct entity *ent,
		       const struct entry *entry)
{
	struct reloc *rel;
	u64 start, end;

	refer_range(plan, pair, ent, entry->sec, entry->start, entry->end,
		    true);
	if (!entry_piece(entry, &start, &end))
		return;
	for_each_reloc(rel, entry->sec, entry->start, entry->end) {
		if (!rel->to || rel->to->kind != PIECES)
			continue;
		refer_range(plan, pair, ent, rel->to->sec, start, end, false);
		check_pieces(pair, rel->to, start, end);
	}
}

/*
 * Has a section that is not known an entry for it? Lists of functions, which have
 * names, are for the kernel's.
 */
static void check_mentions(const struct pair *pair, const struct entity *func)
{
	const struct object *obj = func->obj;
	const struct reloc *rel;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		const struct entity *user = obj->ents[i];

		if (!sec_is_registry(user->sec))
			continue;
		for_each_reloc(rel, user->sec, user->start, user->end)
			if (rel->to == func && (!user->sym || rel->to_off))
				refuse('S', xformat("%s: the unknown section `%s` is about `%s`",
						    pair->source, user->sec->name,
						    entity_name(func)),
				       "leave out what makes it so");
	}
}

/*
 * DO_ONCE() remembers that it has been done, whatever it was done for: a variable
 * that is new would never be initialised.
 */
static void check_once(const struct pair *pair, const struct entity *func)
{
	const struct entity *done = NULL, *fresh = NULL;
	const struct object *obj = func->obj;
	const struct reloc *rel;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *part = obj->ents[i];

		if (whole(part) != func)
			continue;
		for_each_reloc(rel, part->sec, part->start, part->end) {
			const struct entity *to = rel->to;

			if (!to || to->kind != DATA ||
			    !(to->sec->flags & SHF_WRITE))
				continue;
			if (to->twin && sec_is(to->sec, ".data..do_once"))
				done = to;
			else if (to->state == NEW)
				fresh = to;
		}
	}
	if (done && fresh)
		refuse('D', xformat("%s: DO_ONCE() in `%s` has been done, and `%s` is new",
				    pair->source, entity_name(func),
				    entity_name(fresh)),
		       "set the variable in a pre_apply callback (--main), or use it in another function");
}

/* A patch has a copy of it. */
static void take(struct plan *plan, struct pair *pair, struct entity *ent)
{
	size_t i;

	if (ent->taken)
		return;
	ent->taken = true;
	ent->copied = true;
	if (ent->kind == FUNC) {
		check_mentions(pair, ent);
		check_borders(pair, ent);
	}
	if (ent->kind == FUNC && !ent->parent)
		check_once(pair, ent);
	refer_range(plan, pair, ent, ent->sec, ent->start, ent->end, false);
	for (i = 0; i < ent->nr_entries; i++)
		take_entry(plan, pair, ent, ent->entries[i]);
}

/* What moved from one file to another, say: a second one of it would be made. */
static void check_new_global(const struct pair *pair, const struct entity *ent)
{
	bool func = ent->kind == FUNC;

	if ((!func && ent->kind != DATA) || ent->state != NEW || !ent->global ||
	    !image_global(pair->image, ent->sym->name))
		return;
	refuse(func ? 'F' : 'D',
	       xformat("`%s` is new in %s, and the kernel has one already",
		       ent->sym->name, pair->source),
	       func ? "give it another name in the fix" :
		      "leave it where it is, and declare it here");
}

/**
 * plan_make - decide what the patch consists of
 * @plan: the objects, compared
 *
 * What stands in the way is refused.
 */
void plan_make(struct plan *plan)
{
	struct pair *pair;
	size_t i, e;

	for (i = 0; i < plan->nr_pairs; i++) {
		pair = &plan->pairs[i];
		for (e = 0; e < pair->patched->nr_ents; e++) {
			struct entity *ent = pair->patched->ents[e];

			check_new_global(pair, ent);
			if (ent->replace)
				take(plan, pair, ent);
		}
	}
	name_links(plan);
}

static const char *c_name(const char *name, size_t number, bool taken)
{
	char *c, *pos;

	c = taken ? xformat("kgr_new_%s_%zu", name, number) :
		    xformat("kgr_new_%s", name);
	for (pos = c; *pos; pos++)
		if (*pos == '.')
			*pos = '_';
	return c;
}

static void add_replacement(struct replacement **list, size_t *nr,
			    const struct pair *pair, struct entity *ent)
{
	struct replacement rep = { .pair = pair, .ent = ent };
	const struct image_symbol *sym;
	const char *name = ent->twin->sym->name;
	bool taken = false;
	size_t i;

	for (i = 0; i < *nr; i++)
		taken |= streq((*list)[i].ent->sym->name, ent->sym->name);
	rep.alias = c_name(ent->sym->name, *nr, taken);
	sym = ent->global ? image_global(pair->image, name) :
			    local_symbol(pair, ent);
	if (!sym || sym->init) {
		refuse('T', xformat("%s has no `%s` of %s", pair->image->object,
				    name, pair->source),
		       "compiled for kgr, it becomes another function; leave the hunk out");
		return;
	}
	/* Another file defines it, and the kernel uses that one. */
	if (ent->twin->sym->bind == STB_WEAK && sym->bind != STB_WEAK) {
		refuse('F', xformat("`%s` of %s is weak, and the kernel has another one",
				    name, pair->source),
		       "leave the hunk out: nothing calls this function");
		return;
	}
	rep.name = sym->name;
	rep.pos = image_position(pair->image, sym);
	array_add(*list, *nr, rep);
}

/**
 * plan_replacements - the functions that the patch replaces
 * @plan: the plan
 * @nr: set to how many they are
 *
 * Return: an array of them.
 */
struct replacement *plan_replacements(const struct plan *plan, size_t *nr)
{
	struct replacement *list = NULL;
	size_t i, e;

	*nr = 0;
	for (i = 0; i < plan->nr_pairs; i++) {
		const struct pair *pair = &plan->pairs[i];

		for (e = 0; e < pair->patched->nr_ents; e++)
			if (pair->patched->ents[e]->replace)
				add_replacement(&list, nr, pair,
						pair->patched->ents[e]);
	}
	return list;
}
