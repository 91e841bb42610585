/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_BLOCKERS_H
#define _KGRAFT_BLOCKERS_H

#include <linux/types.h>

void kgr_blockers_soon(bool alone);
bool kgr_blockers_due(void);
void kgr_blockers_trace(void);
void kgr_blockers_log(u32 universe, unsigned int max);
void kgr_blockers_init(void);

#endif /* _KGRAFT_BLOCKERS_H */
