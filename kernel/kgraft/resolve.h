/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checking a patch and resolving its functions.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_RESOLVE_H
#define _KGRAFT_RESOLVE_H

struct kgr_applied;
struct kgr_func;
struct kgr_patch;

int kgr_check_front(const struct kgr_patch *patch, unsigned int *nr);
int kgr_check_patch(const struct kgr_patch *patch, unsigned int *nr);
void kgr_note_mains(const struct kgr_applied *applied);
int kgr_resolve(const struct kgr_applied *applied, struct kgr_func *func);

#endif /* _KGRAFT_RESOLVE_H */
