// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * settle.c - tidying up behind the horizon
 *
 * A site that every task sees alike needs no choosing; one that everybody
 * runs the original of is let go. All of it is optional: what fails here for
 * lack of memory leaves a site slower than it could be, but right, and is
 * tried again with the next change.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/printk.h>
#include <trace/events/kgraft.h>

#include "core.h"
#include "garbage.h"
#include "hook.h"
#include "settle.h"
#include "site.h"
#include "site_table.h"
#include "universe.h"

static bool kgr_site_settled(const struct kgr_versions *vs)
{
	return !vs || vs->settled || !vs->nr;
}

/* Take sites away from ftrace, the table and the list. */
static void kgr_drop_sites(struct list_head *sites)
{
	struct kgr_site_table *table;
	struct kgr_site *site, *next;

	/* The table first: it is all that can fail before ftrace is asked. */
	table = kgr_site_table_build(&kgr_sites, NULL);
	if (!table || kgr_unhook_sites(sites)) {
		kgr_discard(table);
		pr_warn_once("cannot unhook functions; they stay redirected to their originals\n");
		list_splice(sites, &kgr_sites);
		return;
	}
	kgr_discard(kgr_site_table_swap(table));
	list_for_each_entry_safe(site, next, sites, list) {
		list_del(&site->list);
		kgr_discard(kgr_site_versions(site));
		kgr_discard(site);
	}
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

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry_safe(site, next, &kgr_sites, list) {
		struct kgr_versions *old = kgr_site_versions(site), *vs;

		if (!kgr_site_settled(old)) {
			if (!kgr_versions_can_settle(old, kgr_horizon))
				continue;
			vs = kgr_versions_settle(old, kgr_horizon);
			if (!vs)
				continue;
			kgr_discard(kgr_site_publish(site, vs));
			trace_site_settled(site->name, !vs->nr);
			old = vs;
		}
		if (!old || !old->nr)
			list_move(&site->list, &gone);
	}
	if (!list_empty(&gone))
		kgr_drop_sites(&gone);
}
