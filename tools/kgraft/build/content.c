// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * content.c - the content of an entity, in a form in which that of two objects
 * can be compared
 *
 * Its bytes, without the fields that are relocated; for each of these, what it
 * refers to; and its entries in special sections. What has no name of its own,
 * such as a string, is content of what refers to it.
 */

#include "compare.h"

/* The bytes of a part of a section, relocated fields zeroed. */
static void add_bytes(struct buf *buf, const struct section *sec, u64 start,
		      u64 end)
{
	size_t at = buf->len;
	struct reloc *rel;

	buf_printf(buf, "[%llu%s", (unsigned long long)(end - start),
		   sec->data ? ":" : " zero");
	if (!sec->data)
		return;
	at = buf->len;
	buf_add(buf, sec->data + start, end - start);
	for_each_reloc(rel, sec, start, end)
		memset(buf->data + at + rel->off - start, 0,
		       reloc_size(rel->type));
}

static void add_content(struct buf *buf, struct entity *ent);

static void add_inner(struct buf *buf, struct entity *ent)
{
	buf_printf(buf, "{");
	if (ent->in_content)
		buf_printf(buf, "itself");
	else
		add_content(buf, ent);
	buf_printf(buf, "}");
}

/* What a relocation refers to. */
static void add_target(struct buf *buf, const struct reloc *rel)
{
	struct entity *to = rel->to;
	s64 off = rel->to_off;

	switch (to->kind) {
	case STRING:
		buf_printf(buf, "%lld from \"%.*s\"", (long long)rel->beyond,
			   (int)(to->sec->size - off),
			   (const char *)to->sec->data + off);
		return;
	case CONST:
		buf_printf(buf, "%lld in ", (long long)off);
		add_inner(buf, to);
		return;
	case AUX:
		/* Never runs once alternatives are applied. */
		buf_printf(buf, "aux");
		return;
	default:
		break;
	}
	if (to->own) {
		buf_printf(buf, "own %s+%lld ", to->canon, (long long)off);
		/* It has the line, which may change with no need to replace. */
		if (!sec_is(to->sec, "__dyndbg"))
			add_inner(buf, to);
	} else if (to->twin) {
		buf_printf(buf, "#%u+%lld", to->id, (long long)off);
	} else {
		buf_printf(buf, "%p+%lld", (void *)to, (long long)off);
	}
}

static void add_relocs(struct buf *buf, const struct section *sec, u64 start,
		       u64 end)
{
	struct reloc *rel;

	for_each_reloc(rel, sec, start, end) {
		/* Replacements are content of their entry, see below. */
		if (rel->to && rel->to->kind == PIECES)
			continue;
		buf_printf(buf, "\n%llu %u ",
			   (unsigned long long)(rel->off - start), rel->type);
		if (rel->to)
			add_target(buf, rel);
		else
			buf_printf(buf, "%s+%lld", rel->sym->name,
				   (long long)rel->to_off);
	}
}

static void add_entry(struct buf *buf, const struct entry *entry)
{
	const struct section *sec = entry->sec;
	unsigned int line = bug_line_offset();
	u64 start, end;
	size_t at;

	buf_printf(buf, "\n<%s", sec->name);
	add_bytes(buf, sec, entry->start, entry->end);
	at = buf->len - (entry->end - entry->start);
	if (line && streq(sec->name, "__bug_table"))
		memset(buf->data + at + line, 0, 2);
	add_relocs(buf, sec, entry->start, entry->end);
	if (entry_piece(entry, &start, &end)) {
		const struct reloc *rel;

		for_each_reloc(rel, sec, entry->start, entry->end)
			if (rel->to && rel->to->kind == PIECES)
				break;
		add_bytes(buf, rel->to->sec, start, end);
		add_relocs(buf, rel->to->sec, start, end);
	}
}

static void add_content(struct buf *buf, struct entity *ent)
{
	size_t i;

	ent->in_content = true;
	add_bytes(buf, ent->sec, ent->start, ent->end);
	add_relocs(buf, ent->sec, ent->start, ent->end);
	for (i = 0; i < ent->nr_entries; i++)
		add_entry(buf, ent->entries[i]);
	ent->in_content = false;
}

/**
 * same_content - are two entities the same?
 * @a: one of one object
 * @b: one of the other, with which it is paired
 *
 * Return: whether they are.
 */
bool same_content(struct entity *a, struct entity *b)
{
	struct buf x = { }, y = { };

	/* Most differ, if they do, in length. */
	if (a->end - a->start != b->end - b->start ||
	    a->nr_entries != b->nr_entries)
		return false;
	add_content(&x, a);
	add_content(&y, b);
	return x.len == y.len && !memcmp(x.data, y.data, x.len);
}

static void add_unnamed(struct buf *buf, const struct object *obj,
			const char *section)
{
	size_t i;

	for (i = 0; i < obj->nr_ents; i++)
		if (!obj->ents[i]->sym &&
		    streq(obj->ents[i]->sec->name, section))
			add_content(buf, obj->ents[i]);
}

/**
 * same_unnamed - is what has no names in a section the same?
 * @a: an object
 * @b: the other
 * @section: name of the section, in both
 *
 * Return: whether it is, in the same order.
 */
bool same_unnamed(const struct object *a, const struct object *b,
		  const char *section)
{
	struct buf x = { }, y = { };

	add_unnamed(&x, a, section);
	add_unnamed(&y, b, section);
	return x.len == y.len && (!x.len || !memcmp(x.data, y.data, x.len));
}

static bool range_refers(const struct section *sec, u64 start, u64 end,
			 const struct entity *to)
{
	const struct reloc *rel;

	for_each_reloc(rel, sec, start, end)
		if (rel->to == to)
			return true;
	return false;
}

/**
 * has_reference - does an entity refer to another?
 * @ent: the entity
 * @to: the other
 *
 * Return: whether it does, itself or in what an alternative replaces its code by.
 */
bool has_reference(const struct entity *ent, const struct entity *to)
{
	const struct reloc *rel;
	u64 start, end;
	size_t i;

	if (range_refers(ent->sec, ent->start, ent->end, to))
		return true;
	for (i = 0; i < ent->nr_entries; i++) {
		const struct entry *entry = ent->entries[i];

		if (!entry_piece(entry, &start, &end))
			continue;
		for_each_reloc(rel, entry->sec, entry->start, entry->end)
			if (rel->to && rel->to->kind == PIECES &&
			    range_refers(rel->to->sec, start, end, to))
				return true;
	}
	return false;
}
