/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preparing the versions and sites of a change, and publishing them.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_STAGE_H
#define _KGRAFT_STAGE_H

#include <linux/list.h>
#include <linux/types.h>

struct kgr_func;
struct kgr_life;
struct kgr_site_table;

/**
 * struct kgr_stage - the sites and versions of a change in preparation
 * @sites:	the sites that it adds
 * @touched:	all sites that get new versions, including @sites
 * @table:	the table that includes @sites, %NULL if there are none
 * @hooked:	whether ftrace calls the handler for @sites
 *
 * The versions of each site are in kgr_site.staged. All memory of kGraft's own
 * is allocated while staging. Publishing may still fail for lack of memory in
 * ftrace, and in the calls of it: kgr_jumps_end() comes first, when nothing has
 * changed yet, and kgr_hook_sites() hooks all sites or none.
 */
struct kgr_stage {
	struct list_head sites;
	struct list_head touched;
	struct kgr_site_table *table;
	bool hooked;
};

void kgr_stage_init(struct kgr_stage *stage);
int kgr_stage_add(struct kgr_stage *stage, struct kgr_func *func,
		  const struct kgr_life *life);
int kgr_stage_end(struct kgr_stage *stage, struct kgr_func *func, u32 until);
int kgr_stage_close(struct kgr_stage *stage);
int kgr_stage_publish(struct kgr_stage *stage);
void kgr_stage_withdraw(struct kgr_stage *stage);
void kgr_stage_free(struct kgr_stage *stage);
void kgr_stage_done(struct kgr_stage *stage);

#endif /* _KGRAFT_STAGE_H */
