// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr.c - runtime monitor: every task crosses each change of kGraft once
 *
 * Of a change that no other has begun after, the monitor demands that each task
 * which was there when it began has crossed when it completes, and that none
 * crosses it twice. It knows that from what the tracepoints say, and asks a
 * task for its universe only to tell an event that is on its way from a task
 * that was missed. It finds tasks by a walk of its own.
 *
 * What another change has begun after is not demanded: a task may cross both at
 * once. Nor is anything of tasks that were forked since: they are watched from
 * the next change on.
 */

#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/rv.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>
#include <rv/instrumentation.h>

#include <rv_trace.h>
#include <trace/events/kgraft.h>

#define RV_MON_TYPE RV_MON_PER_TASK
#include "kgr.h"
#include <rv/da_monitor.h>

/*
 * Events of one task come from several CPUs: of the task that crosses, and of
 * the one that begins or completes a change. The lock makes them come one after
 * the other. Scheduler locks may be held when it is taken; nothing is taken
 * inside of it, but by what reacts to an error, which knows that.
 */
static DEFINE_RAW_SPINLOCK(kgr_lock);

/*
 * The universe of the newest change that has begun. Written with kgr_lock, and by
 * the tracepoint of a change only, with kGraft's mutex held, as that of its
 * completion is, which may therefore read it without.
 */
static u32 kgr_begun;

static void kgr_event_begin(struct task_struct *task)
{
	/* The first one starts it, without the event. */
	if (!da_handle_start_event(task, begin_kgr))
		da_handle_event(task, begin_kgr);
}

/*
 * A task stores its universe before the event: the change may complete in
 * between.
 */
static void kgr_event_complete(struct task_struct *task)
{
	u32 universe = READ_ONCE(task->kgr_universe);

	/* It may never run again, but is not gone. */
	if (READ_ONCE(task->exit_state))
		return;
	da_handle_event(task, universe == kgr_begun ? arrived_kgr :
						      complete_kgr);
}

static void kgr_event_all(void (*event)(struct task_struct *task))
{
	struct task_struct *g, *t;
	unsigned long flags;
	unsigned int cpu;

	rcu_read_lock();
	for_each_process_thread(g, t) {
		raw_spin_lock_irqsave(&kgr_lock, flags);
		event(t);
		raw_spin_unlock_irqrestore(&kgr_lock, flags);
	}
	rcu_read_unlock();
	for_each_present_cpu(cpu) {
		raw_spin_lock_irqsave(&kgr_lock, flags);
		event(idle_task(cpu));
		raw_spin_unlock_irqrestore(&kgr_lock, flags);
	}
}

/* Before any task can cross it. */
static void handle_change_begin(void *data, const char *patch, bool revert,
				u32 universe)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&kgr_lock, flags);
	kgr_begun = universe;
	raw_spin_unlock_irqrestore(&kgr_lock, flags);
	kgr_event_all(kgr_event_begin);
}

static void handle_task_cross(void *data, struct task_struct *task, u32 from,
			      u32 to, const char *way)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&kgr_lock, flags);
	/* Otherwise it has yet to cross the newest. */
	if (to == kgr_begun)
		da_handle_event(task, cross_kgr);
	raw_spin_unlock_irqrestore(&kgr_lock, flags);
}

/* No change begins meanwhile. */
static void handle_change_complete(void *data, const char *patch, bool revert,
				   u32 universe, s64 usecs)
{
	if (universe == kgr_begun)
		kgr_event_all(kgr_event_complete);
}

static int enable_kgr(void)
{
	int retval;

	retval = da_monitor_init();
	if (retval)
		return retval;

	rv_attach_trace_probe("kgr", kgr_change_begin, handle_change_begin);
	rv_attach_trace_probe("kgr", kgr_task_cross, handle_task_cross);
	rv_attach_trace_probe("kgr", kgr_change_complete,
			      handle_change_complete);
	return 0;
}

static void disable_kgr(void)
{
	rv_this.enabled = 0;

	rv_detach_trace_probe("kgr", kgr_change_begin, handle_change_begin);
	rv_detach_trace_probe("kgr", kgr_task_cross, handle_task_cross);
	rv_detach_trace_probe("kgr", kgr_change_complete,
			      handle_change_complete);
	/* Waits for handlers that have begun: they use the slot that is put back. */
	da_monitor_destroy();
}

static struct rv_monitor rv_this = {
	.name = "kgr",
	.description = "each task crosses each change of kGraft once.",
	.enable = enable_kgr,
	.disable = disable_kgr,
	.reset = da_monitor_reset_all,
	.enabled = 0,
};

static int __init register_kgr(void)
{
	return rv_register_monitor(&rv_this, NULL);
}
device_initcall(register_kgr);
