// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * version.c - choosing the version of a function by universe
 *
 * Pure logic: no locks, no global state except the allocator. Every operation
 * builds a new array and leaves the old one unchanged, so that a change can be
 * prepared completely before any of it becomes visible.
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

/* No task runs it or can begin to: every task lives past its end. */
static bool kgr_version_dead(const struct kgr_version *v, u32 horizon)
{
	return v->ended && !kgr_universe_before(horizon, v->until);
}

/*
 * Copy to @to the versions of @old that a task may still run, and return their
 * number; if @to is %NULL, only count them. A version that began before the
 * horizon begins at the horizon in the copy: no task lives before it, and @from
 * stays within the range in which the signed comparison is valid. Leaving out
 * dead versions bounds the array while changes keep coming.
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
 * kgr_versions_add - build an array with one more version
 * @old: the versions there are, %NULL for none
 * @add: the new one, newer than all of @old
 * @horizon: the smallest universe any task lives in
 *
 * Return: a new array, %NULL if out of memory.
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
 * kgr_versions_end - build an array in which a version ends
 * @old: the versions there are
 * @func: whose version ends
 * @until: first universe in which it is not alive
 * @horizon: the smallest universe any task lives in
 *
 * Return: a new array, %NULL if out of memory.
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
 * kgr_version_left - may a task still run a version that @newest does not?
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
	/* Tasks switch to it where it begins, or where a newer version ends. */
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
 * kgr_versions_can_settle - does every task run the same version?
 * @vs: the versions of a site, may be %NULL
 * @horizon: the smallest universe any task lives in
 *
 * Return: whether no version begins or ends after @horizon.
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
 * kgr_versions_settle - build an array without versions that no task can run
 * @old: versions that can settle
 * @horizon: the smallest universe any task lives in
 *
 * Return: a new array, with nr == 0 if the original is all that remains,
 * %NULL if out of memory.
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
