// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * decode.c - what only the instructions say of relocations
 *
 * A PC-relative field counts from the end of its instruction, and there may be
 * an immediate between the two. And where several functions are in one section,
 * the assembler has resolved what they call of each other.
 */

#include <asm/insn.h>
#include <stdlib.h>

#include "obj.h"
#include "util.h"

static bool is_branch(const struct insn *insn)
{
	u8 op = insn->opcode.bytes[0];

	if (insn->opcode.nbytes == 1)
		return op == 0xe8 || op == 0xe9 || op == 0xeb ||
		       (op & 0xf0) == 0x70;
	return insn->opcode.nbytes == 2 && op == 0x0f &&
	       (insn->opcode.bytes[1] & 0xf0) == 0x80;
}

/* Is the field, so far into the instruction, where an operand in memory is? */
static bool is_access(struct insn *insn, u64 field)
{
	u8 op = insn->opcode.nbytes == 1 ? insn->opcode.bytes[0] : 0;

	if (insn->displacement.nbytes)
		return op != 0x8d && field == insn_offset_displacement(insn);
	return (op & 0xfc) == 0xa0;
}

static void decode(const struct section *sec, u64 off, u64 end,
		   struct insn *insn)
{
	if (!insn_decode(insn, sec->data + off, end - off, INSN_MODE_64) &&
	    insn->length)
		return;
	die(OWN_FAULT, "%s: section `%s` has an instruction at 0x%llx that cannot be decoded",
	    sec->obj->path, sec->name, (unsigned long long)off);
}

/* A branch that needs a relocation once the functions are taken apart. */
static void add_branch(struct section *sec, u64 off, struct entity *to,
		       u64 target)
{
	struct reloc *rel = xalloc((sec->nr_rel + 1) * sizeof(*rel));
	size_t i = 0;

	while (i < sec->nr_rel && sec->rel[i].off < off)
		i++;
	if (i)
		memcpy(rel, sec->rel, i * sizeof(*rel));
	rel[i].off = off;
	rel[i].type = R_X86_64_PLT32;
	rel[i].sym = to->sym;
	rel[i].adjust = 4;
	rel[i].branch = true;
	rel[i].to = to;
	rel[i].to_off = target - to->start;
	rel[i].addend = rel[i].to_off - 4;
	if (i < sec->nr_rel)
		memcpy(rel + i + 1, sec->rel + i,
		       (sec->nr_rel - i) * sizeof(*rel));
	free(sec->rel);
	sec->rel = rel;
	sec->nr_rel++;
}

/* A branch without relocation: does it leave the entity? */
static void look_at_branch(struct section *sec, const struct entity *ent,
			   const struct insn *insn, u64 off)
{
	u64 next = off + insn->length, field = next - insn->immediate.nbytes;
	s64 target = next + insn->immediate.value;
	struct entity *to;

	if (target >= (s64)ent->start && target < (s64)ent->end)
		return;
	to = target < 0 ? NULL : sec_entity(sec, target);
	if (sec->obj->look_only && (!to || !to->sym))
		return;
	if (!to || !to->sym ||
	    (insn->immediate.nbytes != 4 && !sec->obj->look_only))
		give_up(xformat("section `%s`: code of `%s` jumps to 0x%llx, which is no function",
				sec->name, ent->sym ? ent->sym->name : "?",
				(unsigned long long)target),
			"leave the hunks in this file out");
	add_branch(sec, field, to, target);
}

/**
 * decode_range - look at the instructions of a part of a section
 * @sec: the section
 * @start: first of them
 * @end: behind the last of them
 *
 * Sets what its relocations do not say themselves.
 */
void decode_range(struct section *sec, u64 start, u64 end)
{
	struct reloc *rel;
	struct insn insn;
	u64 off;

	for (off = start; off < end; off += insn.length) {
		decode(sec, off, end, &insn);
		for_each_reloc(rel, sec, off, off + insn.length) {
			rel->branch = is_branch(&insn);
			rel->access = is_access(&insn, rel->off - off);
			if (reloc_pcrel(rel->type))
				rel->adjust = off + insn.length - rel->off;
		}
	}
}

static void split_branches(struct section *sec, const struct entity *ent)
{
	struct insn insn;
	u64 off;

	for (off = ent->start; off < ent->end; off += insn.length) {
		decode(sec, off, ent->end, &insn);
		if (is_branch(&insn) &&
		    !first_reloc(sec, off, off + insn.length))
			look_at_branch(sec, ent, &insn, off);
	}
}

/**
 * obj_decode - look at the instructions of an object
 * @obj: the object, split into entities
 */
void obj_decode(struct object *obj)
{
	struct section *sec;
	size_t i, e;

	for (i = 1; i < obj->nr_secs; i++) {
		sec = obj->secs[i];
		if (!sec || !(sec->flags & SHF_EXECINSTR))
			continue;
		for (e = 0; e < sec->nr_ents; e++)
			if (sec->ents[e]->kind == FUNC ||
			    sec->ents[e]->kind == AUX)
				decode_range(sec, sec->ents[e]->start,
					     sec->ents[e]->end);
		if (sec->nr_ents < 2)
			continue;
		for (e = 0; e < sec->nr_ents; e++)
			if (sec->ents[e]->kind == FUNC)
				split_branches(sec, sec->ents[e]);
	}
}
