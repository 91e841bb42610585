/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan.h - what the patch consists of, and what it is linked to
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_PLAN_H
#define KGR_PLAN_H

#include "compare.h"
#include "image.h"

/**
 * struct link - a symbol that the patch does not define
 * @name:	its name
 * @object:	the object that has it
 * @pos:	which of that name there
 * @as:		under which name it is linked, of which there is one
 * @plain:	exported: the module loader finds it by its name
 * @space:	the namespace that the module must import for that, or %NULL
 * @body:	another object of the patch defines it
 */
struct link {
	const char *name;
	const char *object;
	unsigned int pos;
	const char *as;
	bool plain;
	const char *space;
	bool body;
};

struct plan {
	struct image *kernel;
	struct pair *pairs;
	size_t nr_pairs;
	struct link **links;
	size_t nr_links;
};

/* A function that is replaced, as main.c has it. */
struct replacement {
	const struct pair *pair;
	struct entity *ent;
	const char *name;	/* the kernel's */
	const char *alias;	/* name of the new one in C */
	unsigned int pos;
};

/* link.c */
struct link *link_add(struct plan *plan, const char *name, const char *object,
		      unsigned int pos, bool plain);
struct link *link_key(struct plan *plan, const struct link *trampoline);
void name_links(struct plan *plan);

/* plan.c */
void plan_make(struct plan *plan);
struct replacement *plan_replacements(const struct plan *plan, size_t *nr);

/* border.c */
void check_borders(const struct pair *pair, const struct entity *func);

/* extract.c */
void extract(struct plan *plan, const struct pair *pair, const char *path);

/* generate.c */
void note_builds(const struct plan *plan);
void write_main(const struct plan *plan, const char *path);
void write_plan(const struct plan *plan, const char *path);
void write_links(const struct plan *plan, const char *path);

#endif /* KGR_PLAN_H */
