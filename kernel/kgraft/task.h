/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A task's universe: crossing, fork, exit; visiting all tasks.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_TASK_H
#define _KGRAFT_TASK_H

#include <linux/sched.h>
#include <linux/types.h>

#include "tally.h"
#include "universe.h"

bool kgr_cross(struct task_struct *task, u32 to, enum kgr_way way);
void kgr_mark_all(void);
bool kgr_task_is_dead(struct task_struct *task);
struct task_struct *kgr_exiting_get(unsigned int nr);

/**
 * kgr_task_lags - has a task yet to cross?
 * @task: the task; may be running
 *
 * By its number, which is the truth. The flag only makes it cross, and a task
 * that was marked again while it crossed keeps it for a while in vain.
 *
 * Return: whether @task lives in an older universe than the newest.
 */
static inline bool kgr_task_lags(const struct task_struct *task)
{
	return READ_ONCE(task->kgr_universe) != READ_ONCE(kgr_newest);
}

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

/**
 * typedef kgr_visit_t - what kgr_visit_tasks() calls
 * @task: a task that is not dead
 * @arg: the caller's
 *
 * Threads are visited in an RCU read-side critical section, exiting tasks with
 * interrupts off and a raw spinlock held: it must not sleep, nor wait for
 * another CPU.
 */
typedef void (*kgr_visit_t)(struct task_struct *task, void *arg);

void kgr_visit_tasks(kgr_visit_t visit, void *arg);

void kgr_visit_exiting(kgr_visit_t visit, void *arg);

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

#endif /* _KGRAFT_TASK_H */
