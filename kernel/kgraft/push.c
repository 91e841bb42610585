// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * push.c - moving and waking the tasks that lag
 *
 * Works in batches and lets others run in between. Unlike a scan, it may miss a
 * task, which is then pushed the next time.
 */

#include <linux/cpu.h>
#include <linux/kgraft_hooks.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/idle.h>
#include <linux/sched/task.h>

#include "core.h"
#include "evict.h"
#include "frames.h"
#include "move.h"
#include "push.h"
#include "universe.h"
#include "wait.h"
#include "wake.h"
#include "walk.h"

/* Number of tasks that kgr_push() wakes at most. */
#define KGR_WAKE_BATCH		1024

/*
 * Number of tasks after which those that were notified are woken, with preemption
 * off.
 */
#define KGR_WAKE_GROUP		16

/**
 * struct kgr_push - what is done about tasks that lag
 * @wake:	which sleepers are woken
 * @max:	how many of them at most
 * @stop:	whether to stop at @max, or to go on and only move tasks
 * @notified:	how many were notified
 * @group:	those of them that have yet to be woken, with a reference to each
 * @nr:		how many these are
 * @looked:	how many tasks were looked at since a group was woken
 */
struct kgr_push {
	enum kgr_wake_policy wake;
	unsigned int max;
	bool stop;
	unsigned int notified;
	struct task_struct *group[KGR_WAKE_GROUP];
	unsigned int nr;
	unsigned int looked;
};

/*
 * Cross a task that is kgr_movable(). If it runs, make it come soon to a place
 * where it can be crossed. Returns whether it crossed.
 */
static bool kgr_move_task(struct task_struct *task)
{
	struct kgr_verdict verdict;

	if (kgr_try_move(task, &verdict))
		return true;
	if (verdict.hold != KGR_HOLD_RUNNING)
		return false;
	/* An idle task must be woken to go round its loop; other loops go on. */
	if (!task->pid)
		wake_up_if_idle(task_cpu(task));
	else if (kgr_kernel_task(task) && !task_kgr_safe_loop(task) &&
		 !task_kgr_safe_sleep(task))
		kgr_evict(task, task_cpu(task));
	return false;
}

/*
 * A task that lags and has no mark would never cross. Only a task that is just
 * crossing should look like that; if another does, mark it again rather than
 * wait for ever.
 */
static void kgr_mark_again(struct task_struct *task)
{
	if (test_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS))
		return;
	set_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS);
	kick_process(task);
}

/**
 * kgr_push_across - cross a task where it is, if it can be crossed there
 * @task: a task that lags
 *
 * Context: kgr_mutex and the CPU hotplug lock held; no scheduler lock.
 * Return: whether it has crossed. If not, waking it may help.
 */
bool kgr_push_across(struct task_struct *task)
{
	kgr_mark_again(task);
	return kgr_movable(task) && kgr_move_task(task);
}

/*
 * A task that is woken may preempt us at once. With one task at a time, the CPU
 * would switch to each and back.
 *
 * They must not wait for long: what was judged of a call, such as its file, may
 * change; and others who have work for such a task see that it is notified, and
 * do not wake it.
 */
static void kgr_wake_group(void *arg)
{
	struct kgr_push *push = arg;
	unsigned int i;

	preempt_disable();
	for (i = 0; i < push->nr; i++)
		kgr_wake_notified(push->group[i]);
	preempt_enable();
	for (i = 0; i < push->nr; i++)
		put_task_struct(push->group[i]);
	push->nr = 0;
	push->looked = 0;
}

static void kgr_push_notify(struct kgr_push *push, struct task_struct *task)
{
	if (kgr_notify_task(task, push->wake))
		return;
	push->notified++;
	push->group[push->nr++] = get_task_struct(task);
}

static bool kgr_push_task(struct task_struct *task, void *arg)
{
	struct kgr_push *push = arg;

	/* If not, it has crossed since it was found. */
	if (kgr_task_lags(task) && !kgr_push_across(task) &&
	    push->wake != KGR_WAKE_NONE && push->notified < push->max)
		kgr_push_notify(push, task);
	if (++push->looked == KGR_WAKE_GROUP)
		kgr_wake_group(push);
	return push->stop && push->notified == push->max;
}

static pid_t kgr_push_from(pid_t from, struct kgr_push *push)
{
	lockdep_assert_held(&kgr_mutex);

	if (push->wake != KGR_WAKE_NONE)
		kgr_wait_prepare();
	cpus_read_lock();
	from = kgr_push_tasks(from, kgr_push_task, kgr_wake_group, push);
	cpus_read_unlock();
	kgr_frames_verify();
	return from;
}

/**
 * kgr_push - move the tasks that can be moved, and wake sleepers
 * @from: 0, or what the last call returned
 * @wake: which sleepers
 *
 * Context: kgr_mutex held, may sleep.
 * Return: where to go on; 0 if all tasks have had their turn.
 */
pid_t kgr_push(pid_t from, enum kgr_wake_policy wake)
{
	struct kgr_push push = {
		.wake = wake,
		.max = KGR_WAKE_BATCH,
		.stop = true,
	};

	lockdep_assert_held(&kgr_mutex);

	return kgr_push_from(from, &push);
}

/**
 * kgr_push_first - move the tasks that can be moved, and wake the first sleepers
 * @wake: which sleepers
 * @max: how many of them at most
 *
 * Context: kgr_mutex held, may sleep.
 * Return: whether there may be more to wake.
 */
bool kgr_push_first(enum kgr_wake_policy wake, unsigned int max)
{
	struct kgr_push push = { .wake = wake, .max = max };

	lockdep_assert_held(&kgr_mutex);

	kgr_push_from(0, &push);
	return wake != KGR_WAKE_NONE && push.notified == max;
}
