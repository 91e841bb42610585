/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols that a patch looks up.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_EXTERN_H
#define _KGRAFT_EXTERN_H

#include <linux/kgraft.h>

struct kgr_applied;
struct kgr_late;
struct kgr_object;

/**
 * struct kgr_ext - a symbol that a patch looks up
 * @ext:	the author's description, or the parsed name of a direct
 *		reference
 * @late:	the direct references to it, %NULL if its address goes to a
 *		pointer
 * @set:	whether the pointer or the direct references are set
 * @kept:	whether they stay set although the patch was released
 * @obj:	the object whose replacements use it
 * @addr:	its address while @obj is live or it is @kept, 0 otherwise
 * @hold:	the reference to the module that has it, if that is neither the
 *		kernel nor @obj; %NULL otherwise
 */
struct kgr_ext {
	struct kgr_extern ext;
	struct kgr_late *late;
	bool set;
	bool kept;
	struct kgr_object *obj;
	unsigned long addr;
	struct kgr_hold *hold;
};

int kgr_externs_create(struct kgr_applied *applied);
int kgr_externs_resolve(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_externs_set(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_externs_reset(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_externs_keep(struct kgr_applied *applied, bool keep);
void kgr_externs_gone(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_externs_drop(struct kgr_applied *applied);
void kgr_externs_exited(const struct module *owner);

#endif /* _KGRAFT_EXTERN_H */
