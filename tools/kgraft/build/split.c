// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * split.c - take sections apart into functions, objects, strings, constants
 */

#include <ctype.h>
#include <stdlib.h>

#include "obj.h"
#include "util.h"

bool sec_is(const struct section *sec, const char *prefix)
{
	return starts_with(sec->name, prefix);
}

/**
 * canonical - what stays of a name from one compilation to the next
 * @name: as the compiler made it
 *
 * Return: the name without the numbers: of foo.isra.0.cold, foo.isra.cold.
 */
const char *canonical(const char *name)
{
	char *canon = xformat("%s", name), *to = canon;
	const char *from = name;
	size_t digits;

	while (*from) {
		digits = *from == '.' ? strspn(from + 1, "0123456789") : 0;
		if (digits && (!from[1 + digits] || from[1 + digits] == '.'))
			from += 1 + digits;
		else
			*to++ = *from++;
	}
	*to = '\0';
	if (starts_with(name, "__UNIQUE_ID_") || starts_with(name, "__BTF_ID__"))
		while (to > canon && isdigit(to[-1]))
			*--to = '\0';
	return canon;
}

/* Such as the key of a lock, without lockdep. */
static bool is_empty(const struct symbol *sym)
{
	return sym->type == STT_OBJECT && !sym->size;
}

/* gcc calls a variable in a function count.1, clang function.count.1. */
static const char *last_part(const char *canon)
{
	const char *dot = strrchr(canon, '.');

	return dot ? dot + 1 : canon;
}

/*
 * Those of a patch are its own: each copy of the code has one. They are numbered,
 * and others that have such a name are not. Of an empty one there is nothing that
 * the copies could have in common.
 */
static bool is_own(const struct section *sec, const struct symbol *sym,
		   const char *canon)
{
	static const char * const names[] = {
		"__func__", "__FUNCTION__", "__PRETTY_FUNCTION__", "CSWTCH",
		"__compound_literal", "__already_done", "__key", "_rs",
		"__warned", "__print_once", "_entry_ptr", "_entry",
	};
	size_t i;

	if (sec_is(sec, ".data..once") || sec_is(sec, "__dyndbg"))
		return true;
	if (starts_with(canon, "__UNIQUE_ID_"))
		return true;
	/* NL_SET_ERR_MSG(): one for each message, and a function may have many. */
	if (!(sec->flags & SHF_WRITE) && streq(last_part(canon), "__msg"))
		return true;
	if (streq(sym->name, canon) ||
	    (sec->flags & SHF_WRITE && streq(canon, "__compound_literal")))
		return false;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (streq(canon, names[i]))
			return true;
	return false;
}

/* What is for the end of a module is there until then; the kernel has none. */
static bool is_init(const struct section *sec)
{
	return sec_is(sec, ".init.") || sec_is(sec, ".head.text") ||
	       (sec_is(sec, ".exit.") && !sec->obj->of_module);
}

static enum kind kind_of(const struct section *sec, const struct symbol *sym)
{
	/* Some of them are not allocated, those for objtool. */
	if (sec_is_table(sec))
		return TABLE;
	if (!(sec->flags & SHF_ALLOC) || sec_is_dropped(sec))
		return OTHER;
	if (sec_is(sec, ".altinstr_replacement"))
		return PIECES;
	if (sec_is(sec, ".altinstr_aux"))
		return AUX;
	if (sec->flags & SHF_EXECINSTR)
		return FUNC;
	if (sec->flags & SHF_STRINGS && sec->entsize == 1)
		return STRING;
	return sym || sec->flags & SHF_WRITE ? DATA : CONST;
}

static struct entity *add_entity(struct section *sec, u64 start, u64 end,
				 struct symbol *sym)
{
	struct entity *ent = xalloc(sizeof(*ent));
	struct object *obj = sec->obj;

	ent->obj = obj;
	ent->sec = sec;
	ent->start = start;
	ent->end = end;
	ent->sym = sym;
	ent->kind = kind_of(sec, sym);
	ent->init = is_init(sec);
	ent->canon = sym ? canonical(sym->name) : "";
	ent->global = sym && sym->bind != STB_LOCAL;
	ent->own = sym && !ent->global &&
		   (is_own(sec, sym, ent->canon) ||
		    (is_empty(sym) && start == end));
	if (ent->own && ent->kind == DATA && !(sec->flags & SHF_WRITE))
		ent->kind = CONST;
	array_add(sec->ents, sec->nr_ents, ent);
	array_add(obj->ents, obj->nr_ents, ent);
	return ent;
}

static bool is_typed(const struct symbol *sym)
{
	return sym->type == STT_FUNC || sym->type == STT_OBJECT;
}

