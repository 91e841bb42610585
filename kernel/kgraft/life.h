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
 * @applied:	which patch
 * @from:	first universe it is alive in
 * @until:	first universe it is not alive in any more, if @ended
 * @ended:	whether @until counts
 *
 * A patch has several as long as some task still lives in the last but one:
 * reverted and applied again before everybody had crossed.
 */
struct kgr_life {
	struct list_head list;
	struct kgr_applied *applied;
	u32 from;
	u32 until;
	bool ended;
};

/* Every life some task may be in, in the order in which they began. kgr_mutex. */
extern struct list_head kgr_lives;

void kgr_lives_prune(u32 horizon);
bool kgr_life_any(const struct kgr_applied *applied);

#endif /* _KGRAFT_LIFE_H */
