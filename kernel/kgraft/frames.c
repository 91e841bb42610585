// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * frames.c - stacks of sleepers that look like one that was walked before
 *
 * Of thousands of sleepers, most sleep in a few places, and to walk the stack of
 * each would be a third of the work that it causes. Where the next return address
 * is depends, in nearly all functions, on the one before and on frame pointers. A
 * stack that has the same ones in the same places as another would be walked in
 * the same way, with the same result. So a few stacks are remembered, and others
 * are compared with them. When that is possible is the architecture's to say, see
 * kgr_arch_frames_learn().
 *
 * Such a result is used only to decide whether a sleeper is woken. A task is
 * crossed where it is only if its own stack was walked.
 */

#include <linux/bug.h>
#include <linux/hash.h>
#include <linux/string.h>
#include <linux/types.h>

#include "arch.h"
#include "core.h"
#include "frames.h"

/* The system call says among which few a stack is looked for. */
#define KGR_FRAMES_BITS		3
#define KGR_FRAMES_WAYS		4

/* How often in a row a stack must be missing before another takes its place. */
#define KGR_FRAMES_WORTH	15

/* One in so many is walked nevertheless, and the results compared. */
#define KGR_FRAMES_CHECK	64

/**
 * struct kgr_frames_seen - a stack that was walked
 * @frames:	its frames; none if there is no such stack, or it cannot be
 *		compared
 * @worth:	how often it may be missing from now on
 * @used:	how often it was found
 */
struct kgr_frames_seen {
	struct kgr_frames frames;
	unsigned int worth;
	unsigned int used;
};

/* The text of the kernel does not move: they stay as they are. kgr_mutex. */
static struct kgr_frames_seen
kgr_frames_seen[1 << KGR_FRAMES_BITS][KGR_FRAMES_WAYS];

/* A comparison had a wrong result: no more of them. kgr_mutex. */
static bool kgr_frames_wrong;

static struct kgr_frames_seen *kgr_frames_set(struct task_struct *task)
{
	return kgr_frames_seen[hash_long(kgr_arch_frames_key(task),
					 KGR_FRAMES_BITS)];
}

/* The one that is like the stack of @task, or %NULL. */
static struct kgr_frames_seen *kgr_frames_like(struct task_struct *task)
{
	struct kgr_frames_seen *set = kgr_frames_set(task);
	unsigned int i;

	for (i = 0; i < KGR_FRAMES_WAYS; i++)
		if (set[i].frames.nr &&
		    kgr_arch_frames_fit(task, &set[i].frames))
			return &set[i];
	return NULL;
}

/**
 * kgr_frames_find - get the return addresses of a stack without walking it
 * @task: a user task that is held off its CPU, asleep in a system call
 * @entries: set to them, innermost first; valid while kgr_mutex is held
 *
 * Context: kgr_mutex held; the task's pi_lock held.
 * Return: how many; 0 if the stack must be walked, and kgr_frames_learn() be
 *	   called then.
 */
int kgr_frames_find(struct task_struct *task, const unsigned long **entries)
{
	struct kgr_frames_seen *seen;

	lockdep_assert_held(&kgr_mutex);

	if (kgr_frames_wrong)
		return 0;
	seen = kgr_frames_like(task);
	if (!seen || !(++seen->used % KGR_FRAMES_CHECK))
		return 0;
	seen->worth = KGR_FRAMES_WORTH;
	*entries = seen->frames.entries;
	return seen->frames.nr;
}

static bool kgr_frames_are(const struct kgr_frames *frames,
			   const unsigned long *entries, int nr)
{
	return nr >= 0 && frames->nr == nr &&
	       !memcmp(frames->entries, entries, nr * sizeof(*entries));
}

/* Which stack of a set is to be forgotten for another? %NULL: none yet. */
static struct kgr_frames_seen *kgr_frames_worst(struct kgr_frames_seen *set)
{
	struct kgr_frames_seen *worst = set;
	unsigned int i;

	for (i = 1; i < KGR_FRAMES_WAYS; i++)
		if (set[i].worth < worst->worth)
			worst = &set[i];
	if (!worst->worth)
		return worst;
	worst->worth--;
	return NULL;
}

/**
 * kgr_frames_learn - remember a stack that was walked
 * @task: as for kgr_frames_find(), which has returned 0
 * @entries: the return addresses
 * @nr: how many; an error if the walk was not reliable
 *
 * Context: as kgr_frames_find().
 */
void kgr_frames_learn(struct task_struct *task, const unsigned long *entries,
		      int nr)
{
	struct kgr_frames_seen *seen;

	lockdep_assert_held(&kgr_mutex);

	if (kgr_frames_wrong)
		return;
	seen = kgr_frames_like(task);
	if (seen) {
		kgr_frames_wrong = !kgr_frames_are(&seen->frames, entries, nr);
		return;
	}
	seen = nr > 0 ? kgr_frames_worst(kgr_frames_set(task)) : NULL;
	if (!seen)
		return;
	if (!kgr_arch_frames_learn(task, &seen->frames) ||
	    !kgr_frames_are(&seen->frames, entries, nr))
		seen->frames.nr = 0;
	seen->worth = KGR_FRAMES_WORTH;
}

/**
 * kgr_frames_verify - warn if a comparison was found to be wrong
 *
 * Not where it is found, with a task's scheduler lock held.
 *
 * Context: kgr_mutex held; no spinlock.
 */
void kgr_frames_verify(void)
{
	lockdep_assert_held(&kgr_mutex);

	WARN_ONCE(kgr_frames_wrong,
		  "kgraft: two stacks look alike, and are not; now each is walked\n");
}
