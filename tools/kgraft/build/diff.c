// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * diff.c - what a fix changes in an object, and what has to be replaced for it
 */

#include <stdio.h>

#include "compare.h"
#include "options.h"

const char *entity_name(const struct entity *ent)
{
	return ent->sym ? ent->sym->name : ent->sec->name;
}

/* The function that it is part of. */
struct entity *whole(struct entity *ent)
{
	return ent->parent ? ent->parent : ent;
}

/**
 * is_traced - can ftrace redirect a function?
 * @func: the function, as the kernel has it
 *
 * Return: whether it begins with a call of __fentry__.
 */
bool is_traced(const struct entity *func)
{
	const struct reloc *rel;

	for_each_reloc(rel, func->sec, func->start, func->end) {
		if (!rel->to && streq(rel->sym->name, "__fentry__"))
			return true;
		if (rel->off - func->start > 32)
			break;
	}
	return false;
}

static bool counts(const struct section *sec)
{
	return sec->flags & SHF_ALLOC && !sec_is_table(sec) &&
	       !sec_is_dropped(sec) && !sec_is(sec, ".altinstr");
}

/* Does something refer to it other than by calling it? */
static const char *address_taken(const struct object *obj,
				 const struct entity *func)
{
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		const struct entity *user = obj->ents[i];
		const struct reloc *rel;

		if (!counts(user->sec))
			continue;
		for_each_reloc(rel, user->sec, user->start, user->end)
			if (rel->to == func && !rel->branch)
				return entity_name(user);
	}
	return NULL;
}

static void replace(struct pair *pair, struct entity *ent, const char *why);

static void replace_users(struct pair *pair, struct entity *ent,
			  const char *why)
{
	struct object *obj = pair->patched;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *user = obj->ents[i];

		if (user->kind == FUNC && whole(user) != ent &&
		    has_reference(user, ent))
			replace(pair, user, why);
	}
}

static void note_init(const struct pair *pair, const struct entity *ent)
{
	note("%s: `%s` %s and stays as it is", pair->source, entity_name(ent),
	     pair->patched->of_module ? "runs when the module is loaded," :
					"is gone after boot");
}

static void refuse_exit(const struct pair *pair, const struct entity *ent)
{
	refuse('F', xformat("`%s` changed, which runs when the module is unloaded, and ftrace cannot reach it (%s)",
			    entity_name(ent), pair->source),
	       "leave the hunk out: the module is unloaded as before");
}

static void refuse_untraced(struct pair *pair, struct entity *ent,
			    const char *user)
{
	const char *what, *name = entity_name(ent);

	if (sec_is(ent->sec, ".exit.")) {
		refuse_exit(pair, ent);
		return;
	}
	what = xformat("function `%s` changed, and ftrace cannot reach it (%s)",
		       name, pair->source);
	if (user)
		what = xformat("%s; its address is in `%s`", what, user);
	else
		what = xformat("%s; other files may call it", what);
	refuse('F', what, "no tool can replace it; fix its callers instead");
}

static void replace_copy(struct pair *pair, struct entity *ent)
{
	const char *user = address_taken(pair->patched, ent);

	if (!user)
		user = address_taken(pair->orig, ent->twin);
	if (ent->global || user) {
		refuse_untraced(pair, ent, user);
		return;
	}
	ent->copied = true;
	replace_users(pair, ent, xformat("calls %s, which ftrace cannot reach",
					 entity_name(ent)));
}

/* The patch gets a version of a function that the kernel has. */
static void replace(struct pair *pair, struct entity *ent, const char *why)
{
	ent = whole(ent);
	if (ent->replace || ent->copied || ent->state == NEW)
		return;
	if (ent->init) {
		note_init(pair, ent);
		return;
	}
	if (ent->state == SAME)
		ent->state = CHANGED;
	ent->why = why;
	if (is_traced(ent->twin))
		ent->replace = true;
	else
		replace_copy(pair, ent);
}

/* Labels are no entries: what jumps there comes along. */
static bool points_to_code(const struct entity *ent)
{
	const struct reloc *rel;

	for_each_reloc(rel, ent->sec, ent->start, ent->end)
		if (!rel->to || (rel->to->kind == FUNC && !is_label(rel)))
			return true;
	return false;
}

