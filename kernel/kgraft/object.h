/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel and the modules that a patch is about.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_OBJECT_H
#define _KGRAFT_OBJECT_H

#include <linux/kgraft.h>
#include <linux/types.h>

struct kgr_applied;
struct kgr_site;

/**
 * struct kgr_object - a module that a patch has functions of, or the kernel
 * @name:	name of the module, %NULL for the kernel itself
 * @info:	what the author says of it, %NULL for nothing
 * @mod:	the module while @live
 * @live:	whether it is there and its functions are resolved
 * @missed:	whether the module was loaded without being patched; says nothing
 *		while @live
 * @fresh:	whether the change in preparation has attached it
 * @prepared:	whether pre_apply has succeeded, and post_revert is owed
 * @posted:	whether post_apply was called, and pre_revert is owed
 *
 * All but @name and @info are written with kgr_mutex held.
 */
struct kgr_object {
	const char *name;
	const struct kgr_patch_obj *info;
	struct module *mod;
	bool live;
	bool missed;
	bool fresh;
	bool prepared;
	bool posted;
};

/**
 * struct kgr_func - what the core knows of one function of a patch
 * @fun:	what its author wrote
 * @obj:	the object that has the original
 * @addr:	first instruction of the original
 * @size:	size of the original in bytes
 * @ip:		where ftrace calls us in it, 0 while it is not resolved
 * @site:	its site while a version of it is alive
 */
struct kgr_func {
	const struct kgr_patch_fun *fun;
	struct kgr_object *obj;
	unsigned long addr;
	unsigned long size;
	unsigned long ip;
	struct kgr_site *site;
};

/* Not the entry of zeroes that closes the list? */
static inline bool kgr_obj_given(const struct kgr_patch_obj *info)
{
	return info && (info->name || info->srcversion || info->build_id ||
			info->pre_apply || info->post_apply ||
			info->pre_revert || info->post_revert);
}

int kgr_objects_create(struct kgr_applied *applied);
int kgr_object_attach(struct kgr_applied *applied, struct kgr_object *obj,
		      struct module *mod);
void kgr_object_detach(struct kgr_applied *applied, struct kgr_object *obj);

int kgr_pre_apply(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_post_apply(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_pre_revert(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_post_revert(struct kgr_applied *applied, struct kgr_object *obj);

#endif /* _KGRAFT_OBJECT_H */
