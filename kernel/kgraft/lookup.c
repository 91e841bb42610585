// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lookup.c - names of objects, and the modules that they mean
 *
 * A module is there from kgr_module_coming() to kgr_module_going(), which its
 * kgr_alive says. Its state does not say it: a module that is going is found
 * by its name until it is gone.
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
 * kgr_object_canonical - the one name of an object
 * @name: a name, as an author may write it
 *
 * Return: @name; %NULL for the kernel itself, which may be called "vmlinux".
 */
const char *kgr_object_canonical(const char *name)
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