/* May the patch have its own? Its pointers to code would go with it at a revert. */
static bool may_copy_code(const struct entity *ent)
{
	return !points_to_code(ent) || allowed(COPY_CONST, entity_name(ent));
}

static bool is_private(const struct entity *ent)
{
	return !ent->global && !(ent->sec->flags & SHF_WRITE) &&
	       !sec_is_registry(ent->sec);
}

static void copy_const(struct pair *pair, struct entity *ent);

static void copy_for_data(struct pair *pair, const char *name,
			  struct entity *user)
{
	const char *of = entity_name(user);

	if (user->state == NEW)
		return;
	if (user->kind != DATA || !is_private(user))
		refuse('D', xformat("constant `%s` changed and is used by data `%s` (%s)",
				    name, of, pair->source),
		       "leave the hunk out, or change what the functions make of it");
	else if (user->init)
		note_init(pair, user);
	else if (!may_copy_code(user))
		refuse('D', xformat("constant `%s` uses `%s` and holds pointers to code (%s)",
				    of, name, pair->source),
		       xformat("leave the hunk out, or --copy-const %s", of));
	else
		copy_const(pair, user);
}

static void copy_for_user(struct pair *pair, struct entity *ent,
			  struct entity *user)
{
	const char *name = entity_name(ent);

	if (user->kind == FUNC)
		replace(pair, user, xformat("uses %s, which changed", name));
	else
		copy_for_data(pair, name, user);
}

/* Init code that does not only read it, before the fix. */
static const struct entity *address_given(const struct object *obj,
					  const struct entity *ent)
{
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		const struct entity *user = obj->ents[i];
		const struct reloc *rel;

		if (user->kind != FUNC || !user->init)
			continue;
		for_each_reloc(rel, user->sec, user->start, user->end)
			if (rel->to == ent && !rel->access)
				return user;
	}
	return NULL;
}

/* What init code has passed it to has the old one, wherever that keeps it. */
static void check_given(const struct pair *pair, const struct entity *ent)
{
	const char *name = entity_name(ent);
	const struct entity *user;

	user = ent->twin ? address_given(pair->orig, ent->twin) : NULL;
	if (user && !allowed(COPY_CONST, name))
		refuse('D', xformat("constant `%s` changed, and `%s` has given its address away (%s)",
				    name, entity_name(user), pair->source),
		       xformat("leave the hunk out, or --copy-const %s", name));
}

/* A constant that only the functions of its file use changes with them. */
static void copy_const(struct pair *pair, struct entity *ent)
{
	struct object *obj = pair->patched;
	size_t i;

	if (ent->copied)
		return;
	ent->copied = true;
	check_given(pair, ent);
	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *user = obj->ents[i];

		if (counts(user->sec) && user != ent &&
		    has_reference(user, ent))
			copy_for_user(pair, ent, user);
	}
}

static void changed_data(struct pair *pair, struct entity *ent)
{
	const char *name = entity_name(ent);

	ent->state = CHANGED;
	if (ent->init)
		note_init(pair, ent);
	if (ent->init || sec_is(ent->sec, ".data..once"))
		return;
	if (ent->sec->flags & SHF_WRITE || sec_is_registry(ent->sec))
		refuse('D', xformat("data `%s` changed (%s)", name, pair->source),
		       "set the new value in a pre_apply callback (--main), or leave the hunk out");
	else if (ent->global)
		refuse('D', xformat("constant `%s` changed, and other files may use it (%s)",
				    name, pair->source),
		       "leave the hunk out, or change what the functions make of it");
	else if (!may_copy_code(ent))
		refuse('D', xformat("constant `%s` changed and holds pointers to code (%s)",
				    name, pair->source),
		       xformat("call what is new from what it points to, or --copy-const %s",
			       name));
	else
		copy_const(pair, ent);
}

static u64 section_size(const struct object *obj, const char *name)
{
	u64 size = 0;
	size_t i;

	for (i = 1; i < obj->nr_secs; i++)
		if (obj->secs[i] && streq(obj->secs[i]->name, name))
			size += obj->secs[i]->size;
	return size;
}

