/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The changes that some task has yet to cross.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_TRANSITION_H
#define _KGRAFT_TRANSITION_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/types.h>

struct kgr_applied;

/**
 * struct kgr_change - an apply or revert that some task has yet to cross
 * @garbage:	link for kgr_discard()
 * @list:	on kgr_changes, oldest first; kgr_mutex, or RCU to read
 * @patch:	the patch
 * @revert:	whether it is reverted
 * @strict:	whether tasks may cross it only at a safe point
 * @universe:	the universe that it opened
 * @start:	when it began
 */
struct kgr_change {
	struct llist_node garbage;
	struct list_head list;
	struct kgr_applied *patch;
	bool revert;
	bool strict;
	u32 universe;
	ktime_t start;
};

struct kgr_change *kgr_change_alloc(struct kgr_applied *patch);
void kgr_change_begin(struct kgr_change *change);
void kgr_changes_complete(u32 horizon);

bool kgr_in_progress(void);
bool kgr_change_alone(void);
s64 kgr_pending_ms(void);
s64 kgr_waited_ms(u32 universe);

#endif /* _KGRAFT_TRANSITION_H */
