/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The universes in which a patch is alive.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_LIFE_H
#define _KGRAFT_LIFE_H

#include <linux/list.h>
#include <linux/types.h>

struct kgr_applied;

/**
 * struct kgr_life - a span of universes in which a patch is alive
 * @list:	on kgr_lives; kgr_mutex
 * @applied:	the patch
 * @from:	first universe in which it is alive
 * @until:	first universe in which it is no longer alive, if @ended
 * @ended:	whether @until is valid
 *
 * A patch has several lives if it was reverted and applied again before every
 * task had crossed: an older life stays until no task lives in it.
 */
struct kgr_life {
	struct list_head list;
	struct kgr_applied *applied;
	u32 from;
	u32 until;
	bool ended;
};

/*
 * All lives that a task may be in, in the order in which they began. kgr_mutex.
 */
extern struct list_head kgr_lives;

void kgr_lives_prune(u32 horizon);
bool kgr_life_any(const struct kgr_applied *applied);

#endif /* _KGRAFT_LIFE_H */
