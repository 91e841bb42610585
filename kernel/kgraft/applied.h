/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patches known to the core: their parts and their status.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_APPLIED_H
#define _KGRAFT_APPLIED_H

#include <linux/bitops.h>
#include <linux/kgraft.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/types.h>

#include "deadline.h"
#include "object.h"
#include "tally.h"

struct kgr_applied;
struct kgr_ext;
struct kgr_life;

/**
 * struct kgr_front - the interface that patches come through, other than ours
 * @consistency: the consistency of the changes of these patches; may change
 * @attach:	an object was loaded: find its functions, see kgr_func.addr, and
 *		prepare whatever else their replacements need
 * @detach:	undo @attach: no task can run the replacements any more
 * @status:	the status of a patch has changed
 *
 * All are called with kgr_mutex held, and @attach and @detach may sleep.
 */
struct kgr_front {
	enum kgr_consistency consistency;
	int (*attach)(struct kgr_applied *applied, struct kgr_object *obj);
	void (*detach)(struct kgr_applied *applied, struct kgr_object *obj);
	void (*status)(struct kgr_applied *applied);
};

/* The status of a patch; kgr_status_name() has the words for user space. */
enum kgr_status {
	KGR_PATCH_INIT,
	KGR_PATCH_APPLYING,
	KGR_PATCH_APPLIED,
	/* some task has yet to cross its revert */
	KGR_PATCH_REVERTING,
	/*
	 * every task has crossed, but one may return into it; still "reverting"
	 */
	KGR_PATCH_LEAVING,
	KGR_PATCH_REVERTED,
	KGR_PATCH_REPLACED,
	KGR_PATCH_NR_STATUS,
};

/* Bit numbers of kgr_applied.flags. */
enum kgr_flag {
	/* its module is held, and its objects that are loaded are attached */
	KGR_FLAG_HELD,
	/* other patches have replaced it, see @replaced_in */
	KGR_FLAG_REPLACED,
	/* its last change was forced, or it is pinned */
	KGR_FLAG_FORCED,
	/*
	 * a forced task may be inside its code: it stays attached and its
	 * module stays held for ever
	 */
	KGR_FLAG_PINNED,
	/*
	 * its files may be used: nothing removes them any more with kgr_mutex
	 * held, for which their users may wait
	 */
	KGR_FLAG_SHOWN,
};

/*
 * The state of a function; the numbers of the state file. Up to 5 as in SLES.
 */
enum kgr_func_state {
	KGR_FUNC_INIT		= 0,
	KGR_FUNC_SLOW		= 1,
	KGR_FUNC_APPLIED	= 2,
	KGR_FUNC_REVERT_SLOW	= 3,
	KGR_FUNC_REVERTED	= 4,
	/* its module is not loaded */
	KGR_FUNC_SKIPPED	= 5,
	/* its module is loaded and runs the original */
	KGR_FUNC_UNPATCHED	= 6,
};

/* What the change in preparation does with a patch. */
enum kgr_plan {
	KGR_PLAN_KEEP,
	KGR_PLAN_BEGIN,
	/* ends; its callbacks are called */
	KGR_PLAN_END,
	/* ends; the patches that begin take over from it */
	KGR_PLAN_REPLACE,
};

/**
 * struct kgr_applied - a patch known to the core
 *
 * %KGR_FLAG_HELD is set from the apply until the revert is complete and no task
 * can return into its code.
 */
struct kgr_applied {
	/**
	 * @kobj: its directory, owns the memory of this structure; outlives the
	 *	  module
	 */
	struct kobject kobj;

	/* constant once it is on kgr_patches */

	/** @patch: the author's description; valid until kgr_patch_remove() */
	struct kgr_patch *patch;
	/** @owner: the module that contains the replacements */
	struct module *owner;
	/** @front: the interface it came through; %NULL: kgr_patch_kernel() */
	const struct kgr_front *front;
	/** @objs: its objects */
	struct kgr_object *objs;
	/** @nr_objs: their number */
	unsigned int nr_objs;
	/** @exts: the symbols that it looks up */
	struct kgr_ext *exts;
	/** @nr_exts: their number */
	unsigned int nr_exts;

	/* written with kgr_mutex held, read anywhere as a snapshot */

	/** @status: its status */
	enum kgr_status status;
	/** @universe: the universe that its last change opened */
	u32 universe;
	/** @flags: bits of enum kgr_flag */
	unsigned long flags;
	/** @deadline: time limit of its changes */
	struct kgr_deadline deadline;

	/* kgr_mutex */

