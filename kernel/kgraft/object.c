// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * object.c - the objects of a patch: the kernel itself, and modules
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/module.h>
#include <linux/string.h>

#include "applied.h"
#include "core.h"
#include "extern.h"
#include "lookup.h"
#include "object.h"
#include "resolve.h"

static struct kgr_object *kgr_object_find(struct kgr_applied *applied,
					  const char *name)
{
	struct kgr_object *obj;

	kgr_for_each_object(applied, obj)
		if (kgr_object_is(obj->name, name))
			return obj;
	return NULL;
}

static struct kgr_object *kgr_object_add(struct kgr_applied *applied,
					 const char *name)
{
	struct kgr_object *obj = kgr_object_find(applied, name);
	const struct kgr_patch_obj *info;

	if (obj)
		return obj;
	obj = &applied->objs[applied->nr_objs++];
	obj->name = kgr_object_canonical(name);
	for (info = applied->patch->objects; kgr_obj_given(info); info++)
		if (kgr_object_is(info->name, obj->name))
			obj->info = info;
	return obj;
}

/* An object may have callbacks but no functions. */
static void kgr_objects_given(struct kgr_applied *applied)
{
	const struct kgr_patch_obj *info = applied->patch->objects;

	for (; kgr_obj_given(info); info++)
		kgr_object_add(applied, info->name);
}

static int kgr_check_object_names(const struct kgr_applied *applied)
{
	const struct kgr_patch *patch = applied->patch;
	const struct kgr_patch_obj *info = patch->objects;
	const struct kgr_func *func;
	int ret = 0;

	/* Others may have names that no module can have, to no effect. */
	if (applied->front)
		return 0;
	kgr_for_each_func(applied, func)
		kgr_keep_error(&ret, kgr_check_object_name(patch,
							   func->fun->objname));
	for (; kgr_obj_given(info); info++)
		kgr_keep_error(&ret, kgr_check_object_name(patch, info->name));
	return ret;
}

/**
 * kgr_objects_create - collect the objects of a patch
 * @applied: the patch; its functions and objects are filled in
 *
 * Context: process context, may sleep.
 * Return: 0; -ENOMEM; or -EINVAL, and every fault was logged.
 */
int kgr_objects_create(struct kgr_applied *applied)
{
	struct kgr_patch *patch = applied->patch;
	const struct kgr_patch_obj *info;
	struct kgr_func *func;
	size_t nr = applied->nr;
	int ret;

	for (info = patch->objects; kgr_obj_given(info); info++)
		nr++;
	applied->objs = kgr_alloc(nr * sizeof(*applied->objs));
	if (!applied->objs)
		return -ENOMEM;

	/* A livepatch has its callbacks called in the order of its objects. */
	if (applied->front)
		kgr_objects_given(applied);
	kgr_for_each_func(applied, func) {
		func->fun = &patch->patches[func - applied->funcs];
		func->obj = kgr_object_add(applied, func->fun->objname);
	}
	kgr_objects_given(applied);
	ret = kgr_check_object_names(applied);
	kgr_keep_error(&ret, kgr_externs_create(applied));
	return ret;
}

static int kgr_check_srcversion(const struct kgr_applied *applied,
				const struct kgr_object *obj,
				const struct module *mod)
{
	const char *want = obj->info ? obj->info->srcversion : NULL;

	if (!want || (mod->srcversion && !strcmp(want, mod->srcversion)))
		return 0;
	pr_err("'%s': module %s is another build: its srcversion is %s, the patch is for %s\n",
	       applied->patch->name, mod->name, mod->srcversion ?: "not known",
	       want);
	return -ENOEXEC;
}

static int kgr_check_build_id(const struct kgr_applied *applied,
			      const struct kgr_object *obj,
			      const struct module *mod)
{
	const char *want = obj->info ? obj->info->build_id : NULL;
	char have[2 * BUILD_ID_SIZE_MAX + 1] = "";

	if (!want)
		return 0;
#ifdef CONFIG_STACKTRACE_BUILD_ID
	bin2hex(have, mod->build_id, sizeof(mod->build_id));
#endif
	/* A build ID may be shorter than the field; the rest is zeroed. */
	if (have[0] && !strncmp(want, have, strlen(want)) &&
	    strspn(have + strlen(want), "0") == strlen(have + strlen(want)))
		return 0;
	pr_err("'%s': module %s is another build: its build ID is %s, the patch is for %s\n",
	       applied->patch->name, mod->name, have[0] ? have : "not known",
	       want);
	return -ENOEXEC;
}

