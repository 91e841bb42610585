/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sites: the patched functions.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SITE_H
#define _KGRAFT_SITE_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/types.h>

#include "version.h"

/**
 * struct kgr_site - one patched function
 * @garbage:	link for kgr_discard()
 * @list:	on kgr_sites while in use, before that on kgr_stage.sites;
 *		kgr_mutex
 * @touched:	on kgr_stage.touched while the stage changes it; kgr_mutex
 * @staged:	versions in preparation, or, once those are published, the
 *		versions that they replaced, see stage.h; kgr_mutex
 * @ip:		where ftrace calls the handler in it, the key of the table; 0:
 *		the function is gone, and the site stays until a table without
 *		it is installed
 * @addr:	its first instruction
 * @size:	size of its code in bytes
 * @versions:	its versions. Published with release, read by the handler
 *		without a lock; a replaced array is freed with kgr_discard(),
 *		which waits for every handler
 * @settled:	copy of @versions->settled: what every task runs, in any
 *		universe; 0: choose from @versions. Written by
 *		kgr_site_publish()
 * @jump:	where its entry jumps while no other user of ftrace is on it;
 *		0: it calls the handler. kgr_mutex, see jump.c
 * @jumps:	on a list of jump.c while that changes @jump; kgr_mutex
 * @held:	a task could not cross because it was inside: a hint for the
 *		handler. Set by stack checks
 * @in_patch:	the function is of a patch module
 * @name:	name of the function
 */
struct kgr_site {
	struct llist_node garbage;
	struct list_head list;
	struct list_head touched;
	struct kgr_versions *staged;
	unsigned long ip;
	unsigned long addr;
	unsigned long size;
	struct kgr_versions __rcu *versions;
	unsigned long settled;
	unsigned long jump;
	struct list_head jumps;
	bool held;
	bool in_patch;
	char name[];
};

/* All sites in use; kgr_mutex. */
extern struct list_head kgr_sites;

struct kgr_site_table;

struct kgr_site *kgr_site_alloc(const char *name, unsigned long addr,
				unsigned long size, unsigned long ip);
struct kgr_site *kgr_site_find(unsigned long ip);
struct kgr_site_table *kgr_site_table_build(struct list_head *a,
					    struct list_head *b);
struct kgr_site_table *kgr_site_table_swap(struct kgr_site_table *table);

struct kgr_versions *kgr_site_versions(const struct kgr_site *site);
struct kgr_versions *kgr_site_publish(struct kgr_site *site,
				      struct kgr_versions *vs);
unsigned long kgr_site_replaced_by(unsigned long addr);

/* Is one of @nr return addresses in [@addr, @addr + @size)? */
static inline bool kgr_code_on_stack(const unsigned long *entries,
				     unsigned int nr, unsigned long addr,
				     unsigned long size)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (entries[i] - addr < size)
			return true;
	return false;
}

/*
 * Room for kgr_site_add_originals(): replacements on one stack whose originals
 * are functions of patches. More are not expected.
 */
#define KGR_STACK_ORIGINALS	16

bool kgr_sites_agree(u32 a, u32 b);
int kgr_site_add_originals(unsigned long *entries, unsigned int nr,
			   unsigned int max);
const struct kgr_site *kgr_site_on_stack(const unsigned long *entries,
					 unsigned int nr, unsigned long entered,
					 u32 from, u32 to);

#endif /* _KGRAFT_SITE_H */
