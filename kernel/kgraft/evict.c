// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * evict.c - kernel threads that never leave their CPU
 *
 * A kernel thread without a safe point is moved while it is off its CPU. If it
 * does not sleep, and no other task needs that CPU, it is never found there. A
 * worker bound to the CPU therefore takes the thread's place, and tries to move
 * the thread from there. This works if the thread calls cond_resched() or can
 * be preempted; a thread that does neither hangs the CPU anyway.
 * (models/sleep.pml: evict)
 */

#include <linux/cpu.h>
#include <linux/percpu.h>
#include <linux/sched/task.h>
#include <linux/workqueue.h>

#include "core.h"
#include "evict.h"
#include "move.h"
#include "universe.h"

/**
 * struct kgr_evict - the task to move from a CPU
 * @work:	runs on that CPU
 * @task:	the task, with a reference held; %NULL if @work is not pending
 */
struct kgr_evict {
	struct work_struct work;
	struct task_struct *task;
};

/* kgr_mutex. */
static DEFINE_PER_CPU(struct kgr_evict, kgr_evict_cpu);

/* If the thread has moved to another CPU meanwhile, the next retry finds it. */
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
 * kgr_evict - try again to move a task, from the CPU that it runs on
 * @task: a kernel thread whose move was refused because it ran
 * @cpu: the CPU that it runs on
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
	/* Its workers are bound to CPUs, unlike those of kgr_wq. */
	queue_work_on(cpu, system_highpri_wq, &evict->work);
}

void __init kgr_evict_init(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		INIT_WORK(per_cpu_ptr(&kgr_evict_cpu.work, cpu), kgr_evict_fn);
}
