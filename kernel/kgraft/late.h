/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References of patch modules to symbols of other modules.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_LATE_H
#define _KGRAFT_LATE_H

#include <linux/list.h>
#include <linux/types.h>

struct kgr_direct;
struct kgr_image;
struct module;

/**
 * struct kgr_place - a reference to a symbol of another module
 * @at:		its address, in the patch module
 * @type:	the type of its relocation
 * @size:	how many bytes the relocation writes
 * @addend:	the addend of its relocation
 * @stub:	the bytes at @at while it refers to the stub
 */
struct kgr_place {
	void *at;
	unsigned int type;
	unsigned int size;
	s64 addend;
	u64 stub;
};

/**
 * struct kgr_late - a symbol of another module that a patch module refers to
 * @list:	on kgr_lates; kgr_mutex
 * @mod:	the patch module
 * @objname:	the module that has the symbol
 * @name:	the symbol
 * @sympos:	position among the symbols called @name, from 1; 0: it is unique
 * @set:	the references have its address, not the stub's; kgr_mutex
 * @left:	so they have after their patch was removed; kgr_mutex
 * @nr:		number of @places
 * @places:	the references
 */
struct kgr_late {
	struct list_head list;
	struct module *mod;
	const char *objname;
	const char *name;
	unsigned long sympos;
	bool set;
	bool left;
	unsigned int nr;
	struct kgr_place places[] __counted_by(nr);
};

/* The symbols of all patch modules. kgr_mutex. */
extern struct list_head kgr_lates;

int kgr_late_add(struct module *mod, const struct kgr_image *image,
		 unsigned int index, const struct kgr_direct *direct,
		 unsigned long *addr);
void kgr_late_drop(struct module *mod);
int kgr_late_check(const char *patch, const struct kgr_late *late);
int kgr_late_fits(const char *patch, const struct kgr_late *late,
		  unsigned long addr);
void kgr_late_set(struct kgr_late *late, unsigned long addr);
void kgr_late_reset(struct kgr_late *late);

#endif /* _KGRAFT_LATE_H */
