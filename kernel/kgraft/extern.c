// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * extern.c - symbols that patches use although they are not exported
 *
 * A symbol is looked up when the object whose replacements use it is attached,
 * set before those can run, and reset when the object is detached.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/kernel.h>
#include <linux/kgraft.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "applied.h"
#include "arch.h"
#include "core.h"
#include "extern.h"
#include "late.h"
#include "lookup.h"
#include "memory.h"
#include "object.h"
#include "symbol.h"

/**
 * struct kgr_hold - a module that stays because a patch uses a symbol of it
 * @list:	on kgr_left, once the patch is removed
 * @mod:	the module
 * @owner:	the patch module
 */
struct kgr_hold {
	struct list_head list;
	struct module *mod;
	const struct module *owner;
};

/*
 * What patches have left that were removed with their symbols still set, until the
 * exits of their modules are over. kgr_mutex.
 */
static LIST_HEAD(kgr_left);

static void kgr_let_go(struct kgr_hold *hold)
{
	if (!hold)
		return;
	module_put(hold->mod);
	kfree(hold);
}

static int kgr_check_pointer(const struct kgr_applied *applied,
			     const struct kgr_extern *ext)
{
	const char *patch = applied->patch->name;

	if (!ext->name || !ext->name[0] || !ext->addr) {
		pr_err("'%s': symbol %ld to look up lacks %s\n", patch,
		       ext - applied->patch->externs + 1,
		       ext->addr ? "a name" : "a pointer to store its address in");
		return -EINVAL;
	}
	if (kgr_memory_is_data(applied->owner, ext->addr, sizeof(*ext->addr)))
		return 0;
	pr_err("'%s': the pointer for '%s' is not in the writable data of module %s; define it in the module, without const, __initdata or __ro_after_init\n",
	       patch, ext->name, applied->owner->name);
	return -EINVAL;
}

/* Find the object whose replacements use a symbol. */
static int kgr_find_user(struct kgr_applied *applied, struct kgr_ext *e)
{
	struct kgr_object *obj;

	/* The kernel is never unloaded: the symbol is for the whole patch. */
	if (kgr_object_is(e->ext.user, NULL))
		return 0;
	kgr_for_each_object(applied, obj)
		if (kgr_object_is(obj->name, e->ext.user))
			e->obj = obj;
	if (e->obj)
		return 0;
	pr_err("'%s': symbol '%s' is for module %s, but the patch has no functions of it\n",
	       applied->patch->name, e->ext.name, e->ext.user);
	return -EINVAL;
}

/*
 * Add the symbols whose addresses go to pointers; without @exts, only count
 * them.
 */
static int kgr_add_pointers(struct kgr_applied *applied, struct kgr_ext *exts,
			    unsigned int *nr)
{
	const struct kgr_extern *ext = applied->patch->externs;
	int ret = 0, err;

	for (; ext && (ext->name || ext->addr); ext++, (*nr)++) {
		if (!exts)
			continue;
		exts[*nr].ext = *ext;
		err = kgr_check_pointer(applied, ext);
		kgr_keep_error(&ret, err ?: kgr_find_user(applied, &exts[*nr]));
	}
	return ret;
}

static int kgr_add_late(struct kgr_applied *applied, struct kgr_ext *e,
			struct kgr_late *late)
{
	int ret;

	e->late = late;
	e->ext = (struct kgr_extern){
		.name = late->name,
		.objname = late->objname,
		.user = late->objname,
		.sympos = late->sympos,
	};
	/* By a patch that was replaced, and then removed */
	if (late->left)
		kgr_late_reset(late);
	ret = kgr_find_user(applied, e);
	kgr_keep_error(&ret, kgr_late_check(applied->patch->name, late));
	return ret;
}

/* Likewise for direct references of the patch module to other modules. */
static int kgr_add_lates(struct kgr_applied *applied, struct kgr_ext *exts,
			 unsigned int *nr)
{
	struct kgr_late *late;
	int ret = 0;

	list_for_each_entry(late, &kgr_lates, list) {
		if (late->mod != applied->owner)
			continue;
		if (exts)
			kgr_keep_error(&ret, kgr_add_late(applied, &exts[*nr], late));
		(*nr)++;
	}
	return ret;
}

