/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The livepatches that kGraft carries out, and their objects and callbacks.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_LIVEPATCH_OBJECT_H
#define _KGRAFT_LIVEPATCH_OBJECT_H

#include <linux/container_of.h>
#include <linux/kgraft.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct kgr_applied;
struct kgr_object;
struct klp_patch;
struct module;

/**
 * struct kgr_livepatch - a livepatch that kGraft carries out
 * @list:	on kgr_livepatches, from klp_enable_patch() until its directory
 *		in /sys/kernel/livepatch is gone
 * @klp:	the patch as livepatch knows it
 * @changing:	whether it is being enabled or disabled, until it is gone
 * @pending:	whether some task has yet to cross that change
 * @universe:	the universe that its last change opened
 * @work:	removes it
 * @objs:	the objects of @patch
 * @patch:	the patch as kGraft knows it
 *
 * kgr_livepatches_lock protects @list, @changing, @pending and @universe. Files
 * in the directory of livepatch may use all of it: forgetting it waits for them.
 */
struct kgr_livepatch {
	struct list_head list;
	struct klp_patch *klp;
	bool changing;
	bool pending;
	u32 universe;
	struct work_struct work;
	struct kgr_patch_obj *objs;
	struct kgr_patch patch;
};

extern struct list_head kgr_livepatches;
extern spinlock_t kgr_livepatches_lock;

static inline struct kgr_livepatch *kgr_livepatch_of(struct kgr_patch *patch)
{
	return container_of(patch, struct kgr_livepatch, patch);
}

int kgr_livepatch_attach(struct kgr_applied *applied,
			 struct kgr_object *object);
void kgr_livepatch_detach(struct kgr_applied *applied,
			  struct kgr_object *object);
int kgr_livepatch_pre_patch(struct kgr_patch *patch, struct module *mod);
void kgr_livepatch_post_patch(struct kgr_patch *patch, struct module *mod);
void kgr_livepatch_pre_unpatch(struct kgr_patch *patch, struct module *mod);
void kgr_livepatch_post_unpatch(struct kgr_patch *patch, struct module *mod);

#endif /* _KGRAFT_LIVEPATCH_OBJECT_H */
