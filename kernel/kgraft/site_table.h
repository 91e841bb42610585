/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_SITE_TABLE_H
#define _KGRAFT_SITE_TABLE_H

#include <linux/hash.h>
#include <linux/llist.h>
#include <linux/rcupdate.h>

#include "site.h"

/**
 * struct kgr_site_table - from the address ftrace calls from to the site
 * @garbage:	link for kgr_discard()
 * @mask:	number of slots, a power of two, less one
 * @shift:	what to shift the product of the hash by
 * @slot:	open addressing with linear probing; %NULL ends a search
 *
 * Not an rhashtable: the handler may not call anything, not even a function
 * that ftrace itself could be tracing.
 */
struct kgr_site_table {
	struct llist_node garbage;
	unsigned long mask;
	unsigned int shift;
	struct kgr_site *slot[];
};

extern struct kgr_site_table __rcu *kgr_site_table;

static __always_inline unsigned long
kgr_site_slot(const struct kgr_site_table *table, unsigned long ip)
{
	return (ip * GOLDEN_RATIO_64) >> table->shift;
}

/* The site of @ip, %NULL if there is none. */
static __always_inline struct kgr_site *
kgr_site_lookup(const struct kgr_site_table *table, unsigned long ip)
{
	unsigned long i;

	if (!table)
		return NULL;
	for (i = kgr_site_slot(table, ip); table->slot[i];
	     i = (i + 1) & table->mask)
		if (table->slot[i]->ip == ip)
			return table->slot[i];
	return NULL;
}

#endif /* _KGRAFT_SITE_TABLE_H */
