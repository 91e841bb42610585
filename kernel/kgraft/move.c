// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * move.c - crossing of tasks that never return to user mode, or not soon
 *
 * A kernel thread crosses by itself at the top of its loop, or is moved while
 * it sleeps; a stopped user task is moved in the same way. In all cases its
 * stack is checked: the functions around the loop or the stop, and those
 * between there and the scheduler, stay on it across the crossing. If a change
 * contained one of those, the task would continue in code of the old universe,
 * and might return into the text of a freed module: no flavour of RCU waits for
 * a voluntary sleeper.
 *
 * If every change that a task has yet to cross allows it, the task is also
 * moved in place, in the middle of kernel code: a stack check then shows which
 * functions it is inside.
 */

#include <linux/cpu.h>
#include <linux/ftrace.h>
#include <linux/instruction_pointer.h>
#include <linux/kernel.h>
#include <linux/kgraft_hooks.h>
#include <linux/kthread.h>
#include <linux/sched/idle.h>
#include <linux/trace_recursion.h>

#include "core.h"
#include "move.h"
#include "site.h"
#include "stack.h"
#include "task.h"
#include "universe.h"

/*
 * At a safe point a task holds nothing of the old universe, and only the few
 * functions around the safe point matter. Where stacks are not reliable, those
 * functions cannot be patched, see kgr_refuse_target(); but a task that was
 * preempted on its way to sleep may be inside other functions.
 */
static int kgr_safe_point_check(struct task_struct *task, u32 to,
				unsigned long *func)
{
	if (kgr_have_reliable_stack())
		return kgr_stack_check(task, to, func);
	if (!task->pid)
		return 0;
	return task_is_running(task) || task->on_rq ? -EOPNOTSUPP : 0;
}

/* @caller: return address of the function that was called to cross. */
static void kgr_cross_self(enum kgr_way way, unsigned long caller)
{
	unsigned long func;
	u32 to;

	/*
	 * No preemption between reading the universe and storing it: a thread
	 * that is preempted in its bracket may be moved, and would then store
	 * an older universe (models/sleep.pml: cross).
	 */
	preempt_disable();
	to = kgr_universe_newest();
	if (!kgr_have_reliable_stack() ||
	    !kgr_stack_check_self(to, caller, &func))
		kgr_cross(current, to, way);
	preempt_enable();
}

/**
 * __kgr_task_safe - slow path of kgr_task_safe(): cross
 *
 * Context: as kgr_task_safe().
 */
