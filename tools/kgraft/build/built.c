// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * built.c - is the kernel, or the module, made of the objects that are there?
 *
 * An object may have been compiled again after that. The code of its functions is
 * compared with what was linked, without what linking and objtool write: addresses,
 * and NOPs in the place of some calls and jumps. What the code says of other objects
 * and of strings is compared by name and text.
 */

#include "image.h"

#define CALL	0xe8

/* Of a function: as it is in its object, and where in the kernel or module. */
struct linked {
	const struct pair *pair;
	const struct entity *func;
	const struct image_symbol *sym;
	u64 start, size;		/* in the section of the object */
	u8 *skip;			/* bytes that are not compared */
};

static void skip(const struct linked *linked, u64 off, u64 len)
{
	while (len--) {
		if (off >= linked->start && off - linked->start < linked->size)
			linked->skip[off - linked->start] = true;
		off++;
	}
}

/* objtool may make a NOP of a call, if that was not to be in this place. */
static void skip_relocs(const struct linked *linked)
{
	const struct section *sec = linked->func->sec;
	const struct reloc *rel;

	for_each_reloc(rel, sec, linked->start, linked->start + linked->size) {
		skip(linked, rel->off, reloc_size(rel->type));
		if (reloc_pcrel(rel->type) && rel->off &&
		    sec->data[rel->off - 1] == CALL)
			skip(linked, rel->off - 1, 1);
	}
}

/* objtool makes a NOP of the jump of a static key, where the key wants it. */
static void skip_jumps(const struct linked *linked)
{
	const struct entity *func = linked->func;
	const struct object *obj = func->obj;
	const struct reloc *rel;
	size_t i;
	u64 off;
	u8 first;

	for (i = 1; i < obj->nr_secs; i++) {
		if (!obj->secs[i] || strcmp(obj->secs[i]->name, "__jump_table"))
			continue;
		for_each_reloc(rel, obj->secs[i], 0, obj->secs[i]->size) {
			off = func->start + rel->to_off;
			if (rel->to != func || rel->off % 16 ||
			    off >= func->sec->size)
				continue;
			/* A short jump, or the short NOP */
			first = func->sec->data[off];
			skip(linked, off, first == 0xeb || first == 0x66 ? 2 : 5);
		}
	}
}

static bool same_code(const struct linked *linked)
{
	const u8 *data = linked->func->sec->data + linked->start;
	u64 i;

	for (i = 0; i < linked->size; i++)
		if (!linked->skip[i] && data[i] != linked->sym->code[i])
			return false;
	return true;
}

/* What the linker wrote: S + A - P, or S + A. */
static bool refers_to(const struct linked *linked, const struct reloc *rel,
		      u64 *value)
{
	u64 off = rel->off - linked->start;
	s32 field;

	if (reloc_size(rel->type) != sizeof(field) ||
	    off + sizeof(field) > linked->size)
		return false;
	memcpy(&field, linked->sym->code + off, sizeof(field));
	*value = field;
	if (reloc_pcrel(rel->type))
		*value += linked->sym->value + off;
	return true;
}

static bool same_string(const struct linked *linked, const struct reloc *rel,
			u64 value)
{
	const char *text = (const char *)rel->to->sec->data + rel->to_off;
	const char *have;
	u64 room;

	have = (const char *)image_at(linked->pair->image,
				      value + rel->adjust - rel->beyond, &room);
	return have && strlen(text) < room && streq(text, have);
}

/* What the assembler has resolved is the same wherever the section is. */
static bool is_resolved(const struct linked *linked, const struct reloc *rel)
{
	static const u8 none[8];

	return memcmp(linked->func->sec->data + rel->off, none,
		      reloc_size(rel->type));
}

/* In a module, relocations say it, and the loader writes it. */
static bool same_target(const struct linked *linked, const struct reloc *rel)
{
	const struct image *image = linked->pair->image;
	const struct image_symbol *sym;
	u64 off = rel->off - linked->start, value;

	if (off && linked->skip[off - 1] && linked->sym->code[off - 1] != CALL)
		return true;
	if (!refers_to(linked, rel, &value) || is_resolved(linked, rel))
		return true;
	if (rel->to && rel->to->kind == STRING)
		return same_string(linked, rel, value);
	sym = rel->sym->bind == STB_GLOBAL ?
	      image_global(image, rel->sym->name) : NULL;
	return !sym || (u32)value == (u32)(sym->value + rel->addend);
}

static bool same_targets(const struct linked *linked)
{
	const struct reloc *rel;

	if (strcmp(linked->pair->image->object, "vmlinux"))
		return true;
	for_each_reloc(rel, linked->func->sec, linked->start,
		       linked->start + linked->size)
		if (!same_target(linked, rel))
			return false;
	return true;
}

/* A name that several of the object have says nothing. */
static bool is_alone(const struct entity *func)
{
	const struct object *obj = func->obj;
	size_t i, nr = 0;

	for (i = 1; i < obj->nr_syms; i++)
		nr += obj->syms[i].sec && streq(obj->syms[i].name,
						func->sym->name);
	return nr == 1;
}

static const struct image_symbol *find_linked(const struct pair *pair,
					      const struct entity *func)
{
	const struct symbol *sym = func->sym;

	/* Another object may define what is weak here. */
	if (!sym || sym->type != STT_FUNC || !sym->size ||
	    sym->bind == STB_WEAK || !is_alone(func))
		return NULL;
	return sym->bind == STB_LOCAL ? image_local(pair, sym->name) :
					image_global(pair->image, sym->name);
}

static bool is_linked(const struct pair *pair, const struct entity *func)
{
	struct linked linked = {
		.pair = pair, .func = func, .sym = find_linked(pair, func),
		.start = func->sym ? func->sym->value : 0,
		.size = func->sym ? func->sym->size : 0,
	};

	if (!linked.sym || !linked.sym->code)
		return true;
	if (linked.sym->size != linked.size || linked.sym->room < linked.size)
		return false;
	linked.skip = xalloc(linked.size);
	skip_relocs(&linked);
	skip_jumps(&linked);
	return same_code(&linked) && same_targets(&linked);
}

/**
 * check_built - end the program if an object is not what was linked
 * @pair: the object, with what it is part of
 */
void check_built(const struct pair *pair)
{
	const struct object *obj = pair->kernel;
	size_t i;

	for (i = 0; i < obj->nr_ents; i++)
		if (obj->ents[i]->kind == FUNC &&
		    !is_linked(pair, obj->ents[i]))
			die(WRONG_TREE, "%s has another `%s` than the object of %s\n"
			    "   -> the object was compiled again later: finish the build, and boot that kernel or load that module",
			    pair->image->object, obj->ents[i]->sym->name,
			    pair->source);
}
