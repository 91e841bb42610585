// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * livepatch_object.c - the objects of a livepatch, and its callbacks
 *
 * livepatch finds the functions of an object and writes its relocations. Its
 * callbacks have the rules of those of kGraft, which calls them. All is done with
 * kgr_mutex held.
 */

#include <linux/kgraft.h>
#include <linux/kgraft_livepatch.h>
#include <linux/livepatch.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "../livepatch/core.h"
#include "applied.h"
#include "core.h"
#include "livepatch_object.h"
#include "object.h"

/* In the order in which they were enabled. */
LIST_HEAD(kgr_livepatches);
DEFINE_SPINLOCK(kgr_livepatches_lock);

/*
 * The livepatch whose callback is running, and the task that runs it. Written
 * with kgr_mutex held; kgr_livepatch_calls() reads the latter without.
 */
static struct kgr_livepatch *kgr_livepatch_calling;
static struct task_struct *kgr_livepatch_caller;

static struct klp_object *kgr_livepatch_object(struct kgr_livepatch *lp,
					       const char *name)
{
	struct klp_object *obj;

	klp_for_each_object(lp->klp, obj)
		if (name ? obj->name && !strcmp(obj->name, name) : !obj->name)
			return obj;
	return NULL;
}

static void kgr_livepatch_patched(struct klp_object *obj, bool patched)
{
	struct klp_func *func;

	klp_for_each_func(obj, func)
		func->patched = patched;
	/* Pairs with patched_show() */
	WRITE_ONCE(obj->patched, patched);
}

int kgr_livepatch_attach(struct kgr_applied *applied, struct kgr_object *object)
{
	struct kgr_livepatch *lp = kgr_livepatch_of(applied->patch);
	struct klp_object *obj = kgr_livepatch_object(lp, object->name);
	struct kgr_func *func = applied->funcs;
	struct klp_func *old;
	int ret;

	ret = klp_attach_object(lp->klp, obj, object->mod);
	if (ret)
		return ret;
	/* Both have the functions of an object in the same order. */
	klp_for_each_func(obj, old) {
		while (func->obj != object)
			func++;
		func->addr = (unsigned long)old->old_func;
		func++;
	}
	return 0;
}

/*
 * When a patch is released, its module can still use its relocations: in its
 * exit, or in work that a callback has started. As livepatch does, clear them
 * only if the object goes, or if attaching it fails. The state of the object
 * does not say so: a patch can be released while the object is in its init or
 * exit, however long these take, and its code is there until kgr_alive is clear.
 */
static bool kgr_livepatch_stays_linked(const struct kgr_object *object)
{
	return object->live && !object->fresh &&
	       (!object->mod || object->mod->kgr_alive);
}

void kgr_livepatch_detach(struct kgr_applied *applied,
			  struct kgr_object *object)
{
	struct kgr_livepatch *lp = kgr_livepatch_of(applied->patch);
	struct klp_object *obj = kgr_livepatch_object(lp, object->name);

	kgr_livepatch_patched(obj, false);
	if (!kgr_livepatch_stays_linked(object))
		klp_unlink_object(lp->klp, obj);
	klp_detach_object(obj);
}

static struct klp_object *kgr_livepatch_call(struct kgr_patch *patch,
					     const struct module *mod)
{
	struct kgr_livepatch *lp = kgr_livepatch_of(patch);

	kgr_livepatch_calling = lp;
	WRITE_ONCE(kgr_livepatch_caller, current);
	return kgr_livepatch_object(lp, mod ? mod->name : NULL);
}

static void kgr_livepatch_called(void)
{
	WRITE_ONCE(kgr_livepatch_caller, NULL);
	kgr_livepatch_calling = NULL;
}

int kgr_livepatch_pre_patch(struct kgr_patch *patch, struct module *mod)
{
	struct klp_object *obj = kgr_livepatch_call(patch, mod);
	int ret = klp_pre_patch_callback(obj);

	kgr_livepatch_called();
	if (!ret)
		kgr_livepatch_patched(obj, true);
	return ret;
}

void kgr_livepatch_post_patch(struct kgr_patch *patch, struct module *mod)
{
	klp_post_patch_callback(kgr_livepatch_call(patch, mod));
	kgr_livepatch_called();
}

void kgr_livepatch_pre_unpatch(struct kgr_patch *patch, struct module *mod)
{
	klp_pre_unpatch_callback(kgr_livepatch_call(patch, mod));
	kgr_livepatch_called();
}

void kgr_livepatch_post_unpatch(struct kgr_patch *patch, struct module *mod)
{
	struct klp_object *obj = kgr_livepatch_call(patch, mod);

	kgr_livepatch_patched(obj, false);
	klp_post_unpatch_callback(obj);
	kgr_livepatch_called();
}

/**
 * kgr_livepatch_calls - is this a callback of a livepatch that kGraft calls?
 *
 * Context: any. Only the task that has set the variable finds itself in it.
 * Return: whether it is.
 */
bool kgr_livepatch_calls(void)
{
	return READ_ONCE(kgr_livepatch_caller) == current;
}

/* Does a patch still have the states that a newer one may take over? */
static bool kgr_livepatch_has_states(const struct kgr_applied *applied)
{
	return applied && (kgr_patch_live(applied) ||
			   (applied->status == KGR_PATCH_REVERTING &&
			    kgr_patch_is(applied, KGR_FLAG_REPLACED)));
}

/**
 * kgr_livepatch_prev_state - see klp_get_prev_state()
 * @id: the number of the state
 *
 * Context: a callback of a livepatch, see kgr_livepatch_calls().
 * Return: the state of the newest of the livepatches that were enabled before;
 *	   %NULL if none has it.
 */
struct klp_state *kgr_livepatch_prev_state(unsigned long id)
{
	struct klp_state *state, *last = NULL;
	struct kgr_livepatch *lp;

	lockdep_assert_held(&kgr_mutex);

	spin_lock(&kgr_livepatches_lock);
	list_for_each_entry(lp, &kgr_livepatches, list) {
		if (lp == kgr_livepatch_calling)
			break;
		if (!kgr_livepatch_has_states(lp->patch.applied))
			continue;
		state = klp_get_state(lp->klp, id);
		if (state)
			last = state;
	}
	spin_unlock(&kgr_livepatches_lock);
	return last;
}
