/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on a patch: apply, revert, enable, remove.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_PATCH_H
#define _KGRAFT_PATCH_H

#include <linux/types.h>

struct kgr_applied;
struct kgr_front;
struct kgr_patch;
struct module;

int kgr_patch_begin(struct kgr_patch *patch, const struct kgr_front *front);
int kgr_patch_revert_locked(struct kgr_applied *applied);
int kgr_patch_revert(struct kgr_applied *applied);
int kgr_patch_enable_locked(struct kgr_applied *applied);
int kgr_patch_enable(struct kgr_applied *applied);
bool kgr_patch_is_over(const struct kgr_applied *applied);
bool kgr_patch_drop(struct kgr_patch *patch);
void kgr_patch_module_going(struct module *mod);

#endif /* _KGRAFT_PATCH_H */
