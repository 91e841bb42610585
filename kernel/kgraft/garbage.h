/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Freeing what a handler may be reading.
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
 * kgr_discard - free an object when no handler can see it any more
 * @ptr: the object, from kgr_alloc(), its struct llist_node garbage first;
 *	 or %NULL
 *
 * For what the ftrace handler or a stack check reads without a lock, after
 * it was unpublished. Will do for readers in rcu_read_lock(), too: none of them
 * leaves its CPU by its own will. Does not wait.
 */
#define kgr_discard(ptr) do {						\
	typeof(ptr) __ptr = (ptr);					\
									\
	BUILD_BUG_ON(offsetof(typeof(*__ptr), garbage) != 0);		\
	if (__ptr)							\
		kgr_discard_node(&__ptr->garbage);			\
} while (0)

#endif /* _KGRAFT_GARBAGE_H */
