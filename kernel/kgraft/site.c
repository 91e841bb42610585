// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * site.c - patched functions, and the table by which the handler finds them
 *
 * Like the arrays of versions, the table is immutable: a change of the set of
 * sites builds a new one. A site enters the table before ftrace calls the
 * handler for it, and leaves it after ftrace has stopped calling.
 */

#include <linux/compiler.h>
#include <linux/kallsyms.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"
#include "site.h"
#include "site_table.h"

LIST_HEAD(kgr_sites);

/* Empty table and array, so that the handler needs no test for NULL. */
static struct kgr_site_table kgr_no_sites = { .slot = { { } } };
static struct kgr_versions kgr_no_versions;

/* Read by the handler; written with kgr_mutex held. */
struct kgr_site_table __rcu *kgr_site_table = RCU_INITIALIZER(&kgr_no_sites);

static bool kgr_in_patch_module(unsigned long addr)
{
	struct module *mod;

	guard(preempt)();
	mod = __module_address(addr);
	return mod && (mod->kgr_patch || is_livepatch_module(mod));
}

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
	INIT_LIST_HEAD(&site->jumps);
	RCU_INIT_POINTER(site->versions, &kgr_no_versions);
	site->addr = addr;
	site->size = size;
	site->ip = ip;
	site->in_patch = kgr_in_patch_module(addr);
	memcpy(site->name, name, len);
	return site;
}

/* Returns whether the site is in the slot at which a search for it begins. */
static bool kgr_site_table_insert(struct kgr_site_table *table,
				  struct kgr_site *site)
{
	const struct kgr_slot *home = kgr_site_home(table, site->ip);
	const struct kgr_slot *at = home;
	struct kgr_slot *slot;

	/* The function is gone. */
	if (!site->ip)
		return true;
	while (at->site)
		at = kgr_site_next(table, at);
	slot = &table->slot[at - table->slot];
	slot->ip = site->ip;
	slot->site = site;
	return at == home;
}

/* Returns how many sites are not in the slot at which a search begins. */
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
 * A table is good enough if at most one in KGR_TABLE_AWAY sites is not in its
 * home slot. Otherwise a table twice as large is tried, up to KGR_TABLE_SLOTS
 * slots for each site and KGR_TABLE_BYTES: an optimisation does not justify a
 * costly allocation.
 */
#define KGR_TABLE_AWAY	8
#define KGR_TABLE_SLOTS	8
#define KGR_TABLE_BYTES	(PAGE_SIZE << PAGE_ALLOC_COSTLY_ORDER)

/**
 * kgr_site_table_build - build a table of the sites of two lists
 * @a: a list of sites
 * @b: another, may be %NULL
 *
 * The table is at most half full, so every search ends at an empty slot. A
 * table larger than that is only an optimisation.
 *
 * Context: kgr_mutex held.
 * Return: a new table; %NULL if out of memory.
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
 * kgr_site_table_swap - install a new set of sites for the handler
 * @table: the new table, %NULL for no sites
 *
 * Context: kgr_mutex held.
 * Return: the old table or %NULL. Handlers may still read it: free it with
 *	   kgr_discard().
 */
struct kgr_site_table *kgr_site_table_swap(struct kgr_site_table *table)
{
	table = rcu_replace_pointer(kgr_site_table, table ?: &kgr_no_sites,
				    lockdep_is_held(&kgr_mutex));
	return table == &kgr_no_sites ? NULL : table;
}

/**
 * kgr_site_find - find the site of a function
 * @ip: where ftrace calls the handler in the function
 *
 * Context: kgr_mutex held.
 * Return: the site; %NULL if the function is not patched.
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
 * Return: the published array; %NULL if none was published.
 */
struct kgr_versions *kgr_site_versions(const struct kgr_site *site)
{
	struct kgr_versions *vs;

	vs = rcu_dereference_protected(site->versions,
				       lockdep_is_held(&kgr_mutex));
	return vs == &kgr_no_versions ? NULL : vs;
}

/**
 * kgr_site_publish - publish new versions for the handler
 * @site: the site
 * @vs: the versions, %NULL for none
 *
 * No task lives yet in a universe for which @vs gives another answer than the
 * old array, so no task can see half of a change.
 *
 * @settled is a second word next to @versions, and the handler may see either
 * store first. Both orders are correct: when a site becomes settled, and when
 * it stops being settled, @settled and both arrays give the same answer for
 * every universe that a task lives in.
 *
 * Context: kgr_mutex held.
 * Return: the old array. Handlers may still read it: free it with
 *	   kgr_discard().
 */
struct kgr_versions *kgr_site_publish(struct kgr_site *site,
				      struct kgr_versions *vs)
{
	struct kgr_versions *old = kgr_site_versions(site);

	if (!vs)
		vs = &kgr_no_versions;
	rcu_assign_pointer(site->versions, vs);
	/*
	 * Release: orders it after the array. The next universe opens after
	 * both. Pairs with kgr_ftrace_handler(). (models/publish.pml: settled)
	 */
	smp_store_release(&site->settled, vs->settled);
	return old;
}

