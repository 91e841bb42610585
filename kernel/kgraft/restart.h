/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_RESTART_H
#define _KGRAFT_RESTART_H

struct task_struct;

const char *kgr_restart_refuses(struct task_struct *task);

#endif /* _KGRAFT_RESTART_H */
