// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site.c - patched functions, and the table by which the handler finds them
 *
 * The table is immutable like the arrays of versions: a change of the set of
 * sites builds a new one. Sites appear in the table before ftrace calls us for
 * them, and leave it after it has stopped to.
 */

#include <linux/log2.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "core.h"
#include "site.h"
#include "site_table.h"

LIST_HEAD(kgr_sites);

/* Read by the handler; written with kgr_mutex held. */
struct kgr_site_table __rcu *kgr_site_table;

struct kgr_site *kgr_site_alloc(const char *name, unsigned long addr,
				unsigned long size, unsigned long ip)
{
	size_t len = strlen(name) + 1;
	struct kgr_site *site;

	site = kgr_alloc(struct_size(site, name, len));
	if (!site)
		return NULL;
	INIT_LIST_HEAD(&site->list);
	INIT_LIST_HEAD(&site->touched);
	site->addr = addr;
	site->size = size;
	site->ip = ip;
	memcpy(site->name, name, len);
	return site;
}

static void kgr_site_table_insert(struct kgr_site_table *table,
				  struct kgr_site *site)
{
	unsigned long i = kgr_site_slot(table, site->ip);

	/* Its function is gone. */
	if (!site->ip)
		return;
	while (table->slot[i])
		i = (i + 1) & table->mask;
	table->slot[i] = site;
}

/**
 * kgr_site_table_build - a table of the sites of two lists
 * @a: a list of sites
 * @b: another, may be %NULL
 *
 * At most half full: a search ends soon, and always at a hole.
 *
 * Context: kgr_mutex held.
 * Return: a new table, %NULL without memory.
 */
struct kgr_site_table *kgr_site_table_build(struct list_head *a,
					    struct list_head *b)
{
	unsigned long slots = 2 * list_count_nodes(a);
	struct kgr_site_table *table;
	struct kgr_site *site;

	if (b)
		slots += 2 * list_count_nodes(b);
	slots = roundup_pow_of_two(max(slots, 2UL));

	table = kgr_alloc(struct_size(table, slot, slots));
	if (!table)
		return NULL;
	table->mask = slots - 1;
	table->shift = BITS_PER_LONG - ilog2(slots);
	list_for_each_entry(site, a, list)
		kgr_site_table_insert(table, site);
	if (b)
		list_for_each_entry(site, b, list)
			kgr_site_table_insert(table, site);
	return table;
}

/**
 * kgr_site_table_swap - let the handler find another set of sites
 * @table: the new table, %NULL for no sites
 *
 * Context: kgr_mutex held.
 * Return: the old one or %NULL, which handlers may still read: kgr_discard() it.
 */
struct kgr_site_table *kgr_site_table_swap(struct kgr_site_table *table)
{
	return rcu_replace_pointer(kgr_site_table, table,
				   lockdep_is_held(&kgr_mutex));
}

/**
 * kgr_site_find - the site of a function
 * @ip: where ftrace calls us in the function
 *
 * Context: kgr_mutex held.
 * Return: the site, %NULL if the function isn't patched.
 */
struct kgr_site *kgr_site_find(unsigned long ip)
{
	const struct kgr_site_table *table;

	table = rcu_dereference_protected(kgr_site_table,
					  lockdep_is_held(&kgr_mutex));
	return kgr_site_lookup(table, ip);
}

/**
 * kgr_site_versions - the versions of a site, for the writer
 * @site: the site
 *
 * Context: kgr_mutex held.
 * Return: the published array, %NULL if nothing was published yet.
 */
struct kgr_versions *kgr_site_versions(const struct kgr_site *site)
{
	return rcu_dereference_protected(site->versions,
					 lockdep_is_held(&kgr_mutex));
}

/**
 * kgr_site_publish - let the handler choose from other versions
 * @site: the site
 * @vs: the versions
 *
 * Nobody lives yet in a universe for which @vs answers differently from what
 * was there before; half a change is thus never seen.
 *
 * Context: kgr_mutex held.
 * Return: the old array, which handlers may still read: kgr_discard() it.
 */
struct kgr_versions *kgr_site_publish(struct kgr_site *site,
				      struct kgr_versions *vs)
{
	return rcu_replace_pointer(site->versions, vs,
				   lockdep_is_held(&kgr_mutex));
}

/* Is a task with these return addresses inside @site, in whatever version? */
static bool kgr_inside_site(const struct kgr_site *site,
			    const struct kgr_versions *vs,
			    const unsigned long *entries, unsigned int nr)
{
	unsigned int i;

	if (kgr_code_on_stack(entries, nr, site->addr, site->size))
		return true;
	for (i = 0; i < vs->nr; i++)
		if (kgr_code_on_stack(entries, nr, vs->v[i].text, vs->v[i].size))
			return true;
	return false;
}

/**
 * kgr_site_on_stack - is a task inside a function that its crossing changes?
 * @entries: return addresses on its stack
 * @nr: how many
 * @from: universe the task lives in
 * @to: universe it would cross into
 *
 * Looks for the original and for every version, whichever the task would have
 * chosen. All sites that it may be inside of are marked as held: whoever comes
 * by the entry of one may cross there.
 *
 * Context: preemption off, which holds off kgr_discard().
 * Return: such a site, %NULL if there is none.
 */
const struct kgr_site *kgr_site_on_stack(const unsigned long *entries,
					 unsigned int nr, u32 from, u32 to)
{
	const struct kgr_site_table *table;
	const struct kgr_site *found = NULL;
	unsigned long i;

	lockdep_assert_preemption_disabled();

	table = rcu_dereference_raw(kgr_site_table);
	for (i = 0; table && i <= table->mask; i++) {
		struct kgr_site *site = table->slot[i];
		const struct kgr_versions *vs;

		if (!site)
			continue;
		vs = rcu_dereference_raw(site->versions);
		if (kgr_versions_choose(vs, from) == kgr_versions_choose(vs, to) ||
		    !kgr_inside_site(site, vs, entries, nr))
			continue;
		WRITE_ONCE(site->held, true);
		if (!found)
			found = site;
	}
	return found;
}
