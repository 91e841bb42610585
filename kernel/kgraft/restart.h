/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a sleeper's call restarts unnoticed.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_RESTART_H
#define _KGRAFT_RESTART_H

#include <linux/types.h>

struct task_struct;

bool kgr_mask_holds_back(const struct task_struct *task);
bool kgr_restart_noticed(struct task_struct *task);

#endif /* _KGRAFT_RESTART_H */
