// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_threads.c - kernel threads of many kinds that cross changes
 *
 * Creates one of the requested kind. In each round of its work it calls two
 * functions that are patched, and waits between the two while "hold" says so.
 */

#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/kgraft.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "kgr_test_threads.h"

static char *kind = "";
module_param(kind, charp, 0444);
MODULE_PARM_DESC(kind, "which of kgr_test_kinds");

static int cpu = -1;
module_param(cpu, int, 0444);
MODULE_PARM_DESC(cpu, "where it runs, if it can be told");

static bool hold;
module_param(hold, bool, 0644);
MODULE_PARM_DESC(hold, "whether a round goes on until this is cleared");

static bool busy;
module_param(busy, bool, 0444);
MODULE_PARM_DESC(busy, "whether rounds follow each other without a pause");

static int pid;
module_param(pid, int, 0444);
MODULE_PARM_DESC(pid, "of the thread, or of the last one that did a round");

static bool held;
module_param(held, bool, 0444);
MODULE_PARM_DESC(held, "whether it is in the middle of a round");

static ulong rounds;
module_param(rounds, ulong, 0444);
MODULE_PARM_DESC(rounds, "that are over");

static int seen[2];
module_param_array(seen, int, NULL, 0444);
MODULE_PARM_DESC(seen, "by the last round that is over");

/* Set before the thread is asked to end. */
static bool ending;

static struct task_struct *thread;

static void this_is_it(void)
{
	WRITE_ONCE(pid, current->pid);
}

static void one_round(void)
{
	int first = kgr_test_see(0);

	this_is_it();
	while (READ_ONCE(hold)) {
		WRITE_ONCE(held, true);
		schedule_timeout_idle(1);
	}
	WRITE_ONCE(held, false);
	WRITE_ONCE(seen[1], kgr_test_see(1));
	WRITE_ONCE(seen[0], first);
	WRITE_ONCE(rounds, rounds + 1);
}

static bool again(void)
{
	return busy && !READ_ONCE(ending);
}

static int create(int (*fn)(void *arg))
{
	thread = kthread_create(fn, NULL, "kgr_test_thread");
	if (IS_ERR(thread))
		return PTR_ERR(thread);
	get_task_struct(thread);
	if (cpu >= 0)
		kthread_bind(thread, cpu);
	WRITE_ONCE(pid, thread->pid);
	return 0;
}

static int run(int (*fn)(void *arg))
{
	int ret = create(fn);

	if (!ret)
		wake_up_process(thread);
	return ret;
}

static void thread_stop(void)
{
	kthread_stop(thread);
	put_task_struct(thread);
}

/*
 * Does not sleep, but reports a quiescent state to RCU tasks, which otherwise
 * waits for each task to sleep; the release of a patch waits for RCU tasks.
 */
static void breathe(void)
{
	cond_resched_tasks_rcu_qs();
}

/*
 * A loop without safe points, like most, and without RCU tasks quiescent
 * states.
 */
static int loop_fn(void *arg)
{
	while (!kthread_should_stop()) {
		one_round();
		if (busy)
			cond_resched();
		else
			schedule_timeout_idle(1);
	}
	return 0;
}

static int loop_start(void)
{
	return run(loop_fn);
}

/* A loop with safe points. */
static int annotated_fn(void *arg)
{
	while (!kthread_should_stop()) {
		kgr_task_safe(current);
		one_round();
		if (busy) {
			breathe();
			continue;
		}
		set_current_state(TASK_IDLE);
		if (!kthread_should_stop()) {
			kgr_safe_sleep_begin();
			schedule();
			kgr_safe_sleep_end();
		}
		__set_current_state(TASK_RUNNING);
	}
	return 0;
}

static int annotated_start(void)
{
	return run(annotated_fn);
}

/* Between two calls of a loop that is patched, a safe point, or a sleep. */
static int patched_fn(void *arg)
{
	while (!kthread_should_stop()) {
		if (busy)
			kgr_task_safe(current);
		WRITE_ONCE(seen[0], kgr_test_main_loop(&hold));
		WRITE_ONCE(rounds, rounds + 1);
		if (busy)
			breathe();
		else
			schedule_timeout_idle(1);
	}
	return 0;
}

static int patched_start(void)
{
	return run(patched_fn);
}

/* Not started before the module is unloaded, and then only to exit. */
static int created_start(void)
{
	return create(loop_fn);
}

static int parked_fn(void *arg)
{
	while (!kthread_should_stop()) {
		if (kthread_should_park())
			kthread_parkme();
		else
			schedule_timeout_idle(1);
	}
	return 0;
}

