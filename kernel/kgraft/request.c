// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * request.c - requesting a scan
 *
 * A task that has crossed, or died, requests a scan (scan.c), which finds out
 * whether it was the last one. Requests are coalesced and scans are
 * rate-limited, because a scan takes time in proportion to the number of tasks.
 *
 * No request is lost: a task stores its universe, then sets the request bit. A
 * scan clears the bit, then reads the universes of the tasks. Both have a full
 * barrier between the two steps. So if the scan does not see the new universe
 * of a task, that task sets the bit after it was cleared, and another scan
 * follows.
 */

#include <linux/bitops.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "core.h"
#include "request.h"

/* Gap between scans, as a multiple of the time that the last one took. */
#define KGR_SCAN_GAP_FACTOR	8

static void kgr_request_irq(struct irq_work *work);

/*
 * Minimum time between two scans, in jiffies. Written by scans, read anywhere.
 */
static unsigned long kgr_scan_gap = 1;

/* Bit 0: a task has crossed since the last scan began. */
static unsigned long kgr_scan_requested;

/* Initialised at boot by kgr_request_init(), before the first change. */
static struct delayed_work kgr_scan_work;

/*
 * Hard: with PREEMPT_RT, other irq_work is for a thread of the CPU, which a
 * real-time task keeps waiting for as long as it likes, or which is parked as the
 * CPU goes down. Until then no CPU could queue it.
 */
static struct irq_work kgr_request_irq_work =
	IRQ_WORK_INIT_HARD(kgr_request_irq);

static void kgr_request_irq(struct irq_work *work)
{
	queue_delayed_work(kgr_wq, &kgr_scan_work, READ_ONCE(kgr_scan_gap));
}

/**
 * kgr_scan_request - a task has crossed or died: request a scan
 *
 * Uses irq_work, because callers hold scheduler locks, or are on the way to
 * user mode with interrupts off.
 *
 * Context: any.
 */
void kgr_scan_request(void)
{
	/*
	 * Orders the universe before the request; pairs with
	 * kgr_scan_requests_clear() (models/complete.pml: request)
	 */
	smp_mb();
	if (!test_bit(0, &kgr_scan_requested) &&
	    !test_and_set_bit(0, &kgr_scan_requested))
		irq_work_queue(&kgr_request_irq_work);
}

/**
 * kgr_scan_requests_clear - a scan begins and serves all requests so far
 *
 * Context: kgr_mutex held.
 */
void kgr_scan_requests_clear(void)
{
	lockdep_assert_held(&kgr_mutex);

	clear_bit(0, &kgr_scan_requested);
	/*
	 * Orders the bit before the reads of the tasks; pairs with
	 * kgr_scan_request() (models/complete.pml: clear, look)
	 */
	smp_mb__after_atomic();
}

/**
 * kgr_scan_took - set the minimum time until the next scan
 * @took: how long the last one took
 *
 * Context: kgr_mutex held.
 */
void kgr_scan_took(ktime_t took)
{
	lockdep_assert_held(&kgr_mutex);

	WRITE_ONCE(kgr_scan_gap, 1 + nsecs_to_jiffies(KGR_SCAN_GAP_FACTOR *
						      ktime_to_ns(took)));
}

/**
 * kgr_request_init - register the work function that scans
 * @scan: run by kgr_wq
 */
void __init kgr_request_init(work_func_t scan)
{
	INIT_DELAYED_WORK(&kgr_scan_work, scan);
}
