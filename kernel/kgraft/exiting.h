/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tasks that are about to leave the task list, and dead ones.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_EXITING_H
#define _KGRAFT_EXITING_H

#include <linux/types.h>

struct task_struct;

bool kgr_task_is_dead(struct task_struct *task);
struct task_struct *kgr_exiting_get(unsigned int nr);

/**
 * typedef kgr_visit_t - what kgr_visit_tasks() and kgr_visit_exiting() call
 * @task: a task that is not dead
 * @arg: the caller's
 *
 * Threads are visited in an RCU read-side critical section, exiting tasks with
 * interrupts off and a raw spinlock held: it must not sleep, nor wait for
 * another CPU.
 */
typedef void (*kgr_visit_t)(struct task_struct *task, void *arg);

void kgr_visit_exiting(kgr_visit_t visit, void *arg);

#endif /* _KGRAFT_EXITING_H */
