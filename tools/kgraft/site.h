/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site.h - functions that are redirected, and their other users
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_SITE_H
#define KGR_SITE_H

#include <stddef.h>

#include "patch.h"
#include "text.h"

/**
 * struct kgr_site - a line of the kernel's list
 * @function:	the original, with its module
 * @replacement: what a task of the newest universe runs, or "-"
 * @others:	the other users, or "-"
 */
struct kgr_site {
	char *function;
	char *replacement;
	char *others;
};

/**
 * struct kgr_sites - all redirected functions
 * @err:	why the list could not be read, or 0
 * @text:	the text that contains the strings
 * @list:	in the order of the kernel
 * @nr:		how many
 */
struct kgr_sites {
	int err;
	struct kgr_text text;
	struct kgr_site *list;
	size_t nr;
};

void kgr_sites_read(struct kgr_sites *sites);
void kgr_parse_sites(struct kgr_sites *sites);
void kgr_sites_free(struct kgr_sites *sites);
const struct kgr_site *kgr_site_of(const struct kgr_sites *sites,
				   const struct kgr_system *system,
				   const struct kgr_patch *patch,
				   const struct kgr_function *function);

#endif /* KGR_SITE_H */
