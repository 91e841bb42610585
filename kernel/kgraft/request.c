// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * request.c - asking for a scan
 *
 * A task that has crossed, or died, asks for a scan (scan.c), which finds out
 * whether it was the last one. Requests are coalesced, and scans keep a
 * distance: a scan costs time in proportion to the number of tasks.
 *
 * No request is lost: a task stores its universe, then sets the request bit. A
 * scan clears the bit, then looks at the tasks. Both with a full barrier
 * between the two steps. So whatever the scan does not see of a task sets the
 * bit after it was cleared, and another scan follows.
 */

#include <linux/bitops.h>
#include <linux/init.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "core.h"
#include "request.h"

/* A scan waits for this many times as long as the last one took. */
#define KGR_SCAN_GAP_FACTOR	8

static void kgr_request_irq(struct irq_work *work);

/* Least time between two scans in jiffies. Written by scans, read anywhere. */
static unsigned long kgr_scan_gap = 1;

/* Bit 0: a task has crossed since the last scan began. */
static unsigned long kgr_scan_requested;

/* Its function is set at boot, before the first change. */
static struct delayed_work kgr_scan_work;

static DEFINE_IRQ_WORK(kgr_request_irq_work, kgr_request_irq);

static void kgr_request_irq(struct irq_work *work)
{
	queue_delayed_work(kgr_wq, &kgr_scan_work, READ_ONCE(kgr_scan_gap));
}

/**
 * kgr_scan_request - a task has crossed: have the horizon looked at
 *
 * By irq_work, because it is called with scheduler locks held, and on the way
 * to user mode with interrupts off.
 *
 * Context: any.
 */
void kgr_scan_request(void)
{
	/*
	 * The universe before the request; pairs with kgr_scan_requests_clear()
	 * (models/complete.pml: request)
	 */
	smp_mb();
	if (!test_bit(0, &kgr_scan_requested) &&
	    !test_and_set_bit(0, &kgr_scan_requested))
		irq_work_queue(&kgr_request_irq_work);
}

/**
 * kgr_scan_requests_clear - a scan begins, which answers all requests so far
 *
 * Context: kgr_mutex held.
 */
void kgr_scan_requests_clear(void)
{
	lockdep_assert_held(&kgr_mutex);

	clear_bit(0, &kgr_scan_requested);
	/*
	 * The bit before the tasks; pairs with kgr_scan_request()
	 * (models/complete.pml: clear, look)
	 */
	smp_mb__after_atomic();
}

/**
 * kgr_scan_took - set the distance to the next scan
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
 * kgr_request_init - say what is done when a scan is requested
 * @scan: called by kgr_wq
 */
void __init kgr_request_init(work_func_t scan)
{
	INIT_DELAYED_WORK(&kgr_scan_work, scan);
}
