/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_TRANSITION_H
#define _KGRAFT_TRANSITION_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/minmax.h>
#include <linux/types.h>

#include "wake.h"

struct kgr_applied;

/**
 * struct kgr_change - a patch applied or reverted, until all tasks have crossed
 * @garbage:	link among those to be freed
 * @list:	on kgr_changes, oldest first; kgr_mutex, or RCU to read
 * @patch:	which patch
 * @revert:	whether it goes
 * @strict:	whether tasks may cross it only with nothing in hand
 * @universe:	the universe that it opened
 * @start:	when
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

/**
 * kgr_retry_in - when tasks that lag are looked at again
 * @more: whether some have yet to be woken that may be woken
 * @due: in how many ms sleepers may be woken, 0: now
 * @ms: how long to wait otherwise, in ms
 *
 * At once only if that wakes a task: while it is too early to wake any, no
 * retry gets further than the one before.
 *
 * Return: the time in ms.
 */
static inline unsigned int kgr_retry_in(bool more, unsigned int due,
					unsigned int ms)
{
	if (due)
		return min(due, ms);
	return more ? 0 : ms;
}

struct kgr_change *kgr_change_alloc(struct kgr_applied *patch, bool revert);
void kgr_change_begin(struct kgr_change *change);

bool kgr_in_progress(void);
unsigned int kgr_count_remaining(void);
s64 kgr_waited_ms(u32 universe);
void kgr_scan_request(void);
void kgr_retry_soon(void);
void kgr_push_now(void);
void kgr_wake_now(enum kgr_wake_policy policy);
int kgr_wake_one(pid_t nr);

#endif /* _KGRAFT_TRANSITION_H */
