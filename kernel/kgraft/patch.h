/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on a patch: apply, revert, enable, remove.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_PATCH_H
#define _KGRAFT_PATCH_H

struct kgr_applied;
struct module;

int kgr_patch_revert_locked(struct kgr_applied *applied);
int kgr_patch_revert(struct kgr_applied *applied);
int kgr_patch_enable(struct kgr_applied *applied);
void kgr_patch_module_going(struct module *mod);

#endif /* _KGRAFT_PATCH_H */
