/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patches that the core knows: what each consists of, and its status.
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

struct kgr_ext;
struct kgr_life;

/* Where a patch is in its life; the words of its status file. */
enum kgr_status {
	KGR_PATCH_INIT,
	KGR_PATCH_APPLYING,
	KGR_PATCH_APPLIED,
	/* some task has yet to cross its revert */
	KGR_PATCH_REVERTING,
	/* every task has, but one may return into it; "reverting", too */
	KGR_PATCH_LEAVING,
	KGR_PATCH_REVERTED,
	KGR_PATCH_REPLACED,
	KGR_PATCH_NR_STATUS,
};

/* What else is true of a patch; the bits of its flags. */
enum kgr_flag {
	/* its module is held, and its objects that are there are attached */
	KGR_FLAG_HELD,
	/* it was ended in favour of other patches, see @replaced_in */
	KGR_FLAG_REPLACED,
	/* its last change was forced, or it is pinned */
	KGR_FLAG_FORCED,
	/*
	 * a forced task may be inside its code: it stays attached, and its
	 * module is held, for ever
	 */
	KGR_FLAG_PINNED,
};

/* Where a function is; the numbers of the state file, up to 5 as in SLES. */
enum kgr_func_state {
	KGR_FUNC_INIT		= 0,
	KGR_FUNC_SLOW		= 1,
	KGR_FUNC_APPLIED	= 2,
	KGR_FUNC_REVERT_SLOW	= 3,
	KGR_FUNC_REVERTED	= 4,
	/* its module is not loaded */
	KGR_FUNC_SKIPPED	= 5,
	/* its module is loaded, and runs the original */
	KGR_FUNC_UNPATCHED	= 6,
};

/* What the change that is being prepared does with a patch. */
enum kgr_plan {
	KGR_PLAN_KEEP,
	KGR_PLAN_BEGIN,
	/* goes, with its callbacks */
	KGR_PLAN_END,
	/* goes in favour of those that begin, which take over from it */
	KGR_PLAN_REPLACE,
};

/**
 * struct kgr_applied - a patch that the core knows
 *
 * From apply until the revert is complete and no task can come back into its
 * code, %KGR_FLAG_HELD is set.
 */
struct kgr_applied {
	/** @kobj: its directory, holds the memory of this; outlives the module */
	struct kobject kobj;

	/* constant once it is on kgr_patches */

	/** @patch: what its author wrote; valid until kgr_patch_remove() */
	struct kgr_patch *patch;
	/** @owner: the module that has the replacements */
	struct module *owner;
	/** @objs: its objects */
	struct kgr_object *objs;
	/** @nr_objs: how many */
	unsigned int nr_objs;
	/** @exts: the symbols that it looks up */
	struct kgr_ext *exts;
	/** @nr_exts: how many */
	unsigned int nr_exts;

	/* written with kgr_mutex held, read anywhere as a snapshot */

	/** @status: where it is */
	enum kgr_status status;
	/** @universe: the universe that its last change opened */
	u32 universe;
	/** @flags: bits of enum kgr_flag */
	unsigned long flags;
	/** @deadline: how long a change of it may take */
	struct kgr_deadline deadline;

	/* kgr_mutex */

	/** @list: on kgr_patches */
	struct list_head list;
	/** @begun: the universe that its last beginning opened */
	u32 begun;
	/** @replaced_in: the universe that the change opened which replaced it */
	u32 replaced_in;
	/** @life: the last life of it, %NULL when that is over */
	struct kgr_life *life;
	/** @staged_life: the life that the change in preparation begins */
	struct kgr_life *staged_life;
	/** @plan: what that change does with it */
	enum kgr_plan plan;

	/* the functions, constant but for what struct kgr_func says */

	/** @nr: how many */
	unsigned int nr;
	/** @funcs: each */
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

/* All patches from apply to remove, in the order in which they last began. */
extern struct list_head kgr_patches;

static inline struct kgr_applied *to_kgr_applied(struct kobject *kobj)
{
	return container_of(kobj, struct kgr_applied, kobj);
}

/**
 * kgr_patch_is - is a flag of a patch set?
 * @applied: the patch
 * @flag: which
 *
 * Context: kgr_mutex held, or a snapshot.
 */
static inline bool kgr_patch_is(const struct kgr_applied *applied,
				enum kgr_flag flag)
{
	return test_bit(flag, &applied->flags);
}

/**
 * kgr_patch_set - set or clear a flag of a patch
 * @applied: the patch
 * @flag: which
 * @value: what it is from now on
 *
 * Context: kgr_mutex held.
 */
static inline void kgr_patch_set(struct kgr_applied *applied,
				 enum kgr_flag flag, bool value)
{
	assign_bit(flag, &applied->flags, value);
}

/**
 * kgr_patch_live - does a patch stay, as far as is known?
 * @applied: the patch
 *
 * Context: kgr_mutex held, or a snapshot.
 * Return: whether it is applied, completely or half way, and not on its way
 *	   back.
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

void kgr_set_status(struct kgr_applied *applied, enum kgr_status status);
void kgr_set_forced(struct kgr_applied *applied, bool forced);
void kgr_forget_sites(struct kgr_applied *applied);
enum kgr_func_state kgr_patch_func_state(const struct kgr_applied *applied,
					 const struct kgr_func *func);

#endif /* _KGRAFT_APPLIED_H */
