/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_EVICT_H
#define _KGRAFT_EVICT_H

struct task_struct;

int kgr_evict_init(void);
void kgr_evict(struct task_struct *task, unsigned int cpu);

#endif /* _KGRAFT_EVICT_H */
