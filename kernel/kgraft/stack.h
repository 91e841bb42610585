/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions a task is inside, by its stack.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_STACK_H
#define _KGRAFT_STACK_H

#include <linux/kconfig.h>
#include <linux/types.h>

struct task_struct;

static inline bool kgr_have_reliable_stack(void)
{
	return IS_ENABLED(CONFIG_STACKTRACE) &&
	       IS_ENABLED(CONFIG_HAVE_RELIABLE_STACKTRACE);
}

/**
 * struct kgr_code - a range of code
 * @addr:	where it begins
 * @size:	its size in bytes; 0 if the range is not set
 */
struct kgr_code {
	unsigned long addr;
	unsigned long size;
};

int kgr_stack_check(struct task_struct *task, u32 to, unsigned long *func);
int kgr_stack_check_self(u32 to, unsigned long caller, unsigned long *func);
int kgr_stack_check_entry(u32 to, unsigned long ip, unsigned long *func);
int kgr_stack_save(struct task_struct *task, const unsigned long **entries);
int kgr_stack_walk(struct task_struct *task, const unsigned long **entries);
bool kgr_stack_is_busy(void);
int kgr_stack_add_handler(unsigned int nr, void *func);

#endif /* _KGRAFT_STACK_H */