/*
 * Which of two symbols at the same place is to name it? One of an object that
 * has no size only if it is alone: the object is empty, and another begins there.
 */
static bool better(const struct symbol *a, const struct symbol *b)
{
	int x = 2 * is_typed(a), y = 2 * is_typed(b);

	x += 4 * !is_empty(a);
	y += 4 * !is_empty(b);
	x += a->bind == STB_GLOBAL;
	y += b->bind == STB_GLOBAL;
	return x > y;
}

static int by_value(const void *a, const void *b)
{
	const struct symbol *sa = *(const struct symbol **)a;
	const struct symbol *sb = *(const struct symbol **)b;

	if (sa->value != sb->value)
		return sa->value < sb->value ? -1 : 1;
	if (better(sa, sb))
		return -1;
	if (better(sb, sa))
		return 1;
	return sa < sb ? -1 : sa > sb;
}

/* The symbols that begin something, by address. */
static struct symbol **starts(const struct section *sec, size_t *nr)
{
	const struct object *obj = sec->obj;
	struct symbol **syms = NULL, *sym;
	u64 func_end = 0;
	size_t i, kept;

	*nr = 0;
	for (i = 1; i < obj->nr_syms; i++) {
		sym = &obj->syms[i];
		if (sym->sec == sec && sym->type != STT_SECTION &&
		    sym->type != STT_FILE && *sym->name)
			array_add(syms, *nr, sym);
	}
	if (!*nr)
		return NULL;
	qsort(syms, *nr, sizeof(*syms), by_value);
	for (kept = 0, i = 0; i < *nr; i++) {
		sym = syms[i];
		if (kept && syms[kept - 1]->value == sym->value)
			continue;
		/* A label in a function. */
		if (sym->type == STT_NOTYPE && sec->flags & SHF_EXECINSTR &&
		    sym->value < func_end)
			continue;
		if (sym->type == STT_FUNC)
			func_end = sym->value + sym->size;
		syms[kept++] = sym;
	}
	*nr = kept;
	return syms;
}

/* Is there something in it, or only what aligns the next? */
static bool in_use(const struct section *sec, u64 start, u64 end)
{
	u64 i;

	if (first_reloc(sec, start, end))
		return true;
	for (i = start; sec->data && i < end; i++)
		if (sec->data[i])
			return true;
	return false;
}

static void split_by_symbols(struct section *sec)
{
	bool text = sec->flags & SHF_EXECINSTR;
	bool sizes = !sec_is_btf_ids(sec);	/* flags follow each ID there */
	struct symbol **syms;
	u64 start, end, size;
	size_t nr, i;

	syms = starts(sec, &nr);
	if (!nr) {
		add_entity(sec, 0, sec->size, NULL);
		return;
	}
	/* What precedes the only function belongs to it. */
	start = text && nr == 1 ? 0 : syms[0]->value;
	if (start && in_use(sec, 0, start))
		add_entity(sec, 0, start, NULL);
	for (i = 0; i < nr; i++) {
		end = i + 1 < nr ? syms[i + 1]->value : sec->size;
		size = sizes ? syms[i]->size : 0;
		if (!text && size && start + size < end &&
		    in_use(sec, start + size, end)) {
			add_entity(sec, start, start + size, syms[i]);
			add_entity(sec, start + size, end, NULL);
		} else if (size && start + size < end && (!text || nr > 1)) {
			add_entity(sec, start, start + size, syms[i]);
		} else {
			add_entity(sec, start, end, syms[i]);
		}
		start = end;
	}
}

static void split_section(struct section *sec)
{
	u64 off;

	if (!(sec->flags & SHF_ALLOC) && !sec_is_table(sec))
		return;
	if (kind_of(sec, NULL) == TABLE || kind_of(sec, NULL) == PIECES ||
	    kind_of(sec, NULL) == AUX || sec->flags & SHF_STRINGS) {
		add_entity(sec, 0, sec->size, NULL);
	} else if (sec->flags & SHF_MERGE && sec->entsize) {
		for (off = 0; off < sec->size; off += sec->entsize)
			add_entity(sec, off, off + sec->entsize, NULL);
	} else {
		split_by_symbols(sec);
	}
}

/**
 * sec_entity - what is at an offset in a section?
 * @sec: the section
 * @off: the offset
 *
 * Return: the entity. If there is only one it is that, wherever @off is: the
 *	   compiler may count from before the object. %NULL if it is none.
 */
struct entity *sec_entity(const struct section *sec, s64 off)
{
	size_t low = 0, high = sec->nr_ents, mid;

