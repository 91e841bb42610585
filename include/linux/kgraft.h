/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kGraft: replace kernel functions while the kernel runs.
 *
 * What the author of a patch module needs. The hooks that the rest of the
 * kernel calls are in <linux/kgraft_hooks.h>.
 */
#ifndef _LINUX_KGRAFT_H
#define _LINUX_KGRAFT_H

#include <linux/kgraft_hooks.h>
#include <linux/module.h>
#include <linux/types.h>

struct kgr_applied;

/**
 * struct kgr_patch_fun - one function to replace
 * @name:	name of the function, as in /proc/kallsyms
 * @new_fun:	what runs instead; its text must belong to the patch module
 *		and its prototype must be that of the original
 * @objname:	name of the module that has @name, %NULL for the kernel itself
 * @sympos:	which of several functions called @name in kallsyms order,
 *		counted from 1; 0 says that the name is unique
 *
 * Write it with KGR_PATCH() and its variants.
 */
struct kgr_patch_fun {
	const char *name;
	void *new_fun;
	const char *objname;
	unsigned long sympos;
};

/**
 * struct kgr_patch - a set of functions that are replaced together
 * @name:	name of the patch and of its directory in /sys/kernel/kgraft
 * @owner:	the module that has the replacements, %THIS_MODULE
 * @applied:	the core's own; leave it alone
 * @patches:	what to replace, closed by %KGR_PATCH_END
 *
 * Define it statically. All fields but @applied are the author's and are
 * only read. They must stay as they are while the patch is known to the core,
 * from kgr_patch_kernel() to kgr_patch_remove().
 */
struct kgr_patch {
	const char *name;
	struct module *owner;
	struct kgr_applied *applied;
	struct kgr_patch_fun patches[];
};

/**
 * KGR_PATCH_OBJPOS - replace the n-th function of a name in an object
 * @_name:	the function to replace, not quoted
 * @_new_fun:	the function that runs instead
 * @_objname:	name of the module that has it, %NULL for the kernel itself
 * @_sympos:	position among the functions of that name, from 1; 0: unique
 */
#define KGR_PATCH_OBJPOS(_name, _new_fun, _objname, _sympos) {	\
		.name = #_name,					\
		.new_fun = (_new_fun),				\
		.objname = (_objname),				\
		.sympos = (_sympos),				\
	}

/**
 * KGR_PATCH - replace a function of the kernel itself
 * @_name:	the function to replace, not quoted
 * @_new_fun:	the function that runs instead
 */
#define KGR_PATCH(_name, _new_fun) KGR_PATCH_OBJPOS(_name, _new_fun, NULL, 0)

/**
 * KGR_PATCH_OBJ - replace a function of a module
 * @_name:	the function to replace, not quoted
 * @_new_fun:	the function that runs instead
 * @_objname:	name of the module that has it
 */
#define KGR_PATCH_OBJ(_name, _new_fun, _objname) \
	KGR_PATCH_OBJPOS(_name, _new_fun, _objname, 0)

/** KGR_PATCH_END - closes the list of functions */
#define KGR_PATCH_END { }

#if IS_ENABLED(CONFIG_KGRAFT)
int kgr_patch_kernel(struct kgr_patch *patch);
void kgr_patch_remove(struct kgr_patch *patch);
#else
static inline int kgr_patch_kernel(struct kgr_patch *patch)
{
	return -ENODEV;
}

static inline void kgr_patch_remove(struct kgr_patch *patch) { }
#endif

#endif /* _LINUX_KGRAFT_H */
