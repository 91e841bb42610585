/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table in which the handler finds a patched function.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SITE_TABLE_H
#define _KGRAFT_SITE_TABLE_H

#include <linux/llist.h>
#include <linux/rcupdate.h>

#include "site.h"

/**
 * struct kgr_slot - a place in the table
 * @ip:		the key as it was when the table was built, so that most
 *		lookups end without a look at the site; 0: no site
 * @site:	the site, %NULL: none
 */
struct kgr_slot {
	unsigned long ip;
	struct kgr_site *site;
};

/**
 * struct kgr_site_table - from the address ftrace calls from to the site
 * @garbage:	link for kgr_discard()
 * @mask:	what of an address says where it belongs: the number of slots, a
 *		power of two, less one, times the size of a slot
 * @slot:	open addressing with linear probing; an empty one ends a search
 *
 * Not an rhashtable: the handler may not call anything, not even a function
 * that ftrace itself could be tracing.
 */
struct kgr_site_table {
	struct llist_node garbage;
	unsigned long mask;
	struct kgr_slot slot[];
};

/* Never %NULL. */
extern struct kgr_site_table __rcu *kgr_site_table;

static inline unsigned long
kgr_site_table_slots(const struct kgr_site_table *table)
{
	return table->mask / sizeof(table->slot[0]) + 1;
}

/*
 * Of the shapes that the table could have, by instructions that a call of a
 * settled function then takes (scripts/bench has them all):
 *
 *	121	addresses in order, a search among 64
 *	 54	a hash by multiplication, the site asked for its address, and its
 *		array for what is settled
 *	 53	the address next to the site, what is settled in the site
 *	 49	the same, but for the hash: the address as it is
 *	 48	what is settled in the table, too
 *
 * The last would have the table change with each change of a version.
 *
 * Where the search for @ip begins. The address is its own hash: functions are
 * as far apart as slots, or further, and which of them are patched follows no
 * pattern. Where too many meet, kgr_site_table_build() takes a larger table.
 */
static __always_inline const struct kgr_slot *
kgr_site_home(const struct kgr_site_table *table, unsigned long ip)
{
	return (const void *)table->slot + (ip & table->mask);
}

static __always_inline const struct kgr_slot *
kgr_site_next(const struct kgr_site_table *table, const struct kgr_slot *slot)
{
	unsigned long offset = (const void *)(slot + 1) - (const void *)table->slot;

	return (const void *)table->slot + (offset & table->mask);
}

/*
 * The site of @ip, %NULL if there is none. Asks the sites themselves: one may
 * have died since the table was built.
 */
static __always_inline struct kgr_site *
kgr_site_lookup(const struct kgr_site_table *table, unsigned long ip)
{
	const struct kgr_slot *slot;

	for (slot = kgr_site_home(table, ip); slot->site;
	     slot = kgr_site_next(table, slot))
		if (slot->site->ip == ip)
			return slot->site;
	return NULL;
}

#endif /* _KGRAFT_SITE_TABLE_H */
