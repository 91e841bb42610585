// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * livepatch.c - modules made for livepatch, carried out by kGraft
 *
 * livepatch checks what klp_enable_patch() is given, makes the directories in
 * /sys/kernel/livepatch, finds symbols and writes relocations, as always. What
 * is replaced here is how tasks get to the new code: a struct kgr_patch is made
 * of the struct klp_patch, and from there on it is a patch like any other. The
 * callbacks of livepatch have the rules of those of kGraft, which call them.
 *
 * Such a patch is never on klp_patches nor klp_transition_patch, so livepatch
 * takes no part in its changes, nor when modules come and go. When it is
 * reverted and no task can return into it, it is removed from kGraft first, and
 * from livepatch thereafter, which then lets go of the module.
 *
 * Locks: klp_mutex, which livepatch holds while a patch is enabled, nests
 * outside kgr_mutex. The files of livepatch do not take it for such a patch.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/kgraft.h>
#include <linux/kgraft_hooks.h>
#include <linux/kgraft_livepatch.h>
#include <linux/kobject.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

#include "../livepatch/core.h"
#include "applied.h"
#include "core.h"
#include "force.h"
#include "garbage.h"
#include "livepatch.h"
#include "livepatch_object.h"
#include "lookup.h"
#include "object.h"
#include "patch.h"
#include "stack.h"
#include "universe.h"

/*
 * Whether kGraft carries out the livepatches that are enabled from now on.
 * Written under klp_mutex.
 */
static bool kgr_livepatch_on = true;
module_param_named(livepatch, kgr_livepatch_on, bool, 0);

/* The states of a livepatch are used as they are. */
static_assert(sizeof(struct kgr_state) == sizeof(struct klp_state) &&
	      offsetof(struct kgr_state, id) ==
	      offsetof(struct klp_state, id) &&
	      offsetof(struct kgr_state, version) ==
	      offsetof(struct klp_state, version) &&
	      offsetof(struct kgr_state, data) ==
	      offsetof(struct klp_state, data));

static struct kgr_livepatch *kgr_livepatch_find(const struct klp_patch *klp)
{
	struct kgr_livepatch *lp, *found = NULL;

	spin_lock(&kgr_livepatches_lock);
	list_for_each_entry(lp, &kgr_livepatches, list)
		if (lp->klp == klp) {
			found = lp;
			break;
		}
	spin_unlock(&kgr_livepatches_lock);
	return found;
}

/* --- what livepatch's files say --- */

/* A patch that is being replaced counts as enabled until it is gone. */
static void kgr_livepatch_status(struct kgr_applied *applied)
{
	struct kgr_livepatch *lp = kgr_livepatch_of(applied->patch);
	bool replaced = kgr_patch_is(applied, KGR_FLAG_REPLACED);
	bool pinned = kgr_patch_is(applied, KGR_FLAG_PINNED);
	enum kgr_status status = applied->status;
	bool gone = status == KGR_PATCH_REVERTED ||
		    status == KGR_PATCH_REPLACED;

	spin_lock(&kgr_livepatches_lock);
	lp->universe = applied->universe;
	lp->pending = kgr_patch_pending(applied) && !replaced;
	lp->changing = lp->pending ||
		       (!replaced && !pinned &&
			(status == KGR_PATCH_LEAVING || gone));
	/* Pairs with the READ_ONCE() in enabled_show() of livepatch. */
	WRITE_ONCE(lp->klp->enabled, kgr_patch_live(applied) ||
		   (status == KGR_PATCH_REVERTING && replaced));
	spin_unlock(&kgr_livepatches_lock);

	if (gone && !pinned)
		queue_work(kgr_wq, &lp->work);
}

/**
 * kgr_livepatch_changing - is a livepatch being enabled or disabled?
 * @klp: the patch, carried out by kGraft or not
 *
 * A patch that was disabled is gone when that ends.
 *
 * Context: process context. kgr_mutex is taken because callbacks that are still
 *	    to be called belong to the change.
 * Return: whether kGraft is carrying out a change of it.
 */
bool kgr_livepatch_changing(const struct klp_patch *klp)
{
	struct kgr_livepatch *lp = kgr_livepatch_find(klp);
	bool ret;

	if (!lp)
		return false;
	mutex_lock(&kgr_mutex);
	ret = lp->changing;
	mutex_unlock(&kgr_mutex);
	return ret;
}

/**
 * kgr_livepatch_state - on which side of a livepatch's change is a task?
 * @task: the task
 * @state: what livepatch says, for the patches that it carries out itself
 *
 * If several changes are pending, that which began last counts.
 *
 * Context: process context, may not sleep. A snapshot.
 * Return: %KLP_TRANSITION_PATCHED or %KLP_TRANSITION_UNPATCHED; @state if
 *	   kGraft is carrying out no change of a livepatch.
 */
