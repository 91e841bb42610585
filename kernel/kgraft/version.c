// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * version.c - which version of a function a universe runs
 *
 * Pure logic: no locks, no global state but the allocator. Every operation
 * makes a new array from an old one and leaves the old one alone, so that a
 * change can be prepared in full before any of it is seen.
 */

#include <linux/overflow.h>

#include "core.h"
#include "version.h"

static struct kgr_versions *kgr_versions_alloc(unsigned int nr)
{
	struct kgr_versions *vs;

	vs = kgr_alloc(struct_size(vs, v, nr));
	if (vs)
		vs->nr = nr;
	return vs;
}

/* Nobody runs it and nobody will: its end is behind every task. */
static bool kgr_version_dead(const struct kgr_version *v, u32 horizon)
{
	return v->ended && !kgr_universe_before(horizon, v->until);
}

/*
 * Copy to @to what of @old somebody may still run, and return how much; with
 * %NULL for @to, only count. What began behind the horizon is drawn up to it:
 * nobody lives there, and so no beginning ever gets so old that the order of
 * universes would turn around. Nor does the array grow for ever while changes
 * keep coming.
 */
static unsigned int kgr_versions_copy(struct kgr_version *to,
				      const struct kgr_versions *old,
				      u32 horizon)
{
	unsigned int i, nr = 0;

	for (i = 0; old && i < old->nr; i++) {
		const struct kgr_version *v = &old->v[i];

		if (kgr_version_dead(v, horizon))
			continue;
		if (to) {
			to[nr] = *v;
			if (old->settled || kgr_universe_before(v->from, horizon))
				to[nr].from = horizon;
		}
		nr++;
	}
	return nr;
}

/**
 * kgr_versions_add - an array with one version more
 * @old: the versions there are, %NULL for none
 * @add: the new one, newer than all of @old
 * @horizon: the smallest universe any task lives in
 *
 * Return: a new array, %NULL without memory.
 */
struct kgr_versions *kgr_versions_add(const struct kgr_versions *old,
				      const struct kgr_version *add,
				      u32 horizon)
{
	struct kgr_versions *vs;

	vs = kgr_versions_alloc(1 + kgr_versions_copy(NULL, old, horizon));
	if (!vs)
		return NULL;
	vs->v[0] = *add;
	kgr_versions_copy(&vs->v[1], old, horizon);
	return vs;
}

/**
 * kgr_versions_end - an array in which a version ends
 * @old: the versions there are
 * @func: whose version ends
 * @until: first universe it isn't alive in
 * @horizon: the smallest universe any task lives in
 *
 * Return: a new array, %NULL without memory.
 */
struct kgr_versions *kgr_versions_end(const struct kgr_versions *old,
				      const struct kgr_func *func, u32 until,
				      u32 horizon)
{
	struct kgr_versions *vs;
	unsigned int i;

	vs = kgr_versions_alloc(kgr_versions_copy(NULL, old, horizon));
	if (!vs)
		return NULL;
	kgr_versions_copy(vs->v, old, horizon);
	for (i = 0; i < vs->nr; i++) {
		if (vs->v[i].func == func && !vs->v[i].ended) {
			vs->v[i].until = until;
			vs->v[i].ended = true;
		}
	}
	return vs;
}

/**
 * kgr_version_left - does somebody run a version that the newest does not?
 * @vs: the versions of a site
 * @nr: which of them
 * @oldest: the smallest universe to ask for
 * @newest: the newest universe
 *
 * Return: whether the version is what a task runs in @oldest or in some universe
 *	   before @newest, but not in @newest.
 */
bool kgr_version_left(const struct kgr_versions *vs, unsigned int nr,
		      u32 oldest, u32 newest)
{
	unsigned long addr = vs->v[nr].addr;
	unsigned int i;

	if (kgr_versions_choose(vs, newest) == addr)
		return false;
	if (kgr_versions_choose(vs, oldest) == addr)
		return true;
	/* It becomes what is run where it begins, or where a newer one ends. */
	for (i = 0; i < vs->nr; i++) {
		const struct kgr_version *v = &vs->v[i];

		if (kgr_universe_before(oldest, v->from) &&
		    kgr_universe_before(v->from, newest) &&
		    kgr_versions_choose(vs, v->from) == addr)
			return true;
		if (v->ended && kgr_universe_before(oldest, v->until) &&
		    kgr_universe_before(v->until, newest) &&
		    kgr_versions_choose(vs, v->until) == addr)
			return true;
	}
	return false;
}

/**
 * kgr_versions_can_settle - does everybody run the same version?
 * @vs: the versions of a site, may be %NULL
 * @horizon: the smallest universe any task lives in
 *
 * Return: whether no boundary lies ahead of any task.
 */
bool kgr_versions_can_settle(const struct kgr_versions *vs, u32 horizon)
{
	unsigned int i;

	if (!vs)
		return true;
	for (i = 0; i < vs->nr; i++) {
		if (kgr_universe_before(horizon, vs->v[i].from))
			return false;
		if (vs->v[i].ended && kgr_universe_before(horizon, vs->v[i].until))
			return false;
	}
	return true;
}

/**
 * kgr_versions_settle - an array without what nobody will run again
 * @old: versions that can settle
 * @horizon: the smallest universe any task lives in
 *
 * Return: a new array, with nr == 0 if the original is all that remains,
 * %NULL without memory.
 */
struct kgr_versions *kgr_versions_settle(const struct kgr_versions *old,
					 u32 horizon)
{
	struct kgr_versions *vs;

	vs = kgr_versions_alloc(kgr_versions_copy(NULL, old, horizon));
	if (!vs)
		return NULL;
	kgr_versions_copy(vs->v, old, horizon);
	if (vs->nr)
		vs->settled = vs->v[0].addr;
	return vs;
}
