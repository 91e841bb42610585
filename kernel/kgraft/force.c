// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * force.c - forcing tasks to cross anywhere in the kernel
 *
 * The administrator's last resort. A forced task may continue in old code and
 * call new code from there: consistency is no longer guaranteed, the kernel is
 * tainted, and the patches concerned are marked. One guarantee remains: code
 * that a task may run is never freed. The modules of all versions that a forced
 * task may be inside are kept for ever.
 *
 * The rules for a task's universe also remain. A task that does not run is
 * crossed under its scheduler locks, as by the mover. A task that runs crosses
 * itself, in an interrupt; see kgr_cross() for the race with a task that is
 * just crossing by itself.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/kgraft_hooks.h>
#include <linux/module.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "applied.h"
#include "core.h"
#include "force.h"
#include "move.h"
#include "scan.h"
#include "site.h"
#include "task.h"
#include "transition.h"
#include "universe.h"
#include "version.h"
#include "walk.h"

/* Time for tasks to cross by themselves first, in ms. */
#define KGR_FORCE_GRACE_MS	20

/*
 * Maximum number of rounds over all tasks. A task that went to sleep or woke up
 * between the visit and the interrupt is caught in the next round, and so is a
 * child that was forked before its parent was forced (models/force.pml: visit).
 */
#define KGR_FORCE_ROUNDS	100

/**
 * struct kgr_forced - the result of forcing
 * @newest:	the universe that tasks are forced into
 * @oldest:	the oldest universe that a task was forced out of
 * @nr:		number of forced tasks
 * @left:	number of tasks that have yet to cross, as of the last count
 */
struct kgr_forced {
	u32 newest;
	u32 oldest;
	unsigned int nr;
	unsigned int left;
};

/* Protects @oldest and @nr. kgr_mutex allows only one kgr_forced at a time. */
static DEFINE_RAW_SPINLOCK(kgr_forced_lock);

static void kgr_force_cross(struct task_struct *task, struct kgr_forced *forced)
{
	u32 from = task->kgr_universe;

	/* The task lags, but its mark may be cleared: see kgr_task_lags(). */
	set_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS);
	if (!kgr_cross(task, forced->newest, KGR_WAY_FORCE))
		return;

	raw_spin_lock(&kgr_forced_lock);
	forced->nr++;
	if (kgr_universe_before(from, forced->oldest))
		forced->oldest = from;
	raw_spin_unlock(&kgr_forced_lock);
}

/* In an interrupt on another CPU: the task that runs there crosses itself. */
static void kgr_force_current(void *arg)
{
	if (kgr_task_lags(current))
		kgr_force_cross(current, arg);
}

/* Called by task_call_func(). A task that runs must cross itself. */
static int kgr_force_locked(struct task_struct *task, void *arg)
{
	struct kgr_forced *forced = arg;
	struct kgr_verdict verdict;

	if (!kgr_task_lags(task))
		return 0;
	kgr_judge(task, forced->newest, &verdict);
	if (verdict.hold == KGR_HOLD_NONE)
		kgr_cross(task, forced->newest, verdict.way);
	else if (verdict.hold != KGR_HOLD_RUNNING)
		kgr_force_cross(task, forced);
	return 0;
}

/* The task that forces crosses by itself on its return to user mode. */
static void kgr_force_visit(struct task_struct *task, void *arg)
{
	if (task != current && kgr_task_lags(task))
		task_call_func(task, kgr_force_locked, arg);
}

static bool kgr_force_push(struct task_struct *task, void *arg)
{
	kgr_force_visit(task, arg);
	return false;
}

static void kgr_force_count(struct task_struct *task, void *arg)
{
	struct kgr_forced *forced = arg;
	u32 universe;

	/* Acquire: as in kgr_scan_visit() */
	universe = smp_load_acquire(&task->kgr_universe);
	if (task != current && universe != forced->newest)
		forced->left++;
}

