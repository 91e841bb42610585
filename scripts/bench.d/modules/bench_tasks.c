// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_tasks.c - kernel threads that sleep
 *
 * Parameters: nr of them, and kind: "worker" has a safe point around its sleep,
 * as kthread_worker_fn() does, "plain" sleeps in a loop of its own, where only
 * its stack tells that it is in no changed function.
 */

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

static unsigned int nr = 1;
module_param(nr, uint, 0444);

static char *kind = "plain";
module_param(kind, charp, 0444);

static struct task_struct **threads;
static struct kthread_worker **workers;

static int plain_fn(void *unused)
{
	for (;;) {
		set_current_state(TASK_IDLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static void stop_all(void)
{
	unsigned int i;

	for (i = 0; threads && i < nr; i++)
		if (threads[i])
			kthread_stop(threads[i]);
	for (i = 0; workers && i < nr; i++)
		if (workers[i])
			kthread_destroy_worker(workers[i]);
	kvfree(threads);
	kvfree(workers);
}

static int start_plain(void)
{
	struct task_struct *task;
	unsigned int i;

	threads = kvcalloc(nr, sizeof(*threads), GFP_KERNEL);
	if (!threads)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		task = kthread_run(plain_fn, NULL, "bench/%u", i);
		if (IS_ERR(task))
			return PTR_ERR(task);
		threads[i] = task;
	}
	return 0;
}

static int start_workers(void)
{
	struct kthread_worker *worker;
	unsigned int i;

	workers = kvcalloc(nr, sizeof(*workers), GFP_KERNEL);
	if (!workers)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		worker = kthread_create_worker(0, "bench/%u", i);
		if (IS_ERR(worker))
			return PTR_ERR(worker);
		workers[i] = worker;
	}
	return 0;
}

static int __init bench_tasks_init(void)
{
	int ret = -EINVAL;

	if (!strcmp(kind, "plain"))
		ret = start_plain();
	else if (!strcmp(kind, "worker"))
		ret = start_workers();
	if (ret)
		stop_all();
	return ret;
}

static void __exit bench_tasks_exit(void)
{
	stop_all();
}

module_init(bench_tasks_init);
module_exit(bench_tasks_exit);
MODULE_DESCRIPTION("kGraft bench: kernel threads");
MODULE_LICENSE("GPL");
