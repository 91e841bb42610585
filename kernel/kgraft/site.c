// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site.c - patched functions, and the table by which the handler finds them
 *
 * The table is immutable like the arrays of versions: a change of the set of
 * sites builds a new one. Sites appear in the table before ftrace calls us for
 * them, and leave it after it has stopped to.
 */

#include <linux/compiler.h>
#include <linux/kallsyms.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"
#include "site.h"
#include "site_table.h"

LIST_HEAD(kgr_sites);

/* What there is instead of nothing: it spares the handler a question. */
static struct kgr_site_table kgr_no_sites = { .slot = { { } } };
static struct kgr_versions kgr_no_versions;

/* Read by the handler; written with kgr_mutex held. */
struct kgr_site_table __rcu *kgr_site_table = RCU_INITIALIZER(&kgr_no_sites);

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
	RCU_INIT_POINTER(site->versions, &kgr_no_versions);
	site->addr = addr;
	site->size = size;
	site->ip = ip;
	memcpy(site->name, name, len);
	return site;
}

/* Returns whether the site is where a search for it begins. */
static bool kgr_site_table_insert(struct kgr_site_table *table,
				  struct kgr_site *site)
{
	const struct kgr_slot *home = kgr_site_home(table, site->ip);
	const struct kgr_slot *at = home;
	struct kgr_slot *slot;

	/* Its function is gone. */
	if (!site->ip)
		return true;
	while (at->site)
		at = kgr_site_next(table, at);
	slot = &table->slot[at - table->slot];
	slot->ip = site->ip;
	slot->site = site;
	return at == home;
}

/* Returns how many sites are not where a search for them begins. */
static unsigned int kgr_site_table_fill(struct kgr_site_table *table,
					struct list_head *sites)
{
	struct kgr_site *site;
	unsigned int away = 0;

	list_for_each_entry(site, sites, list)
		away += !kgr_site_table_insert(table, site);
	return away;
}

/*
 * A table is taken as it is if no more than one site of so many is away from
 * where it belongs; or else one twice as large is tried, up to so many slots for
 * each site and so many bytes: what is only for speed is no reason to make the
 * kernel look for large pieces of memory.
 */
#define KGR_TABLE_AWAY	8
#define KGR_TABLE_SLOTS	8
#define KGR_TABLE_BYTES	(PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)

/**
 * kgr_site_table_build - a table of the sites of two lists
 * @a: a list of sites
 * @b: another, may be %NULL
 *
 * At most half full: a search ends soon, and always at a hole. Tables that are
 * larger than that are a matter of speed.
 *
 * Context: kgr_mutex held.
 * Return: a new table, %NULL without memory.
 */
struct kgr_site_table *kgr_site_table_build(struct list_head *a,
					    struct list_head *b)
{
	unsigned long nr = list_count_nodes(a), slots;
	struct kgr_site_table *table = NULL, *larger;
	unsigned int away;

	if (b)
		nr += list_count_nodes(b);
	slots = roundup_pow_of_two(max(2 * nr, 2UL));
	do {
		larger = kgr_alloc(struct_size(table, slot, slots));
		if (!larger)
			break;
		kfree(table);
		table = larger;
		table->mask = (slots - 1) * sizeof(table->slot[0]);
		away = kgr_site_table_fill(table, a);
		if (b)
			away += kgr_site_table_fill(table, b);
		slots *= 2;
	} while (KGR_TABLE_AWAY * away > nr && slots <= KGR_TABLE_SLOTS * nr &&
		 struct_size(table, slot, slots) <= KGR_TABLE_BYTES);
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
	table = rcu_replace_pointer(kgr_site_table, table ?: &kgr_no_sites,
				    lockdep_is_held(&kgr_mutex));
	return table == &kgr_no_sites ? NULL : table;
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
	struct kgr_versions *vs;

	vs = rcu_dereference_protected(site->versions,
				       lockdep_is_held(&kgr_mutex));
	return vs == &kgr_no_versions ? NULL : vs;
}

/**
 * kgr_site_publish - let the handler choose from other versions
 * @site: the site
 * @vs: the versions, %NULL for none
 *
 * Nobody lives yet in a universe for which @vs answers differently from what
 * was there before; half a change is thus never seen.
 *
 * The short answer of a settled site is a second word, and the handler may see
 * either of the two before the other. It does not matter: for every universe
 * that somebody lives in, what settles a site is what both arrays say, and so is
 * what a site that is settled no more was settled to.
 *
 * Context: kgr_mutex held.
 * Return: the old array, which handlers may still read: kgr_discard() it.
 */
struct kgr_versions *kgr_site_publish(struct kgr_site *site,
				      struct kgr_versions *vs)
{
	struct kgr_versions *old = kgr_site_versions(site);

	if (!vs)
		vs = &kgr_no_versions;
	rcu_assign_pointer(site->versions, vs);
	/*
	 * Release: after the array. The next universe opens after both. Pairs
	 * with kgr_ftrace_handler(). (models/publish.pml: settled)
	 */
	smp_store_release(&site->settled, vs->settled);
	return old;
}

/**
 * kgr_sites_agree - is every function the same in two universes?
 * @a: a universe that is not behind the horizon
 * @b: another
 *
 * Context: preemption off, which holds off kgr_discard(). Only with kgr_mutex
 *	    held as well the answer lasts.
 * Return: whether tasks of both run the same.
 */
bool kgr_sites_agree(u32 a, u32 b)
{
	const struct kgr_site_table *table;
	unsigned long i;

	lockdep_assert_preemption_disabled();

	table = rcu_dereference_raw(kgr_site_table);
	for (i = 0; i < kgr_site_table_slots(table); i++) {
		const struct kgr_site *site = table->slot[i].site;
		const struct kgr_versions *vs;

		if (!site)
			continue;
		vs = rcu_dereference_raw(site->versions);
		if (kgr_versions_choose(vs, a) != kgr_versions_choose(vs, b))
			return false;
	}
	return true;
}

/**
 * kgr_site_replaced_by - what does a replacement stand for?
 * @addr: an address in the text of a module
 *
 * Context: kgr_mutex held.
 * Return: the first instruction of the function that the one around @addr
 *	   replaces, 0 if it is no replacement.
 */
unsigned long kgr_site_replaced_by(unsigned long addr)
{
	const struct kgr_versions *vs;
	const struct kgr_site *site;
	unsigned long offset;
	unsigned int i;

	lockdep_assert_held(&kgr_mutex);

	if (!kallsyms_lookup_size_offset(addr, NULL, &offset))
		return 0;
	list_for_each_entry(site, &kgr_sites, list) {
		vs = kgr_site_versions(site);
		for (i = 0; vs && i < vs->nr; i++)
			if (vs->v[i].addr == addr - offset)
				return site->addr;
	}
	return 0;
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
	for (i = 0; i < kgr_site_table_slots(table); i++) {
		struct kgr_site *site = table->slot[i].site;
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
