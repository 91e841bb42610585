/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hooks by which the module loader makes kGraft link a patch module. */
#ifndef _LINUX_KGRAFT_MODULE_H
#define _LINUX_KGRAFT_MODULE_H

#include <linux/string.h>
#include <linux/types.h>

struct load_info;
struct module;

#ifdef CONFIG_KGRAFT

int kgr_link_module(struct module *mod, const struct load_info *info,
		    bool is_patch);
void kgr_unlink_module(struct module *mod);

/**
 * kgr_is_direct - does kGraft link this symbol?
 * @name: its name
 *
 * Such symbols are undefined in the module, and the module loader must leave
 * them to kgr_link_module(). <linux/kgraft.h> has macros to declare them.
 *
 * Return: whether it does.
 */
static inline bool kgr_is_direct(const char *name)
{
	return strstarts(name, ".kgr.");
}

#else /* !CONFIG_KGRAFT */

static inline int kgr_link_module(struct module *mod,
				  const struct load_info *info, bool is_patch)
{
	return 0;
}

static inline void kgr_unlink_module(struct module *mod) { }

static inline bool kgr_is_direct(const char *name)
{
	return false;
}

#endif /* CONFIG_KGRAFT */

#endif /* _LINUX_KGRAFT_MODULE_H */
