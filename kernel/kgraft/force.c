// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * force.c - taking tasks across wherever they are
 *
 * The administrator's last resort. A task that is forced may go on in old code
 * and call new code from there: nothing is promised any more, the kernel is
 * tainted, and the patches concerned are marked. One promise stays, that no
 * code is freed which somebody may run: the modules of all versions in which a
 * forced task may be are kept for ever.
 *
 * The rules for a task's universe stay too. A task that does not run is crossed
 * under its scheduler locks, like by the mover. One that runs crosses itself, in
 * an interrupt; if it was just about to cross anyway, see kgr_cross().
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

/* Who can cross by itself has so long to do so, in ms. */
#define KGR_FORCE_GRACE_MS	20

/*
 * How often all tasks are looked at. One that went to sleep or woke up between
 * the look and the interrupt is there in the next round, and so is a child
 * that was forked before its parent was forced (models/force.pml: visit).
 */
#define KGR_FORCE_ROUNDS	100

/**
 * struct kgr_forced - what was done
 * @newest:	where tasks are taken
 * @oldest:	the oldest universe that one was taken from
 * @nr:		how many
 * @left:	how many have yet to cross, as of the last look at all tasks
 */
struct kgr_forced {
	u32 newest;
	u32 oldest;
	unsigned int nr;
	unsigned int left;
};

/* Protects @oldest and @nr of the one that there is. */
static DEFINE_RAW_SPINLOCK(kgr_forced_lock);

static void kgr_force_cross(struct task_struct *task, struct kgr_forced *forced)
{
	u32 from = task->kgr_universe;

	/* It lags, and may have lost its mark: see kgr_task_lags(). */
	set_tsk_thread_flag(task, TIF_KGR_IN_PROGRESS);
	if (!kgr_cross(task, forced->newest, KGR_WAY_FORCE))
		return;

	raw_spin_lock(&kgr_forced_lock);
	forced->nr++;
	if (kgr_universe_before(from, forced->oldest))
		forced->oldest = from;
	raw_spin_unlock(&kgr_forced_lock);
}

/* On another CPU, in an interrupt: whoever runs there crosses itself. */
static void kgr_force_current(void *arg)
{
	if (kgr_task_lags(current))
		kgr_force_cross(current, arg);
}

/* By task_call_func(). A task that runs has to do it itself. */
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

/* The writer crosses by itself when it is back in user mode. */
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
 * Stacks are unwound without a lock and in batches, which may miss a task: see
 * kgr_push_tasks(). The look that counts who is left misses none. Returns
 * whether the caller alone is.
 */
static bool kgr_force_all(struct kgr_forced *forced)
{
	unsigned int round;

	for (round = 0; round < KGR_FORCE_ROUNDS; round++) {
		kgr_push_tasks(0, kgr_force_push, forced);
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

/* May a forced task be inside the versions that are in some text? */
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
 * Mark the patches whose changes have been forced, and keep the modules that
 * somebody may be inside of. Those of the originals need no help: to be in the
 * code of a module is no more dangerous than before.
 */
static void kgr_force_mark(struct kgr_applied *applied,
			   const struct kgr_forced *forced)
{
	unsigned long text = (unsigned long)applied->owner->mem[MOD_TEXT].base;

	if (kgr_patch_pending(applied) &&
	    kgr_universe_before(forced->oldest, applied->universe))
		kgr_set_forced(applied, true);

	/*
	 * If its code is alive for somebody, we hold a reference, and keep it. A
	 * module may have several patches: one of them will do.
	 */
	if (kgr_patch_is(applied, KGR_FLAG_PINNED) ||
	    !kgr_patch_is(applied, KGR_FLAG_HELD) ||
	    !kgr_text_was_left(text, forced))
		return;
	kgr_patch_set(applied, KGR_FLAG_PINNED, true);
	kgr_set_forced(applied, true);
	pr_warn("'%s': module %s can never be unloaded, somebody may be inside of it\n",
		applied->patch->name, applied->owner->name);
}

static void kgr_force_consequences(const struct kgr_forced *forced)
{
	struct kgr_applied *applied;

	pr_warn("%u tasks were forced into universe %u where they were, and may run a mix of old and new code\n",
		forced->nr, forced->newest);
	/* Somebody asked for something that may do harm: what 'U' stands for. */
	add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	list_for_each_entry(applied, &kgr_patches, list)
		kgr_force_mark(applied, forced);
}

/**
 * kgr_force - take every task into the newest universe, wherever it is
 *
 * Those who can cross by themselves are given the time for it, and those who
 * can be moved as usual are. If that is everybody, nothing was forced.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if no change is pending; -EAGAIN if somebody could not be
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
		/* Before anybody finds that the changes are complete. */
		if (forced.nr)
			kgr_force_consequences(&forced);
		kgr_push_now();
	}
	mutex_unlock(&kgr_mutex);
	return all ? 0 : -EAGAIN;
}
