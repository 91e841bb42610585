/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crossing of tasks that do not return to user mode soon.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_MOVE_H
#define _KGRAFT_MOVE_H

#include <linux/sched.h>
#include <linux/types.h>

#include "task.h"

/* What keeps a task from being moved. */
enum kgr_hold {
	/* nothing does */
	KGR_HOLD_NONE,
	/* it runs */
	KGR_HOLD_RUNNING,
	/* it must reach a safe point first */
	KGR_HOLD_STRICT,
	/* its stack is not reliable */
	KGR_HOLD_UNRELIABLE,
	/* it is inside a function that changes */
	KGR_HOLD_FUNCTION,
};

/**
 * struct kgr_verdict - whether a task may be crossed in its present state
 * @hold:	what keeps it
 * @way:	how it is crossed if @hold is %KGR_HOLD_NONE
 * @func:	the function that it is inside, for %KGR_HOLD_FUNCTION; only for
 *		printing and comparing, it may be gone
 */
struct kgr_verdict {
	enum kgr_hold hold;
	enum kgr_way way;
	unsigned long func;
};

bool kgr_kernel_task(const struct task_struct *task);
bool kgr_movable(struct task_struct *task);
bool kgr_try_move(struct task_struct *task, struct kgr_verdict *verdict);
void kgr_judge(struct task_struct *task, u32 to, struct kgr_verdict *verdict);
bool kgr_cross_at_entry(unsigned long ip);

#endif /* _KGRAFT_MOVE_H */
