/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_MOVE_H
#define _KGRAFT_MOVE_H

#include <linux/kconfig.h>
#include <linux/sched.h>
#include <linux/types.h>

#include "task.h"

/* What keeps a task from being crossed where it is. */
enum kgr_hold {
	/* nothing does */
	KGR_HOLD_NONE,
	/* it runs */
	KGR_HOLD_RUNNING,
	/* it has something in hand, and has to end that first */
	KGR_HOLD_STRICT,
	/* its stack says nothing that can be relied on */
	KGR_HOLD_UNRELIABLE,
	/* it is inside a function that changes */
	KGR_HOLD_FUNCTION,
};

/**
 * struct kgr_verdict - whether a task may be crossed where it is
 * @hold:	what keeps it
 * @way:	how it is crossed if nothing does
 * @func:	the function that it is inside, if %KGR_HOLD_FUNCTION; for
 *		printing and comparing, it may be gone
 */
struct kgr_verdict {
	enum kgr_hold hold;
	enum kgr_way way;
	unsigned long func;
};

static inline bool kgr_have_reliable_stack(void)
{
	return IS_ENABLED(CONFIG_STACKTRACE) &&
	       IS_ENABLED(CONFIG_HAVE_RELIABLE_STACKTRACE);
}

/**
 * struct kgr_code - some code
 * @addr:	where it begins
 * @size:	its size in bytes; 0 if it is not there
 */
struct kgr_code {
	unsigned long addr;
	unsigned long size;
};

bool kgr_kernel_task(const struct task_struct *task);
bool kgr_movable(struct task_struct *task);
bool kgr_try_move(struct task_struct *task, struct kgr_verdict *verdict);
bool kgr_move_task(struct task_struct *task);
void kgr_judge(struct task_struct *task, u32 to, struct kgr_verdict *verdict);
bool kgr_cross_at_entry(unsigned long ip);
int kgr_stack_save(struct task_struct *task, const unsigned long **entries);
int kgr_stack_walk(struct task_struct *task, const unsigned long **entries);
const char *kgr_move_refuses(unsigned long addr, const char *name);

#endif /* _KGRAFT_MOVE_H */
