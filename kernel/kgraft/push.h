/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moving and waking the tasks that lag.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_PUSH_H
#define _KGRAFT_PUSH_H

#include <linux/types.h>

#include "wake.h"

struct task_struct;

bool kgr_push_across(struct task_struct *task);
pid_t kgr_push(pid_t from, enum kgr_wake_policy wake);
bool kgr_push_first(enum kgr_wake_policy wake, unsigned int max);

#endif /* _KGRAFT_PUSH_H */