void __kgr_task_safe(void)
{
	/* About to sleep, or at the top of its loop? */
	kgr_cross_self(task_kgr_safe_sleep(current) ? KGR_WAY_SLEEP :
						      KGR_WAY_LOOP, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__kgr_task_safe);

/**
 * __kgr_idle_task_safe - slow path of kgr_idle_task_safe(): cross
 *
 * Context: as kgr_idle_task_safe().
 */
void __kgr_idle_task_safe(void)
{
	kgr_cross_self(KGR_WAY_IDLE, _RET_IP_);
}

/**
 * kgr_kernel_task - does a task never return to user mode?
 * @task: the task
 *
 * Return: whether @task has no user mode to return to.
 */
bool kgr_kernel_task(const struct task_struct *task)
{
	return !task->pid || (kgr_task_flags(task) & (PF_KTHREAD | PF_USER_WORKER));
}

/*
 * Would the crossing change no function? For example, a patch may be applied
 * and reverted again before the task has crossed the first change. Such a task
 * may cross anywhere in the kernel.
 */
static bool kgr_crosses_nothing(const struct task_struct *task, u32 to)
{
	return kgr_sites_agree(READ_ONCE(task->kgr_universe), to);
}

/*
 * May @task cross in place, in the middle of kernel code? Only if every change
 * that it has yet to cross allows that.
 */
static bool kgr_in_place(const struct task_struct *task)
{
	return kgr_have_reliable_stack() &&
	       !kgr_universe_strict(READ_ONCE(task->kgr_universe));
}

/**
 * kgr_movable - may a task be moved from outside?
 * @task: the task
 *
 * Return: whether @task never returns to user mode, sleeps at a safe point on
 *	   its way to user mode, may cross in place, or would cross nothing.
 */
bool kgr_movable(struct task_struct *task)
{
	bool nothing;

	if (kgr_kernel_task(task) || task_kgr_safe_sleep(task) ||
	    kgr_in_place(task))
		return true;
	preempt_disable();
	nothing = kgr_crosses_nothing(task, kgr_universe_newest());
	preempt_enable();
	return nothing;
}

/*
 * Was the task preemptible at the call? ftrace itself disables preemption if a
 * function has several handlers; that is subtracted here. Without
 * CONFIG_PREEMPT_COUNT the kernel cannot tell whether a spinlock is held. But a
 * task is found asleep only in functions that are normally called without one;
 * and if one is held, it has the same effect on the crossing as a mutex.
 */
static bool kgr_entry_preemptible(void)
{
	int listed = IS_ENABLED(CONFIG_PREEMPT_COUNT) &&
		     trace_recursion_test(TRACE_LIST_START + TRACE_CTX_NORMAL);

	return preempt_count() == listed && !irqs_disabled();
}

/**
 * kgr_cross_at_entry - cross on the way into a patched function
 * @ip: where the function called ftrace
 *
 * A kernel thread without a safe point is moved while it sleeps. Some threads
 * always sleep in the same function, and if that function changes, they are
 * never found outside it. But they enter it each time. There, the thread checks
 * its own stack, as the mover would if the thread were preempted at that point.
 *
 * (models/sleep.pml: entry)
 *
 * Called by the handler, and so recursively if the stack walker is patched.
 * kgr_stack_is_busy() ends the recursion: preemption is off during a walk, so a
 * walk in progress on this CPU belongs to this task, or to the task that an
 * interrupt has interrupted, and neither may cross here. (With
 * CONFIG_PREEMPT_COUNT, kgr_entry_preemptible() excludes this as well.)
 *
 * Context: any.
 * Return: whether the task has crossed.
 */
bool kgr_cross_at_entry(unsigned long ip)
{
	unsigned long func;
	bool crossed = false;
	u32 to;

	if (!kgr_entry_preemptible() || !current->pid || !kgr_kernel_task(current) ||
	    task_kgr_safe_loop(current))
		return false;

	/*
	 * _notrace: preempt_disable() may call a function, which may be
	 * patched.
	 */
	preempt_disable_notrace();
	to = kgr_universe_newest();
	if (!kgr_stack_is_busy() &&
	    !kgr_stack_check_entry(to, ip, &func))
		crossed = kgr_cross(current, to, KGR_WAY_STACK);
	preempt_enable_notrace();
	return crossed;
}

/**
 * kgr_judge - may a task be crossed in its present state?
 * @task: the task
 * @to: the newest universe
 * @verdict: filled in
 *
 * Context: called by task_call_func(): with the task's pi_lock held, and its
 *	    runqueue's lock if it is on one. The answer is stable only if
 *	    kgr_mutex is held as well.
 */
void kgr_judge(struct task_struct *task, u32 to, struct kgr_verdict *verdict)
{
	bool idle = !task->pid;
	int ret;

	lockdep_assert_held(&task->pi_lock);

	verdict->hold = KGR_HOLD_NONE;
	verdict->way = KGR_WAY_IDLE;
	/*
	 * The idle task of an offline CPU does not run, although it is that
	 * CPU's current task: it starts afresh when the CPU comes up.
	 */
	if (idle && !cpu_online(task_cpu(task)))
		return;
	if (task_curr(task)) {
		verdict->hold = KGR_HOLD_RUNNING;
		return;
	}

	/*
	 * A sleeper that would cross nothing may cross wherever it sleeps, even
	 * if its stack is not reliable. A preempted task is different: it may
	 * be inside the handler, which has read the task's universe, and that
	 * universe must not fall behind the horizon. Its stack is checked below
	 * (models/agree.pml: move).
	 */
	if (!idle && !task->on_rq && !task_kgr_notified(task) &&
	    kgr_crosses_nothing(task, to)) {
		verdict->way = task_kgr_safe_sleep(task) ? KGR_WAY_SLEEP :
			       kgr_kernel_task(task) ? KGR_WAY_STACK :
						       KGR_WAY_PLACE;
		return;
	}

	/*
	 * An idle task leaves its CPU only in do_idle(), by schedule_idle(),
	 * which is a safe point. A thread with a safe point in its loop crosses
	 * there by itself, and is moved only while it sleeps there; a user task
	 * crosses at its exit to user mode. Every other kernel thread is moved
	 * wherever its stack is clean. The former are moved in place if all
	 * changes that they would cross allow it, or if they would cross
	 * nothing.
	 *
	 * A task that was notified is not moved: it leaves its system call,
	 * which is restarted only if the task still has something to cross
	 * (models/wake.pml: move, models/idle.pml: move).
	 */
	if (idle || task_kgr_safe_sleep(task)) {
		if (!idle)
			verdict->way = KGR_WAY_SLEEP;
		ret = kgr_safe_point_check(task, to, &verdict->func);
	} else if (kgr_kernel_task(task) && !task_kgr_safe_loop(task)) {
		verdict->way = KGR_WAY_STACK;
		ret = kgr_stack_check(task, to, &verdict->func);
	} else if (!task_kgr_notified(task) &&
		   (kgr_in_place(task) || kgr_crosses_nothing(task, to))) {
		verdict->way = KGR_WAY_PLACE;
		ret = kgr_stack_check(task, to, &verdict->func);
	} else {
		verdict->hold = KGR_HOLD_STRICT;
		return;
	}
	if (ret)
		verdict->hold = ret == -EAGAIN ? KGR_HOLD_FUNCTION :
						 KGR_HOLD_UNRELIABLE;
}

/* Returns whether the task has crossed. */
static int kgr_move_locked(struct task_struct *task, void *arg)
{
	struct kgr_verdict *verdict = arg;
	u32 to;

	/* The task may have crossed meanwhile. */
	verdict->hold = KGR_HOLD_NONE;
	if (!test_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS))
		return false;
	to = kgr_universe_newest();
	kgr_judge(task, to, verdict);
	return verdict->hold == KGR_HOLD_NONE &&
	       kgr_cross(task, to, verdict->way);
}

