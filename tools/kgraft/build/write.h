/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write.h - an object file that is being made
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_WRITE_H
#define KGR_WRITE_H

#include <elf.h>

#include "util.h"

struct entity;

struct out_reloc {
	u64 off;
	u32 type;
	size_t sym;
	s64 addend;
};

struct out_section {
	const char *name;
	u32 type;
	u64 flags, align, entsize;
	struct buf data;
	struct out_reloc *rel;
	size_t nr_rel;
	const struct entity *from;	/* what it is a copy of, if anything */
	size_t sym;			/* its symbol, 0: it has none */
	u64 sym_value;
	size_t secsym;
	size_t index;
};

struct out_symbol {
	const char *name;
	u8 bind, type;
	struct out_section *sec;
	u64 value, size;
	size_t index;			/* in the file */
};

struct out {
	struct out_section **secs;
	size_t nr_secs;
	struct out_symbol *syms;	/* from 1 */
	size_t nr_syms;
};

struct out *out_new(const char *file);
struct out_section *out_section(struct out *out, const char *name, u32 type,
				u64 flags, u64 align);
struct out_section *out_find(const struct out *out, const char *name);
size_t out_symbol(struct out *out, const char *name, u8 bind, u8 type,
		  struct out_section *sec, u64 value, u64 size);
size_t out_undefined(struct out *out, const char *name);
bool out_has_symbol(const struct out *out, const char *name);
size_t out_section_symbol(struct out *out, struct out_section *sec);
void out_reloc(struct out_section *sec, u64 off, u32 type, size_t sym,
	       s64 addend);
void out_write(struct out *out, const char *path);

#endif /* KGR_WRITE_H */
