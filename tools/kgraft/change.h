/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * change.h - asking the kernel for a change of a patch
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_CHANGE_H
#define KGR_CHANGE_H

#include "patch.h"

#define KGR_MAX_CHANGED	64

/**
 * struct kgr_changed - patches by name
 * @list:	their names
 * @nr:		how many
 */
struct kgr_changed {
	char *list[KGR_MAX_CHANGED];
	int nr;
};

int kgr_find(const struct kgr_system *system, const char *name,
	     struct kgr_changed *found);
void kgr_find_module(const char *module, struct kgr_changed *found);
void kgr_changed_free(struct kgr_changed *changed);
int kgr_revert(const char *patch);
int kgr_enable(const char *patch);

#endif /* KGR_CHANGE_H */
