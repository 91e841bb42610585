// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stage.c - preparing, publishing and withdrawing sites and versions
 *
 *	kgr_stage_add(), _end(), _close()	nothing is visible yet
 *	kgr_stage_publish()			visible; no task lives there yet
 *	kgr_stage_done()			the point of no return
 *
 * kgr_stage_withdraw() undoes the second step, kgr_stage_free() the first.
 * After both, the caller must reset kgr_func.site of the functions that were
 * added.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/slab.h>

#include "applied.h"
#include "core.h"
#include "garbage.h"
#include "holders.h"
#include "hook.h"
#include "jump.h"
#include "life.h"
#include "object.h"
#include "site.h"
#include "site_table.h"
#include "stage.h"
#include "universe.h"

/**
 * kgr_stage_init - initialise an empty stage
 * @stage: the stage
 */
void kgr_stage_init(struct kgr_stage *stage)
{
	INIT_LIST_HEAD(&stage->sites);
	INIT_LIST_HEAD(&stage->touched);
	stage->table = NULL;
	stage->hooked = false;
}

/* The versions that a site will have after the change, as staged so far. */
static struct kgr_versions *kgr_stage_versions(const struct kgr_site *site)
{
	return site->staged ?: kgr_site_versions(site);
}

static int kgr_stage_touch(struct kgr_stage *stage, struct kgr_site *site,
			   struct kgr_versions *vs)
{
	if (!vs)
		return -ENOMEM;
	if (list_empty(&site->touched))
		list_add_tail(&site->touched, &stage->touched);
	kfree(site->staged);
	site->staged = vs;
	return 0;
}

static struct kgr_site *kgr_stage_site(struct kgr_stage *stage,
				       const struct kgr_func *func)
{
	struct kgr_site *site = kgr_site_find(func->ip);

	if (site)
		return site;
	list_for_each_entry(site, &stage->sites, list)
		if (site->ip == func->ip)
			return site;
	site = kgr_site_alloc(func->fun->name, func->addr, func->size, func->ip);
	if (site)
		list_add_tail(&site->list, &stage->sites);
	return site;
}

/**
 * kgr_stage_add - prepare a version of a function
 * @stage: the stage
 * @func: the function, resolved; this sets its site
 * @life: the life of the version; newer than all versions of the function
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0 or -ENOMEM.
 */
int kgr_stage_add(struct kgr_stage *stage, struct kgr_func *func,
		  const struct kgr_life *life)
{
	const struct module_memory *text = &life->applied->owner->mem[MOD_TEXT];
	struct kgr_version version = {
		.addr = (unsigned long)func->fun->new_fun,
		.text = (unsigned long)text->base,
		.size = text->size,
		.func = func,
		.from = life->from,
		.until = life->until,
		.ended = life->ended,
	};
	struct kgr_site *site;

	lockdep_assert_held(&kgr_mutex);

	site = kgr_stage_site(stage, func);
	if (!site)
		return -ENOMEM;
	func->site = site;
	return kgr_stage_touch(stage, site,
			       kgr_versions_add(kgr_stage_versions(site),
						&version, kgr_horizon));
}

/**
 * kgr_stage_end - prepare the end of the versions of a function
 * @stage: the stage
 * @func: the function
 * @until: the first universe in which they are not alive
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0 or -ENOMEM.
 */
int kgr_stage_end(struct kgr_stage *stage, struct kgr_func *func, u32 until)
{
	struct kgr_site *site = func->site;

	lockdep_assert_held(&kgr_mutex);

	return kgr_stage_touch(stage, site,
			       kgr_versions_end(kgr_stage_versions(site), func,
						until, kgr_horizon));
}

/**
 * kgr_stage_close - prepare the table, after all functions were added
 * @stage: the stage
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0 or -ENOMEM.
 */
int kgr_stage_close(struct kgr_stage *stage)
{
	lockdep_assert_held(&kgr_mutex);

	if (list_empty(&stage->sites))
		return 0;
	stage->table = kgr_site_table_build(&kgr_sites, &stage->sites);
	return stage->table ? 0 : -ENOMEM;
}

/**
 * kgr_stage_free - discard a stage that was not published
 * @stage: the stage; empty afterwards
 *
 * Context: kgr_mutex held.
 */
void kgr_stage_free(struct kgr_stage *stage)
{
	struct kgr_site *site, *next;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry_safe(site, next, &stage->touched, touched) {
		list_del_init(&site->touched);
		kfree(site->staged);
		site->staged = NULL;
	}
	kfree(stage->table);
	list_for_each_entry_safe(site, next, &stage->sites, list) {
		list_del(&site->list);
		kfree(site);
	}
	kgr_stage_init(stage);
}

