/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table in which the handler finds a patched function.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SITE_TABLE_H
#define _KGRAFT_SITE_TABLE_H

#include <linux/build_bug.h>
#include <linux/llist.h>
#include <linux/rcupdate.h>

#include "site.h"

/**
 * struct kgr_slot - a slot of the table
 * @ip:		copy of the key from when the table was built, so that most
 *		lookups need not read the site; 0: no site
 * @site:	the site, %NULL: none
 */
struct kgr_slot {
	unsigned long ip;
	struct kgr_site *site;
};

/* The handler masks bytes of an address to find a slot. */
static_assert(!(sizeof(struct kgr_slot) & (sizeof(struct kgr_slot) - 1)));

/**
 * struct kgr_site_table - hash table from ftrace call address to site
 * @garbage:	link for kgr_discard()
 * @mask:	the bits of an address that select its slot: the number of
 *		slots, a power of two, minus one, times the size of a slot
 * @slot:	open addressing with linear probing; an empty slot ends a search
 *
 * Not an rhashtable: the handler must not call any function, because ftrace
 * might be tracing it.
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
 * Where the search for @ip begins.
 *
 * Alternatives considered, in instructions per call of a settled function
 * (scripts/bench measures all of them):
 *
 *	121	sorted addresses, binary search among 64
 *	 54	multiplicative hash; address read from the site, settled
 *		version from its array
 *	 53	address next to the site pointer, settled version in the site
 *	 49	the same, with the address itself as the hash (this one)
 *	 48	settled version in the table, too
 *
 * The last would require a new table for each change of a version.
 *
 * The address is its own hash: functions are at least one slot size apart, and
 * the patched ones follow no pattern. If too many collide,
 * kgr_site_table_build() uses a larger table.
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
 * The site of @ip, %NULL if there is none. Compares with the key in the site,
 * which kgr_drop_module_sites() may have cleared since the table was built.
 */
static __always_inline struct kgr_site *
kgr_site_lookup(const struct kgr_site_table *table, unsigned long ip)
{
	const struct kgr_slot *slot;

	for (slot = kgr_site_home(table, ip); slot->site;
	     slot = kgr_site_next(table, slot))
		if (READ_ONCE(slot->site->ip) == ip)
			return slot->site;
	return NULL;
}

#endif /* _KGRAFT_SITE_TABLE_H */
