/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_MOVE_H
#define _KGRAFT_MOVE_H

#include <linux/sched.h>

bool kgr_kernel_task(const struct task_struct *task);
bool kgr_movable(const struct task_struct *task);
int kgr_try_move(struct task_struct *task);
void kgr_move_task(struct task_struct *task);
bool kgr_cross_at_entry(unsigned long ip);
bool kgr_stack_avoids(struct task_struct *task, unsigned long addr,
		      unsigned long size);
const char *kgr_move_refuses(unsigned long addr, const char *name);

#endif /* _KGRAFT_MOVE_H */
