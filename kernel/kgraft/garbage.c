// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * garbage.c - freeing what is read where ordinary RCU does not reach
 *
 * The handler runs in any function that ftrace can reach, with preemption on
 * and perhaps where RCU is not watching. Its readers are over when every task
 * has been off its CPU by its own will (RCU tasks: a preempted handler is
 * not) and every CPU has scheduled once (RCU tasks rude: idle tasks, which the
 * former does not look at, and sections with preemption off).
 */

#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "core.h"
#include "garbage.h"

static void kgr_garbage_fn(struct work_struct *work);

/* Objects that wait for a grace period. Lock-free, any context may add. */
static LLIST_HEAD(kgr_garbage);
static DECLARE_WORK(kgr_garbage_work, kgr_garbage_fn);

/**
 * kgr_synchronize - wait until no handler runs that began before
 *
 * Context: may sleep, a good part of a second; without kgr_mutex.
 */
void kgr_synchronize(void)
{
	might_sleep();
	synchronize_rcu_tasks();
	synchronize_rcu_tasks_rude();
}

static void kgr_garbage_fn(struct work_struct *work)
{
	struct llist_node *node, *next;

	node = llist_del_all(&kgr_garbage);
	if (!node)
		return;
	kgr_synchronize();
	llist_for_each_safe(node, next, node)
		kfree(node);
}

void kgr_discard_node(struct llist_node *node)
{
	/* Not kgr_wq: passes must not queue up behind a grace period. */
	if (llist_add(node, &kgr_garbage))
		queue_work(system_unbound_wq, &kgr_garbage_work);
}
