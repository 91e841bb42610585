/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which tasks are in the way, and why.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_BLOCKERS_H
#define _KGRAFT_BLOCKERS_H

#include <linux/types.h>

struct dentry;

void kgr_blockers_soon(bool alone);
bool kgr_blockers_due(void);
void kgr_blockers_trace(void);
void kgr_blockers_log(u32 universe, unsigned int max);
void kgr_blockers_init(struct dentry *dir);

#endif /* _KGRAFT_BLOCKERS_H */
