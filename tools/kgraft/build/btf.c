// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * btf.c - lists of BTF IDs
 *
 * resolve_btfids fills them in when the kernel or a module is linked, and code finds
 * an ID by its place in a list. So a patch refers to the lists that are there, and the
 * fix must leave them as they are: a list of its own would be all zeros.
 */

#include <stdlib.h>

#include "compare.h"

static int by_place(const void *a, const void *b)
{
	const struct symbol *x = *(const struct symbol **)a;
	const struct symbol *y = *(const struct symbol **)b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return strcmp(canonical(x->name), canonical(y->name));
}

static void add_names(struct buf *buf, const struct section *sec)
{
	const struct object *obj = sec->obj;
	const struct symbol **syms = NULL;
	size_t nr = 0, i;

	for (i = 1; i < obj->nr_syms; i++)
		if (obj->syms[i].sec == sec &&
		    obj->syms[i].type != STT_SECTION)
			array_add(syms, nr, &obj->syms[i]);
	if (nr)
		qsort(syms, nr, sizeof(*syms), by_place);
	for (i = 0; i < nr; i++)
		buf_printf(buf, "%llu %s\n", (unsigned long long)syms[i]->value,
			   canonical(syms[i]->name));
}

/* Where each list and each ID is, and what is there before it is resolved: flags. */
static struct buf lists_of(const struct object *obj)
{
	struct buf buf = { };
	size_t i;

	for (i = 1; i < obj->nr_secs; i++) {
		const struct section *sec = obj->secs[i];

		if (!sec || !sec_is_btf_ids(sec))
			continue;
		add_names(&buf, sec);
		if (sec->data)
			buf_add(&buf, sec->data, sec->size);
	}
	return buf;
}

/**
 * check_btf_ids - refuse lists of BTF IDs that are different
 * @pair: the object before the fix and after it
 */
void check_btf_ids(const struct pair *pair)
{
	struct buf a = lists_of(pair->orig), b = lists_of(pair->patched);

	if (a.len != b.len || (a.len && memcmp(a.data, b.data, a.len)))
		refuse('S', xformat("the BTF IDs in section `.BTF_ids` change (%s)",
				    pair->source),
		       "leave out what changes them: the kernel has resolved them already");
}

/**
 * same_btf_id - is it the same place in the same list?
 * @a: an entity of one object
 * @b: one of the other
 *
 * Return: whether it is. One ID may be in many lists, and names do not tell which.
 */
bool same_btf_id(const struct entity *a, const struct entity *b)
{
	return sec_is_btf_ids(a->sec) && sec_is_btf_ids(b->sec) &&
	       a->start == b->start && streq(a->canon, b->canon);
}
