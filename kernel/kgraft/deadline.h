/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_DEADLINE_H
#define _KGRAFT_DEADLINE_H

#include <linux/kgraft.h>

struct kgr_applied;

void kgr_deadline_init(struct kgr_applied *applied);
void kgr_deadline_begins(struct kgr_applied *applied);
void kgr_deadline_set(struct kgr_applied *applied, unsigned int ms);
void kgr_on_deadline_set(struct kgr_applied *applied, enum kgr_on_deadline what);

#endif /* _KGRAFT_DEADLINE_H */
