/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A task's universe: marking, crossing, fork.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_TASK_H
#define _KGRAFT_TASK_H

#include <linux/sched.h>
#include <linux/types.h>

#include "tally.h"

bool kgr_cross(struct task_struct *task, u32 to, enum kgr_way way);
void kgr_mark_all(void);

/**
 * kgr_task_flags - the flags of a task that may be running
 * @task: the task
 *
 * It writes them as it likes, and without a mark. Those that are asked for from
 * elsewhere never change, or are a guess unless the task is held in its place.
 *
 * Return: PF_*.
 */
static inline unsigned int kgr_task_flags(const struct task_struct *task)
{
	/* With what the task itself does to them. */
	return data_race(READ_ONCE(task->flags));
}

#endif /* _KGRAFT_TASK_H */
