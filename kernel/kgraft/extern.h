/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_EXTERN_H
#define _KGRAFT_EXTERN_H

struct kgr_applied;
struct kgr_extern;
struct kgr_object;
struct module;

/**
 * struct kgr_ext - what the core knows of one symbol that a patch looks up
 * @ext:	what its author wrote
 * @obj:	the object whose replacements use it
 * @set:	whether the pointer was set
 * @addr:	its address while @obj is live, 0 otherwise
 * @holder:	the module that has it and that we hold a reference to, if it
 *		is neither the kernel nor @obj; %NULL otherwise
 */
struct kgr_ext {
	const struct kgr_extern *ext;
	struct kgr_object *obj;
	bool set;
	unsigned long addr;
	struct module *holder;
};

int kgr_externs_create(struct kgr_applied *applied);
int kgr_externs_resolve(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_externs_set(struct kgr_applied *applied, struct kgr_object *obj);
void kgr_externs_reset(struct kgr_applied *applied, struct kgr_object *obj);

#endif /* _KGRAFT_EXTERN_H */
