/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shadow variables.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SHADOW_H
#define _KGRAFT_SHADOW_H

#include <linux/kgraft.h>
#include <linux/types.h>

struct kgr_applied;

/* shadow.c */
unsigned long kgr_shadow_sweep(unsigned long id, kgr_shadow_dtor_t dtor,
			       const struct kgr_patch *last);
void kgr_shadow_visit(void (*visit)(const void *obj, unsigned long id,
				    void *arg), void *arg);
void kgr_shadow_init(void);

/* shadow_owner.c */
int kgr_shadow_check(const struct kgr_patch *patch);
void kgr_shadow_release(const struct kgr_applied *applied);

/* Can be replaced by tests. */
void *kgr_shadow_memory(size_t size, gfp_t gfp);
void kgr_shadow_complain(const void *obj, unsigned long id, const char *what);

#endif /* _KGRAFT_SHADOW_H */
