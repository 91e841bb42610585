// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * module.c - modules that are loaded and unloaded while patches are applied
 *
 * This opens no universe: no task has run code of a module that is coming, and none
 * runs code of a module that is going, whose exit function has returned, as have
 * those that it left to be called asynchronously. The versions of its functions get
 * the lives of their patches, so that a task which has yet to cross runs, in this
 * module as elsewhere, the version of its universe.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/kgraft_hooks.h>
#include <linux/module.h>

#include "applied.h"
#include "core.h"
#include "extern.h"
#include "life.h"
#include "module.h"
#include "object.h"
#include "patch.h"
#include "settle.h"
#include "stage.h"

/* See module.h. Read and written without a lock. */
bool kgr_force_load_module;

/* The object of a patch that @mod stands for, or NULL. */
static struct kgr_object *kgr_object_of(struct kgr_applied *applied,
					const struct module *mod)
{
	struct kgr_object *obj;

	kgr_for_each_object(applied, obj)
		if (obj->name && !strcmp(obj->name, mod->name))
			return obj;
	return NULL;
}

static int kgr_coming_attach(struct module *mod)
{
	struct kgr_applied *applied;
	struct kgr_object *obj;
	int ret = 0, err;

	list_for_each_entry(applied, &kgr_patches, list) {
		obj = kgr_object_of(applied, mod);
		if (!obj || !kgr_life_any(applied))
			continue;
		err = kgr_object_attach(applied, obj, mod);
		if (!err) {
			kgr_externs_set(applied, obj);
			err = kgr_pre_apply(applied, obj);
		}
		kgr_keep_error(&ret, err);
	}
	return ret;
}

static int kgr_coming_stage(struct kgr_stage *stage, struct module *mod)
{
	struct kgr_object *obj;
	struct kgr_life *life;
	struct kgr_func *func;
	int ret;

	list_for_each_entry(life, &kgr_lives, list) {
		obj = kgr_object_of(life->applied, mod);
		if (!obj || !obj->live)
			continue;
		kgr_for_each_func(life->applied, func) {
			if (func->obj != obj)
				continue;
			ret = kgr_stage_add(stage, func, life);
			if (ret)
				return ret;
		}
	}
	return kgr_stage_close(stage);
}

static void kgr_coming_done(struct module *mod)
{
	struct kgr_applied *applied;
	struct kgr_object *obj;

	list_for_each_entry(applied, &kgr_patches, list) {
		obj = kgr_object_of(applied, mod);
		if (!obj || !obj->live)
			continue;
		pr_info("'%s': patching module %s\n", applied->patch->name,
			mod->name);
		if (applied->status == KGR_PATCH_APPLIED)
			kgr_post_apply(applied, obj);
	}
}

/*
 * The successor of a replaced patch has taken over what the patch had set up:
 * skip its callbacks when the module is detached.
 */
static void kgr_skip_callbacks(struct module *mod)
{
	struct kgr_applied *applied;
	struct kgr_object *obj;

	list_for_each_entry(applied, &kgr_patches, list) {
		obj = kgr_object_of(applied, mod);
		if (!obj || !kgr_patch_is(applied, KGR_FLAG_REPLACED))
			continue;
		obj->prepared = false;
		obj->posted = false;
	}
}

/* Detach a module from all patches. */
static void kgr_detach_module(struct module *mod)
{
	struct kgr_applied *applied;
	struct kgr_object *obj;

	list_for_each_entry(applied, &kgr_patches, list) {
		obj = kgr_object_of(applied, mod);
		if (!obj)
			continue;
		kgr_post_revert(applied, obj);
		kgr_externs_gone(applied, obj);
		kgr_object_detach(applied, obj);
		WRITE_ONCE(obj->missed, false);
	}
}

/* Record which patches have functions of a module but do not patch it. */
static void kgr_note_missed(struct module *mod)
{
	struct kgr_applied *applied;
	struct kgr_object *obj;

	list_for_each_entry(applied, &kgr_patches, list) {
		obj = kgr_object_of(applied, mod);
		if (obj)
			WRITE_ONCE(obj->missed, !obj->live);
	}
}

static int kgr_coming(struct module *mod)
{
	struct kgr_stage stage;
	int ret;

	kgr_stage_init(&stage);
	ret = kgr_coming_attach(mod);
	if (ret)
		return ret;
	ret = kgr_coming_stage(&stage, mod);
	if (ret) {
		kgr_stage_free(&stage);
		return ret;
	}
	ret = kgr_stage_publish(&stage);
	if (ret)
		return ret;
	kgr_stage_done(&stage);
	/* The horizon may already have passed the versions that were added. */
	kgr_settle_sites();
	kgr_coming_done(mod);
	return 0;
}

/**
 * kgr_module_coming - patch a module before its code runs
 * @mod: the module, fully formed and known to ftrace
 *
 * Context: process context, may sleep.
 * Return: 0; or an error, which was logged, and the module must not be loaded.
 */
int kgr_module_coming(struct module *mod)
{
	int ret;

	if (!kgr_kobj)
		return 0;

	mutex_lock(&kgr_mutex);
	mod->kgr_alive = true;
	ret = kgr_coming(mod);
	if (ret) {
		/* For patches, it goes. */
		mod->kgr_alive = false;
		/* Sites that kgr_stage_withdraw() could not unhook */
		kgr_drop_module_sites(mod);
		/* With callbacks: what was set up just now must be undone */
		kgr_detach_module(mod);
	}
	if (ret && READ_ONCE(kgr_force_load_module)) {
		pr_warn("module %s is loaded without being patched (%d), because force_load_module is set\n",
			mod->name, ret);
		mod->kgr_alive = true;
		ret = 0;
	}
	if (ret)
		pr_err("module %s is not loaded: it could not be patched (%d)\n",
		       mod->name, ret);
	else
		kgr_note_missed(mod);
	mutex_unlock(&kgr_mutex);
	return ret;
}

static void kgr_going(struct module *mod)
{
	struct kgr_applied *applied;
	struct kgr_object *obj;
	struct kgr_func *func;

	list_for_each_entry(applied, &kgr_patches, list) {
		obj = kgr_object_of(applied, mod);
		if (!obj)
			continue;
		if (!kgr_patch_is(applied, KGR_FLAG_REPLACED))
			kgr_pre_revert(applied, obj);
		kgr_for_each_func(applied, func)
			if (func->obj == obj)
				func->site = NULL;
	}
	kgr_drop_module_sites(mod);
	kgr_skip_callbacks(mod);
	kgr_detach_module(mod);
}

/**
 * kgr_module_going - release a module before its text is freed
 * @mod: the module, past its exit, or failed before or in its init
 *
 * Drops the sites in the module. If it is itself a patch module whose patch was
 * not removed, waits until no task runs its code.
 *
 * Context: process context, may sleep.
 */
void kgr_module_going(struct module *mod)
{
	if (!kgr_kobj)
		return;

	kgr_patch_module_going(mod);

	mutex_lock(&kgr_mutex);
	kgr_externs_exited(mod);
	if (mod->kgr_alive) {
		mod->kgr_alive = false;
		kgr_going(mod);
	}
	mutex_unlock(&kgr_mutex);
}
