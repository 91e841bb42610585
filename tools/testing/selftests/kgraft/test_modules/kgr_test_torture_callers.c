// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_torture_callers.c - entries of kernel threads, work items, softirqs,
 * interrupts and NMIs
 */

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kgraft_backport.h>
#include <linux/kgraft_hooks.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/nmi.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include <asm/apic.h>

#include "kgr_test_torture_entry.h"

/* Emulated machines have other things to do as well. */
#define PERIOD		(HZ / 25)
#define HRTIMER_PERIOD	(23 * NSEC_PER_MSEC)

enum context {
	CTX_THREAD,
	CTX_ANNOTATED,
	CTX_WORK,
	CTX_TIMER,
	CTX_TASKLET,
	CTX_HRTIMER,
	CTX_IPI,
	CTX_IRQ_WORK,
	CTX_NMI,
	NR_CTX,
};

static const char * const names[NR_CTX] = {
	[CTX_THREAD]	= "thread",
	[CTX_ANNOTATED]	= "annotated",
	[CTX_WORK]	= "work",
	[CTX_TIMER]	= "timer",
	[CTX_TASKLET]	= "tasklet",
	[CTX_HRTIMER]	= "hrtimer",
	[CTX_IPI]	= "ipi",
	[CTX_IRQ_WORK]	= "irq_work",
	[CTX_NMI]	= "nmi",
};

static atomic_long_t counts[NR_CTX];

/* Set before they are asked to end. */
static bool ending;

static void atomic_entry(enum context ctx)
{
	kgr_tort_atomic(names[ctx]);
	atomic_long_inc(&counts[ctx]);
}

static void sleeping_entry(enum context ctx, bool loose)
{
	struct kgr_tort_entry e;

	kgr_tort_begin(&e, names[ctx], loose, true);
	kgr_tort_calls(&e, 8);
	kgr_tort_end(&e);
	atomic_long_inc(&counts[ctx]);
}

static void tasklet_fn(struct tasklet_struct *tasklet)
{
	atomic_entry(CTX_TASKLET);
}

static DECLARE_TASKLET(tasklet, tasklet_fn);

static void irq_work_fn(struct irq_work *work)
{
	atomic_entry(CTX_IRQ_WORK);
}

static DEFINE_PER_CPU(struct irq_work, irq_works);

/* There are others who are sent NMIs. */
static DEFINE_PER_CPU(bool, nmi_wanted);

static int nmi_fn(unsigned int type, struct pt_regs *regs)
{
	if (!this_cpu_xchg(nmi_wanted, false))
		return NMI_DONE;
	atomic_entry(CTX_NMI);
	return NMI_HANDLED;
}

/* On each CPU: an interrupt, and what an interrupt may lead to. */
static void ipi_fn(void *arg)
{
	atomic_entry(CTX_IPI);
	tasklet_schedule(&tasklet);
	irq_work_queue(this_cpu_ptr(&irq_works));
	this_cpu_write(nmi_wanted, true);
	apic->send_IPI(smp_processor_id(), NMI_VECTOR);
}

/* A loop that knows nothing of kGraft. */
static int thread_fn(void *arg)
{
	while (!kthread_should_stop()) {
		sleeping_entry(CTX_THREAD, true);
		on_each_cpu(ipi_fn, NULL, true);
		schedule_timeout_idle(PERIOD);
	}
	return 0;
}

static int annotated_fn(void *arg)
{
	while (!kthread_should_stop()) {
		kgr_task_safe(current);
		sleeping_entry(CTX_ANNOTATED, true);
		kgr_task_safe(current);
		schedule_timeout_idle(PERIOD);
	}
	return 0;
}

static void work_fn(struct work_struct *work);
static DECLARE_DELAYED_WORK(work, work_fn);

static void work_fn(struct work_struct *unused)
{
	sleeping_entry(CTX_WORK, false);
	if (!READ_ONCE(ending))
		queue_delayed_work(system_dfl_wq, &work, PERIOD);
}

static void timer_fn(struct timer_list *timer)
{
	atomic_entry(CTX_TIMER);
	mod_timer(timer, jiffies + PERIOD);
}

static DEFINE_TIMER(timer, timer_fn);
static struct hrtimer hrtimer;

static enum hrtimer_restart hrtimer_fn(struct hrtimer *timer)
{
	atomic_entry(CTX_HRTIMER);
	hrtimer_forward_now(timer, ns_to_ktime(HRTIMER_PERIOD));
	return HRTIMER_RESTART;
}

static struct task_struct *threads[2];
static bool started;
static DEFINE_MUTEX(callers_lock);

static struct task_struct *run(int (*fn)(void *arg), const char *name)
{
	struct task_struct *thread = kthread_run(fn, NULL, "kgr_tort_%s", name);

	return IS_ERR(thread) ? NULL : thread;
}

/**
 * kgr_tort_callers_start - have all of them make entries
 *
 * Return: 0 or an error.
 */
int kgr_tort_callers_start(void)
{
	unsigned int cpu;
	int ret = 0;

	mutex_lock(&callers_lock);
	if (started)
		goto out;
	ret = register_nmi_handler(NMI_LOCAL, nmi_fn, 0, "kgr_torture");
	if (ret)
		goto out;
	started = true;
	WRITE_ONCE(ending, false);
	for_each_possible_cpu(cpu)
		init_irq_work(per_cpu_ptr(&irq_works, cpu), irq_work_fn);
	hrtimer_setup(&hrtimer, hrtimer_fn, CLOCK_MONOTONIC,
		      HRTIMER_MODE_REL_HARD);
	hrtimer_start(&hrtimer, ns_to_ktime(HRTIMER_PERIOD),
		      HRTIMER_MODE_REL_HARD);
	mod_timer(&timer, jiffies + PERIOD);
	queue_delayed_work(system_dfl_wq, &work, PERIOD);
	threads[0] = run(thread_fn, "loop");
	threads[1] = run(annotated_fn, "safe");
out:
	mutex_unlock(&callers_lock);
	return ret;
}

/**
 * kgr_tort_callers_stop - none of them runs any more
 */
void kgr_tort_callers_stop(void)
{
	unsigned int i, cpu;

	mutex_lock(&callers_lock);
	if (!started)
		goto out;
	started = false;
	WRITE_ONCE(ending, true);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		if (threads[i])
			kthread_stop(threads[i]);
	cancel_delayed_work_sync(&work);
	timer_shutdown_sync(&timer);
	timer_setup(&timer, timer_fn, 0);
	hrtimer_cancel(&hrtimer);
	for_each_possible_cpu(cpu)
		irq_work_sync(per_cpu_ptr(&irq_works, cpu));
	tasklet_kill(&tasklet);
	unregister_nmi_handler(NMI_LOCAL, "kgr_torture");
out:
	mutex_unlock(&callers_lock);
}

/**
 * kgr_tort_callers_show - how many entries there were, by context
 * @buf: where to write
 * @size: room there
 *
 * Return: the number of characters.
 */
int kgr_tort_callers_show(char *buf, size_t size)
{
	int ctx, len = 0;

	for (ctx = 0; ctx < NR_CTX; ctx++)
		len += scnprintf(buf + len, size - len, "%s %ld\n", names[ctx],
				 atomic_long_read(&counts[ctx]));
	return len;
}
