// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * garbage.c - freeing objects with readers that ordinary RCU does not cover
 *
 * The handler runs in any function that ftrace can trace, with preemption
 * enabled and perhaps where RCU is not watching. Its readers are done when
 * every task has slept voluntarily (RCU tasks: preemption inside the handler
 * does not count) and every CPU has scheduled once (RCU tasks rude: covers idle
 * tasks, which RCU tasks ignores, and sections with preemption disabled).
 * (models/publish.pml: collector)
 */

#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "garbage.h"

/* Objects waiting for a grace period. Lock-free, any context may add. */
static LLIST_HEAD(kgr_garbage);

/* Where the collector sleeps. */
static DECLARE_WAIT_QUEUE_HEAD(kgr_garbage_wq);

/**
 * kgr_synchronize - wait for all handlers that are running now
 *
 * Context: may sleep for a good part of a second; kgr_mutex must not be held.
 */
void kgr_synchronize(void)
{
	might_sleep();
	synchronize_rcu_tasks();
	synchronize_rcu_tasks_rude();
}

/*
 * A thread, not a work item: a worker that waits for a grace period inside a
 * work item does not cross, and would delay every change that begins meanwhile.
 * The thread can cross while it sleeps, by a stack check.
 */
static int kgr_garbage_thread(void *unused)
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
	return PTR_ERR_OR_ZERO(kthread_run(kgr_garbage_thread, NULL, "kgraft"));
}
