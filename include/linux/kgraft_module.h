/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the module loader makes kGraft link a patch module.
 *
 * Included by kernel/module/main.c alone; what is declared here is in
 * kernel/kgraft/direct.c.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _LINUX_KGRAFT_MODULE_H
#define _LINUX_KGRAFT_MODULE_H

#include <linux/module.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * struct kgr_image - a module that is being loaded, as the module loader has it
 * @sections:	its section headers, with the addresses that they are loaded at
 * @nr_sections: their number
 * @names:	names of the sections
 * @symbols:	the section of the symbols
 * @strings:	names of the symbols
 * @modinfo:	the section .modinfo, %NULL if there is none
 */
struct kgr_image {
	const Elf_Shdr *sections;
	unsigned int nr_sections;
	const char *names;
	const Elf_Shdr *symbols;
	const char *strings;
	const Elf_Shdr *modinfo;
};

#ifdef CONFIG_KGRAFT

int kgr_link_module(struct module *mod, const struct kgr_image *image,
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
				  const struct kgr_image *image, bool is_patch)
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