/* Has the kernel such an entry, under whichever name? */
static bool had_entry(const struct object *orig, struct entity *ent)
{
	size_t i;

	for (i = 0; i < orig->nr_ents; i++)
		if (!orig->ents[i]->twin && orig->ents[i]->sym &&
		    streq(orig->ents[i]->sec->name, ent->sec->name) &&
		    same_content(orig->ents[i], ent))
			return true;
	return false;
}

/* It may have the place of another one, so that the list is as long as before. */
static void check_entries(struct pair *pair, const struct section *sec)
{
	size_t i;

	for (i = 0; i < sec->nr_ents; i++) {
		struct entity *ent = sec->ents[i];

		if (ent->sym && !ent->twin && !had_entry(pair->orig, ent))
			refuse('S', xformat("section `%s` has another entry `%s` (%s)",
					    sec->name, entity_name(ent), pair->source),
			       "leave out what makes it: the kernel has read the list already");
	}
}

static void check_registries(struct pair *pair)
{
	const struct object *obj = pair->patched;
	size_t i;

	for (i = 1; i < obj->nr_secs; i++) {
		const struct section *sec = obj->secs[i];

		if (!sec || !sec_is_registry(sec) || sec_is_btf_ids(sec))
			continue;
		if (section_size(obj, sec->name) >
		    section_size(pair->orig, sec->name))
			refuse('S', xformat("section `%s` has a new entry (%s)",
					    sec->name, pair->source),
			       "leave out what makes it: a tracepoint, parameter, init call or the like");
		else if (!same_unnamed(pair->orig, obj, sec->name))
			refuse('S', xformat("section `%s` has a changed entry (%s)",
					    sec->name, pair->source),
			       "leave out what changes it: the kernel has read it already");
		else
			check_entries(pair, sec);
	}
	if (section_size(obj, ".export_symbol") >
	    section_size(pair->orig, ".export_symbol"))
		note("%s: a new export is for this patch only", pair->source);
}

static void compare_funcs(struct pair *pair)
{
	struct object *obj = pair->patched;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *ent = obj->ents[i];

		if (ent->kind == FUNC && ent->twin &&
		    !same_content(ent->twin, ent))
			ent->state = CHANGED;
	}
	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *ent = obj->ents[i];

		if (ent->kind == FUNC && ent->state == CHANGED)
			replace(pair, ent, "changed");
	}
}

static bool is_writable(const struct entity *ent)
{
	return ent->sec->flags & SHF_WRITE &&
	       !sec_is(ent->sec, ".data..ro_after_init");
}

/* A constant can be copied to where it has to be. */
static void realign(struct pair *pair, struct entity *ent)
{
	if (!(ent->sec->flags & SHF_WRITE))
		changed_data(pair, ent);
	else
		refuse('D', xformat("data `%s` is to be aligned to %llu bytes (%s)",
				    entity_name(ent),
				    (unsigned long long)alignment(ent),
				    pair->source),
		       "give the variable another name in the fix, or leave the hunk out");
}

static void compare_data(struct pair *pair)
{
	struct object *obj = pair->patched;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *ent = obj->ents[i];

		if (ent->kind != DATA || !ent->twin || sec_is_btf_ids(ent->sec))
			continue;
		if (!ent->init && is_writable(ent) && !is_writable(ent->twin))
			refuse('D', xformat("data `%s` becomes writable (%s)",
					    entity_name(ent), pair->source),
			       "leave it read-only, or give the variable another name in the fix");
		else if (!same_content(ent->twin, ent))
			changed_data(pair, ent);
		else if (!ent->init && is_misaligned(pair, ent))
			realign(pair, ent);
	}
}

/* Another name of what now? %NULL: it is not defined, or by itself. */
static const struct entity *alias_of(const struct object *obj, const char *name)
{
	size_t i;

	for (i = 1; i < obj->nr_syms; i++) {
		const struct symbol *sym = &obj->syms[i];

		if (sym->ent && sym->ent->sym && sym->bind != STB_LOCAL &&
		    sym->type != STT_SECTION && streq(sym->name, name))
			return sym->ent->sym == sym ? NULL : sym->ent;
	}
	return NULL;
}

