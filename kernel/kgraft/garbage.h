/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Freeing objects that a handler may be reading.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_GARBAGE_H
#define _KGRAFT_GARBAGE_H

#include <linux/llist.h>
#include <linux/stddef.h>

void kgr_discard_node(struct llist_node *node);
void kgr_synchronize(void);
int kgr_garbage_init(void);

/**
 * kgr_discard - free an object once no handler can see it any more
 * @ptr: the object, from kgr_alloc(), its first member a struct llist_node
 *	 garbage; or %NULL
 *
 * For unpublished objects that the ftrace handler or a stack check may still
 * read without a lock. Also covers readers under rcu_read_lock(), because none
 * of them sleeps voluntarily. Does not wait.
 */
#define kgr_discard(ptr) do {						\
	typeof(ptr) __ptr = (ptr);					\
									\
	BUILD_BUG_ON(offsetof(typeof(*__ptr), garbage) != 0);		\
	if (__ptr)							\
		kgr_discard_node(&__ptr->garbage);			\
} while (0)

#endif /* _KGRAFT_GARBAGE_H */
