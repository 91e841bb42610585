/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel threads that never leave their CPU.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_EVICT_H
#define _KGRAFT_EVICT_H

struct task_struct;

void kgr_evict_init(void);
void kgr_evict(struct task_struct *task, unsigned int cpu);

#endif /* _KGRAFT_EVICT_H */
