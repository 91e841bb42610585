// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lookup.c - names of objects, and the modules that they refer to
 *
 * A module counts as loaded from kgr_module_coming() to kgr_module_going(); its
 * kgr_alive says so. Its state cannot be used for this: a module that is going
 * can be found by its name until it is freed.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/ctype.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "core.h"
#include "lookup.h"

/**
 * kgr_object_canonical - the canonical name of an object
 * @name: a name, as an author may write it
 *
 * Return: @name; %NULL for the kernel itself, which may be called "vmlinux".
 */
const char *kgr_object_canonical(const char *name)
{
	return name && strcmp(name, "vmlinux") ? name : NULL;
}

/**
 * kgr_object_is - do two names refer to the same object?
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

/**
 * kgr_object_name_impossible - can a module have this name?
 * @name: the name
 *
 * Return: the reason why not; %NULL if it can.
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
			return "module names have '_' in place of '-'";
		if (*c == '/' || !isgraph(*c))
			return "it has an invalid character";
	}
	return NULL;
}

/**
 * kgr_check_object_name - is the name of an object valid?
 * @patch: the patch, for messages
 * @name: the name that the author wrote, %NULL for the kernel itself
 *
 * Return: 0; or -EINVAL, and the fault was logged.
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

/**
 * kgr_find_module - find a loaded module
 * @name: its name
 *
 * A module is freed a grace period after it was removed from the list of
 * modules, so @mod can be dereferenced inside the section. After the section it
 * can be only if it is alive: kgr_module_going() must take kgr_mutex to clear
 * kgr_alive, and the module loader frees the module only after that. A module
 * that is not alive, because it failed before kgr_module_coming() or is past
 * kgr_module_going(), may be freed as soon as the section ends.
 *
 * Context: kgr_mutex held; the module stays valid until it is released.
 * Return: the module; %NULL if it is not loaded, still coming or already going.
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
