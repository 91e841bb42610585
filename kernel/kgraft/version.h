/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The versions of a function, and the choice between them by universe.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_VERSION_H
#define _KGRAFT_VERSION_H

#include <linux/llist.h>
#include <linux/types.h>

#include "universe.h"

struct kgr_func;

/**
 * struct kgr_version - one replacement of a site
 * @addr:	its first instruction
 * @text:	the text of its module: a task counts as inside the version
 *		while any of this text is on its stack, because a helper that
 *		the version tail-called leaves no trace of the version itself
 * @size:	size of @text in bytes
 * @func:	the function of a patch that it belongs to; identifies the
 *		version, never dereferenced here
 * @from:	first universe in which it is alive
 * @until:	first universe in which it is no longer alive, if @ended
 * @ended:	whether @until is valid
 */
struct kgr_version {
	unsigned long addr;
	unsigned long text;
	unsigned long size;
	const struct kgr_func *func;
	u32 from;
	u32 until;
	bool ended;
};

/**
 * struct kgr_versions - the versions of a site, immutable once published
 * @garbage:	link for kgr_discard()
 * @settled:	what every task runs, in any universe; 0: choose by universe
 * @nr:		number of versions
 * @v:		the versions, newest first
 *
 * Read under the rules of kgr_site.versions.
 */
struct kgr_versions {
	struct llist_node garbage;
	unsigned long settled;
	unsigned int nr;
	struct kgr_version v[] __counted_by(nr);
};

static __always_inline bool kgr_version_alive(const struct kgr_version *v,
					      u32 universe)
{
	return !kgr_universe_before(universe, v->from) &&
	       (!v->ended || kgr_universe_before(universe, v->until));
}

/**
 * kgr_versions_latest - does a task run the newest version?
 * @vs: the versions of a site
 * @universe: where the task lives
 *
 * Called from the ftrace handler: inline, and calls nothing.
 *
 * Return: whether it runs the newest version, and that version has no end.
 */
static __always_inline bool
kgr_versions_latest(const struct kgr_versions *vs, u32 universe)
{
	return vs->nr && !kgr_universe_before(universe, vs->v[0].from) &&
	       !vs->v[0].ended;
}

/**
 * kgr_versions_search - what a task in a universe runs, ignoring @settled
 * @vs: the versions of a site; must not have been settled for long, see
 *	kgr_versions_choose()
 * @universe: where the task lives
 *
 * Called from the ftrace handler: inline, and calls nothing.
 *
 * Return: address of the newest version alive there, 0 for the original.
 */
static __always_inline unsigned long
kgr_versions_search(const struct kgr_versions *vs, u32 universe)
{
	unsigned int i;

	/* Fast path for the usual case: avoids setting up the loop. */
	if (vs->nr == 1)
		return kgr_version_alive(&vs->v[0], universe) ? vs->v[0].addr : 0;
	for (i = 0; i < vs->nr; i++)
		if (kgr_version_alive(&vs->v[i], universe))
			return vs->v[i].addr;
	return 0;
}

/**
 * kgr_versions_choose - what a task in a universe runs
 * @vs: the versions of a site, may be %NULL
 * @universe: where the task lives
 *
 * A settled version may have begun so long ago that its @from can no longer be
 * compared with current universes.
 *
 * Return: address of the newest version alive there, 0 for the original.
 */
static inline unsigned long
kgr_versions_choose(const struct kgr_versions *vs, u32 universe)
{
	if (!vs)
		return 0;
	return vs->settled ?: kgr_versions_search(vs, universe);
}

struct kgr_versions *kgr_versions_add(const struct kgr_versions *old,
				      const struct kgr_version *add,
				      u32 horizon);
struct kgr_versions *kgr_versions_end(const struct kgr_versions *old,
				      const struct kgr_func *func, u32 until,
				      u32 horizon);
struct kgr_versions *kgr_versions_settle(const struct kgr_versions *old,
					 u32 horizon);
bool kgr_version_left(const struct kgr_versions *vs, unsigned int nr,
		      u32 oldest, u32 newest);
bool kgr_versions_can_settle(const struct kgr_versions *vs, u32 horizon);

#endif /* _KGRAFT_VERSION_H */
