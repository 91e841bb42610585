// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release.c - may the text of a reverted patch be freed?
 *
 * When the horizon has passed the end of a version, no task is inside it and
 * none can get there through its site. One way back remains: a system call
 * that was interrupted leaves the address of the function that continues it in
 * restart_block, and that may be one of the patch.
 */

#include <linux/kgraft_hooks.h>
#include <linux/module.h>
#include <linux/restart_block.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>

#include "arch.h"
#include "move.h"
#include "release.h"
#include "task.h"

/* How often one task that moves from CPU to CPU is run after. */
#define KGR_CATCH_TRIES		4

/**
 * struct kgr_release - the search for tasks that may come back
 * @mod:	into the text of this module
 * @task:	the one that is looked at
 * @caught:	whether it could be
 * @used:	whether there is one
 */
struct kgr_release {
	const struct module *mod;
	struct task_struct *task;
	bool caught;
	bool used;
};

/*
 * What a task loses is the rest of its system call: it gets -EINTR. Nobody
 * writes its function meanwhile: it is off its CPU, or current in an interrupt.
 */
static void kgr_reset_restart(struct kgr_release *release)
{
	struct task_struct *task = release->task;

	if (!within_module((unsigned long)task->restart_block.fn, release->mod))
		return;
	release->used = true;
	WRITE_ONCE(task->restart_block.fn, do_no_restart_syscall);
}

static bool kgr_in_restart_syscall(struct task_struct *task)
{
	bool ret;

	/* Where its registers are. It may be dying. */
	if (!try_get_task_stack(task))
		return false;
	ret = kgr_arch_in_restart_syscall(task);
	put_task_stack(task);
	return ret;
}

/* On the task's CPU. In user mode its registers are those of this interrupt. */
static void kgr_look_at_current(void *arg)
{
	struct kgr_release *release = arg;

	if (current != release->task)
		return;
	kgr_reset_restart(release);
	if (kgr_in_restart_syscall(current))
		release->used = true;
	release->caught = true;
}

/*
 * By task_call_func(). One that is on a runqueue was preempted, perhaps with
 * the function fetched and not called yet. One that sleeps does so behind that,
 * in whatever its stack says.
 */
static int kgr_look_locked(struct task_struct *task, void *arg)
{
	struct kgr_release *release = arg;
	const struct module_memory *text = &release->mod->mem[MOD_TEXT];

	if (task_curr(task))
		return -EBUSY;
	kgr_reset_restart(release);
	if (kgr_in_restart_syscall(task) &&
	    (task->on_rq || !kgr_stack_avoids(task, (unsigned long)text->base,
					      text->size)))
		release->used = true;
	release->caught = true;
	return 0;
}

static void kgr_look(struct task_struct *task, void *arg)
{
	struct kgr_release *release = arg;
	unsigned int tries;

	/* They have no system calls, or none any more that they return to. */
	if (kgr_kernel_task(task) || (kgr_task_flags(task) & PF_EXITING))
		return;

	release->task = task;
	release->caught = false;
	for (tries = 0; tries < KGR_CATCH_TRIES && !release->caught; tries++)
		if (task_call_func(task, kgr_look_locked, release))
			smp_call_function_single(task_cpu(task),
						 kgr_look_at_current, release,
						 true);
	if (!release->caught)
		release->used = true;
}

/**
 * kgr_module_unused - can nobody come back into the text of a patch module?
 * @mod: a module of which no version is alive behind the horizon
 *
 * A task may if its restart_block has a function of @mod, or if it has fetched
 * that, or is inside it: then it is in restart_syscall(). Both are looked at in
 * one moment, in which the task does nothing else: off its CPU, or interrupted.
 * Who may not come back at that moment never will: only code of @mod stores a
 * function of @mod, and only a task's own restart_block leads there. A child is
 * born with none. So it does not matter that tasks are looked at one by one.
 * (models/release.pml: look)
 *
 * The functions are reset. Who is inside may store one again: if anybody may
 * come back, all of it is to be done once more.
 *
 * Context: no scheduler lock held; interrupts on.
 * Return: whether @mod may go; if not, ask again.
 */
bool kgr_module_unused(const struct module *mod)
{
	struct kgr_release release = { .mod = mod };

	kgr_visit_tasks(kgr_look, &release);
	return !release.used;
}
