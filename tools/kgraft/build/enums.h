/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enums.h - constants of enums that a fix makes different
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_ENUMS_H
#define KGR_ENUMS_H

#include <elfutils/libdw.h>

#include "util.h"

struct enumeration;

/* All enums of an object. */
struct enums {
	struct enumeration *all;
	size_t nr;
};

void enums_add(struct enums *enums, Dwarf_Die *die, const char *name);
void enums_compare(const struct enums *orig, const struct enums *patched,
		   const char *source);

#endif /* KGR_ENUMS_H */
