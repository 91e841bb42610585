/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image.h - the symbols of what runs: the kernel and its modules
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_IMAGE_H
#define KGR_IMAGE_H

#include "compare.h"

struct image_symbol {
	const char *name;
	u64 value, size;
	u8 bind, type;
	bool init, ignored;
	size_t sec;			/* where it is, in a module */
	u64 align;			/* of that section */
	const u8 *code;			/* what it begins with, NULL: no code */
	u64 room;			/* bytes from there to the end */
	struct image_symbol *next;	/* of the same hash */
};

/* A function whose ENDBR the kernel removes. */
struct image_seal {
	size_t sec;			/* in a module */
	u64 value;
};

/* What of the kernel is in its file. */
struct image_part {
	u64 start, size;
	const u8 *data;
};

struct image {
	const char *object;
	struct image_symbol *syms;
	size_t nr_syms;
	struct image_symbol **hash;
	struct image_seal *seals;
	size_t nr_seals;
	struct image_part *parts;
	size_t nr_parts;
};

struct image *image_read(const char *path, const char *object);
bool image_group(struct pair *pair);
const struct image_symbol *image_local(const struct pair *pair,
				       const char *name);
const struct image_symbol *image_global(const struct image *image,
					const char *name);
unsigned int image_position(const struct image *image,
			    const struct image_symbol *sym);
const u8 *image_at(const struct image *image, u64 address, u64 *room);
bool image_label_at(const struct entity *func);
bool image_is_aligned(const struct image *image,
		      const struct image_symbol *sym, u64 align);
bool image_may_point_to(const struct image *image,
			const struct image_symbol *sym);

/* built.c */
void check_built(const struct pair *pair);

/* Module.symvers */
void exports_read(const char *path);
const char *exported_by(const char *name, const char **space);

#endif /* KGR_IMAGE_H */
