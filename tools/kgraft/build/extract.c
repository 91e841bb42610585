// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * extract.c - write what the patch takes along from an object
 *
 * Each entity becomes a section of its own; entries of special sections are
 * gathered by section. Symbols keep their names.
 */

#include <stdlib.h>

#include "plan.h"
#include "write.h"

struct extract {
	struct plan *plan;
	const struct pair *pair;
	struct out *out;
	struct out_section *strings;
};

static const char *section_name(const struct entity *ent)
{
	const struct section *sec = ent->sec;

	if (ent->kind != FUNC || sec_is(sec, ".text.") ||
	    sec_is(sec, ".noinstr.text") || sec_is(sec, ".static_call.text"))
		return sec->name;
	return xformat(".text.%s", ent->sym->name);
}

static void copy_bytes(struct out_section *to, const struct section *from,
		       u64 start, u64 end)
{
	buf_add(&to->data, from->data ? from->data + start : NULL, end - start);
}

static u64 add_string(struct extract *ex, const char *text)
{
	struct out_section *sec = ex->strings;
	size_t off = 0;
	u64 at;

	if (!sec) {
		sec = out_section(ex->out, ".rodata.str1.1", SHT_PROGBITS,
				  SHF_ALLOC | SHF_MERGE | SHF_STRINGS, 1);
		sec->entsize = 1;
		ex->strings = sec;
	}
	while (off < sec->data.len) {
		if (streq(sec->data.data + off, text))
			return off;
		off += strlen(sec->data.data + off) + 1;
	}
	at = sec->data.len;
	buf_add(&sec->data, text, strlen(text) + 1);
	return at;
}

static size_t link_symbol(struct extract *ex, const struct link *link)
{
	return out_undefined(ex->out, link->as);
}

/* Where a copy of the entity is. */
static struct out_section *copy_of(struct extract *ex, const struct entity *ent)
{
	size_t i;

	for (i = 0; i < ex->out->nr_secs; i++)
		if (ex->out->secs[i]->from == ent)
			return ex->out->secs[i];
	die(OWN_FAULT, "%s: `%s` is missing in the patch", ex->pair->source,
	    entity_name(ent));
}

static void copy_reloc(struct extract *ex, struct out_section *to,
		       const struct reloc *rel, u64 off)
{
	struct out_section *target;
	s64 addend = rel->to_off - rel->adjust;
	u64 value = 0;
	size_t sym;

	if (rel->drop)
		return;
	if (rel->link) {
		if (rel->to && rel->to->sym)
			addend -= rel->to->sym->value - rel->to->start;
		sym = link_symbol(ex, rel->link);
	} else if (rel->to->kind == STRING) {
		const char *text = (const char *)rel->to->sec->data;

		addend = add_string(ex, text + rel->to_off) + rel->beyond -
			 rel->adjust;
		sym = out_section_symbol(ex->out, ex->strings);
	} else {
		target = copy_of(ex, rel->to);
		sym = target->sym;
		value = target->sym_value;
		/* As it was: objtool treats them differently. */
		if (rel->sym->type == STT_SECTION || !sym ||
		    (rel->branch && rel->to_off != (s64)value)) {
			sym = out_section_symbol(ex->out, target);
			value = 0;
		}
		addend -= value;
	}
	out_reloc(to, off, rel->type, sym, addend);
}

static void copy_relocs(struct extract *ex, struct out_section *to, u64 base,
			const struct section *from, u64 start, u64 end)
{
	const struct reloc *rel;

	for_each_reloc(rel, from, start, end)
		if (!rel->to || rel->to->kind != PIECES)
			copy_reloc(ex, to, rel, base + rel->off - start);
}

static struct out_section *gathered(struct extract *ex,
				    const struct section *from)
{
	struct out_section *sec = out_find(ex->out, from->name);

	if (sec)
		return sec;
	sec = out_section(ex->out, from->name, from->type, from->flags,
			  from->align);
	sec->entsize = from->entsize;
	return sec;
}

static void copy_piece(struct extract *ex, struct out_section *to, u64 base,
		       const struct entry *entry)
{
	struct out_section *pieces;
	const struct section *from;
	const struct reloc *rel;
	u64 start, end, at;

	for_each_reloc(rel, entry->sec, entry->start, entry->end) {
		if (!rel->to || rel->to->kind != PIECES)
			continue;
		from = rel->to->sec;
		pieces = gathered(ex, from);
		at = pieces->data.len;
		if (entry_piece(entry, &start, &end)) {
			copy_bytes(pieces, from, start, end);
			copy_relocs(ex, pieces, at, from, start, end);
		}
		out_reloc(to, base + rel->off - entry->start, rel->type,
			  out_section_symbol(ex->out, pieces), at);
	}
}

