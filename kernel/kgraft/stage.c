// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stage.c - preparing a change, showing it, and taking it back
 *
 *	kgr_stage_apply() or _revert()		nothing is visible yet
 *	kgr_stage_publish()			visible; nobody lives there yet
 *	kgr_stage_done(), kgr_change_begin()	the point of no return
 *
 * kgr_stage_withdraw() undoes the second step, kgr_stage_free() the first.
 */

#include <linux/minmax.h>
#include <linux/slab.h>

#include "core.h"
#include "garbage.h"
#include "hook.h"
#include "patch.h"
#include "site.h"
#include "site_table.h"
#include "stage.h"
#include "transition.h"

static void kgr_stage_init(struct kgr_stage *stage)
{
	INIT_LIST_HEAD(&stage->sites);
	stage->table = NULL;
	stage->change = NULL;
	stage->hooked = false;
}

static int kgr_stage_func(struct kgr_stage *stage, struct kgr_applied *applied,
			  struct kgr_func *func)
{
	const struct module_memory *text = &applied->owner->mem[MOD_TEXT];
	struct kgr_version version = {
		.addr = (unsigned long)func->fun->new_fun,
		.text = (unsigned long)text->base,
		.size = text->size,
		.func = func,
		.from = kgr_newest + 1,
	};
	struct kgr_site *site = kgr_site_find(func->ip);

	if (!site) {
		site = kgr_site_alloc(func->fun->name, func->addr, func->size,
				      func->ip);
		if (!site)
			return -ENOMEM;
		list_add_tail(&site->list, &stage->sites);
	}
	func->site = site;
	func->staged = kgr_versions_add(kgr_site_versions(site), &version,
					kgr_horizon);
	return func->staged ? 0 : -ENOMEM;
}

/**
 * kgr_stage_apply - prepare to apply a patch
 * @stage: to be filled in
 * @applied: the patch, its functions resolved
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0, or -ENOMEM and nothing is left behind.
 */
int kgr_stage_apply(struct kgr_stage *stage, struct kgr_applied *applied)
{
	struct kgr_func *func;
	int ret = -ENOMEM;

	lockdep_assert_held(&kgr_mutex);

	kgr_stage_init(stage);
	kgr_for_each_func(applied, func) {
		ret = kgr_stage_func(stage, applied, func);
		if (ret)
			goto fail;
	}
	ret = -ENOMEM;
	if (!list_empty(&stage->sites)) {
		stage->table = kgr_site_table_build(&kgr_sites, &stage->sites);
		if (!stage->table)
			goto fail;
	}
	stage->change = kgr_change_alloc(applied, false);
	if (!stage->change)
		goto fail;
	return 0;
fail:
	kgr_stage_free(stage, applied);
	return ret;
}

/**
 * kgr_stage_revert - prepare to revert a patch
 * @stage: to be filled in
 * @applied: the patch
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0, or -ENOMEM and nothing is left behind.
 */
int kgr_stage_revert(struct kgr_stage *stage, struct kgr_applied *applied)
{
	struct kgr_func *func;

	lockdep_assert_held(&kgr_mutex);

	kgr_stage_init(stage);
	kgr_for_each_func(applied, func) {
		func->staged = kgr_versions_end(kgr_site_versions(func->site),
						func, kgr_newest + 1,
						kgr_horizon);
		if (!func->staged)
			goto fail;
	}
	stage->change = kgr_change_alloc(applied, true);
	if (!stage->change)
		goto fail;
	return 0;
fail:
	kgr_stage_free(stage, applied);
	return -ENOMEM;
}

/**
 * kgr_stage_free - forget what was prepared
 * @stage: a stage that is not published
 * @applied: its patch
 */
void kgr_stage_free(struct kgr_stage *stage, struct kgr_applied *applied)
{
	struct kgr_site *site, *next;
	struct kgr_func *func;

	kgr_for_each_func(applied, func) {
		kfree(func->staged);
		func->staged = NULL;
	}
	kfree(stage->table);
	list_for_each_entry_safe(site, next, &stage->sites, list) {
		list_del(&site->list);
		kfree(site);
	}
	kfree(stage->change);
	kgr_stage_init(stage);
}

/* Exchange the versions of each site with those in kgr_func.staged. */
static void kgr_stage_exchange(struct kgr_applied *applied)
{
	struct kgr_func *func;

	kgr_for_each_func(applied, func)
		func->staged = kgr_site_publish(func->site, func->staged);
}

/**
 * kgr_stage_publish - let the handler see what was prepared
 * @stage: the stage
 * @applied: its patch
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0, or an error of kgr_hook_sites() and everything is as before the
 *	   stage was prepared.
 */
int kgr_stage_publish(struct kgr_stage *stage, struct kgr_applied *applied)
{
	int ret;

	kgr_stage_exchange(applied);
	if (stage->table)
		stage->table = kgr_site_table_swap(stage->table);
	ret = kgr_hook_sites(&stage->sites);
	if (ret)
		kgr_stage_withdraw(stage, applied);
	else
		stage->hooked = true;
	return ret;
}

/**
 * kgr_stage_withdraw - take back what was published
 * @stage: a published stage
 * @applied: its patch
 *
 * Nobody has lived in its universe, but handlers may be looking at it: it is
 * discarded, not freed.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_stage_withdraw(struct kgr_stage *stage, struct kgr_applied *applied)
{
	struct kgr_site *site, *next;
	struct kgr_func *func;

	if (!list_empty(&stage->sites)) {
		if (stage->hooked && kgr_unhook_sites(&stage->sites)) {
			/* Still called for: keep them, without a version. */
			WARN_ONCE(1, "kgraft: cannot unhook functions of a failed patch\n");
			list_splice_init(&stage->sites, &kgr_sites);
			kgr_discard(stage->table);
		} else {
			kgr_discard(kgr_site_table_swap(stage->table));
		}
		stage->table = NULL;
	}
	kgr_stage_exchange(applied);
	kgr_for_each_func(applied, func) {
		kgr_discard(func->staged);
		func->staged = NULL;
		func->site = NULL;
	}
	list_for_each_entry_safe(site, next, &stage->sites, list) {
		list_del(&site->list);
		kgr_discard(site);
	}
	kgr_stage_free(stage, applied);
}

/**
 * kgr_stage_done - nothing can fail any more: drop what was replaced
 * @stage: a published stage
 * @applied: its patch
 *
 * Context: kgr_mutex held.
 * Return: the change, to be given to kgr_change_begin().
 */
struct kgr_change *kgr_stage_done(struct kgr_stage *stage,
				  struct kgr_applied *applied)
{
	struct kgr_func *func;

	kgr_for_each_func(applied, func) {
		kgr_discard(func->staged);
		func->staged = NULL;
	}
	kgr_discard(stage->table);
	stage->table = NULL;
	list_splice_tail_init(&stage->sites, &kgr_sites);
	return stage->change;
}
