// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * object.c - the objects of a patch: the kernel itself, and modules
 *
 * A module is there from kgr_module_coming() to kgr_module_going(), which its
 * kgr_alive says. Its state does not say it: a module that is going is found
 * by its name until it is gone.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "core.h"
#include "extern.h"
#include "object.h"
#include "patch.h"
#include "resolve.h"

/* An author may call the kernel itself by its name. */
static const char *kgr_object_canonical(const char *name)
{
	return name && strcmp(name, "vmlinux") ? name : NULL;
}

/**
 * kgr_object_is - do two names of objects mean the same?
 * @a: a name, as an author may write it
 * @b: another
 *
 * Return: whether they do.
 */
bool kgr_object_is(const char *a, const char *b)
{
	a = kgr_object_canonical(a);
	b = kgr_object_canonical(b);
	return a && b ? !strcmp(a, b) : a == b;
}

static struct kgr_object *kgr_object_find(struct kgr_applied *applied,
					  const char *name)
{
	struct kgr_object *obj;

	kgr_for_each_object(applied, obj)
		if (kgr_object_is(obj->name, name))
			return obj;
	return NULL;
}

/**
 * kgr_object_name_impossible - why can no module have this name?
 * @name: the name
 *
 * Return: why, %NULL if one can.
 */
const char *kgr_object_name_impossible(const char *name)
{
	const char *c;

	if (!name[0])
		return "it is empty";
	if (strlen(name) >= MODULE_NAME_LEN)
		return "it is too long";
	for (c = name; *c; c++) {
		if (*c == '-')
			return "modules are known with '_' for '-'";
		if (*c == '/' || !isgraph(*c))
			return "it has a character that names don't have";
	}
	return NULL;
}

/**
 * kgr_check_object_name - can an object have a name?
 * @patch: whose, for messages
 * @name: what its author wrote, %NULL for the kernel itself
 *
 * Return: 0, or -EINVAL and the fault was logged.
 */
int kgr_check_object_name(const struct kgr_patch *patch, const char *name)
{
	const char *why;

	if (!kgr_object_canonical(name))
		return 0;
	why = kgr_object_name_impossible(name);
	if (!why)
		return 0;
	pr_err("'%s': no module can be called '%s': %s\n", patch->name, name,
	       why);
	return -EINVAL;
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

/**
 * kgr_objects_create - find out which objects a patch is about
 * @applied: the patch; its functions and objects are filled in
 *
 * Context: process context, may sleep.
 * Return: 0, -ENOMEM, or -EINVAL and every fault was logged.
 */
int kgr_objects_create(struct kgr_applied *applied)
{
	struct kgr_patch *patch = applied->patch;
	const struct kgr_patch_obj *info;
	struct kgr_func *func;
	size_t nr = applied->nr;
	int ret = 0;

	for (info = patch->objects; kgr_obj_given(info); info++)
		nr++;
	applied->objs = kgr_alloc(nr * sizeof(*applied->objs));
	if (!applied->objs)
		return -ENOMEM;

	kgr_for_each_func(applied, func) {
		func->fun = &patch->patches[func - applied->funcs];
		kgr_fault(&ret, kgr_check_object_name(patch,
						      func->fun->objname));
		func->obj = kgr_object_add(applied, func->fun->objname);
	}
	/* One may have callbacks and no functions. */
	for (info = patch->objects; kgr_obj_given(info); info++) {
		kgr_fault(&ret, kgr_check_object_name(patch, info->name));
		kgr_object_add(applied, info->name);
	}
	kgr_fault(&ret, kgr_externs_create(applied));
	return ret;
}

/**
 * kgr_find_module - find a module that is there
 * @name: its name
 *
 * A module is freed a grace period after it left the list of modules: inside
 * the section it is there, whatever became of it. Behind that it is there only
 * if it is alive: kgr_module_going() has to take kgr_mutex to end that, and the
 * module loader frees nothing before. A module that is not alive, because it
 * failed before kgr_module_coming() or is past kgr_module_going(), may be gone
 * as soon as the section ends.
 *
 * Context: kgr_mutex held, which keeps the module until it is dropped.
 * Return: the module, %NULL if it is not there, coming or going.
 */
struct module *kgr_find_module(const char *name)
{
	struct module *mod;

	lockdep_assert_held(&kgr_mutex);

	preempt_disable();
	mod = find_module(name);
	if (mod && !mod->kgr_alive)
		mod = NULL;
	preempt_enable();
	return mod;
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
	/* Build IDs may be shorter than the field, which is zeroed then. */
	if (have[0] && !strncmp(want, have, strlen(want)) &&
	    strspn(have + strlen(want), "0") == strlen(have + strlen(want)))
		return 0;
	pr_err("'%s': module %s is another build: its build ID is %s, the patch is for %s\n",
	       applied->patch->name, mod->name, have[0] ? have : "not known",
	       want);
	return -ENOEXEC;
}

/**
 * kgr_object_attach - resolve the functions and symbols of an object
 * @applied: the patch
 * @obj: one of its objects, not live
 * @mod: the module, which is there; %NULL for the kernel itself
 *
 * On failure, call kgr_object_detach().
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
	if (mod) {
		kgr_fault(&ret, kgr_check_srcversion(applied, obj, mod));
		kgr_fault(&ret, kgr_check_build_id(applied, obj, mod));
	}
	kgr_for_each_func(applied, func)
		if (func->obj == obj)
			kgr_fault(&ret, kgr_resolve(applied, func));
	kgr_fault(&ret, kgr_externs_resolve(applied, obj));
	if (!ret)
		WRITE_ONCE(obj->live, true);
	return ret;
}

/**
 * kgr_object_detach - forget what was resolved of an object
 * @applied: the patch
 * @obj: one of its objects; none of its functions has a version that can be
 *	 chosen any more, or the module is going
 *
 * Context: kgr_mutex held.
 */
void kgr_object_detach(struct kgr_applied *applied, struct kgr_object *obj)
{
	struct kgr_func *func;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_func(applied, func) {
		if (func->obj != obj)
			continue;
		func->site = NULL;
		func->addr = 0;
		func->ip = 0;
	}
	kgr_externs_reset(applied, obj);
	WRITE_ONCE(obj->live, false);
	WRITE_ONCE(obj->mod, NULL);
	obj->fresh = false;
}

/**
 * kgr_pre_apply - ask the author whether an object may be patched
 * @applied: the patch
 * @obj: one of its objects, live
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0, or what the callback returned, as an error.
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
	pr_err("'%s': its pre_apply callback for %s refuses (%d)\n",
	       applied->patch->name, kgr_object_name(obj->name), ret);
	return ret < 0 ? ret : -EINVAL;
}

/**
 * kgr_post_apply - tell the author that every task runs the replacements
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
 * kgr_pre_revert - tell the author that tasks are about to go back
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
 * kgr_post_revert - tell the author that no task runs the replacements
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
