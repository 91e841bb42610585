// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * move.c - crossing of tasks that never return to user mode, or not soon
 *
 * A kernel thread crosses by itself at the top of its loop, or is moved while
 * it sleeps; a user task that is stopped is moved like that, too. In all cases
 * its stack is looked at: the functions around the loop or the stop, and those
 * between there and the scheduler, stay on it across the crossing, and if a
 * change has one of those, the task would go on in code of the old universe,
 * and one day return into the text of a module that is gone: no flavour of RCU
 * waits for a voluntary sleeper.
 *
 * If every change that a task has missed allows it, a task in the middle of
 * something is moved too, in place: its stack then says what it is inside of.
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
 * At a safe point nothing old is in hand, and only the few functions around
 * it matter. Where stacks are not reliable, those could not be patched in the
 * first place, see kgr_refuse_target(); but a task that was preempted on its way
 * to sleep may be in others.
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

/* @caller is the return address of the function that was called to cross. */
static void kgr_cross_self(enum kgr_way way, unsigned long caller)
{
	unsigned long func;
	u32 to;

	/*
	 * Not preempted between looking and storing: a preempted thread in
	 * its bracket may be moved, and would then store an older number
	 * (models/sleep.pml: cross).
	 */
	preempt_disable();
	to = kgr_universe_newest();
	if (!kgr_have_reliable_stack() ||
	    !kgr_stack_check_self(to, caller, &func))
		kgr_cross(current, to, way);
	preempt_enable();
}

/**
 * __kgr_task_safe - cross; what kgr_task_safe() does if it must
 *
 * Context: as kgr_task_safe().
 */
void __kgr_task_safe(void)
{
	/* About to sleep, or come round? */
	kgr_cross_self(task_kgr_safe_sleep(current) ? KGR_WAY_SLEEP :
						      KGR_WAY_LOOP, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__kgr_task_safe);

/**
 * __kgr_idle_task_safe - cross; what kgr_idle_task_safe() does if it must
 *
 * Context: as kgr_idle_task_safe().
 */
void __kgr_idle_task_safe(void)
{
	kgr_cross_self(KGR_WAY_IDLE, _RET_IP_);
}

/**
 * kgr_kernel_task - does a task stay in the kernel?
 * @task: the task
 *
 * Return: whether @task has no user mode to return to.
 */
bool kgr_kernel_task(const struct task_struct *task)
{
	return !task->pid || (kgr_task_flags(task) & (PF_KTHREAD | PF_USER_WORKER));
}

/*
 * What @task would cross may change nothing for it, as a patch that is reverted
 * before the task was in it. Then it may cross in the middle of anything.
 */
static bool kgr_crosses_nothing(const struct task_struct *task, u32 to)
{
	return kgr_sites_agree(READ_ONCE(task->kgr_universe), to);
}

/*
 * May @task cross in the middle of something? Each change that it has missed
 * says whether it can do with that, and the strictest of them is obeyed.
 */
static bool kgr_in_place(const struct task_struct *task)
{
	return kgr_have_reliable_stack() &&
	       !kgr_universe_strict(READ_ONCE(task->kgr_universe));
}

/**
 * kgr_movable - may a task be crossed from outside?
 * @task: the task
 *
 * Return: whether @task stays in the kernel, sleeps in a safe place on its way
 *	   to user mode, may cross in place, or would cross nothing.
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
 * Could the task be preempted here, but for ftrace, which calls handlers with
 * preemption off if a function has several? A kernel that does not count that
 * cannot tell where a spinlock is held. But who calls a function in which it
 * was found asleep holds none as a rule, and where it does, it is in the middle
 * of something as it may be with a mutex.
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
 * A kernel thread without a safe point of its own is crossed while it sleeps.
 * Some threads always sleep in the same function, and if that one changes they
 * are never found outside of it. But they enter it each time, and there such
 * a thread looks at its own stack, as the mover would if it were preempted
 * there.
 *
 * (models/sleep.pml: entry)
 *
 * Called by the handler, and so from within itself if what looks at the stack
 * is patched. A look that this CPU has begun is the end of it: preemption is off
 * meanwhile, so it is a look of this task, or of the one that an interrupt has
 * come to, and neither crosses here. (Where preemption is counted,
 * kgr_entry_preemptible() says so as well.)
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

	/* Where preempt_disable() calls a function, that may be patched. */
	preempt_disable_notrace();
	to = kgr_universe_newest();
	if (!kgr_stack_is_busy() &&
	    !kgr_stack_check_entry(to, ip + MCOUNT_INSN_SIZE, &func))
		crossed = kgr_cross(current, to, KGR_WAY_STACK);
	preempt_enable_notrace();
	return crossed;
}

