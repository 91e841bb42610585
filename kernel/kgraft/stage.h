/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preparing versions and sites, then publishing them.
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
 * struct kgr_stage - sites and versions of a change, before any of it is seen
 * @sites:	sites that it adds
 * @touched:	all sites that get other versions, new ones included
 * @table:	table that has @sites, %NULL if there are none
 * @hooked:	whether ftrace calls the handler for @sites
 *
 * The versions are with each site, in kgr_site.staged. All memory is allocated
 * here, so that only ftrace can still fail a change afterwards.
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
