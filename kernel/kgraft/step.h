/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carrying out a change completely or not at all.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_STEP_H
#define _KGRAFT_STEP_H

#include <linux/types.h>

struct kgr_applied;

int kgr_step(struct kgr_applied *subject, int fault);

#endif /* _KGRAFT_STEP_H */
