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
	const struct kgr_release *release = arg;
	long (*fn)(struct restart_block *) = READ_ONCE(task->restart_block.fn);

	/*
	 * What the task loses is the rest of its system call: it gets -EINTR.
	 * Only if it has not stored another function in the meantime.
	 */
	if (within_module((unsigned long)fn, release->mod))
		try_cmpxchg(&task->restart_block.fn, &fn,
			    do_no_restart_syscall);
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

	if (release->used || kgr_kernel_task(task) || !task->pid)
		return;
	if (!kgr_arch_in_restart_syscall(task))
		return;
	release->used = task_call_func(task, kgr_inside_locked,
				       (void *)&release->mod->mem[MOD_TEXT]);
}

/**
 * kgr_module_unused - can nobody come back into the text of a patch module?
 * @mod: a module of which no version is alive behind the horizon
 *
 * First the functions that continue a system call are reset, then tasks are
 * looked for that may have fetched theirs before: they are inside
 * restart_syscall(). One that runs there is taken to be inside.
 *
 * Context: no scheduler lock held.
 * Return: whether @mod may go; if not, ask again.
 */
bool kgr_module_unused(const struct module *mod)
{
	struct kgr_release release = { .mod = mod };

	kgr_for_each_task(kgr_reset_restart, &release);
	/*
	 * The reset before the look: a task is inside restart_syscall() for
	 * all to see before it fetches the function. Its entry to the kernel
	 * is not a barrier on every architecture, but a task that is missed
	 * here has fetched the reset function or is about to: kgr_synchronize()
	 * before the text is freed waits for it to sleep or leave.
	 */
	smp_mb();
	kgr_for_each_task(kgr_find_inside, &release);
	return !release.used;
}
