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
	bool init, ignored, text;
	struct image_symbol *next;	/* of the same hash */
};

struct image {
	const char *object;
	struct image_symbol *syms;
	size_t nr_syms;
	struct image_symbol **hash;
	const u8 *text;		/* bytes of .text, vmlinux only */
	u64 text_start, text_size;
	const u8 *seals;	/* .ibt_endbr_seal */
	u64 seals_start, seals_size;
};

struct image *image_read(const char *path, const char *object);
bool image_group(struct pair *pair);
const struct image_symbol *image_local(const struct pair *pair,
				       const char *name);
const struct image_symbol *image_global(const struct image *image,
					const char *name);
unsigned int image_position(const struct image *image,
			    const struct image_symbol *sym);
bool image_label_at(const struct image *image, const struct entity *func);
bool image_may_point_to(const struct image *image,
			const struct image_symbol *sym);

/* Module.symvers */
void exports_read(const char *path);
const char *exported_by(const char *name, bool *plain);

#endif /* KGR_IMAGE_H */
