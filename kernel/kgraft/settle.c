// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * settle.c - settling and releasing sites behind the horizon
 *
 * Once all tasks run the same version of a site, the site is settled and the
 * handler need not choose; if that version is the original, the site is
 * released. This is an optimisation: if it fails for lack of memory, the site
 * is slower but still correct, and the next change tries again.
 * (models/publish.pml: settle)
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <trace/events/kgraft.h>

#include "core.h"
#include "garbage.h"
#include "hook.h"
#include "hook_jump.h"
#include "jump.h"
#include "settle.h"
#include "site.h"
#include "site_table.h"
#include "universe.h"

/* Delay between attempts to get the memory without which a module cannot go. */
#define KGR_DROP_RETRY_MS	20

static bool kgr_site_settled(const struct kgr_versions *vs)
{
	return !vs || vs->settled || !vs->nr;
}

static void kgr_free_sites(struct list_head *sites)
{
	struct kgr_site *site, *next;

	list_for_each_entry_safe(site, next, sites, list) {
		list_del(&site->list);
		/* kgr_drop_sites() ended its jump, or its function is gone. */
		WARN_ON_ONCE(site->jump && site->ip);
		kgr_discard(kgr_site_versions(site));
		kgr_discard(site);
	}
}

/*
 * Remove sites from ftrace, the table and the list. On failure they are put
 * back on the list, and still redirect to their originals. Removing the last
 * sites of all needs no memory, unless one of them jumps.
 */
static int kgr_drop_sites(struct list_head *sites)
{
	struct kgr_site_table *table = NULL;
	struct kgr_site *site;
	int ret = -ENOMEM;

	/* Build the table first: it is the only other step that can fail. */
	if (!list_empty(&kgr_sites)) {
		table = kgr_site_table_build(&kgr_sites, NULL);
		if (!table)
			goto keep;
	}
	list_for_each_entry(site, sites, list)
		kgr_jump_end(site);
	ret = kgr_jumps_end() ?: kgr_unhook_sites(sites);
	if (ret)
		goto keep;
	kgr_discard(kgr_site_table_swap(table));
	kgr_free_sites(sites);
	return 0;
keep:
	kgr_discard(table);
	list_splice_init(sites, &kgr_sites);
	return ret;
}

/*
 * Free sites that could not be dropped when their functions went: only the
 * table still refers to them.
 */
static void kgr_drop_dead_sites(struct list_head *dead)
{
	struct kgr_site_table *table = kgr_site_table_build(&kgr_sites, NULL);

	if (!table) {
		list_splice(dead, &kgr_sites);
		return;
	}
	kgr_discard(kgr_site_table_swap(table));
	kgr_free_sites(dead);
}

/*
 * Settle a site if every task runs the same version. Returns whether it is
 * settled.
 */
static bool kgr_settle_site(struct kgr_site *site)
{
	struct kgr_versions *old = kgr_site_versions(site), *vs;

	if (kgr_site_settled(old))
		return true;
	if (!kgr_versions_can_settle(old, kgr_horizon))
		return false;
	vs = kgr_versions_settle(old, kgr_horizon);
	if (!vs)
		return false;
	kgr_discard(kgr_site_publish(site, vs));
	WRITE_ONCE(site->held, false);
	trace_kgr_site_settled(site->name, !vs->nr);
	return true;
}

static bool kgr_site_is_original(const struct kgr_site *site)
{
	const struct kgr_versions *vs = kgr_site_versions(site);

	return !vs || !vs->nr;
}

/**
 * kgr_settle_sites - settle the sites whose boundaries the horizon has passed
 *
 * Context: kgr_mutex held, after kgr_horizon was set. May sleep.
 */
void kgr_settle_sites(void)
{
	struct kgr_site *site, *next;
	bool may_jump = false;
	LIST_HEAD(gone);
	LIST_HEAD(dead);

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry_safe(site, next, &kgr_sites, list) {
		if (!site->ip)
			list_move(&site->list, &dead);
		else if (kgr_settle_site(site) && kgr_site_is_original(site))
			list_move(&site->list, &gone);
		else
			may_jump |= site->settled && !site->jump;
	}
	if (may_jump)
		kgr_jump_soon();
	if (!list_empty(&gone) && kgr_drop_sites(&gone))
		pr_warn_once("cannot unhook functions; they stay redirected to their originals\n");
	if (!list_empty(&dead))
		kgr_drop_dead_sites(&dead);
}

static void kgr_find_module_sites(const struct module *mod,
				  struct list_head *found)
{
	struct kgr_site *site, *next;

	/* One without an entry is of a module that was there before @mod. */
	list_for_each_entry_safe(site, next, &kgr_sites, list)
		if (site->ip && within_module(site->addr, mod))
			list_move(&site->list, found);
}

/* Returns -ENOMEM if some of them stay for lack of memory. */
static int kgr_try_drop_module_sites(const struct module *mod)
{
	struct kgr_site *site;
	LIST_HEAD(gone);

	kgr_find_module_sites(mod, &gone);
	if (list_empty(&gone))
		return 0;
	list_for_each_entry(site, &gone, list)
		kgr_hook_restore(site);
	return kgr_drop_sites(&gone);
}

/**
 * kgr_drop_module_sites - drop the sites of a module that goes
 * @mod: the module; no task runs its code, nor will
 *
 * Waits for memory: an address in the filter must not outlive its function.
 * Otherwise ftrace warns when another module is loaded at that address, and
 * miscounts the users of its functions. For the same reason, entries that
 * something else has overwritten are written again. If ftrace fails all the same,
 * it has shut itself down, and the sites stay. Until the table is replaced, the
 * handler may still find such a site in it, and then chooses the original;
 * kgr_site_find() does not find it.
 *
 * Context: kgr_mutex held, may sleep. Waiting for memory cannot deadlock, as
 *	    freeing memory does not need kgr_mutex.
 */
void kgr_drop_module_sites(const struct module *mod)
{
	struct kgr_site *site;

	lockdep_assert_held(&kgr_mutex);

	while (kgr_try_drop_module_sites(mod) == -ENOMEM)
		msleep(KGR_DROP_RETRY_MS);
	list_for_each_entry(site, &kgr_sites, list) {
		if (!site->ip || !within_module(site->addr, mod))
			continue;
		/* Pairs with kgr_site_lookup(), which then goes on past it */
		WRITE_ONCE(site->ip, 0);
		kgr_discard(kgr_site_publish(site, NULL));
	}
}
