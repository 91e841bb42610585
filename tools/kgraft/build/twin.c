// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * twin.c - what in one object is what in the other
 *
 * By the name without numbers; if it had some, and is that of data, the two need a
 * user in common. Where several have the same one: by what uses them, then, for
 * data, by what they begin with and their order. A function that is not found so is
 * new and another one is gone, which is true enough: what calls it is changed then.
 */

#include <stdlib.h>

#include "compare.h"

static unsigned int next_id = 1;

static bool has_twin(const struct entity *ent)
{
	return ent->sym && (ent->kind == FUNC || ent->kind == DATA) &&
	       !ent->own;
}

static void marry(struct entity *a, struct entity *b)
{
	a->twin = b;
	b->twin = a;
	a->id = next_id;
	b->id = next_id++;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char **)a, *(const char **)b);
}

/**
 * users_of - what refers to an entity?
 * @ent: the entity
 *
 * Return: a name for each that does, sorted, once each.
 */
const char *users_of(const struct entity *ent)
{
	const struct object *obj = ent->obj;
	const char **names = NULL;
	size_t nr = 0, i, r, e;
	struct buf buf = { };

	for (e = 0; e < obj->nr_ents; e++) {
		const struct entity *user = obj->ents[e];

		if (user == ent || !user->sym ||
		    (user->kind != FUNC && user->kind != DATA))
			continue;
		if (has_reference(user, ent))
			array_add(names, nr, user->parent ? user->parent->canon :
							    user->canon);
	}
	if (nr)
		qsort(names, nr, sizeof(*names), by_text);
	for (i = 0, r = 0; i < nr; i++) {
		if (i && streq(names[i], names[r]))
			continue;
		r = i;
		buf_printf(&buf, "%s ", names[i]);
	}
	buf_add(&buf, "", 1);
	return buf.data;
}

struct group {
	struct entity **ents;
	const char **users;
	size_t nr;
};

/* Its address is no address, but says where it is in the part of each CPU. */
static bool is_percpu(const struct entity *ent)
{
	return sec_is(ent->sec, ".data..percpu");
}

static bool alike(const struct entity *a, const struct entity *b)
{
	return !a->twin && !b->twin && has_twin(b) && a->kind == b->kind &&
	       a->init == b->init && is_percpu(a) == is_percpu(b) &&
	       streq(a->canon, b->canon);
}

static void collect(struct group *group, const struct object *obj,
		    const struct entity *like)
{
	size_t i;

	memset(group, 0, sizeof(*group));
	for (i = 0; i < obj->nr_ents; i++)
		if (alike(like, obj->ents[i]))
			array_add(group->ents, group->nr, obj->ents[i]);
	group->users = xalloc(group->nr * sizeof(*group->users));
	for (i = 0; group->nr > 1 && i < group->nr; i++)
		group->users[i] = users_of(group->ents[i]);
}

static size_t count_users(const struct group *group, const char *users)
{
	size_t i, nr = 0;

	for (i = 0; i < group->nr; i++)
		nr += streq(group->users[i], users);
	return nr;
}

/* A variable within a function: the compiler numbers it. */
static bool is_numbered_data(const struct entity *ent)
{
	return ent->kind == DATA && !streq(ent->sym->name, ent->canon);
}

static bool is_variable(const struct section *sec)
{
	return sec->flags & SHF_WRITE && !sec_is_registry(sec);
}

/* Where both are inlined, what uses them does not tell them apart. */
static bool of_other_function(const struct entity *a, const struct entity *b)
{
	const char *x, *y;

	if (!is_numbered_data(a) || !is_numbered_data(b) ||
	    !is_variable(a->sec))
		return false;
	x = declared_in(a);
	y = declared_in(b);
	return x && y && !streq(x, y);
}

static void marry_by_users(struct group *a, struct group *b)
{
	size_t i, k;

	for (i = 0; i < a->nr; i++) {
		if (count_users(a, a->users[i]) != 1 ||
		    count_users(b, a->users[i]) != 1)
			continue;
		for (k = 0; k < b->nr; k++)
			if (streq(a->users[i], b->users[k]) &&
			    !of_other_function(a->ents[i], b->ents[k]))
				marry(a->ents[i], b->ents[k]);
	}
}

/* Without what aligns the next one. */
static u64 length(const struct entity *ent)
{
	return ent->sym->size ? ent->sym->size : ent->end - ent->start;
}

/* Where the source wants it, or where the compiler puts what is like that. */
static bool same_place(const struct section *a, const struct section *b)
{
	bool placed = strstr(a->name, "..") || sec_is_registry(a);

	if (!a->data != !b->data)
		return false;
	if (placed || strstr(b->name, "..") || sec_is_registry(b))
		return streq(a->name, b->name);
	return !((a->flags ^ b->flags) & SHF_WRITE);
}

/* Of constants, only the content counts, and that may be what the fix changes. */
static bool same_start(const struct entity *a, const struct entity *b)
{
	return length(a) == length(b) && same_place(a->sec, b->sec) &&
	       (!a->sec->data || !(a->sec->flags & SHF_WRITE) ||
		!memcmp(a->sec->data + a->start, b->sec->data + b->start,
			length(a)));
}

/* Those without a twin that begin like one, and have the same users. */
static size_t count_like(const struct group *group, const struct entity *ent,
			 const char *users)
{
	size_t i, nr = 0;

	for (i = 0; i < group->nr; i++)
		nr += !group->ents[i]->twin && streq(group->users[i], users) &&
		      same_start(group->ents[i], ent);
	return nr;
}

