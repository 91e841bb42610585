/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading user memory without sleeping.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_USER_H
#define _KGRAFT_USER_H

#include <linux/types.h>

struct task_struct;

bool kgr_read_user(struct task_struct *task, unsigned long addr, void *to,
		   size_t size);

#endif /* _KGRAFT_USER_H */
