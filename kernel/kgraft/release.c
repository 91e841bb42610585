// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release.c - may the text of a reverted patch be freed?
 *
 * When the horizon has passed the end of a version, no task is inside it and
 * none can get there through its site. One way back remains: a system call
 * that was interrupted leaves the address of the function that continues it in
 * restart_block, and that may be one of the patch. restart_syscall() fetches
 * it from there and calls it.
 *
 * Whether a task has fetched a function of the patch and not called it yet
 * cannot be seen. But only the task itself writes its restart_block.fn, and
 * kGraft does when it takes a function of the patch out. So the address that
 * the task has fetched is still there, unless kGraft took it out: in its place
 * stands kgr_restart_gone(), and it stands there until the task has called it,
 * which shows that what was fetched before was called and has returned.
 * Therefore a task that only calls restart_syscall() in a loop holds nothing.
 */

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kgraft_hooks.h>
#include <linux/module.h>
#include <linux/restart_block.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/stacktrace.h>
#include <linux/string.h>

#include "arch.h"
#include "core.h"
#include "move.h"
#include "stack.h"
#include "release.h"
#include "site.h"
#include "task.h"

/* How often one task that moves from CPU to CPU is run after. */
#define KGR_CATCH_TRIES		4

/* Deeper stacks count as not reliable. */
#define KGR_RELEASE_ENTRIES	128

/* So many tasks that hold a release are named, of all patches together. */
#define KGR_RETURNERS_MAX	64

/* Longer names of patches are cut off. */
#define KGR_RETURNER_NAME_LEN	64

/* Whether a task may come back, and why that is believed. */
enum kgr_return {
	/* it cannot */
	KGR_RETURN_NEVER,
	/* it is inside, or had a function of the patch in its restart_block */
	KGR_RETURN_INSIDE,
	/* it may be inside, its stack does not tell */
	KGR_RETURN_UNRELIABLE,
	/* it could not be looked at */
	KGR_RETURN_UNSEEN,
};

/**
 * struct kgr_returner - a task that holds the release of a patch
 * @task:	the task; to compare, it may be gone
 * @why:	why it is believed to come back
 * @patch:	name of the patch
 */
struct kgr_returner {
	const struct task_struct *task;
	enum kgr_return why;
	char patch[KGR_RETURNER_NAME_LEN];
};

/**
 * struct kgr_returners - what one round of looks has found
 * @nr:		how many
 * @r:		the first of them
 */
struct kgr_returners {
	unsigned int nr;
	struct kgr_returner r[KGR_RETURNERS_MAX];
};

/* As of this round. kgr_mutex. */
static struct kgr_returners kgr_returners_found;

/* As of the last round; and what protects it. */
static struct kgr_returners kgr_returners;
static DEFINE_SPINLOCK(kgr_returners_lock);

/**
 * struct kgr_release - the search for tasks that may come back
 * @mod:	into the text of this module
 * @patch:	name of its patch
 * @task:	the one that is looked at
 * @why:	what was found about it
 * @used:	whether there is one
 * @entries:	return addresses on its stack
 */
struct kgr_release {
	const struct module *mod;
	const char *patch;
	struct task_struct *task;
	enum kgr_return why;
	bool used;
	unsigned long entries[KGR_RELEASE_ENTRIES];
};

/* There is one at a time. kgr_mutex. */
static struct kgr_release kgr_release;

/* In the place of do_no_restart_syscall(), of a task that was seen to call it. */
static long kgr_restart_passed(struct restart_block *restart)
{
	return -EINTR;
}

/* In the place of a function of a patch that goes. */
static long kgr_restart_gone(struct restart_block *restart)
{
	WRITE_ONCE(restart->fn, kgr_restart_passed);
	return -EINTR;
}

/* Where its registers are, the task may be dying. */
static bool kgr_in_restart_syscall(struct task_struct *task)
{
	bool ret;

	if (!try_get_task_stack(task))
		return false;
	ret = kgr_arch_in_restart_syscall(task);
	put_task_stack(task);
	return ret;
}

/* Is a task inside the module, as its stack has it? */
static enum kgr_return kgr_inspect_at_stack(struct kgr_release *release)
{
	const struct module_memory *text = &release->mod->mem[MOD_TEXT];
	int nr;

	if (!kgr_have_reliable_stack())
		return KGR_RETURN_UNRELIABLE;
	nr = stack_trace_save_tsk_reliable(release->task, release->entries,
					   KGR_RELEASE_ENTRIES);
	if (nr < 0)
		return KGR_RETURN_UNRELIABLE;
	if (kgr_code_on_stack(release->entries, nr, (unsigned long)text->base,
			      text->size))
		return KGR_RETURN_INSIDE;
	return KGR_RETURN_NEVER;
}

/*
 * May the task come back? It does nothing meanwhile: it is off its CPU, and
 * @asleep or preempted, or it is current in an interrupt. What it loses with
 * its function is the rest of its system call: it gets -EINTR.
 */
static enum kgr_return kgr_inspect_held(struct kgr_release *release, bool asleep)
{
	struct restart_block *restart = &release->task->restart_block;
	enum kgr_return why;

	if (within_module((unsigned long)restart->fn, release->mod)) {
		WRITE_ONCE(restart->fn, kgr_restart_gone);
		return KGR_RETURN_INSIDE;
	}
	if (!kgr_in_restart_syscall(release->task))
		return KGR_RETURN_NEVER;
	/* It may have fetched what was there before (models/release.pml: gone) */
	if (restart->fn == kgr_restart_gone && !asleep)
		return KGR_RETURN_INSIDE;
	/* It has been outside since anything else was there. */
	if (restart->fn == kgr_restart_passed)
		return KGR_RETURN_NEVER;

