// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release.c - may the text of a reverted patch be freed?
 *
 * When the horizon has passed the end of a version, no task is inside it and
 * none can enter it through its site. One way back remains: an interrupted
 * system call leaves the address of the function that continues it in
 * restart_block, and that may be a function of the patch. restart_syscall()
 * fetches the address and calls it.
 *
 * It is not visible whether a task has fetched a function of the patch and not
 * called it yet. But restart_block.fn is written only by the task itself, and
 * by kGraft when it removes a function of the patch or cannot see what the task
 * is inside; and by its parent before it begins. So the address that the task
 * has fetched is still there, unless kGraft replaced it with
 * kgr_restart_gone(). That stays until the task has called it, which proves
 * that any function fetched before was called and has returned. Therefore a
 * task that only calls restart_syscall() in a loop does not hold the release.
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
#include "flags.h"
#include "move.h"
#include "stack.h"
#include "release.h"
#include "site.h"
#include "task.h"
#include "walk.h"

/* Attempts to catch a task that moves from CPU to CPU. */
#define KGR_CATCH_TRIES		4

/* Deeper stacks count as unreliable. */
#define KGR_RELEASE_ENTRIES	128

/* Maximum number of tasks reported as holding a release, for all patches. */
#define KGR_RETURNERS_MAX	64

/* Longer names of patches are truncated. */
#define KGR_RETURNER_NAME_LEN	64

/* Whether a task may return into a patch, and the evidence for it. */
enum kgr_return {
	/* it cannot return */
	KGR_RETURN_NEVER,
	/* it is inside, or had a function of the patch in its restart_block */
	KGR_RETURN_INSIDE,
	/* it may be inside; its stack is not reliable */
	KGR_RETURN_UNRELIABLE,
	/* it could not be examined */
	KGR_RETURN_UNSEEN,
};

/**
 * struct kgr_returner - a task that holds the release of a patch
 * @task:	the task; only for comparing, it may be gone
 * @why:	the reason
 * @patch:	name of the patch
 */
struct kgr_returner {
	const struct task_struct *task;
	enum kgr_return why;
	char patch[KGR_RETURNER_NAME_LEN];
};

/**
 * struct kgr_returners - the tasks that one round of examination has found
 * @nr:		their number
 * @r:		the tasks
 */
struct kgr_returners {
	unsigned int nr;
	struct kgr_returner r[KGR_RETURNERS_MAX];
};

/* Result of the round in progress. kgr_mutex. */
static struct kgr_returners kgr_returners_found;

/* Result of the last round, and its lock. */
static struct kgr_returners kgr_returners;
static DEFINE_SPINLOCK(kgr_returners_lock);

/**
 * struct kgr_release - the search for tasks that may return into a module
 * @mod:	the module
 * @patch:	name of its patch
 * @task:	the task that is being examined
 * @why:	the result for @task
 * @used:	whether any task may return
 * @entries:	return addresses on its stack
 */
struct kgr_release {
	const struct module *mod;
	const char *patch;
	struct task_struct *task;
	enum kgr_return why;
	bool used;
	unsigned long entries[KGR_RELEASE_ENTRIES + KGR_STACK_ORIGINALS];
};

/* One search at a time. kgr_mutex. */
static struct kgr_release kgr_release;

/*
 * Stands in for do_no_restart_syscall(): the task has called
 * kgr_restart_gone().
 */
static long kgr_restart_passed(struct restart_block *restart)
{
	return -EINTR;
}

/* Replaces a function of a patch that is being released. */
static long kgr_restart_gone(struct restart_block *restart)
{
	WRITE_ONCE(restart->fn, kgr_restart_passed);
	return -EINTR;
}

/* Needs a reference to the stack: the task may be dying. */
static bool kgr_in_restart_syscall(struct task_struct *task)
{
	bool ret;

	if (!try_get_task_stack(task))
		return false;
	ret = kgr_arch_in_restart_syscall(task);
	put_task_stack(task);
	return ret;
}

/* Is a task inside the module, according to its stack? */
static enum kgr_return kgr_inspect_at_stack(struct kgr_release *release)
{
	const struct module_memory *text = &release->mod->mem[MOD_TEXT];
	int nr;