int kgr_livepatch_state(const struct task_struct *task, int state)
{
	struct kgr_livepatch *lp, *last = NULL;
	bool crossed;

	spin_lock(&kgr_livepatches_lock);
	list_for_each_entry(lp, &kgr_livepatches, list)
		if (lp->pending && (!last || kgr_universe_before(last->universe,
								 lp->universe)))
			last = lp;
	if (last) {
		crossed = !kgr_universe_before(READ_ONCE(task->kgr_universe),
					       last->universe);
		state = last->klp->enabled == crossed ?
			KLP_TRANSITION_PATCHED : KLP_TRANSITION_UNPATCHED;
	}
	spin_unlock(&kgr_livepatches_lock);
	return state;
}

static int kgr_livepatch_set_locked(struct kgr_livepatch *lp, bool enable)
{
	struct kgr_applied *applied = lp->patch.applied;

	lockdep_assert_held(&kgr_mutex);

	/* A patch that is disabled cannot be enabled again. */
	if (lp->klp->enabled == enable || !applied)
		return -EINVAL;
	if (!enable)
		return kgr_patch_live(applied) ?
		       kgr_patch_revert_locked(applied) : -EBUSY;
	if (kgr_patch_is_over(applied))
		return -EINVAL;
	return kgr_patch_enable_locked(applied);
}

/**
 * kgr_livepatch_set - enable or disable a livepatch
 * @klp: the patch, carried out by kGraft
 * @enable: whether to enable it
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if it is enabled or disabled already, also if disabling
 *	   it is complete; -EBUSY if it is being replaced; or any error of
 *	   kgr_patch_revert() and kgr_patch_enable().
 */
int kgr_livepatch_set(struct klp_patch *klp, bool enable)
{
	struct kgr_livepatch *lp = kgr_livepatch_find(klp);
	int ret;

	mutex_lock(&kgr_mutex);
	ret = kgr_livepatch_set_locked(lp, enable);
	mutex_unlock(&kgr_mutex);
	return ret;
}

/**
 * kgr_livepatch_force - force all tasks into the newest universe
 * @klp: a patch, carried out by kGraft
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL if no change of it is pending; or -EAGAIN, see
 *	   kgr_force().
 */
int kgr_livepatch_force(struct klp_patch *klp)
{
	struct kgr_livepatch *lp = kgr_livepatch_find(klp);
	bool pending;

	mutex_lock(&kgr_mutex);
	pending = lp->pending;
	mutex_unlock(&kgr_mutex);
	return pending ? kgr_force() : -EINVAL;
}

static struct kgr_front kgr_livepatch_front = {
	.consistency = KGR_CONSISTENCY_FUNCTION,
	.attach = kgr_livepatch_attach,
	.detach = kgr_livepatch_detach,
	.status = kgr_livepatch_status,
};

/**
 * kgr_livepatch_order - the place of a livepatch among those of kGraft
 * @klp: the patch, carried out by kGraft
 *
 * For a file that livepatch has since 6.14. Of patches of one function, that
 * with the biggest number is in use.
 *
 * Context: process context, may sleep.
 * Return: 1 for the one that was enabled first. A patch that is about to be
 *	   enabled comes after all others.
 */
int kgr_livepatch_order(const struct klp_patch *klp)
{
	struct kgr_livepatch *lp = kgr_livepatch_find(klp);
	struct kgr_applied *applied;
	int order = 1;

	mutex_lock(&kgr_mutex);
	list_for_each_entry(applied, &kgr_patches, list) {
		if (applied->front != &kgr_livepatch_front)
			continue;
		if (applied->patch == &lp->patch)
			break;
		order++;
	}
	mutex_unlock(&kgr_mutex);
	return order;
}

/* --- from a struct klp_patch to a struct kgr_patch, and its end --- */

/* No module can be called so, and kGraft would take it for the kernel itself. */
static bool kgr_livepatch_impossible(const struct klp_object *obj)
{
	return obj->name && !strcmp(obj->name, "vmlinux");
}

static void kgr_livepatch_work(struct work_struct *work)
{
	struct kgr_livepatch *lp = container_of(work, struct kgr_livepatch,
						work);

	if (!kgr_patch_drop(&lp->patch))
		return;
	/*
	 * No change should wait for this worker meanwhile. But where stacks are
	 * not reliable, it could not be told what it is inside.
	 */
	if (kgr_have_reliable_stack()) {
		kgr_safe_sleep_begin();
		kgr_synchronize();
		kgr_safe_sleep_end();
	} else {
		kgr_synchronize();
	}
	klp_free_patch(lp->klp);
}