static bool kgr_slot_agrees(const struct kgr_slot *slot, u32 a, u32 b)
{
	const struct kgr_versions *vs;

	if (!slot->site)
		return true;
	vs = rcu_dereference_raw(slot->site->versions);
	return kgr_versions_choose(vs, a) == kgr_versions_choose(vs, b);
}

/**
 * kgr_sites_agree - do two universes run the same version of every function?
 * @a: a universe that is not behind the horizon
 * @b: another
 *
 * Context: preemption off, which holds off kgr_discard(). The answer is stable
 *	    only if kgr_mutex is held as well.
 * Return: whether they do.
 */
bool kgr_sites_agree(u32 a, u32 b)
{
	/* A slot in which two universes differed: probably, they still do. */
	static unsigned long hint;
	const struct kgr_site_table *table;
	unsigned long i, nr;

	lockdep_assert_preemption_disabled();

	table = rcu_dereference_raw(kgr_site_table);
	nr = kgr_site_table_slots(table);
	/* Asked for each task that lags, and most functions do not change. */
	i = READ_ONCE(hint);
	if (i < nr && !kgr_slot_agrees(&table->slot[i], a, b))
		return false;
	for (i = 0; i < nr; i++) {
		if (!kgr_slot_agrees(&table->slot[i], a, b)) {
			WRITE_ONCE(hint, i);
			return false;
		}
	}
	return true;
}

/**
 * kgr_site_replaced_by - find the original of a replacement
 * @addr: an address in the text of a module
 *
 * Context: kgr_mutex held.
 * Return: first instruction of the function that the function around @addr
 *	   replaces; 0 if that is not a replacement.
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

/* Is a task with these return addresses inside any version? */
static bool kgr_inside_version(const struct kgr_versions *vs,
			       const unsigned long *entries, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < vs->nr; i++)
		if (kgr_code_on_stack(entries, nr, vs->v[i].text, vs->v[i].size))
			return true;
	return false;
}

/**
 * kgr_site_add_originals - add what replacements on a stack stand for
 * @entries: return addresses on the stack; has room for @max
 * @nr: number of @entries
 * @max: how many there may be
 *
 * A patch may replace a function of another patch, perhaps a replacement. Then
 * the text of the first is not on the stack of a task that runs the second's,
 * although the task is inside it. So for each function of a patch of which a
 * version is on the stack, its address is added as if it was called from there;
 * again, until there is no other.
 *
 * Context: preemption off, which holds off kgr_discard().
 * Return: number of @entries now, or -E2BIG if there are more than @max.
 */
int kgr_site_add_originals(unsigned long *entries, unsigned int nr,
			   unsigned int max)
{
	const struct kgr_site_table *table;
	const struct kgr_site *site;
	unsigned int before;
	unsigned long i;

	lockdep_assert_preemption_disabled();

	table = rcu_dereference_raw(kgr_site_table);
	do {
		before = nr;
		for (i = 0; i < kgr_site_table_slots(table); i++) {
			site = table->slot[i].site;
			if (!site || !site->in_patch ||
			    kgr_code_on_stack(entries, nr, site->addr, 1) ||
			    !kgr_inside_version(rcu_dereference_raw(site->versions),
						entries, nr))
				continue;
			if (nr == max)
				return -E2BIG;
			entries[nr++] = site->addr;
		}
	} while (nr != before);
	return nr;
}

/**
 * kgr_site_on_stack - is a task inside a function that its crossing changes?
 * @entries: return addresses on its stack, see also kgr_site_add_originals()
 * @nr: number of @entries
 * @entered: if the task is entering a function, and the first of @entries is in
 *	that: where it called ftrace; 0 otherwise
 * @from: universe the task lives in
 * @to: universe it would cross into
 *
 * Looks for the original and for every version, regardless of which one the
 * task would choose. Marks every site that it is inside as held, so that a task
 * which enters the site may cross there.
 *
 * A task does not count as inside the function that it is entering. But if that
 * is in a patch, the task is inside what the patch replaces: the entry may be
 * all that its stack has of the patch.
 *
 * Context: preemption off, which holds off kgr_discard().
 * Return: the first such site; %NULL if there is none.
 */
const struct kgr_site *kgr_site_on_stack(const unsigned long *entries,
					 unsigned int nr, unsigned long entered,
					 u32 from, u32 to)
{
	const struct kgr_site_table *table;
	const struct kgr_site *found = NULL;
	unsigned long i;

	lockdep_assert_preemption_disabled();

	table = rcu_dereference_raw(kgr_site_table);
	for (i = 0; i < kgr_site_table_slots(table); i++) {
		struct kgr_site *site = table->slot[i].site;
		const struct kgr_versions *vs;
		unsigned int skip;

		if (!site)
			continue;
		skip = entered && site->ip == entered;
		vs = rcu_dereference_raw(site->versions);
		if (kgr_versions_choose(vs, from) == kgr_versions_choose(vs, to) ||
		    !(kgr_code_on_stack(entries + skip, nr - skip, site->addr,
					site->size) ||
		      kgr_inside_version(vs, entries, nr)))
			continue;
		WRITE_ONCE(site->held, true);
		if (!found)
			found = site;
	}
	return found;
}
