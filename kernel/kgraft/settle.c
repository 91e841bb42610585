// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * settle.c - tidying up behind the horizon
 *
 * A site that every task sees alike needs no choosing; one that everybody
 * runs the original of is let go. All of it is optional: what fails here for
 * lack of memory leaves a site slower than it could be, but right, and is
 * tried again with the next change. (models/publish.pml: settle)
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <trace/events/kgraft.h>

#include "core.h"
#include "garbage.h"
#include "hook.h"
#include "settle.h"
#include "site.h"
#include "site_table.h"
#include "universe.h"

/* How long to wait, in ms, for memory without which a module cannot go. */
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
		kgr_discard(kgr_site_versions(site));
		kgr_discard(site);
	}
}

/*
 * Take sites away from ftrace, the table and the list. If that fails they are
 * back on the list, and are still redirected, to their originals. For the last
 * sites there are it needs no memory.
 */
static int kgr_drop_sites(struct list_head *sites)
{
	struct kgr_site_table *table = NULL;
	int ret = -ENOMEM;

	/* The table first: it is all that can fail before ftrace is asked. */
	if (!list_empty(&kgr_sites)) {
		table = kgr_site_table_build(&kgr_sites, NULL);
		if (!table)
			goto keep;
	}
	ret = kgr_unhook_sites(sites);
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
 * Functions that are gone although their sites could not be dropped: all that
 * is left of them is in the table.
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

/* Everybody runs the same of a site: say so. Returns whether it is so. */
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
 * kgr_settle_sites - settle what the horizon has passed
 *
 * Context: kgr_mutex held, after kgr_horizon was set. May sleep.
 */
void kgr_settle_sites(void)
{
	struct kgr_site *site, *next;
	LIST_HEAD(gone);
	LIST_HEAD(dead);

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry_safe(site, next, &kgr_sites, list) {
		if (!site->ip)
			list_move(&site->list, &dead);
		else if (kgr_settle_site(site) && kgr_site_is_original(site))
			list_move(&site->list, &gone);
	}
	if (!list_empty(&gone) && kgr_drop_sites(&gone))
		pr_warn_once("cannot unhook functions; they stay redirected to their originals\n");
	if (!list_empty(&dead))
		kgr_drop_dead_sites(&dead);
}

static void kgr_find_module_sites(const struct module *mod,
				  struct list_head *found)
{
	struct kgr_site *site, *next;

	list_for_each_entry_safe(site, next, &kgr_sites, list)
		if (within_module(site->addr, mod))
			list_move(&site->list, found);
}

/**
 * kgr_drop_module_sites - forget the functions of a module that goes
 * @mod: the module; nobody runs its code
 *
 * Waits for memory: ftrace must not keep the address of a function that is
 * gone in a filter like ours. It warns when another module is loaded there, and
 * would lose count of the users of its functions. If ftrace fails for another
 * reason, it has shut itself down, and the sites stay. The handler may find
 * such a site by the table until there is a new one, and then chooses the
 * original; kgr_site_find() does not.
 *
 * Context: kgr_mutex held, may sleep. Freeing memory does not need kgr_mutex.
 */
void kgr_drop_module_sites(const struct module *mod)
{
	struct kgr_site *site;
	LIST_HEAD(gone);

	lockdep_assert_held(&kgr_mutex);

	kgr_find_module_sites(mod, &gone);
	while (!list_empty(&gone) && kgr_drop_sites(&gone) == -ENOMEM) {
		msleep(KGR_DROP_RETRY_MS);
		kgr_find_module_sites(mod, &gone);
	}
	list_for_each_entry(site, &kgr_sites, list) {
		if (!within_module(site->addr, mod))
			continue;
		WRITE_ONCE(site->ip, 0);
		kgr_discard(kgr_site_publish(site, NULL));
	}
}
