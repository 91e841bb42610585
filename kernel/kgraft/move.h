/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_MOVE_H
#define _KGRAFT_MOVE_H

#include <linux/sched.h>

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
bool kgr_movable(const struct task_struct *task);
void kgr_move_task(struct task_struct *task);
bool kgr_cross_at_entry(unsigned long ip);
bool kgr_stack_avoids(struct task_struct *task, unsigned long addr,
		      unsigned long size);
bool kgr_stack_avoids_all(struct task_struct *task, const struct kgr_code *code,
			  unsigned int nr);
const char *kgr_move_refuses(unsigned long addr, const char *name);

#endif /* _KGRAFT_MOVE_H */