/**
 * kgr_externs_create - collect the symbols that a patch uses
 * @applied: the patch; its objects are filled in
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; -ENOMEM; or -EINVAL or -ENOEXEC, and every fault was logged.
 */
int kgr_externs_create(struct kgr_applied *applied)
{
	unsigned int nr = 0;
	int ret;

	lockdep_assert_held(&kgr_mutex);

	kgr_add_pointers(applied, NULL, &nr);
	kgr_add_lates(applied, NULL, &nr);
	if (!nr)
		return 0;
	applied->exts = kgr_alloc(nr * sizeof(*applied->exts));
	if (!applied->exts)
		return -ENOMEM;
	applied->nr_exts = nr;
	nr = 0;
	ret = kgr_add_pointers(applied, applied->exts, &nr);
	kgr_keep_error(&ret, kgr_add_lates(applied, applied->exts, &nr));
	return ret;
}

/*
 * Take a reference to a third module, so that it cannot be unloaded.
 *
 * Only if its init has succeeded: do_init_module() frees a module whose init
 * fails, regardless of its references. kgr_mutex keeps @mod valid, as
 * kgr_module_going() takes it before the module is freed, but does not prevent
 * the state from changing:
 *
 *	COMING -> LIVE	after COMING was read: refused, although just loaded
 *	COMING -> GOING	a failing init: never seen as LIVE, so never held
 *	LIVE -> GOING	by delete_module() only, and only from a reference count
 *			of 0, which try_module_get() does not raise: it fails, or
 *			delete_module() sees the new reference
 */
static int kgr_extern_get(const char *patch, const char *name,
			  struct module *mod)
{
	enum module_state state = READ_ONCE(mod->state);

	lockdep_assert_held(&kgr_mutex);

	if (state == MODULE_STATE_COMING) {
		pr_err("'%s': module %s, which has '%s', is still in its init; try again when it is loaded\n",
		       patch, mod->name, name);
		return -EBUSY;
	}
	if (state == MODULE_STATE_LIVE && try_module_get(mod))
		return 0;
	pr_err("'%s': module %s, which has '%s', is being unloaded\n", patch,
	       mod->name, name);
	return -ENOENT;
}

/* If a third module has the symbol, make sure that it stays. */
static int kgr_extern_hold(struct kgr_applied *applied, struct kgr_ext *e)
{
	const char *patch = applied->patch->name, *name = e->ext.objname;
	struct kgr_hold *hold;
	struct module *mod;
	int ret;

	if (kgr_object_is(name, NULL) || kgr_object_is(name, e->ext.user))
		return 0;
	mod = kgr_find_module(name);
	if (!mod) {
		pr_err("'%s': module %s, which has '%s', is not loaded; load it first\n",
		       patch, name, e->ext.name);
		return -ENOENT;
	}
	hold = kgr_alloc(sizeof(*hold));
	if (!hold)
		return -ENOMEM;
	ret = kgr_extern_get(patch, e->ext.name, mod);
	if (ret) {
		kfree(hold);
		return ret;
	}
	hold->mod = mod;
	hold->owner = applied->owner;
	e->hold = hold;
	return 0;
}

/*
 * A function whose address goes to a pointer is meant to be called through it.
 * If the kernel is built to check indirect calls, few functions that are not
 * exported may be called in that way.
 */
static int kgr_check_callable(const char *patch, const struct kgr_ext *e)
{
	const char *why;

	if (!func_ptr_is_kernel_text((void *)e->addr))
		return 0;
	why = kgr_arch_no_pointer(e->addr);
	if (!why)
		return 0;
	pr_err("'%s': '%s' is a function that must not be called through a pointer: %s; declare it with KGR_SYM() and call it directly\n",
	       patch, e->ext.name, why);
	return -EINVAL;
}

static int kgr_extern_resolve(struct kgr_applied *applied, struct kgr_ext *e)
{
	const char *patch = applied->patch->name;
	int ret;

	/* Logged by kgr_check_pointer() or kgr_find_user() */
	if (!e->ext.name || !e->ext.name[0] ||
	    (!e->obj && !kgr_object_is(e->ext.user, NULL)))
		return -EINVAL;
	ret = kgr_extern_hold(applied, e);
	if (!ret)
		ret = kgr_find_symbol(patch, e->ext.name, e->ext.objname,
				      e->ext.sympos, &e->addr);
	if (ret)
		return ret;
	return e->late ? kgr_late_fits(patch, e->late, e->addr) :
			 kgr_check_callable(patch, e);
}