static void kgr_object_forget(struct kgr_applied *applied,
			      struct kgr_object *obj)
{
	struct kgr_func *func;

	kgr_for_each_func(applied, func) {
		if (func->obj != obj)
			continue;
		func->site = NULL;
		func->addr = 0;
		func->ip = 0;
	}
}

/**
 * kgr_object_attach - resolve the functions and symbols of an object
 * @applied: the patch
 * @obj: one of its objects, not live
 * @mod: the module, which is loaded; %NULL for the kernel itself
 *
 * On failure, the caller must call kgr_object_detach().
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; -ENOEXEC for another build of the module; -EINVAL, -ENOENT or
 *	   -EBUSY. Every fault was logged.
 */
int kgr_object_attach(struct kgr_applied *applied, struct kgr_object *obj,
		      struct module *mod)
{
	struct kgr_func *func;
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	WRITE_ONCE(obj->mod, mod);
	if (applied->front) {
		ret = applied->front->attach(applied, obj);
		if (ret)
			return ret;
	}
	if (mod) {
		kgr_keep_error(&ret, kgr_check_srcversion(applied, obj, mod));
		kgr_keep_error(&ret, kgr_check_build_id(applied, obj, mod));
	}
	kgr_for_each_func(applied, func)
		if (func->obj == obj)
			kgr_keep_error(&ret, kgr_resolve(applied, func));
	kgr_keep_error(&ret, kgr_externs_resolve(applied, obj));
	if (!ret)
		WRITE_ONCE(obj->live, true);
	else if (applied->front)
		applied->front->detach(applied, obj);
	return ret;
}

/**
 * kgr_object_detach - undo kgr_object_attach()
 * @applied: the patch
 * @obj: one of its objects; either no version of its functions can be chosen
 *	 any more, or the module is going
 *
 * Context: kgr_mutex held.
 */
void kgr_object_detach(struct kgr_applied *applied, struct kgr_object *obj)
{
	lockdep_assert_held(&kgr_mutex);

	kgr_object_forget(applied, obj);
	kgr_externs_reset(applied, obj);
	if (applied->front && obj->live)
		applied->front->detach(applied, obj);
	WRITE_ONCE(obj->live, false);
	WRITE_ONCE(obj->mod, NULL);
	obj->fresh = false;
}

/**
 * kgr_pre_apply - call pre_apply, which may refuse the patch
 * @applied: the patch
 * @obj: one of its objects, live
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or the error that the callback returned (-EINVAL if positive).
 */
int kgr_pre_apply(struct kgr_applied *applied, struct kgr_object *obj)
{
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	if (!obj->live || obj->prepared)
		return 0;
	if (obj->info && obj->info->pre_apply)
		ret = obj->info->pre_apply(applied->patch, obj->mod);
	if (!ret) {
		obj->prepared = true;
		return 0;
	}
	pr_err("'%s': refused by its pre_apply callback for %s (%d)\n",
	       applied->patch->name, kgr_object_name(obj->name), ret);
	return ret < 0 ? ret : -EINVAL;
}

/**
 * kgr_post_apply - call post_apply: every task runs the replacements
 * @applied: the patch
 * @obj: one of its objects
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_post_apply(struct kgr_applied *applied, struct kgr_object *obj)
{
	lockdep_assert_held(&kgr_mutex);

	if (!obj->prepared || obj->posted)
		return;
	if (obj->info && obj->info->post_apply)
		obj->info->post_apply(applied->patch, obj->mod);
	obj->posted = true;
}

/**
 * kgr_pre_revert - call pre_revert: tasks are about to go back
 * @applied: the patch
 * @obj: one of its objects
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_pre_revert(struct kgr_applied *applied, struct kgr_object *obj)
{
	lockdep_assert_held(&kgr_mutex);

	if (!obj->posted)
		return;
	if (obj->info && obj->info->pre_revert)
		obj->info->pre_revert(applied->patch, obj->mod);
	obj->posted = false;
}

/**
 * kgr_post_revert - call post_revert: no task runs the replacements
 * @applied: the patch
 * @obj: one of its objects
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_post_revert(struct kgr_applied *applied, struct kgr_object *obj)
{
	lockdep_assert_held(&kgr_mutex);

	if (!obj->prepared)
		return;
	if (obj->info && obj->info->post_revert)
		obj->info->post_revert(applied->patch, obj->mod);
	obj->prepared = false;
	obj->posted = false;
}