	/** @list: on kgr_patches */
	struct list_head list;
	/** @begun: the universe that its last apply opened */
	u32 begun;
	/** @replaced_in: the universe opened by the change that replaced it */
	u32 replaced_in;
	/** @life: its last life, %NULL once that has ended */
	struct kgr_life *life;
	/** @staged_life: the life that the change in preparation begins */
	struct kgr_life *staged_life;
	/** @plan: what that change does with it */
	enum kgr_plan plan;
	/** @stats: its last change in numbers */
	struct kgr_stats stats;

	/* the functions; constant, except for members of struct kgr_func */

	/** @nr: their number */
	unsigned int nr;
	/** @funcs: the functions */
	struct kgr_func funcs[] __counted_by(nr);
};

#define kgr_for_each_func(applied, func) \
	for ((func) = (applied)->funcs; \
	     (func) < (applied)->funcs + (applied)->nr; (func)++)

#define kgr_for_each_object(applied, obj) \
	for ((obj) = (applied)->objs; \
	     (obj) < (applied)->objs + (applied)->nr_objs; (obj)++)

#define kgr_for_each_ext(applied, e) \
	for ((e) = (applied)->exts; \
	     (e) < (applied)->exts + (applied)->nr_exts; (e)++)

/*
 * All patches from apply to remove, in the order in which they were last
 * applied.
 */
extern struct list_head kgr_patches;

static inline struct kgr_applied *to_kgr_applied(struct kobject *kobj)
{
	return container_of(kobj, struct kgr_applied, kobj);
}

/**
 * kgr_patch_is - is a flag of a patch set?
 * @applied: the patch
 * @flag: the flag
 *
 * Context: kgr_mutex held, or a snapshot.
 * Return: whether it is.
 */
static inline bool kgr_patch_is(const struct kgr_applied *applied,
				enum kgr_flag flag)
{
	return test_bit(flag, &applied->flags);
}

/**
 * kgr_patch_set - set a flag of a patch
 * @applied: the patch
 * @flag: the flag
 *
 * Context: kgr_mutex held.
 */
static inline void kgr_patch_set(struct kgr_applied *applied,
				 enum kgr_flag flag)
{
	set_bit(flag, &applied->flags);
}

/**
 * kgr_patch_clear - clear a flag of a patch
 * @applied: the patch
 * @flag: the flag
 *
 * Context: kgr_mutex held.
 */
static inline void kgr_patch_clear(struct kgr_applied *applied,
				   enum kgr_flag flag)
{
	clear_bit(flag, &applied->flags);
}

/**
 * kgr_patch_assign - set or clear a flag of a patch
 * @applied: the patch
 * @flag: the flag
 * @value: its new value
 *
 * Context: kgr_mutex held.
 */
static inline void kgr_patch_assign(struct kgr_applied *applied,
				    enum kgr_flag flag, bool value)
{
	assign_bit(flag, &applied->flags, value);
}

/**
 * kgr_patch_live - is a patch applied or being applied?
 * @applied: the patch
 *
 * Context: kgr_mutex held, or a snapshot.
 * Return: whether it is applied, completely or half way, and not being
 *	   reverted.
 */
static inline bool kgr_patch_live(const struct kgr_applied *applied)
{
	enum kgr_status status = READ_ONCE(applied->status);

	return status == KGR_PATCH_APPLYING || status == KGR_PATCH_APPLIED;
}

/**
 * kgr_patch_pending - has some task yet to cross the last change of a patch?
 * @applied: the patch
 *
 * Context: kgr_mutex held, or a snapshot.
 * Return: whether it is being applied, reverted or replaced.
 */
static inline bool kgr_patch_pending(const struct kgr_applied *applied)
{
	enum kgr_status status = READ_ONCE(applied->status);

	return status == KGR_PATCH_APPLYING || status == KGR_PATCH_REVERTING;
}

/**
 * kgr_patch_consistency - what must a task not see during a change of a patch?
 * @applied: the patch
 *
 * Context: any; a snapshot.
 * Return: the author's choice, or that of the interface it came through.
 */
static inline enum kgr_consistency
kgr_patch_consistency(const struct kgr_applied *applied)
{
	return applied->front ? READ_ONCE(applied->front->consistency) :
				applied->patch->consistency;
}

/* The words for user space, by enum kgr_consistency */
extern const char * const kgr_consistency_names[KGR_CONSISTENCY_FUNCTION + 1];

void kgr_set_status(struct kgr_applied *applied, enum kgr_status status);
void kgr_set_forced(struct kgr_applied *applied, bool forced);
void kgr_forget_sites(struct kgr_applied *applied);
enum kgr_func_state kgr_patch_func_state(const struct kgr_applied *applied,
					 const struct kgr_func *func);

#endif /* _KGRAFT_APPLIED_H */
