/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_PATCH_H
#define _KGRAFT_PATCH_H

#include <linux/kgraft.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/types.h>

struct kgr_change;
struct kgr_site;
struct kgr_versions;

/* Where a patch is in its life; the words of its status file. */
enum kgr_status {
	KGR_PATCH_INIT,
	KGR_PATCH_APPLYING,
	KGR_PATCH_APPLIED,
	KGR_PATCH_REVERTING,
	KGR_PATCH_REVERTED,
};

/* Where a function is; the numbers of the state file, as in SLES. */
enum kgr_func_state {
	KGR_FUNC_INIT		= 0,
	KGR_FUNC_SLOW		= 1,
	KGR_FUNC_APPLIED	= 2,
	KGR_FUNC_REVERT_SLOW	= 3,
	KGR_FUNC_REVERTED	= 4,
};

/**
 * struct kgr_func - what the core knows of one function of a patch
 * @fun:	what its author wrote
 * @addr:	first instruction of the original
 * @size:	size of the original in bytes
 * @ip:		where ftrace calls us in it
 * @site:	its site while a version of it is alive
 * @staged:	versions of @site that are prepared, see stage.h
 */
struct kgr_func {
	const struct kgr_patch_fun *fun;
	unsigned long addr;
	unsigned long size;
	unsigned long ip;
	struct kgr_site *site;
	struct kgr_versions *staged;
};

/**
 * struct kgr_applied - a patch that the core knows
 * @kobj:	its directory, holds the memory of this; outlives the module
 * @list:	on kgr_patches; kgr_mutex
 * @patch:	what its author wrote; valid until kgr_patch_remove()
 * @owner:	the module that has the replacements
 * @status:	where it is; written with kgr_mutex held
 * @universe:	the universe that its last change opened
 * @leaving:	whether its revert is complete and its module not yet released;
 *		kgr_mutex
 * @nr:		number of functions
 * @funcs:	the functions
 *
 * From apply until the revert is complete and nobody can come back into its
 * code, a reference to @owner is held.
 */
struct kgr_applied {
	struct kobject kobj;
	struct list_head list;
	struct kgr_patch *patch;
	struct module *owner;
	enum kgr_status status;
	u32 universe;
	bool leaving;
	unsigned int nr;
	struct kgr_func funcs[] __counted_by(nr);
};

#define kgr_for_each_func(applied, func) \
	for ((func) = (applied)->funcs; \
	     (func) < (applied)->funcs + (applied)->nr; (func)++)

static inline struct kgr_applied *to_kgr_applied(struct kobject *kobj)
{
	return container_of(kobj, struct kgr_applied, kobj);
}

void kgr_patch_change_begins(struct kgr_change *change);
void kgr_patch_complete(struct kgr_change *change);
int kgr_patch_revert(struct kgr_applied *applied);
enum kgr_func_state kgr_patch_func_state(const struct kgr_applied *applied);

#endif /* _KGRAFT_PATCH_H */