static struct kgr_livepatch *kgr_livepatch_alloc(struct klp_patch *klp)
{
	size_t nr_objs = 0, nr_funcs = 0;
	struct kgr_livepatch *lp;
	struct klp_object *obj;
	struct klp_func *func;

	klp_for_each_object(klp, obj) {
		nr_objs++;
		klp_for_each_func(obj, func)
			nr_funcs++;
	}
	/* Each list ends with an entry of zeroes. */
	lp = kgr_alloc(struct_size(lp, patch.patches, nr_funcs + 1));
	if (!lp)
		return NULL;
	lp->objs = kgr_alloc((nr_objs + 1) * sizeof(*lp->objs));
	if (lp->objs)
		return lp;
	kfree(lp);
	return NULL;
}

static void kgr_livepatch_fill(struct kgr_livepatch *lp, struct klp_patch *klp)
{
	struct kgr_patch_fun *fun = lp->patch.patches;
	struct kgr_patch_obj *info = lp->objs;
	struct klp_object *obj;
	struct klp_func *func;

	lp->klp = klp;
	INIT_WORK(&lp->work, kgr_livepatch_work);
	lp->patch.name = klp->mod->name;
	lp->patch.owner = klp->mod;
	lp->patch.replace_all = klp->replace;
	lp->patch.states = (struct kgr_state *)klp->states;
	lp->patch.objects = lp->objs;
	klp_for_each_object(klp, obj) {
		if (kgr_livepatch_impossible(obj))
			continue;
		info->name = obj->name;
		info->pre_apply = kgr_livepatch_pre_patch;
		info->post_apply = kgr_livepatch_post_patch;
		info->pre_revert = kgr_livepatch_pre_unpatch;
		info->post_revert = kgr_livepatch_post_unpatch;
		info++;
		klp_for_each_func(obj, func) {
			fun->name = func->old_name;
			fun->new_fun = func->new_func;
			fun->objname = obj->name;
			fun->sympos = func->old_sympos;
			fun++;
		}
	}
}

/* Does livepatch, or kGraft if @by_kgraft, carry out any livepatch now? */
static bool kgr_livepatch_any(bool by_kgraft)
{
	struct kgr_livepatch *lp;
	bool any = false;

	if (!by_kgraft)
		return !list_empty(&klp_patches);
	spin_lock(&kgr_livepatches_lock);
	list_for_each_entry(lp, &kgr_livepatches, list)
		any |= lp->klp->enabled;
	spin_unlock(&kgr_livepatches_lock);
	return any;
}

static bool kgr_livepatch_same(const struct klp_func *a,
			       const struct klp_func *b)
{
	return a->old_name && b->old_name && !strcmp(a->old_name, b->old_name) &&
	       (a->old_sympos ?: 1) == (b->old_sympos ?: 1);
}

static int kgr_livepatch_check_funcs(struct klp_patch *klp,
				     struct klp_object *obj)
{
	struct klp_func *func, *other;

	klp_for_each_func(obj, func)
		klp_for_each_func(obj, other) {
			if (other == func)
				break;
			if (!kgr_livepatch_same(func, other))
				continue;
			pr_err("'%s': function '%s' of %s is listed twice\n",
			       klp->mod->name, func->old_name,
			       kgr_object_name(obj->name));
			return -EEXIST;
		}
	return 0;
}

/*
 * Is an object listed twice, or a function of it? livepatch would notice when it
 * creates the second directory for it, which prints a stack trace.
 */
