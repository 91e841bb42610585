/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completing the changes of patches that every task has crossed.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_ADVANCE_H
#define _KGRAFT_ADVANCE_H

#include <linux/types.h>
#include <linux/wait.h>

struct kgr_applied;

/* Woken when the revert of a patch is complete and its module released. */
extern wait_queue_head_t kgr_released_wq;

void kgr_patch_post_revert(struct kgr_applied *applied);
void kgr_patch_detach(struct kgr_applied *applied);
void kgr_patches_advance(void);

#endif /* _KGRAFT_ADVANCE_H */