/**
 * kgr_judge - may a task be crossed where it is?
 * @task: the task
 * @to: the newest universe
 * @verdict: filled in
 *
 * Context: called by task_call_func(): with the task's pi_lock held, and its
 *	    runqueue's lock if it is on one. Only with kgr_mutex held as well
 *	    the answer lasts.
 */
void kgr_judge(struct task_struct *task, u32 to, struct kgr_verdict *verdict)
{
	bool idle = !task->pid;
	int ret;

	verdict->hold = KGR_HOLD_NONE;
	verdict->way = KGR_WAY_IDLE;
	/*
	 * The idle task of a CPU that is offline does not run, although it is
	 * that CPU's current task: it starts afresh when the CPU comes up.
	 */
	if (idle && !cpu_online(task_cpu(task)))
		return;
	if (task_curr(task)) {
		verdict->hold = KGR_HOLD_RUNNING;
		return;
	}

	/*
	 * Where it crosses nothing, it does not matter what a sleeper is in the
	 * middle of, nor whether its stack is reliable. A task that was
	 * preempted may be in the handler, which has the task's universe in
	 * hand and must not find it behind the horizon: its stack is looked at
	 * below (models/agree.pml: move).
	 */
	if (!idle && !task->on_rq && !task_kgr_notified(task) &&
	    kgr_crosses_nothing(task, to)) {
		verdict->way = task_kgr_safe_sleep(task) ? KGR_WAY_SLEEP :
			       kgr_kernel_task(task) ? KGR_WAY_STACK :
						       KGR_WAY_PLACE;
		return;
	}

	/*
	 * An idle task leaves its CPU in do_idle() alone, by schedule_idle(),
	 * with nothing in hand. A thread that comes round in a loop of its own
	 * is left to it, unless it sleeps there, as is a user task to its exit.
	 * The rest crosses wherever its stack is clean, each function for
	 * itself; and so do the former, if that is enough for what they cross, or
	 * if they would cross nothing.
	 * Not one that has been notified: it leaves its system call, which
	 * starts again only if there is something left to cross
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

/* Returns whether it crosses. */
static int kgr_move_locked(struct task_struct *task, void *arg)
{
	struct kgr_verdict *verdict = arg;
	u32 to;

	/* Somebody else was faster. */
	verdict->hold = KGR_HOLD_NONE;
	if (!test_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS))
		return false;
	to = kgr_universe_newest();
	kgr_judge(task, to, verdict);
	return verdict->hold == KGR_HOLD_NONE &&
	       kgr_cross(task, to, verdict->way);
}

/*
 * A kernel thread sleeps inside @func, which changes. Unless it never comes out
 * of that, it may cross when it does, at the top of its loop or on its next way
 * in: see to it. Only in sleeps that end early now and then, and are looked at
 * again: not a thread that is not started yet, is parked, or waits for its
 * hardware.
 */
static void kgr_wake_inside(struct task_struct *task, unsigned long func)
{
	if (task->pid && kgr_kernel_task(task) &&
	    (unsigned long)kthread_func(task) != func)
		wake_up_state(task, TASK_INTERRUPTIBLE | TASK_NOLOAD);
}

/**
 * kgr_try_move - cross a task that is not at its exit, if it can be now
 * @task: a task that is kgr_movable()
 * @verdict: filled in
 *
 * What is refused is tried again by the next retry; there is nothing to undo.
 *
 * Context: kgr_mutex and the CPU hotplug lock held; no scheduler lock.
 * Return: whether it crossed; if not, @verdict says why.
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
