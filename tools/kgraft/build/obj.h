/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * obj.h - an object file in memory, and what it consists of
 *
 * Sections are split into entities: functions, objects, strings, constants.
 * An entity is what can be the same in two objects or not. Relocations refer
 * to entities, or to symbols that the object does not define.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_OBJ_H
#define KGR_OBJ_H

#include <elf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct entity;
struct link;
struct object;
struct section;

struct symbol {
	const char *name;
	u8 bind, type;
	struct section *sec;	/* NULL: undefined or absolute */
	u64 value, size;
	bool abs;
	struct entity *ent;
};

/**
 * struct reloc - a field that refers to something
 * @off:	of the field, in its section
 * @type:	R_X86_64_*
 * @sym:	as in the file
 * @addend:	as in the file
 * @adjust:	what a PC-relative field in an instruction misses: from the
 *		field to the end of the instruction
 * @branch:	part of a direct call or jump
 * @access:	the instruction reads or writes there, and has no address of it
 * @to:		the entity that it refers to; %NULL: @sym is undefined
 * @to_off:	and how far into it, or behind @sym; the beginning of a string
 * @beyond:	counted from that string
 * @link:	in the patch: the symbol of the kernel that it refers to
 * @drop:	in the patch: it is not needed
 */
struct reloc {
	u64 off;
	u32 type;
	struct symbol *sym;
	s64 addend;
	s64 adjust;
	bool branch, access;
	struct entity *to;
	s64 to_off;
	s64 beyond;
	struct link *link;
	bool drop;
};

struct section {
	struct object *obj;
	const char *name;
	unsigned int index;
	u32 type;
	u64 flags, size, align, entsize;
	const u8 *data;		/* NULL: SHT_NOBITS */
	struct reloc *rel;
	size_t nr_rel;
	struct symbol *secsym;
	struct entity **ents;	/* by address */
	size_t nr_ents;
};

/* An entry of a special section. */
struct entry {
	struct section *sec;
	u64 start, end;
	struct entity *owner;	/* the code that it is about */
};

enum kind {
	FUNC,
	DATA,
	STRING,			/* a section of strings */
	CONST,			/* without a name of its own: goes by its content */
	TABLE,			/* a special section with entries */
	PIECES,			/* replacements of alternatives */
	AUX,			/* what alternatives jump to before patching */
	OTHER,			/* not copied: a section that code does not use */
};

enum state {
	SAME,
	CHANGED,
	NEW,
	GONE,
};

/**
 * struct entity - a part of a section that is the same in two objects or not
 * @obj:	where it is
 * @sec:	there
 * @start:	its offset in @sec
 * @end:	the first offset behind it
 * @kind:	what it is
 * @sym:	its symbol, %NULL if it has none
 * @canon:	name without what the compiler numbers
 * @global:	whether other objects can refer to it by its name
 * @init:	whether it is gone after boot, or after the module is loaded
 * @own:	a patch has its own, whether or not the kernel has one
 * @ambiguous:	there are several that it could be the same as
 * @by_order:	only their order says which one its twin is
 * @parent:	the function that this is the cold part of
 * @twin:	the same thing in the other object
 * @kernel:	the same thing in the object that the kernel was built from
 * @id:		of the pair, from 1
 * @entries:	what special sections say of it
 * @nr_entries:	how many
 * @state:	in comparison
 * @replace:	the patch replaces it
 * @copied:	the patch has it instead of the kernel's
 * @taken:	it is in the patch, and so is what it refers to
 * @why:	why it is changed
 * @in_content:	used while contents are compared
 * @uses:	used while it is looked for what is inlined: of it, in how many places
 * @inlined:	the same: how often it is
 */
struct entity {
	struct object *obj;
	struct section *sec;
	u64 start, end;
	enum kind kind;
	struct symbol *sym;
	const char *canon;
	bool global, init, own, ambiguous, by_order;
	struct entity *parent;
	struct entity *twin, *kernel;
	unsigned int id;
	struct entry **entries;
	size_t nr_entries;
	enum state state;
	bool replace, copied, taken;
	const char *why;
	bool in_content;
	size_t uses, inlined;
};

/**
 * struct object - an object file
 * @path:	where it was read from
 * @file:	name of its source, as the compiler has it
 * @secs:	by index; %NULL for what is not of interest
 * @nr_secs:	how many
 * @syms:	by index
 * @nr_syms:	how many
 * @ents:	all entities
 * @nr_ents:	how many
 * @look_only:	nothing of it is copied, so that it may be as it likes
 * @of_module:	it is part of a module, which can be unloaded
 */
struct object {
	const char *path;
	const char *file;
	struct section **secs;
	size_t nr_secs;
	struct symbol *syms;
	size_t nr_syms;
	struct entity **ents;
	size_t nr_ents;
	bool look_only, of_module;
};

struct object *obj_read(const char *path);
unsigned int reloc_size(u32 type);
bool reloc_pcrel(u32 type);

/* split.c */
void obj_split(struct object *obj);
struct entity *sec_entity(const struct section *sec, s64 off);
struct reloc *first_reloc(const struct section *sec, u64 start, u64 end);
bool sec_is(const struct section *sec, const char *prefix);
const char *canonical(const char *name);
bool is_label(const struct reloc *rel);

/* insn.c's caller: decode.c */
void obj_decode(struct object *obj);
void decode_range(struct section *sec, u64 start, u64 end);

/* table.c */
void table_size(const char *spec);
bool sec_is_table(const struct section *sec);
bool sec_is_dropped(const struct section *sec);
bool sec_is_btf_ids(const struct section *sec);
bool sec_is_registry(const struct section *sec);
void obj_tables(struct object *obj);
bool entry_piece(const struct entry *entry, u64 *start, u64 *end);
unsigned int bug_line_offset(void);

#define for_each_reloc(_r, _sec, _start, _end)				\
	for ((_r) = first_reloc(_sec, _start, _end);			\
	     (_r) && (_r) < (_sec)->rel + (_sec)->nr_rel &&		\
	     (_r)->off < (_end); (_r)++)

#endif /* KGR_OBJ_H */
