/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare.h - what of two objects is the same thing, and whether it is the same
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_COMPARE_H
#define KGR_COMPARE_H

#include "obj.h"
#include "util.h"

struct image;

/* An object before the fix and after it. */
struct pair {
	struct object *orig, *patched;
	struct object *kernel;	/* as the kernel was built from it, or NULL */
	const char *module;	/* what it is part of, "vmlinux" for the kernel */
	const char *source;	/* for people */
	unsigned int number;
	struct image *image;	/* the kernel or module */
	size_t group;		/* where its locals begin there */
};

/* btf.c */
void check_btf_ids(const struct pair *pair);
bool same_btf_id(const struct entity *a, const struct entity *b);

/* twin.c */
void find_twins(struct pair *pair);
void part_doubtful(struct pair *pair);
const char *users_of(const struct entity *ent);

/* declared.c */
const char *declared_in(const struct entity *ent);

/* kernel.c */
void pair_with_kernel(struct pair *pair);
struct entity *kernel_inlines(struct entity *func);

/* content.c */
bool same_content(struct entity *a, struct entity *b);
bool same_unnamed(const struct object *a, const struct object *b,
		  const char *section);
bool has_reference(const struct entity *ent, const struct entity *to);

/* align.c */
u64 alignment(const struct entity *ent);
bool is_misaligned(const struct pair *pair, const struct entity *ent);

/* diff.c */
void compare(struct pair *pair);
bool is_traced(const struct entity *func);
const char *entity_name(const struct entity *ent);
struct entity *whole(struct entity *ent);

/* refuse.c */
void refuse(char class, const char *what, const char *remedy);
void note(const char *format, ...) __printf(1, 2);
size_t refusals(void);
void print_refusals(void);
void print_notes(struct buf *buf);

#endif /* KGR_COMPARE_H */
