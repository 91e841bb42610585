/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The patches that the core knows: what each consists of, and its status.
 */
#ifndef _KGRAFT_APPLIED_H
#define _KGRAFT_APPLIED_H

#include <linux/kgraft.h>
#include <linux/kobject.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/types.h>

#include "object.h"

struct kgr_ext;
struct kgr_life;

/* Where a patch is in its life; the words of its status file. */
enum kgr_status {
	KGR_PATCH_INIT,
	KGR_PATCH_APPLYING,
	KGR_PATCH_APPLIED,
	KGR_PATCH_REVERTING,
	KGR_PATCH_REVERTED,
	KGR_PATCH_REPLACED,
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
 * @kobj:	its directory, holds the memory of this; outlives the module
 * @list:	on kgr_patches; kgr_mutex
 * @patch:	what its author wrote; valid until kgr_patch_remove()
 * @owner:	the module that has the replacements
 * @status:	where it is; written with kgr_mutex held
 * @universe:	the universe that its last change opened
 * @begun:	the universe that its last beginning opened; kgr_mutex
 * @life:	the last life of it, %NULL when that is over; kgr_mutex
 * @plan:	what the change in preparation does with it; kgr_mutex
 * @staged_life: the life that this change begins; kgr_mutex
 * @held:	whether we hold a reference to @owner; kgr_mutex
 * @replaced:	whether it was ended by the change that opened @replaced_in,
 *		in favour of other patches; kgr_mutex
 * @replaced_in: see @replaced
 * @leaving:	whether its revert is complete and its module not yet released;
 *		kgr_mutex
 * @forced:	whether its last change was forced, or @pinned; written with
 *		kgr_mutex held
 * @pinned:	whether a forced task may be inside of its code: it stays attached,
 *		and @owner is held, for ever; kgr_mutex
 * @deadline_ms: how long a change of it may take, 0: for ever; written with
 *		kgr_mutex held
 * @on_deadline: what happens then; likewise
 * @begun_at:	when its last change began; kgr_mutex
 * @overdue:	whether nothing is left to do if that is late; kgr_mutex
 * @reported:	whether it was reported that it is late; kgr_mutex
 * @refused:	whether its revert for being late was refused; kgr_mutex
 * @objs:	its objects
 * @nr_objs:	how many
 * @exts:	the symbols that it looks up
 * @nr_exts:	how many
 * @nr:		number of functions
 * @funcs:	the functions
 *
 * From apply until the revert is complete and nobody can come back into its
 * code, a reference to @owner is held, and the objects that are there are
 * attached.
 */
struct kgr_applied {
	struct kobject kobj;
	struct list_head list;
	struct kgr_patch *patch;
	struct module *owner;
	enum kgr_status status;
	u32 universe;
	u32 begun;
	struct kgr_life *life;
	enum kgr_plan plan;
	struct kgr_life *staged_life;
	bool held;
	bool replaced;
	u32 replaced_in;
	bool leaving;
	bool forced;
	bool pinned;
	unsigned int deadline_ms;
	enum kgr_on_deadline on_deadline;
	ktime_t begun_at;
	bool overdue;
	bool reported;
	bool refused;
	struct kgr_object *objs;
	unsigned int nr_objs;
	struct kgr_ext *exts;
	unsigned int nr_exts;
	unsigned int nr;
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

	return status == KGR_PATCH_APPLYING ||
	       (status == KGR_PATCH_REVERTING && !applied->leaving);
}

void kgr_set_status(struct kgr_applied *applied, enum kgr_status status);
void kgr_set_forced(struct kgr_applied *applied, bool forced);
void kgr_forget_sites(struct kgr_applied *applied);
enum kgr_func_state kgr_patch_func_state(const struct kgr_applied *applied,
					 const struct kgr_func *func);

#endif /* _KGRAFT_APPLIED_H */