/**
 * kgr_externs_resolve - look up the symbols for an object
 * @applied: the patch
 * @obj: one of its objects; %NULL: symbols that are not for a module
 *
 * On failure, call kgr_externs_reset().
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; -ENOENT; -EBUSY for a module that is still in its init; -EINVAL
 *	   for a function that must not be called through a pointer; -ENOEXEC
 *	   for a symbol that is out of reach; every such fault was logged. Or
 *	   -ENOMEM.
 */
int kgr_externs_resolve(struct kgr_applied *applied, struct kgr_object *obj)
{
	struct kgr_ext *e;
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_ext(applied, e)
		if (e->obj == obj && !e->kept)
			kgr_keep_error(&ret, kgr_extern_resolve(applied, e));
	return ret;
}

/**
 * kgr_externs_set - set the symbols that the replacements of an object use
 * @applied: the patch
 * @obj: as for kgr_externs_resolve(), which has succeeded
 *
 * The versions are published afterwards, so the ordering in the handler makes
 * the symbols visible to every task that runs a replacement.
 *
 * Context: kgr_mutex held.
 */
void kgr_externs_set(struct kgr_applied *applied, struct kgr_object *obj)
{
	struct kgr_ext *e;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_ext(applied, e) {
		if (e->obj != obj || e->set || !e->addr)
			continue;
		if (e->late)
			kgr_late_set(e->late, e->addr);
		else
			WRITE_ONCE(*e->ext.addr, (void *)e->addr);
		e->set = true;
	}
}

/**
 * kgr_externs_reset - reset the symbols of an object, unless they are kept
 * @applied: the patch
 * @obj: as for kgr_externs_resolve(); no replacement that uses them runs
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_externs_reset(struct kgr_applied *applied, struct kgr_object *obj)
{
	struct kgr_ext *e;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_ext(applied, e) {
		if (e->obj != obj || e->kept)
			continue;
		if (e->set && e->late)
			kgr_late_reset(e->late);
		else if (e->set)
			WRITE_ONCE(*e->ext.addr, NULL);
		e->set = false;
		e->addr = 0;
		kgr_let_go(e->hold);
		e->hold = NULL;
	}
}

/**
 * kgr_externs_keep - keep symbols that are set, beyond the release
 * @applied: the patch
 * @keep: whether to keep them
 *
 * The callbacks of a patch that was replaced are not called any more, so work
 * that it has given to the kernel goes on until the exit of its module, and may
 * use them.
 *
 * Context: kgr_mutex held.
 */
void kgr_externs_keep(struct kgr_applied *applied, bool keep)
{
	struct kgr_ext *e;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_ext(applied, e)
		e->kept = keep && e->set;
}

/**
 * kgr_externs_gone - reset symbols of a module that is going
 * @applied: the patch, perhaps released
 * @obj: the object that the module is for it
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_externs_gone(struct kgr_applied *applied, struct kgr_object *obj)
{
	struct kgr_ext *e;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_ext(applied, e)
		if (e->obj == obj)
			e->kept = false;
	kgr_externs_reset(applied, obj);
}

/**
 * kgr_externs_drop - leave the symbols of a patch that are still set
 * @applied: the patch, which is being removed
 *
 * The patch module may be in its exit, and its work use them until it has ended.
 *
 * Context: kgr_mutex held.
 */
void kgr_externs_drop(struct kgr_applied *applied)
{
	struct kgr_ext *e;

	lockdep_assert_held(&kgr_mutex);

	kgr_for_each_ext(applied, e) {
		if (e->set && e->late)
			e->late->left = true;
		if (e->hold)
			list_add(&e->hold->list, &kgr_left);
		e->hold = NULL;
	}
}

/**
 * kgr_externs_exited - release the modules that have symbols of removed patches
 * @owner: a module that is past its exit
 *
 * Context: kgr_mutex held.
 */
void kgr_externs_exited(const struct module *owner)
{
	struct kgr_hold *hold, *next;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry_safe(hold, next, &kgr_left, list) {
		if (hold->owner != owner)
			continue;
		list_del(&hold->list);
		kgr_let_go(hold);
	}
}
