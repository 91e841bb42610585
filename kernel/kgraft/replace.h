/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Planning which patches begin and end with a change.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_REPLACE_H
#define _KGRAFT_REPLACE_H

#include <linux/types.h>

struct kgr_applied;

int kgr_plan_apply(struct kgr_applied *subject);
int kgr_plan_revert(struct kgr_applied *subject);
int kgr_plan_enable(struct kgr_applied *subject);
int kgr_replace_check(void);

#endif /* _KGRAFT_REPLACE_H */