static int parked_start(void)
{
	int ret = run(parked_fn);

	if (!ret)
		ret = kthread_park(thread);
	return ret;
}

static struct kthread_worker *worker;
static struct kthread_work kthread_work;

static void kthread_work_fn(struct kthread_work *work)
{
	one_round();
	if (again())
		kthread_queue_work(worker, work);
	breathe();
}

static int worker_start(void)
{
	worker = kthread_create_worker(0, "kgr_test_worker");
	if (IS_ERR(worker))
		return PTR_ERR(worker);
	kthread_init_work(&kthread_work, kthread_work_fn);
	kthread_queue_work(worker, &kthread_work);
	return 0;
}

/* The work may have queued itself behind what destroying flushes. */
static void worker_stop(void)
{
	kthread_cancel_work_sync(&kthread_work);
	kthread_destroy_worker(worker);
}

/* This workqueue has a rescuer, kworker/R-kgr_te. */
static struct workqueue_struct *wq;

static void work_fn(struct work_struct *work)
{
	one_round();
	if (again())
		queue_work(wq, work);
}

static DECLARE_WORK(work, work_fn);

static int work_start(void)
{
	wq = alloc_workqueue("kgr_test", WQ_UNBOUND | WQ_MEM_RECLAIM, 1);
	if (!wq)
		return -ENOMEM;
	queue_work(wq, &work);
	return 0;
}

static void work_stop(void)
{
	destroy_workqueue(wq);
}

/* An interrupt without hardware. */
static int irq;

static irqreturn_t irq_fn(int nr, void *arg)
{
	return IRQ_WAKE_THREAD;
}

static irqreturn_t irq_thread_fn(int nr, void *arg)
{
	one_round();
	if (again())
		irq_wake_thread(nr, arg);
	/* It has a realtime priority. */
	usleep_range(100, 200);
	return IRQ_HANDLED;
}

static int irq_start(void)
{
	int ret;

	/* Not owned by this module, which otherwise could not be unloaded. */
	irq = __irq_alloc_descs(-1, 0, 1, 0, NULL, NULL);
	if (irq < 0)
		return irq;
	irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
	irq_clear_status_flags(irq, IRQ_NOREQUEST | IRQ_NOPROBE);
	ret = request_threaded_irq(irq, irq_fn, irq_thread_fn, 0, "kgr_test",
				   &irq);
	if (ret)
		irq_free_desc(irq);
	else
		generic_handle_irq_safe(irq);
	return ret;
}

static void irq_stop(void)
{
	free_irq(irq, &irq);
	irq_free_desc(irq);
}

/* Keeps ksoftirqd running. */
static void tasklet_fn(struct tasklet_struct *tasklet)
{
	if (!strncmp(current->comm, "ksoftirqd/", strlen("ksoftirqd/")))
		this_is_it();
	WRITE_ONCE(rounds, rounds + 1);
	if (again())
		tasklet_schedule(tasklet);
}

static DECLARE_TASKLET(tasklet, tasklet_fn);

static int tasklet_start(void)
{
	tasklet_schedule(&tasklet);
	return 0;
}

static void tasklet_stop(void)
{
	tasklet_kill(&tasklet);
}

static const struct kgr_test_kind {
	const char *name;
	int (*start)(void);
	void (*stop)(void);
} kgr_test_kinds[] = {
	{ "loop",	loop_start,		thread_stop },
	{ "annotated",	annotated_start,	thread_stop },
	{ "patched",	patched_start,		thread_stop },
	{ "created",	created_start,		thread_stop },
	{ "parked",	parked_start,		thread_stop },
	{ "worker",	worker_start,		worker_stop },
	{ "work",	work_start,		work_stop },
	{ "irq",	irq_start,		irq_stop },
	{ "tasklet",	tasklet_start,		tasklet_stop },
};

static const struct kgr_test_kind *started;

static int __init kgr_test_threads_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kgr_test_kinds); i++) {
		if (strcmp(kind, kgr_test_kinds[i].name))
			continue;
		started = &kgr_test_kinds[i];
		return started->start();
	}
	return -EINVAL;
}

static void __exit kgr_test_threads_exit(void)
{
	WRITE_ONCE(ending, true);
	WRITE_ONCE(hold, false);
	started->stop();
}

module_init(kgr_test_threads_init);
module_exit(kgr_test_threads_exit);
MODULE_DESCRIPTION("kGraft selftests: kernel threads of many kinds");
MODULE_LICENSE("GPL");