/* Exchange the versions of each site with those that are staged. */
static void kgr_stage_exchange(struct kgr_stage *stage)
{
	struct kgr_site *site;

	list_for_each_entry(site, &stage->touched, touched)
		site->staged = kgr_site_publish(site, site->staged);
}

/*
 * Have the sites that the stage changes call the handler: in the next universe,
 * they have to choose.
 */
static int kgr_stage_end_jumps(struct kgr_stage *stage)
{
	struct kgr_site *site;

	list_for_each_entry(site, &stage->touched, touched)
		kgr_jump_end(site);
	return kgr_jumps_end();
}

static void kgr_stage_discard_staged(struct kgr_stage *stage)
{
	struct kgr_site *site, *next;

	list_for_each_entry_safe(site, next, &stage->touched, touched) {
		list_del_init(&site->touched);
		kgr_discard(site->staged);
		site->staged = NULL;
	}
}

/*
 * Does a published stage redirect calls of @site? If it only ends versions, it
 * need not be hooked.
 */
static bool kgr_stage_redirects(const struct kgr_site *site)
{
	const struct kgr_versions *vs = kgr_site_versions(site);

	/* A new site, or one with a version that begins in the next universe */
	return !site->staged ||
	       (vs && vs->nr && vs->v[0].from == kgr_newest + 1);
}

/* Logs each function that is not redirected. */
static int kgr_stage_verify(struct kgr_stage *stage)
{
	struct kgr_site *site;
	int ret = 0;

	list_for_each_entry(site, &stage->touched, touched)
		if (kgr_stage_redirects(site))
			kgr_keep_error(&ret, kgr_hook_verify(site));
	return ret;
}

/* Logs, for each redirected function, what may prevent its effect. */
static void kgr_stage_warn(struct kgr_stage *stage)
{
	struct kgr_site *site;

	list_for_each_entry(site, &stage->touched, touched)
		if (kgr_stage_redirects(site))
			kgr_holders_warn(site);
}

/**
 * kgr_stage_publish - make a stage visible to the handler
 * @stage: the stage
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or an error of kgr_jumps_end(), kgr_hook_sites() or
 *	   kgr_hook_verify(), and everything is as before the stage was begun.
 */
int kgr_stage_publish(struct kgr_stage *stage)
{
	int ret;

	lockdep_assert_held(&kgr_mutex);

	ret = kgr_stage_end_jumps(stage);	/* models/jump.pml: end */
	if (ret) {
		kgr_stage_free(stage);
		return ret;
	}
	kgr_stage_exchange(stage);
	if (stage->table)
		stage->table = kgr_site_table_swap(stage->table);
	ret = kgr_hook_sites(&stage->sites);
	stage->hooked = !ret;
	if (!ret)
		ret = kgr_stage_verify(stage);
	if (ret)
		kgr_stage_withdraw(stage);
	else
		kgr_stage_warn(stage);
	return ret;
}

/**
 * kgr_stage_withdraw - take back a published stage
 * @stage: a published stage; empty afterwards
 *
 * No task has lived in its universe, but handlers may be reading it, so it is
 * passed to kgr_discard() instead of kfree() (models/publish.pml: undo).
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_stage_withdraw(struct kgr_stage *stage)
{
	struct kgr_site *site, *next;

	lockdep_assert_held(&kgr_mutex);

	kgr_stage_exchange(stage);
	/* Sites that have ended to jump for it are still settled. */
	kgr_jump_soon();
	if (!list_empty(&stage->sites)) {
		if (stage->hooked && kgr_unhook_sites(&stage->sites) &&
		    !kgr_hook_is_dead()) {
			/*
			 * Still hooked: keep them, without a version.
			 * kgr_settle_sites() releases them later. (If ftrace is
			 * dead, that never succeeds; the sites are freed, and
			 * the handler does not find them.)
			 */
			pr_warn_once("cannot unhook functions of a failed patch yet; they stay redirected to their originals\n");
			list_splice_init(&stage->sites, &kgr_sites);
			kgr_discard(stage->table);
		} else {
			kgr_discard(kgr_site_table_swap(stage->table));
		}
		stage->table = NULL;
	}
	kgr_stage_discard_staged(stage);
	list_for_each_entry_safe(site, next, &stage->sites, list) {
		list_del(&site->list);
		kgr_discard(site);
	}
	kgr_stage_init(stage);
}

/**
 * kgr_stage_done - finish a change that can no longer fail
 * @stage: a published stage; empty afterwards
 *
 * Context: kgr_mutex held.
 */
void kgr_stage_done(struct kgr_stage *stage)
{
	lockdep_assert_held(&kgr_mutex);

	kgr_stage_discard_staged(stage);
	kgr_discard(stage->table);
	list_splice_tail_init(&stage->sites, &kgr_sites);
	kgr_stage_init(stage);
}
