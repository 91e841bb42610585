/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - what the author has allowed, and where things are
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_OPTIONS_H
#define KGR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum allowance {
	COPY_CONST,		/* constants that may be copied */
	LAYOUT_OK,		/* structures and enums that may */
	NR_ALLOWANCES
};

void allow(enum allowance allowance, const char *name);
bool allowed(enum allowance allowance, const char *name);

/* What tells a build of a module from others. */
struct identity {
	const char *module;
	const char *field;	/* of struct kgr_patch_obj */
	const char *value;
};

/* What is said of the patch, in main.c. */
struct settings {
	const char *name;
	const char *set;
	bool replace_all;
	bool per_function;
	const char *main;
	const char *build_id;
	struct identity *identities;
	size_t nr_identities;
};

extern struct settings settings;

#endif /* KGR_OPTIONS_H */
