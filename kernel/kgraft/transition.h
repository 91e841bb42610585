/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_TRANSITION_H
#define _KGRAFT_TRANSITION_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/types.h>

#include "wake.h"

struct kgr_applied;

/**
 * struct kgr_change - a patch applied or reverted, until all tasks have crossed
 * @list:	on kgr_changes, oldest first; kgr_mutex
 * @patch:	which patch
 * @revert:	whether it goes
 * @universe:	the universe that it opened
 * @start:	when
 */
struct kgr_change {
	struct list_head list;
	struct kgr_applied *patch;
	bool revert;
	u32 universe;
	ktime_t start;
};

struct kgr_change *kgr_change_alloc(struct kgr_applied *patch, bool revert);
void kgr_change_begin(struct kgr_change *change);

bool kgr_in_progress(void);
unsigned int kgr_count_remaining(void);
void kgr_scan_request(void);
void kgr_retry_soon(void);
void kgr_wake_now(enum kgr_wake_policy policy);

#endif /* _KGRAFT_TRANSITION_H */