	why = kgr_inspect_at_stack(release);
	/* The next time that it comes by, it will be known to have done so. */
	if (why == KGR_RETURN_UNRELIABLE &&
	    restart->fn == do_no_restart_syscall)
		WRITE_ONCE(restart->fn, kgr_restart_gone);
	return why;
}

/* On the task's CPU. In user mode its registers are those of this interrupt. */
static void kgr_inspect_at_current(void *arg)
{
	struct kgr_release *release = arg;

	if (current == release->task)
		release->why = kgr_inspect_held(release, false);
}

/*
 * By task_call_func(). One that is on a runqueue was preempted, perhaps with
 * the function fetched and not called yet. One that sleeps does so behind that,
 * in whatever its stack says.
 */
static int kgr_inspect_locked(struct task_struct *task, void *arg)
{
	struct kgr_release *release = arg;

	if (task_curr(task))
		return -EBUSY;
	release->why = kgr_inspect_held(release, !task->on_rq);
	return 0;
}

/* Name a task that holds the release. */
static void kgr_returner_add(const struct kgr_release *release)
{
	struct kgr_returners *found = &kgr_returners_found;
	struct kgr_returner *r;

	if (found->nr == KGR_RETURNERS_MAX)
		return;
	r = &found->r[found->nr++];
	r->task = release->task;
	r->why = release->why;
	strscpy(r->patch, release->patch, sizeof(r->patch));
}

static bool kgr_inspect(struct task_struct *task, void *arg)
{
	struct kgr_release *release = arg;
	unsigned int tries = KGR_CATCH_TRIES;

	/* They have no system calls, or none any more that they return to. */
	if (kgr_kernel_task(task) || (kgr_task_flags(task) & PF_EXITING))
		return false;
	/* It was outside when it crossed (models/release.pml: return) */
	if (!task_kgr_may_return(task))
		return false;

	release->task = task;
	release->why = KGR_RETURN_UNSEEN;
	while (release->why == KGR_RETURN_UNSEEN && tries--)
		if (task_call_func(task, kgr_inspect_locked, release))
			smp_call_function_single(task_cpu(task),
						 kgr_inspect_at_current, release,
						 true);
	if (release->why != KGR_RETURN_NEVER) {
		release->used = true;
		kgr_returner_add(release);
	}
	return false;
}

/**
 * kgr_module_unused - can no task come back into the text of a patch module?
 * @mod: a module of which no version is alive behind the horizon
 * @patch: name of its patch
 *
 * A task may if its restart_block has a function of @mod, or if it has fetched
 * that, or is inside it: then it is in restart_syscall(). All is looked at in
 * one moment, in which the task does nothing else: off its CPU, or interrupted.
 * A task that cannot come back at that moment never will: only code of @mod
 * stores a function of @mod, and only a task's own restart_block leads there. A
 * child is born with none, and a task that takes the number of another in exec
 * loses its own. Nor need a task be looked at that was outside when it crossed
 * last, which was not before the end of the versions: an unreliable stack, or
 * restart_syscall() in a loop, tells nothing about it. So it does not matter
 * that tasks are looked at one by one, nor that kgr_walk_tasks() may miss one of
 * the former. (models/release.pml: look)
 *
 * The functions are taken out. A task that is inside may store one again: if
 * any task may come back, all of it is to be done once more.
 *
 * Context: kgr_mutex held; may sleep.
 * Return: whether @mod may go; if not, ask again.
 */
bool kgr_module_unused(const struct module *mod, const char *patch)
{
	lockdep_assert_held(&kgr_mutex);

	kgr_release.mod = mod;
	kgr_release.patch = patch;
	kgr_release.used = false;
	kgr_walk_tasks(kgr_inspect, &kgr_release);
	return !kgr_release.used;
}

/**
 * kgr_returners_begin - a round of looks begins, for all patches that leave
 *
 * Context: kgr_mutex held.
 */
void kgr_returners_begin(void)
{
	lockdep_assert_held(&kgr_mutex);
	kgr_returners_found.nr = 0;
}

/**
 * kgr_returners_publish - show what the looks since then have found
 *
 * Context: kgr_mutex held.
 */
void kgr_returners_publish(void)
{
	lockdep_assert_held(&kgr_mutex);

	spin_lock(&kgr_returners_lock);
	/* Pairs with kgr_returners_any() */
	WRITE_ONCE(kgr_returners.nr, kgr_returners_found.nr);
	memcpy(kgr_returners.r, kgr_returners_found.r,
	       kgr_returners.nr * sizeof(*kgr_returners.r));
	spin_unlock(&kgr_returners_lock);
}

/**
 * kgr_returners_any - does any task hold the release of a patch?
 *
 * Context: any; a snapshot.
 */
bool kgr_returners_any(void)
{
	return READ_ONCE(kgr_returners.nr);
}

/**
 * kgr_returner_reason - why does a task hold the release of a patch?
 * @task: the task
 * @buf: where to write the reason to
 * @size: size of @buf, 0 if the reason is not wanted
 *
 * Context: process context. As of the last look.
 * Return: whether it holds one.
 */
bool kgr_returner_reason(const struct task_struct *task, char *buf, size_t size)
{
	const struct kgr_returner *r = kgr_returners.r;
	bool found = false;
	unsigned int i;

	if (!kgr_returners_any())
		return false;
	spin_lock(&kgr_returners_lock);
	for (i = 0; i < kgr_returners.nr && !found; i++) {
		if (r[i].task != task)
			continue;
		found = true;
		if (size)
			scnprintf(buf, size, "may return into patch '%s'%s",
				  r[i].patch,
				  r[i].why == KGR_RETURN_UNRELIABLE ?
				  ", stack not reliable" : "");
	}
	spin_unlock(&kgr_returners_lock);
	return found;
}