/*
 * Stacks are unwound in batches without a lock, which may miss a task: see
 * kgr_push_tasks(). The count of remaining tasks misses none. Returns whether
 * every task except the caller has crossed.
 */
static bool kgr_force_all(struct kgr_forced *forced)
{
	unsigned int round;

	for (round = 0; round < KGR_FORCE_ROUNDS; round++) {
		kgr_push_tasks(0, kgr_force_push, NULL, forced);
		kgr_visit_exiting(kgr_force_visit, forced);
		forced->left = 0;
		kgr_visit_tasks(kgr_force_count, forced);
		if (!forced->left)
			return true;
		smp_call_function(kgr_force_current, forced, true);
		cond_resched();
	}
	return false;
}

/* May a forced task be inside a version whose module has this text? */
static bool kgr_text_was_left(unsigned long text, const struct kgr_forced *forced)
{
	const struct kgr_site *site;
	unsigned int i;

	list_for_each_entry(site, &kgr_sites, list) {
		const struct kgr_versions *vs = kgr_site_versions(site);

		for (i = 0; vs && i < vs->nr; i++)
			if (vs->v[i].text == text &&
			    kgr_version_left(vs, i, forced->oldest,
					     forced->newest))
				return true;
	}
	return false;
}

/*
 * Mark the patches whose changes were forced, and pin the modules that a forced
 * task may be inside. Modules with originals need no pin: a task in their code
 * is as safe as before.
 */
static void kgr_force_mark(struct kgr_applied *applied,
			   const struct kgr_forced *forced)
{
	unsigned long text = (unsigned long)applied->owner->mem[MOD_TEXT].base;

	if (kgr_patch_pending(applied) &&
	    kgr_universe_before(forced->oldest, applied->universe))
		kgr_set_forced(applied, true);

	/* If some task may run its code, a reference is held: keep it for ever. */
	if (kgr_patch_is(applied, KGR_FLAG_PINNED) ||
	    !kgr_patch_is(applied, KGR_FLAG_HELD) ||
	    !kgr_text_was_left(text, forced))
		return;
	kgr_patch_set(applied, KGR_FLAG_PINNED);
	kgr_set_forced(applied, true);
	pr_warn("'%s': module %s can never be unloaded, as a forced task may be inside its code\n",
		applied->patch->name, applied->owner->name);
}

static void kgr_force_consequences(const struct kgr_forced *forced)
{
	struct kgr_applied *applied;

	pr_warn("%u tasks were forced into universe %u in the middle of kernel code, and may run a mix of old and new code\n",
		forced->nr, forced->newest);
	/* 'U': user space has requested something that may do harm. */
	add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	list_for_each_entry(applied, &kgr_patches, list)
		kgr_force_mark(applied, forced);
}

/**
 * kgr_force - force every task into the newest universe
 *
 * Tasks that can cross by themselves get some time to do so, and tasks that can
 * be moved are moved. If this covers every task, none is forced.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if no change is pending; -EAGAIN if some task could not be
 *	   caught.
 */
int kgr_force(void)
{
	struct kgr_forced forced = { };
	bool all = true;

	mutex_lock(&kgr_mutex);
	if (!kgr_in_progress()) {
		mutex_unlock(&kgr_mutex);
		return -EINVAL;
	}
	kgr_push_now();
	mutex_unlock(&kgr_mutex);

	msleep(KGR_FORCE_GRACE_MS);

	mutex_lock(&kgr_mutex);
	if (kgr_in_progress()) {
		forced.newest = kgr_newest;
		forced.oldest = kgr_newest;
		cpus_read_lock();
		all = kgr_force_all(&forced);
		cpus_read_unlock();
		/* Before a scan finds the changes complete. */
		if (forced.nr)
			kgr_force_consequences(&forced);
		kgr_push_now();
	}
	mutex_unlock(&kgr_mutex);
	return all ? 0 : -EAGAIN;
}