	if (!kgr_have_reliable_stack())
		return KGR_RETURN_UNRELIABLE;
	nr = stack_trace_save_tsk_reliable(release->task, release->entries,
					   KGR_RELEASE_ENTRIES);
	if (nr >= 0)
		nr = kgr_site_add_originals(release->entries, nr,
					    ARRAY_SIZE(release->entries));
	if (nr < 0)
		return KGR_RETURN_UNRELIABLE;
	if (kgr_code_on_stack(release->entries, nr, (unsigned long)text->base,
			      text->size))
		return KGR_RETURN_INSIDE;
	return KGR_RETURN_NEVER;
}

/*
 * May the task return into the module? It cannot run meanwhile: it is off its
 * CPU (@asleep or preempted), or it is current and this is an interrupt. If its
 * restart function is replaced, its system call does not continue but fails
 * with -EINTR.
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
	/*
	 * It may have fetched the previous function (models/release.pml: gone)
	 */
	if (restart->fn == kgr_restart_gone && !asleep)
		return KGR_RETURN_INSIDE;
	/* It has called kgr_restart_gone() and was outside since then. */
	if (restart->fn == kgr_restart_passed)
		return KGR_RETURN_NEVER;

	why = kgr_inspect_at_stack(release);
	/* When the task next calls it, kgr_restart_gone() records that. */
	if (why == KGR_RETURN_UNRELIABLE &&
	    restart->fn == do_no_restart_syscall)
		WRITE_ONCE(restart->fn, kgr_restart_gone);
	return why;
}

/*
 * Runs on the task's CPU, in an interrupt. If that interrupted user mode, it
 * saved the registers of the task there.
 */
static void kgr_inspect_at_current(void *arg)
{
	struct kgr_release *release = arg;

	if (current == release->task)
		release->why = kgr_inspect_held(release, false);
}

/*
 * Called by task_call_func(). A task that is on a runqueue was preempted, and
 * may have fetched the function without calling it yet. A task that sleeps has
 * passed that point, and its stack shows where it is.
 */
static int kgr_inspect_locked(struct task_struct *task, void *arg)
{
	struct kgr_release *release = arg;

	if (task_curr(task))
		return -EBUSY;
	release->why = kgr_inspect_held(release, !task->on_rq);
	return 0;
}

/* Record a task that holds the release. */
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

	/* Such tasks have no system call that they could restart. */
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
 * kgr_module_unused - can no task return into the text of a patch module?
 * @mod: a module that has no version alive at the horizon or later
 * @patch: name of its patch
 *
 * A task can return if its restart_block has a function of @mod; or if it has
 * fetched such a function, or is inside one: then it is in restart_syscall().
 * Each task is examined at a single point in time, while it cannot run: off its
 * CPU, or interrupted. A task that cannot return at that time never can: only
 * code of @mod stores a function of @mod, and only a task's own restart_block
 * leads there. A child starts with an empty restart_block, and a task that
 * takes over the PID of another in exec loses its own. A task that was outside
 * when it last crossed, which was not before the end of the versions, need not
 * be examined: neither an unreliable stack nor restart_syscall() in a loop says
 * anything about it. So tasks may be examined one after the other, and
 * kgr_walk_tasks() may miss a task that was forked or took over a PID
 * meanwhile. (models/release.pml: look)
 *
 * Functions of @mod are removed from each restart_block. A task that is inside
 * may store one again: if any task may return, the caller must repeat the whole
 * search.
 *
 * Context: kgr_mutex held; may sleep.
 * Return: whether @mod may be released; if not, try again later.
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
 * kgr_returners_begin - begin a round of kgr_module_unused() calls
 *
 * Context: kgr_mutex held.
 */
void kgr_returners_begin(void)
{
	lockdep_assert_held(&kgr_mutex);
	kgr_returners_found.nr = 0;
}

/**
 * kgr_returners_publish - publish the tasks found since kgr_returners_begin()
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
 * Return: whether one does.
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
 * Context: process context. A snapshot, as of the last round.
 * Return: whether it holds a release.
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
