// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release.c - may the text of a reverted patch be freed?
 *
 * When the horizon has passed the end of a version, no task is inside it and
 * none can get there through its site. One way back remains: a system call
 * that was interrupted leaves the address of the function that continues it in
 * restart_block, and that may be one of the patch.
 */

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/restart_block.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "arch.h"
#include "move.h"
#include "release.h"
#include "task.h"

struct kgr_release {
	const struct module *mod;
	bool used;
};

static void kgr_reset_restart(struct task_struct *task, void *arg)
{
	struct kgr_release *release = arg;
	typeof(task->restart_block.fn) fn = READ_ONCE(task->restart_block.fn);

	/*
	 * What the task loses is the rest of its system call: it gets -EINTR.
	 * Only if it has not stored another function in the meantime.
	 */
	if (!within_module((unsigned long)fn, release->mod))
		return;
	release->used = true;
	try_cmpxchg(&task->restart_block.fn, &fn, do_no_restart_syscall);
}

static int kgr_inside_locked(struct task_struct *task, void *arg)
{
	const struct module_memory *text = arg;

	if (task_curr(task))
		return true;
	return !kgr_stack_avoids(task, (unsigned long)text->base, text->size);
}

static void kgr_find_inside(struct task_struct *task, void *arg)
{
	struct kgr_release *release = arg;
	bool restarts;

	if (kgr_kernel_task(task) || !try_get_task_stack(task))
		return;
	restarts = kgr_arch_in_restart_syscall(task);
	put_task_stack(task);
	if (!restarts)
		return;
	if (!task_call_func(task, kgr_inside_locked,
			    (void *)&release->mod->mem[MOD_TEXT]))
		return;

	release->used = true;
	/* In user mode it looks as if, until an interrupt. */
	kick_process(task);
}

static bool kgr_used(const struct module *mod, kgr_visit_t visit)
{
	struct kgr_release release = { .mod = mod };

	kgr_visit_tasks(visit, &release);
	return release.used;
}

/**
 * kgr_module_unused - can nobody come back into the text of a patch module?
 * @mod: a module of which no version is alive behind the horizon
 *
 * The functions that continue a system call are reset, and tasks are looked
 * for that may have fetched theirs before: those inside restart_syscall(). One
 * that runs there is taken to be inside. Whoever was inside at the reset may
 * have set its function anew before it left, and was then not seen by the
 * look: so the functions are looked at once more, and if there was one, all of
 * it is to be done again.
 *
 * Context: no scheduler lock held.
 * Return: whether @mod may go; if not, ask again.
 */
bool kgr_module_unused(const struct module *mod)
{
	kgr_used(mod, kgr_reset_restart);
	/*
	 * The reset before the look. Whoever enters restart_syscall() after
	 * the look fetches what was stored here.
	 */
	smp_mb();
	if (kgr_used(mod, kgr_find_inside))
		return false;
	return !kgr_used(mod, kgr_reset_restart);
}
