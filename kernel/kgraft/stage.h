/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_STAGE_H
#define _KGRAFT_STAGE_H

#include <linux/list.h>

struct kgr_applied;
struct kgr_change;
struct kgr_site_table;

/**
 * struct kgr_stage - what a change needs, before any of it is seen
 * @sites:	sites that it adds
 * @table:	table that has them, %NULL if there are none
 * @change:	the change
 * @hooked:	whether ftrace calls the handler for @sites
 *
 * The versions are with each function, in kgr_func.staged. All memory is
 * allocated here, so that only ftrace can still fail a change afterwards.
 */
struct kgr_stage {
	struct list_head sites;
	struct kgr_site_table *table;
	struct kgr_change *change;
	bool hooked;
};

int kgr_stage_apply(struct kgr_stage *stage, struct kgr_applied *applied);
int kgr_stage_revert(struct kgr_stage *stage, struct kgr_applied *applied);
int kgr_stage_publish(struct kgr_stage *stage, struct kgr_applied *applied);
void kgr_stage_withdraw(struct kgr_stage *stage, struct kgr_applied *applied);
void kgr_stage_free(struct kgr_stage *stage, struct kgr_applied *applied);
struct kgr_change *kgr_stage_done(struct kgr_stage *stage,
				  struct kgr_applied *applied);

#endif /* _KGRAFT_STAGE_H */