/* Those that begin alike are in the same order, in each section. */
static void marry_by_order(struct group *a, struct group *b)
{
	size_t i, k;

	for (i = 0; i < a->nr; i++) {
		struct entity *ent = a->ents[i];

		if (ent->twin ||
		    count_users(a, a->users[i]) != count_users(b, a->users[i]) ||
		    count_like(a, ent, a->users[i]) != count_like(b, ent, a->users[i]))
			continue;
		for (k = 0; !ent->twin && k < b->nr; k++) {
			if (b->ents[k]->twin || !same_start(ent, b->ents[k]) ||
			    !streq(a->users[i], b->users[k]))
				continue;
			marry(ent, b->ents[k]);
			b->ents[k]->by_order = is_variable(ent->sec);
		}
	}
}

/* Each name has a space behind it. */
static bool common_user(const char *a, const char *b)
{
	while (*a) {
		size_t len = strchr(a, ' ') + 1 - a;
		const char *pos = b;

		while (*pos && strncmp(pos, a, len))
			pos = strchr(pos, ' ') + 1;
		if (*pos)
			return true;
		a += len;
	}
	return false;
}

/* Another function may have one of that name as well. */
static bool is_pair(const struct entity *a, const struct entity *b)
{
	const char *x, *y;

	if (!is_numbered_data(a) || !is_numbered_data(b))
		return true;
	if (of_other_function(a, b))
		return false;
	x = users_of(a);
	y = users_of(b);
	return (!*x && !*y) || common_user(x, y);
}

static void marry_group(struct group *a, struct group *b)
{
	size_t i;

	if (a->nr == 1 && b->nr == 1) {
		if (is_pair(a->ents[0], b->ents[0]))
			marry(a->ents[0], b->ents[0]);
		else
			b->ents[0]->ambiguous = true;
		return;
	}
	for (i = 0; a->nr == 1 && i < a->nr; i++)
		a->users[i] = users_of(a->ents[i]);
	for (i = 0; b->nr == 1 && i < b->nr; i++)
		b->users[i] = users_of(b->ents[i]);
	marry_by_users(a, b);
	if (a->ents[0]->kind == DATA)
		marry_by_order(a, b);
	for (i = 0; i < b->nr; i++)
		b->ents[i]->ambiguous = !b->ents[i]->twin;
}

static void marry_btf_ids(struct object *a, struct object *b)
{
	size_t i, k;

	for (i = 0; i < a->nr_ents; i++) {
		if (!has_twin(a->ents[i]) || !sec_is_btf_ids(a->ents[i]->sec))
			continue;
		for (k = 0; k < b->nr_ents; k++)
			if (has_twin(b->ents[k]) && !b->ents[k]->twin &&
			    same_btf_id(a->ents[i], b->ents[k]))
				marry(a->ents[i], b->ents[k]);
	}
}

/**
 * find_twins - pair the entities of two objects
 * @pair: the objects
 *
 * Those without a twin are GONE or NEW.
 */
void find_twins(struct pair *pair)
{
	struct object *a = pair->orig, *b = pair->patched;
	struct group ga, gb;
	size_t i;

	marry_btf_ids(a, b);
	for (i = 0; i < a->nr_ents; i++) {
		struct entity *ent = a->ents[i];

		if (!has_twin(ent) || ent->twin || ent->ambiguous)
			continue;
		collect(&ga, a, ent);
		collect(&gb, b, ent);
		if (gb.nr)
			marry_group(&ga, &gb);
		for (size_t k = 0; k < ga.nr; k++)
			ga.ents[k]->ambiguous = !ga.ents[k]->twin;
	}
	for (i = 0; i < a->nr_ents; i++)
		if (has_twin(a->ents[i]) && !a->ents[i]->twin)
			a->ents[i]->state = GONE;
	for (i = 0; i < b->nr_ents; i++)
		if (has_twin(b->ents[i]) && !b->ents[i]->twin)
			b->ents[i]->state = NEW;
}

/* Has what refers to it stayed the same? */
static bool same_users(const struct entity *ent)
{
	const struct object *obj = ent->obj;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *user = obj->ents[i];

		if (!user->sym || (user->kind != FUNC && user->kind != DATA))
			continue;
		if (has_reference(user, ent) &&
		    (!user->twin || !same_content(user->twin, user)))
			return false;
	}
	return true;
}

/* Is no other one of its name declared in that function? */
static bool is_alone(const struct entity *ent, const char *func)
{
	const struct object *obj = ent->obj;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++) {
		const char *other;

		if (obj->ents[i] == ent || !has_twin(obj->ents[i]) ||
		    !streq(obj->ents[i]->canon, ent->canon))
			continue;
		other = declared_in(obj->ents[i]);
		if (!other || streq(func, other))
			return false;
	}
	return true;
}

/* Are both that of one function, wherever that is inlined? */
static bool same_function(const struct entity *ent)
{
	const char *func = declared_in(ent), *other = declared_in(ent->twin);

	return func && other && streq(func, other) && is_alone(ent, func) &&
	       is_alone(ent->twin, func);
}

/**
 * part_doubtful - take pairs apart of which the fix may have made others
 * @pair: the objects, its entities paired
 *
 * Of variables that go by their order, one may be gone and another one new, or they
 * have changed places. Not so if what uses them is the same as before, or if each
 * is declared in a function of its own, of which the others are inlined there.
 */
void part_doubtful(struct pair *pair)
{
	struct object *obj = pair->patched;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++)
		obj->ents[i]->ambiguous |= obj->ents[i]->by_order &&
					   !same_users(obj->ents[i]) &&
					   !same_function(obj->ents[i]);
	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *ent = obj->ents[i];

		if (!ent->by_order || !ent->ambiguous)
			continue;
		ent->twin->twin = NULL;
		ent->twin->state = GONE;
		ent->twin = NULL;
		ent->state = NEW;
	}
}
