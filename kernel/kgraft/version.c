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

/**
 * kgr_versions_add - an array with one version more
 * @old: the versions there are, %NULL for none
 * @add: the new one, newer than all of @old
 * @horizon: the smallest universe any task lives in; versions that ended
 *	     behind it are left out, so that the array does not grow for ever
 *	     while changes keep coming
 *
 * Return: a new array, %NULL without memory.
 */
struct kgr_versions *kgr_versions_add(const struct kgr_versions *old,
				      const struct kgr_version *add,
				      u32 horizon)
{
	unsigned int i, nr = 1;
	struct kgr_versions *vs;

	for (i = 0; old && i < old->nr; i++)
		nr += !kgr_version_dead(&old->v[i], horizon);

	vs = kgr_versions_alloc(nr);
	if (!vs)
		return NULL;
	vs->v[0] = *add;
	for (i = 0, nr = 1; old && i < old->nr; i++)
		if (!kgr_version_dead(&old->v[i], horizon))
			vs->v[nr++] = old->v[i];
	return vs;
}

/**
 * kgr_versions_end - an array in which a version ends
 * @old: the versions there are
 * @func: whose version ends
 * @until: first universe it isn't alive in
 *
 * Return: a new array, %NULL without memory.
 */
struct kgr_versions *kgr_versions_end(const struct kgr_versions *old,
				      const struct kgr_func *func, u32 until)
{
	struct kgr_versions *vs = kgr_versions_alloc(old->nr);
	unsigned int i;

	if (!vs)
		return NULL;
	memcpy(vs->v, old->v, flex_array_size(old, v, old->nr));
	for (i = 0; i < vs->nr; i++) {
		if (vs->v[i].func == func && !vs->v[i].ended) {
			vs->v[i].until = until;
			vs->v[i].ended = true;
		}
	}
	return vs;
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
 * Boundaries behind the horizon are drawn up to it: nobody lives there, and
 * so they never get so old that the order of universes would turn around.
 *
 * Return: a new array, with nr == 0 if the original is all that remains,
 * %NULL without memory.
 */
struct kgr_versions *kgr_versions_settle(const struct kgr_versions *old,
					 u32 horizon)
{
	struct kgr_versions *vs;
	unsigned int i, nr = 0;

	for (i = 0; i < old->nr; i++)
		nr += !old->v[i].ended;

	vs = kgr_versions_alloc(nr);
	if (!vs)
		return NULL;
	for (i = 0, nr = 0; i < old->nr; i++) {
		if (old->v[i].ended)
			continue;
		vs->v[nr] = old->v[i];
		vs->v[nr].from = horizon;
		nr++;
	}
	if (nr)
		vs->settled = vs->v[0].addr;
	return vs;
}