/*
 * A kernel thread sleeps inside @func, which changes. Unless @func is its main
 * function, which it never leaves, wake it up, so that it can cross at the top
 * of its loop or when it next enters @func. Only for sleeps that tolerate
 * spurious wake-ups: not a thread that has not started yet, is parked, or waits
 * for hardware.
 */
static void kgr_wake_inside(struct task_struct *task, unsigned long func)
{
	if (task->pid && kgr_kernel_task(task) &&
	    (unsigned long)kthread_func(task) != func)
		wake_up_state(task, TASK_INTERRUPTIBLE | TASK_NOLOAD);
}

/**
 * kgr_try_move - move a task, if it may cross in its present state
 * @task: a task that is kgr_movable()
 * @verdict: filled in
 *
 * If the move is refused, the next retry tries again; there is nothing to undo.
 *
 * Context: kgr_mutex and the CPU hotplug lock held; no scheduler lock.
 * Return: whether the task crossed; if not, @verdict says why.
 */
bool kgr_try_move(struct task_struct *task, struct kgr_verdict *verdict)
{
	lockdep_assert_held(&kgr_mutex);
	lockdep_assert_cpus_held();

	if (task_call_func(task, kgr_move_locked, verdict))
		return true;
	if (verdict->hold == KGR_HOLD_FUNCTION)
		kgr_wake_inside(task, verdict->func);
	return false;
}