/* What has become another name of something else: the kernel still has both. */
static void check_aliases(struct pair *pair)
{
	const struct object *obj = pair->orig;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		const struct entity *ent = obj->ents[i], *now;
		bool func = ent->kind == FUNC;

		if (ent->state != GONE || !ent->global || ent->init)
			continue;
		now = alias_of(pair->patched, entity_name(ent));
		if (now)
			refuse(func ? 'F' : 'D',
			       xformat("%s `%s` becomes another name of `%s`, and other files use the old one (%s)",
				       func ? "function" : "data",
				       entity_name(ent), entity_name(now),
				       pair->source),
			       func ? "let it call the other one instead" :
				      "leave the hunk out");
	}
}

/* A function with other code than the kernel's, of which it holds a label. */
static struct entity *labelled(const struct entity *ent)
{
	const struct reloc *rel;

	for_each_reloc(rel, ent->sec, ent->start, ent->end) {
		struct entity *func = is_label(rel) ? whole(rel->to) : NULL;

		if (func && (func->replace || func->copied))
			return func;
	}
	return NULL;
}

/* May the patch have its own, with the labels of the new code? */
static bool copy_labels(struct pair *pair, struct entity *ent,
			const struct entity *func)
{
	if (is_private(ent) && may_copy_code(ent)) {
		copy_const(pair, ent);
		return true;
	}
	refuse('D', xformat("data `%s` holds addresses within the code of `%s`, which changed (%s)",
			    entity_name(ent), entity_name(func), pair->source),
	       "leave the hunk out");
	return false;
}

/* What is replaced for one table may have another one. */
static bool find_labels(struct pair *pair)
{
	struct object *obj = pair->patched;
	const struct entity *func;
	bool again = false;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *ent = obj->ents[i];

		if (ent->kind != DATA || ent->copied || ent->init ||
		    ent->state == NEW)
			continue;
		func = labelled(ent);
		if (func)
			again |= copy_labels(pair, ent, func);
	}
	return again;
}

/* Functions whose code in the kernel has that of what changes in it. */
static bool replace_inliners(struct pair *pair)
{
	struct object *obj = pair->orig;
	bool again = false;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *ent = obj->ents[i], *func;

		if (ent->kind != FUNC || ent->parent || !ent->kernel ||
		    !ent->twin || ent->twin->replace || ent->twin->copied ||
		    ent->init)
			continue;
		func = kernel_inlines(ent);
		if (!func)
			continue;
		replace(pair, ent->twin,
			xformat("the kernel has %s inlined in it",
				entity_name(func)));
		again |= ent->twin->replace || ent->twin->copied;
	}
	return again;
}

/* The function that changes, of those that it calls. */
static const struct entity *calls_replaced(const struct entity *func)
{
	const struct reloc *rel;

	for_each_reloc(rel, func->sec, func->start, func->end) {
		const struct entity *to = rel->to ? whole(rel->to) : NULL;

		if (rel->branch && to && to->kind == FUNC && to->twin &&
		    to->twin->replace)
			return to;
	}
	return NULL;
}

/*
 * Code that runs when a module is loaded runs after functions of the module are
 * replaced, and as it was built. Where its calls are other ones than those of the
 * fix, they may not be such that the new function can be called by them.
 */
static void check_init(const struct pair *pair)
{
	const struct object *obj = pair->orig;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		const struct entity *ent = obj->ents[i], *func;

		if (ent->kind != FUNC || !ent->init ||
		    (ent->twin && ent->twin->state == SAME))
			continue;
		func = calls_replaced(ent);
		if (func)
			refuse('F', xformat("`%s` calls `%s`, which changes, and itself stays as it is: it runs when the module is loaded (%s)",
					    entity_name(whole(obj->ents[i])),
					    entity_name(func), pair->source),
			       "leave out what changes it, or let the others call a new function");
	}
}

/**
 * compare - find out what a fix changes in an object
 * @pair: the object before and after it
 *
 * Sets the state of the entities and which of them the patch replaces.
 */
void compare(struct pair *pair)
{
	bool again;

	find_twins(pair);
	part_doubtful(pair);
	compare_funcs(pair);
	compare_data(pair);
	do {
		again = find_labels(pair);
		if (pair->kernel)
			again |= replace_inliners(pair);
	} while (again);
	if (pair->orig->of_module)
		check_init(pair);
	check_registries(pair);
	check_btf_ids(pair);
	check_aliases(pair);
}
