/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the change of a patch may take.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_DEADLINE_H
#define _KGRAFT_DEADLINE_H

#include <linux/kgraft.h>
#include <linux/ktime.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct kgr_applied;

/**
 * struct kgr_deadline - how long a change of a patch may take
 * @ms:		how long, 0: for ever
 * @action:	what happens when it takes longer
 * @begun_at:	when the last change began
 * @done:	whether nothing is left to be done about that change
 * @reported:	whether it was reported that it is late
 * @refused:	whether its revert for being late was refused
 *
 * Written with kgr_mutex held. @ms and @action are read anywhere, as a snapshot.
 */
struct kgr_deadline {
	unsigned int ms;
	enum kgr_on_deadline action;
	ktime_t begun_at;
	bool done;
	bool reported;
	bool refused;
};

void kgr_deadline_init(struct kgr_applied *applied);
void kgr_deadline_begins(struct kgr_applied *applied);
bool kgr_deadline_counts(const struct kgr_applied *applied);
s64 kgr_deadline_in(const struct kgr_applied *applied);
void kgr_deadline_arm(s64 least);
void kgr_deadline_set(struct kgr_applied *applied, unsigned int ms);
void kgr_on_deadline_set(struct kgr_applied *applied, enum kgr_on_deadline what);
void kgr_deadline_start(work_func_t work);

#endif /* _KGRAFT_DEADLINE_H */
