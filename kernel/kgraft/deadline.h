/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deadlines for the changes of patches.
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
 * struct kgr_deadline - the deadline for the changes of a patch
 * @ms:		time limit of a change, in ms; 0: none
 * @action:	what to do with a change that is late
 * @begun_at:	when the last change began
 * @done:	whether that change needs no further action
 * @reported:	whether it was reported as late
 * @refused:	whether an attempt to revert it for being late has failed
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