static void copy_entry(struct extract *ex, const struct entry *entry)
{
	struct out_section *to = gathered(ex, entry->sec);
	u64 base = to->data.len;

	copy_bytes(to, entry->sec, entry->start, entry->end);
	copy_relocs(ex, to, base, entry->sec, entry->start, entry->end);
	copy_piece(ex, to, base, entry);
}

/* The names of an entity. Those that other objects may use stay global. */
static void copy_symbols(struct extract *ex, struct out_section *to,
			 const struct entity *ent)
{
	const struct object *obj = ent->obj;
	size_t i, sym;
	u8 bind;

	for (i = 1; i < obj->nr_syms; i++) {
		const struct symbol *s = &obj->syms[i];

		if (s->sec != ent->sec || s->type == STT_SECTION ||
		    s->type == STT_FILE || s->value < ent->start ||
		    (s->value >= ent->end && s != ent->sym))
			continue;
		bind = ent->state == NEW && s->bind != STB_LOCAL ? STB_GLOBAL :
								   STB_LOCAL;
		sym = out_symbol(ex->out, s->name, bind, s->type, to,
				 s->value - ent->start, s->size);
		if (s == ent->sym) {
			to->sym = sym;
			to->sym_value = s->value - ent->start;
		}
	}
}

static void copy_entity(struct extract *ex, struct entity *ent)
{
	const struct section *sec = ent->sec;
	struct out_section *to;

	to = out_section(ex->out, section_name(ent), sec->type, sec->flags,
			 sec->align);
	to->from = ent;
	to->entsize = sec->entsize;
	copy_bytes(to, sec, ent->start, ent->end);
	copy_symbols(ex, to, ent);
}

/* objtool finds the key of a static call by its name. */
static void add_keys(struct extract *ex)
{
	struct out_section *sec;
	struct link *key;
	size_t i, nr = ex->plan->nr_links;

	for (i = 0; i < nr; i++) {
		const struct link *link = ex->plan->links[i];

		if (!starts_with(link->name, "__SCT__") ||
		    !out_has_symbol(ex->out, link->as))
			continue;
		key = link_key(ex->plan, link);
		if (!key)
			die(OWN_FAULT, "the kernel has no key for `%s`",
			    link->name);
		sec = out_find(ex->out, ".discard.addressable");
		if (!sec)
			sec = out_section(ex->out, ".discard.addressable",
					  SHT_PROGBITS, SHF_ALLOC | SHF_WRITE,
					  8);
		buf_add(&sec->data, NULL, 8);
		out_reloc(sec, sec->data.len - 8, R_X86_64_64,
			  link_symbol(ex, key), 0);
	}
}

static void add_aliases(struct extract *ex)
{
	struct replacement *list;
	struct out_section *to;
	size_t nr, i;

	list = plan_replacements(ex->plan, &nr);
	for (i = 0; i < nr; i++) {
		if (list[i].pair != ex->pair)
			continue;
		to = copy_of(ex, list[i].ent);
		out_symbol(ex->out, list[i].alias, STB_GLOBAL, STT_FUNC, to,
			   to->sym_value, list[i].ent->sym->size);
	}
}

/**
 * extract - write the part of a patch that comes from one object
 * @plan: the plan
 * @pair: the object
 * @path: where to
 */
void extract(struct plan *plan, const struct pair *pair, const char *path)
{
	struct extract ex = { .plan = plan, .pair = pair };
	const struct object *obj = pair->patched;
	size_t i, k;

	ex.out = out_new(pair->patched->file);
	for (i = 0; i < obj->nr_ents; i++)
		if (obj->ents[i]->taken)
			copy_entity(&ex, obj->ents[i]);
	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *ent = obj->ents[i];

		if (!ent->taken)
			continue;
		copy_relocs(&ex, copy_of(&ex, ent), 0, ent->sec, ent->start,
			    ent->end);
		for (k = 0; k < ent->nr_entries; k++)
			copy_entry(&ex, ent->entries[k]);
	}
	add_keys(&ex);
	add_aliases(&ex);
	out_write(ex.out, path);
}
