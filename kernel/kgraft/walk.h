/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Visiting all tasks.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_WALK_H
#define _KGRAFT_WALK_H

#include <linux/types.h>

#include "exiting.h"

void kgr_visit_tasks(kgr_visit_t visit, void *arg);

/**
 * typedef kgr_push_t - what kgr_push_tasks() and kgr_walk_tasks() call
 * @task: a task; for the former, one that lags
 * @arg: the caller's
 *
 * May sleep. Return: whether there has been enough for now.
 */
typedef bool (*kgr_push_t)(struct task_struct *task, void *arg);

/**
 * typedef kgr_rest_t - what kgr_push_tasks() calls before others get a turn
 * @arg: the caller's
 *
 * May sleep.
 */
typedef void (*kgr_rest_t)(void *arg);

pid_t kgr_push_tasks(pid_t from, kgr_push_t push, kgr_rest_t rest, void *arg);
void kgr_walk_tasks(kgr_push_t visit, void *arg);

#endif /* _KGRAFT_WALK_H */
