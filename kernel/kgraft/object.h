/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects of a patch: the kernel itself, and modules.
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
 * struct kgr_object - a module or the kernel itself, as an object of a patch
 * @name:	name of the module, %NULL for the kernel itself
 * @info:	the author's entry for it, %NULL if there is none
 * @mod:	the module while @live
 * @live:	whether it is loaded and its functions are resolved
 * @missed:	whether the module was loaded without being patched; not valid
 *		while @live
 * @fresh:	whether the change in preparation has attached it
 * @prepared:	whether pre_apply has succeeded, so that post_revert must follow
 * @posted:	whether post_apply was called, so that pre_revert must follow
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
 * struct kgr_func - a function of a patch
 * @fun:	the author's entry
 * @obj:	the object that contains the original
 * @addr:	first instruction of the original
 * @size:	size of the original in bytes
 * @ip:		where ftrace calls the handler in it, 0 while not resolved
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

/* Is this an entry, and not the entry of zeroes that ends the list? */
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
