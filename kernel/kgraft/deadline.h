/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the change of a patch may take.
 */
#ifndef _KGRAFT_DEADLINE_H
#define _KGRAFT_DEADLINE_H

#include <linux/kgraft.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct kgr_applied;

void kgr_deadline_init(struct kgr_applied *applied);
void kgr_deadline_begins(struct kgr_applied *applied);
bool kgr_deadline_counts(const struct kgr_applied *applied);
s64 kgr_deadline_in(const struct kgr_applied *applied);
void kgr_deadline_arm(s64 least);
void kgr_deadline_set(struct kgr_applied *applied, unsigned int ms);
void kgr_on_deadline_set(struct kgr_applied *applied, enum kgr_on_deadline what);
void kgr_deadline_start(work_func_t work);

#endif /* _KGRAFT_DEADLINE_H */