static int kgr_livepatch_check(struct klp_patch *klp)
{
	struct klp_object *obj, *other;
	int ret;

	klp_for_each_object(klp, obj) {
		klp_for_each_object(klp, other) {
			if (other == obj)
				break;
			if (strcmp(kgr_object_name(obj->name),
				   kgr_object_name(other->name)))
				continue;
			pr_err("'%s': object '%s' is listed twice\n",
			       klp->mod->name, kgr_object_name(obj->name));
			return -EEXIST;
		}
		ret = kgr_livepatch_check_funcs(klp, obj);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * kgr_livepatch_claim - does kGraft carry out a livepatch?
 * @klp: the patch, its lists initialised
 *
 * Context: klp_mutex held, may sleep.
 * Return: 0, and from now on kgr_livepatch_serves() says whether it does;
 *	   -EBUSY if @klp would have to take over from patches that the other
 *	   engine carries out, or -EEXIST if it lists an object or a function
 *	   twice, both logged; -ENOMEM.
 */
int kgr_livepatch_claim(struct klp_patch *klp)
{
	bool on = READ_ONCE(kgr_livepatch_on) && kgr_kobj;
	struct kgr_livepatch *lp;

	if ((klp->replace || klp->states) && kgr_livepatch_any(!on)) {
		pr_err("'%s': cannot take over from livepatches that %s carries out; disable them first, or write %d to /sys/kernel/kgraft/livepatch\n",
		       klp->mod->name, on ? "livepatch itself" : "kGraft", !on);
		return -EBUSY;
	}
	if (!on) {
		if (kgr_livepatch_any(true))
			pr_info("'%s': livepatch itself carries it out; it cannot have functions that kGraft has patched\n",
				klp->mod->name);
		return 0;
	}
	if (kgr_livepatch_check(klp))
		return -EEXIST;
	lp = kgr_livepatch_alloc(klp);
	if (!lp)
		return -ENOMEM;
	kgr_livepatch_fill(lp, klp);
	spin_lock(&kgr_livepatches_lock);
	list_add_tail(&lp->list, &kgr_livepatches);
	spin_unlock(&kgr_livepatches_lock);
	return 0;
}

/**
 * kgr_livepatch_serves - has kGraft taken on a livepatch?
 * @klp: the patch
 *
 * Context: process context; klp_mutex held, or a file of @klp being accessed.
 * Return: whether it has.
 */
bool kgr_livepatch_serves(const struct klp_patch *klp)
{
	return kgr_livepatch_find(klp);
}

/**
 * kgr_livepatch_enable - apply a livepatch
 * @klp: the patch, which kGraft has taken on, with its directory
 *
 * Context: klp_mutex held, may sleep.
 * Return: as kgr_patch_kernel().
 */
int kgr_livepatch_enable(struct klp_patch *klp)
{
	return kgr_patch_begin(&kgr_livepatch_find(klp)->patch,
			       &kgr_livepatch_front);
}

/**
 * kgr_livepatch_forget - free what kGraft has for a livepatch
 * @klp: the patch, carried out by kGraft or not; no file of it is left
 *
 * Before the module is let go, because another one may be loaded in its place.
 *
 * Context: process context.
 */
void kgr_livepatch_forget(struct klp_patch *klp)
{
	struct kgr_livepatch *lp = kgr_livepatch_find(klp);

	if (!lp)
		return;
	spin_lock(&kgr_livepatches_lock);
	list_del(&lp->list);
	spin_unlock(&kgr_livepatches_lock);
	kfree(lp->objs);
	kfree(lp);
}

/* --- /sys/kernel/kgraft/ --- */

static ssize_t livepatch_show(struct kobject *kobj, struct kobj_attribute *attr,
			      char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(kgr_livepatch_on));
}

static ssize_t livepatch_store(struct kobject *kobj,
			       struct kobj_attribute *attr, const char *buf,
			       size_t len)
{
	bool on, was;
	int ret = kstrtobool(buf, &on);

	if (ret)
		return ret;
	mutex_lock(&klp_mutex);
	was = kgr_livepatch_on;
	WRITE_ONCE(kgr_livepatch_on, on);
	if (on != was && kgr_livepatch_any(was))
		pr_info("livepatches that are enabled stay with %s; %s carries out those that are loaded from now on\n",
			was ? "kGraft" : "livepatch itself",
			on ? "kGraft" : "livepatch itself");
	mutex_unlock(&klp_mutex);
	return len;
}

static ssize_t livepatch_consistency_show(struct kobject *kobj,
					  struct kobj_attribute *attr,
					  char *buf)
{
	enum kgr_consistency now = READ_ONCE(kgr_livepatch_front.consistency);

	return sysfs_emit(buf, "%s\n", kgr_consistency_names[now]);
}

static ssize_t livepatch_consistency_store(struct kobject *kobj,
					   struct kobj_attribute *attr,
					   const char *buf, size_t len)
{
	int new = sysfs_match_string(kgr_consistency_names, buf);

	if (new < 0)
		return new;
	WRITE_ONCE(kgr_livepatch_front.consistency, new);
	return len;
}

static struct kobj_attribute livepatch_attr = __ATTR_RW(livepatch);
static struct kobj_attribute livepatch_consistency_attr =
	__ATTR_RW(livepatch_consistency);

static struct attribute *kgr_livepatch_attrs[] = {
	&livepatch_attr.attr,
	&livepatch_consistency_attr.attr,
	NULL
};

static const struct attribute_group kgr_livepatch_group = {
	.attrs = kgr_livepatch_attrs,
};

/**
 * kgr_livepatch_init - make the files that are about livepatches
 *
 * Return: 0 or an error.
 */
int __init kgr_livepatch_init(void)
{
	return sysfs_create_group(kgr_kobj, &kgr_livepatch_group);
}