	if (sec->nr_ents == 1)
		return sec->ents[0];
	if (!high || off < (s64)sec->ents[0]->start || off > (s64)sec->size)
		return NULL;
	while (high - low > 1) {
		mid = (low + high) / 2;
		if ((s64)sec->ents[mid]->start <= off)
			low = mid;
		else
			high = mid;
	}
	/* Objects without a size may be where another one begins. */
	while (low && sec->ents[low]->start == sec->ents[low]->end &&
	       sec->ents[low - 1]->start == sec->ents[low]->start)
		low--;
	return sec->ents[low];
}

/**
 * first_reloc - the first relocation of a part of a section
 * @sec: the section
 * @start: where the part begins
 * @end: the first offset behind it
 *
 * Return: the relocation, %NULL if there is none.
 */
struct reloc *first_reloc(const struct section *sec, u64 start, u64 end)
{
	size_t low = 0, high = sec->nr_rel, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (sec->rel[mid].off < start)
			low = mid + 1;
		else
			high = mid;
	}
	return low < sec->nr_rel && sec->rel[low].off < end ?
	       &sec->rel[low] : NULL;
}

/**
 * is_label - is it the address of a place within a function?
 * @rel: what refers to it
 *
 * Return: whether it is, as in a table of a switch. Only the function's own code
 *	   has it at this place.
 */
bool is_label(const struct reloc *rel)
{
	const struct entity *to = rel->to;

	if (!to || to->kind != FUNC || rel->branch || !to->sym)
		return false;
	return to->parent || rel->to_off != (s64)(to->sym->value - to->start);
}

static void point(const struct section *sec, struct reloc *rel)
{
	s64 off = rel->addend + rel->adjust;

	if (rel->to)
		return;
	rel->to_off = off;
	if (!rel->sym->sec)
		return;
	if (rel->sym->type == STT_SECTION)
		rel->to = sec_entity(rel->sym->sec, off);
	else
		rel->to = sec_entity(rel->sym->sec, rel->sym->value);
	if (!rel->to && sec->obj->look_only)
		return;
	if (!rel->to)
		give_up(xformat("section `%s` refers to offset %lld of `%s`, where nothing is",
				sec->name, (long long)off,
				rel->sym->sec->name),
			"leave the hunks in this file out");
	/* The address may be that of the next string, or of none. */
	if (rel->to->kind == STRING && rel->sym->type != STT_SECTION) {
		rel->beyond = off;
		rel->to_off = 0;
	}
	if (rel->sym->type != STT_SECTION)
		rel->to_off += rel->sym->value;
	rel->to_off -= rel->to->start;
	if (rel->to->kind == STRING &&
	    (rel->to_off < 0 || rel->to_off >= (s64)rel->to->sec->size))
		give_up(xformat("section `%s` refers to a string that is not there",
				sec->name), "leave the hunks in this file out");
}

static void point_relocs(struct object *obj)
{
	struct section *sec;
	size_t i, r;

	for (i = 1; i < obj->nr_secs; i++) {
		sec = obj->secs[i];
		if (!sec || (!(sec->flags & SHF_ALLOC) && !sec_is_table(sec)))
			continue;
		for (r = 0; r < sec->nr_rel; r++)
			point(sec, &sec->rel[r]);
	}
}

/* foo.cold and foo.cold.1 are parts of foo. */
static void find_parents(struct object *obj)
{
	const char *cold;
	size_t i, p;

	for (i = 0; i < obj->nr_ents; i++) {
		struct entity *ent = obj->ents[i];

		cold = ent->kind == FUNC && ent->sym ?
		       strstr(ent->sym->name, ".cold") : NULL;
		if (!cold)
			continue;
		for (p = 0; p < obj->nr_ents && !ent->parent; p++) {
			const struct symbol *sym = obj->ents[p]->sym;
			size_t len = cold - ent->sym->name;

			if (obj->ents[p]->kind == FUNC && sym &&
			    strlen(sym->name) == len &&
			    !strncmp(sym->name, ent->sym->name, len))
				ent->parent = obj->ents[p];
		}
		if (!ent->parent)
			die(OWN_FAULT, "%s: `%s` is part of no function",
			    obj->path, ent->sym->name);
	}
}

/**
 * obj_split - find out what an object consists of, and what refers to what
 * @obj: the object
 */
void obj_split(struct object *obj)
{
	size_t i;

	for (i = 1; i < obj->nr_secs; i++)
		if (obj->secs[i])
			split_section(obj->secs[i]);
	for (i = 1; i < obj->nr_syms; i++) {
		struct symbol *sym = &obj->syms[i];

		if (sym->sec && sym->type != STT_SECTION && sym->sec->nr_ents)
			sym->ent = sec_entity(sym->sec, sym->value);
	}
	obj_decode(obj);
	/* Branches of replacements are decoded where their entries are read. */
	obj_tables(obj);
	point_relocs(obj);
	find_parents(obj);
}
