// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * evict.c - kernel threads that never leave their CPU
 *
 * A kernel thread without a safe point of its own crosses while it is off its
 * CPU. If it does not sleep, and nobody else wants that CPU, it is never found
 * there. So somebody has to want it: a worker bound to the CPU runs in the
 * thread's place and looks at the thread from there. Such a thread calls
 * cond_resched(), or can be preempted; one that does neither hangs the CPU
 * anyway. (models/sleep.pml: evict)
 */

#include <linux/cpu.h>
#include <linux/percpu.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "core.h"
#include "evict.h"
#include "move.h"
#include "task.h"

/**
 * struct kgr_evict - whom to look at from a CPU
 * @work:	runs there
 * @task:	with a reference; %NULL if @work is not pending
 */
struct kgr_evict {
	struct work_struct work;
	struct task_struct *task;
};

/* kgr_mutex. */
static DEFINE_PER_CPU(struct kgr_evict, kgr_evict_cpu);

/* Bound to CPUs, other than kgr_wq. */
static struct workqueue_struct *kgr_evict_wq;

/* If the thread has found another CPU meanwhile, there will be a next time. */
static void kgr_evict_fn(struct work_struct *work)
{
	struct kgr_evict *evict = container_of(work, struct kgr_evict, work);
	struct kgr_verdict verdict;
	struct task_struct *task;

	mutex_lock(&kgr_mutex);
	task = evict->task;
	evict->task = NULL;
	cpus_read_lock();
	if (kgr_task_lags(task))
		kgr_try_move(task, &verdict);
	cpus_read_unlock();
	mutex_unlock(&kgr_mutex);
	put_task_struct(task);
}

/**
 * kgr_evict - try to cross a task again from the CPU that it runs on
 * @task: a kernel thread that was refused because it ran
 * @cpu: where
 *
 * Context: kgr_mutex and the CPU hotplug lock held; does not sleep.
 */
void kgr_evict(struct task_struct *task, unsigned int cpu)
{
	struct kgr_evict *evict = per_cpu_ptr(&kgr_evict_cpu, cpu);

	lockdep_assert_held(&kgr_mutex);
	lockdep_assert_cpus_held();

	if (evict->task)
		return;
	evict->task = get_task_struct(task);
	queue_work_on(cpu, kgr_evict_wq, &evict->work);
}

int __init kgr_evict_init(void)
{
	unsigned int cpu;

	kgr_evict_wq = alloc_workqueue("kgraft_evict", WQ_HIGHPRI, 0);
	if (!kgr_evict_wq)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		INIT_WORK(per_cpu_ptr(&kgr_evict_cpu.work, cpu), kgr_evict_fn);
	return 0;
}
