/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_RESTART_H
#define _KGRAFT_RESTART_H

#include <linux/types.h>

struct task_struct;

bool kgr_restart_noticed(struct task_struct *task);

#endif /* _KGRAFT_RESTART_H */
