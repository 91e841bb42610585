// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * garbage.c - freeing what is read where ordinary RCU does not reach
 *
 * The handler runs in any function that ftrace can reach, with preemption on
 * and perhaps where RCU is not watching. Its readers are over when every task
 * has been off its CPU by its own will (RCU tasks: a preempted handler is
 * not) and every CPU has scheduled once (RCU tasks rude: idle tasks, which the
 * former does not look at, and sections with preemption off).
 * (models/publish.pml: collector)
 */

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "garbage.h"

/* Objects that wait for a grace period. Lock-free, any context may add. */
static LLIST_HEAD(kgr_garbage);

/* Where the collector sleeps. */
static DECLARE_WAIT_QUEUE_HEAD(kgr_garbage_wq);

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

/*
 * A thread, not a work item: a worker that waits for a grace period in the
 * middle of its work does not cross, and would hold up every transition that
 * begins meanwhile. The thread crosses asleep, by its stack.
 */
static int kgr_collect(void *unused)
{
	struct llist_node *node, *next;

	for (;;) {
		wait_event_idle(kgr_garbage_wq, !llist_empty(&kgr_garbage));
		node = llist_del_all(&kgr_garbage);
		kgr_synchronize();
		llist_for_each_safe(node, next, node)
			kfree(node);
	}
	return 0;
}

/**
 * kgr_discard_node - see kgr_discard()
 * @node: the object's first member
 *
 * Context: process context, may hold kgr_mutex; does not sleep.
 */
void kgr_discard_node(struct llist_node *node)
{
	if (llist_add(node, &kgr_garbage))
		wake_up(&kgr_garbage_wq);
}

int __init kgr_garbage_init(void)
{
	return PTR_ERR_OR_ZERO(kthread_run(kgr_collect, NULL, "kgraft"));
}
