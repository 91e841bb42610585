/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kGraft: replace kernel functions while the kernel runs.
 *
 * The interface for patch modules. The hooks that the rest of the kernel calls
 * are in <linux/kgraft_hooks.h>.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _LINUX_KGRAFT_H
#define _LINUX_KGRAFT_H

#include <linux/build_bug.h>
#include <linux/kgraft_hooks.h>
#include <linux/module.h>
#include <linux/stringify.h>
#include <linux/types.h>

struct kgr_applied;
struct kgr_patch;

/**
 * typedef kgr_shadow_ctor_t - initialises a new shadow variable
 * @obj:	the structure it is attached to
 * @data:	its data, zeroed
 * @ctor_data:	passed on from the caller of kgr_shadow_get_or_alloc()
 *
 * Must not sleep: called with interrupts off, except with PREEMPT_RT.
 *
 * Return: 0 on success; any other value discards the variable.
 */
typedef int (*kgr_shadow_ctor_t)(void *obj, void *data, void *ctor_data);

/**
 * typedef kgr_shadow_dtor_t - cleans up a shadow variable before it is freed
 * @obj:	the structure it was attached to
 * @data:	its data, which is freed afterwards
 *
 * What @data points to may have readers until an RCU grace period has passed.
 */
typedef void (*kgr_shadow_dtor_t)(void *obj, void *data);

/**
 * struct kgr_shadow_kind - a kind of shadow variables
 * @name:	a word or two that describe the kind, for the log
 * @id:		their number
 * @dtor:	called for variables that are left when the last patch that
 *		declares the kind is reverted; %NULL if they need only be freed
 *
 * @dtor must not dereference @obj, which may already have been freed. It may
 * sleep, but must not apply, revert or remove patches, nor wait for a task that
 * does. It must undo whatever refers to the variable (a list, a timer): kGraft
 * itself frees only the memory.
 */
struct kgr_shadow_kind {
	const char *name;
	unsigned long id;
	kgr_shadow_dtor_t dtor;
};

/**
 * struct kgr_patch_fun - one function to replace
 * @name:	name of the function, as in /proc/kallsyms
 * @new_fun:	what runs instead; must be in the text of the patch module and
 *		have the prototype of the original
 * @objname:	name of the module that has @name, %NULL for the kernel itself
 * @sympos:	position among the functions called @name in kallsyms order,
 *		from 1; 0: the name is unique
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
 * struct kgr_extern - a symbol that is not exported and that a patch uses
 * @name:	name of the symbol, as in /proc/kallsyms
 * @addr:	pointer in the patch module that is set to its address
 * @objname:	name of the module that has it, %NULL for the kernel itself
 * @user:	name of the object whose replacements use it
 * @sympos:	position among the symbols called @name, from 1; 0: it is unique
 *
 * *@addr is set before any replacement of a function in @user can run, and
 * reset to %NULL once none can run any more; but if the patch was replaced, not
 * before @user is gone, and after kgr_patch_remove() not at all, because work of
 * the patch may go on until its module is unloaded. If @objname is a module other
 * than @user, it must be loaded when @user is attached, and cannot be unloaded
 * while the address may be used.
 *
 * Write it with KGR_EXTERN() and its variants.
 */
struct kgr_extern {
	const char *name;
	void **addr;
	const char *objname;
	const char *user;
	unsigned long sympos;
};

/**
 * struct kgr_patch_obj - optional information about one object of a patch
 * @name:	name of the module, %NULL or "vmlinux" for the kernel itself
 * @srcversion:	the only build of the module that may be patched, as shown by
 *		modinfo; %NULL: any. The module must be built with
 *		CONFIG_MODULE_SRCVERSION_ALL
 * @build_id:	the same, by GNU build ID in lower-case hexadecimal. Needs
 *		CONFIG_STACKTRACE_BUILD_ID
 * @pre_apply:	called before the first task runs a replacement; any value other
 *		than 0 refuses the patch, or the loading of the module
 * @post_apply:	called when every task has crossed
 * @pre_revert:	called before the first task goes back, only if @post_apply was
 *		called
 * @post_revert: called when every task has gone back, or if the apply failed or
 *		was cancelled after @pre_apply had succeeded
 *
 * The callbacks handle everything that is not code: a setting to change, memory
 * to prepare, work to drain. @mod is the module, %NULL for the kernel itself.
 * They are called for each object that is loaded when the patch is applied, and
 * when a module is loaded or unloaded while it is applied. They may sleep, but
 * must not call kGraft (except for shadow variables and states), load modules,
 * or wait for a change to complete.
 *
 * When a patch is replaced, none of its callbacks is called: its successor
 * takes over what it has set up, and may read its states.
 */
struct kgr_patch_obj {
	const char *name;
	const char *srcversion;
	const char *build_id;
	int (*pre_apply)(struct kgr_patch *patch, struct module *mod);
	void (*post_apply)(struct kgr_patch *patch, struct module *mod);
	void (*pre_revert)(struct kgr_patch *patch, struct module *mod);
	void (*post_revert)(struct kgr_patch *patch, struct module *mod);
};

/**
 * struct kgr_state - something that a patch has changed besides code
 * @id:		number chosen by the author, from 1
 * @version:	its format; a successor must have this version or a newer one
 * @data:	for use by the author's callbacks
 */
struct kgr_state {
	unsigned long id;
	unsigned int version;
	void *data;
};

/**
 * enum kgr_consistency - what a task must not see during a change
 * @KGR_CONSISTENCY_ENTRY:	code of two universes between entering the
 *				kernel and leaving it. The default; needs no
 *				analysis by the author
 * @KGR_CONSISTENCY_FUNCTION:	code of two universes within one call of a
 *				function that changes. A task may run the old
 *				version of one function and later the new
 *				version of another in the same system call, and
 *				so may a kernel thread in the same unit of work:
 *				each must work with either version of the
 *				others. Sleeping tasks then cross in place
 *				without being woken, and the change completes at
 *				once
 *
 * Where stacks are not reliable, the latter is treated as the former.
 */
enum kgr_consistency {
	KGR_CONSISTENCY_ENTRY = 0,
	KGR_CONSISTENCY_FUNCTION,
};

/**
 * enum kgr_on_deadline - what to do with a change that is late
 * @KGR_DEADLINE_REPORT:	report it and let it continue
 * @KGR_DEADLINE_REVERT:	revert an apply; only report a revert
 */
enum kgr_on_deadline {
	KGR_DEADLINE_REPORT = 0,
	KGR_DEADLINE_REVERT,
};

/**
 * struct kgr_patch - a set of functions that are replaced together
 * @name:	name of the patch and of its directory in /sys/kernel/kgraft
 * @owner:	the module that contains the replacements, %THIS_MODULE
 * @replace_all: end every other patch in the same change
 * @replaces:	name of the set that the patch belongs to: it ends every patch
 *		of the same set, and is refused if it has a function that a
 *		patch outside the set replaces; %NULL: it belongs to no set
 * @dry_run:	check everything and log what is wrong, but change nothing
 * @objects:	information about single objects, ended by an entry of zeroes
 *		(%KGR_OBJECTS_END); %NULL: none
 * @externs:	symbols to look up, ended by %KGR_EXTERN_END; %NULL: none
 * @states:	states passed on to or taken over from other patches, ended by
 *		an entry with ID 0; %NULL: none
 * @shadows:	the kinds of shadow variables that it may attach, ended by
 *		%KGR_SHADOWS_END; %NULL: none
 * @consistency: what a task must not see while the patch is applied or reverted
 * @deadline_ms: time limit of a change of it, in ms; 0: none. The administrator
 *		may choose another one
 * @on_deadline: what to do when it is late; likewise
 * @applied:	private to the core
 * @patches:	the functions to replace, ended by %KGR_PATCH_END
 *
 * Must be defined statically. The core only reads the fields, except @applied.
 * They must not change while the core knows the patch, from kgr_patch_kernel()
 * to kgr_patch_remove().
 */
struct kgr_patch {
	const char *name;
	struct module *owner;
	bool replace_all;
	const char *replaces;
	bool dry_run;
	const struct kgr_patch_obj *objects;
	const struct kgr_extern *externs;
	struct kgr_state *states;
	const struct kgr_shadow_kind *shadows;
	enum kgr_consistency consistency;
	unsigned int deadline_ms;
	enum kgr_on_deadline on_deadline;
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

/**
 * KGR_PATCH_END - ends the list of functions
 */
#define KGR_PATCH_END { }

/**
 * KGR_OBJECTS_END - ends the list of objects
 */
#define KGR_OBJECTS_END { }

/**
 * KGR_SYM - declare a function or variable of the kernel that is not exported
 * @_name:	the symbol, not quoted
 *
 * Goes at the end of the declaration, as in
 *
 *	int foo_add(struct foo *foo) KGR_SYM(foo_add);
 *	extern struct list_head kgr_foo_list KGR_SYM(foo_list);
 *
 * The module can then use it as if it were exported. The declared name may
 * differ from that of the symbol, and must differ if a header declares the
 * symbol as well. Loading the module fails unless the kernel has exactly one
 * symbol of that name outside init memory.
 *
 * The type is not checked. A function must be called directly: whether it may
 * be called through a pointer depends on the kernel's configuration, see
 * KGR_EXTERN().
 */
#define KGR_SYM(_name) __asm__(".kgr.0.vmlinux." #_name)

/**
 * KGR_SYM_POS - declare the n-th symbol of a name, of the kernel itself
 * @_name:	the symbol, not quoted
 * @_sympos:	position among the symbols of that name outside init memory,
 *		from 1
 */
#define KGR_SYM_POS(_name, _sympos) \
	__asm__(".kgr." __stringify(_sympos) ".vmlinux." #_name)

/**
 * KGR_SYM_OBJ - declare a function or variable of a module that is patched
 * @_name:	the symbol, not quoted
 * @_objname:	name of the module, quoted
 *
 * As KGR_SYM(), but the module need not be loaded, and may be loaded and
 * unloaded at any time. Only replacements of functions of that module may use
 * the symbol: it is resolved before any of them can run. Anywhere else, a call
 * triggers a warning and does nothing, and a variable must not be accessed. The
 * symbol cannot be used in alternatives, static keys and static calls.
 */
#define KGR_SYM_OBJ(_name, _objname) __asm__(".kgr.0." _objname "." #_name)

/**
 * KGR_SYM_OBJPOS - declare the n-th symbol of a name, of a module
 * @_name:	the symbol, not quoted
 * @_objname:	name of the module, quoted
 * @_sympos:	as for KGR_SYM_POS()
 */
#define KGR_SYM_OBJPOS(_name, _objname, _sympos) \
	__asm__(".kgr." __stringify(_sympos) "." _objname "." #_name)

/* Tells the module loader that the module may have such symbols. */
#ifdef MODULE
MODULE_INFO(kgraft, "Y");
#endif

/**
 * KGR_EXTERN_POS - look up the n-th symbol of a name in some object
 * @_name:	the symbol, not quoted
 * @_ptr:	address of the pointer to set
 * @_objname:	name of the module that has it, %NULL for the kernel itself
 * @_user:	the object whose replacements use it, %NULL for the kernel
 * @_sympos:	position among the symbols of that name, from 1; 0: unique
 */
#define KGR_EXTERN_POS(_name, _ptr, _objname, _user, _sympos) {		\
		.name = #_name,						\
		.addr = (void **)(_ptr) +				\
			BUILD_BUG_ON_ZERO(sizeof(*(_ptr)) != sizeof(void *)), \
		.objname = (_objname),					\
		.user = (_user),					\
		.sympos = (_sympos),					\
	}

/**
 * KGR_EXTERN - look up a symbol of the kernel itself
 * @_name:	the symbol, not quoted
 * @_ptr:	address of the pointer to set
 *
 * For variables. Use KGR_SYM() for functions: if the kernel is built with IBT
 * or CFI, a function that is called through a pointer needs an ENDBR and a type
 * hash, which most functions do not have. Functions without are refused.
 */
#define KGR_EXTERN(_name, _ptr) KGR_EXTERN_POS(_name, _ptr, NULL, NULL, 0)

/**
 * KGR_EXTERN_OBJ - look up a symbol of a module that is patched
 * @_name:	the symbol, not quoted
 * @_ptr:	address of the pointer to set
 * @_objname:	name of the module
 */
#define KGR_EXTERN_OBJ(_name, _ptr, _objname) \
	KGR_EXTERN_POS(_name, _ptr, _objname, _objname, 0)

/**
 * KGR_EXTERN_FOR - look up a symbol of one module for the patch of another
 * @_name:	the symbol, not quoted
 * @_ptr:	address of the pointer to set
 * @_objname:	name of the module that has it
 * @_user:	the object whose replacements use it, %NULL for the kernel
 */
#define KGR_EXTERN_FOR(_name, _ptr, _objname, _user) \
	KGR_EXTERN_POS(_name, _ptr, _objname, _user, 0)

/**
 * KGR_EXTERN_END - ends the list of symbols
 */
#define KGR_EXTERN_END { }

/**
 * KGR_SHADOWS_END - ends the list of kinds of shadow variables
 */
#define KGR_SHADOWS_END { }

#if IS_ENABLED(CONFIG_KGRAFT)
int kgr_patch_kernel(struct kgr_patch *patch);
void kgr_patch_remove(struct kgr_patch *patch);
struct kgr_state *kgr_state_get(struct kgr_patch *patch, unsigned long id);
struct kgr_state *kgr_state_get_prev(struct kgr_patch *patch, unsigned long id);
void *kgr_shadow_get(const void *obj, unsigned long id);
void *kgr_shadow_alloc(void *obj, unsigned long id, size_t size, gfp_t gfp,
		       kgr_shadow_ctor_t ctor, void *ctor_data);
void *kgr_shadow_get_or_alloc(void *obj, unsigned long id, size_t size,
			      gfp_t gfp, kgr_shadow_ctor_t ctor,
			      void *ctor_data);
bool kgr_shadow_free(const void *obj, unsigned long id, kgr_shadow_dtor_t dtor);
unsigned long kgr_shadow_free_all(unsigned long id, kgr_shadow_dtor_t dtor);
#else
static inline int kgr_patch_kernel(struct kgr_patch *patch)
{
	return -ENODEV;
}

static inline void kgr_patch_remove(struct kgr_patch *patch) { }

static inline struct kgr_state *kgr_state_get(struct kgr_patch *patch,
					      unsigned long id)
{
	return NULL;
}

static inline struct kgr_state *kgr_state_get_prev(struct kgr_patch *patch,
						   unsigned long id)
{
	return NULL;
}

static inline void *kgr_shadow_get(const void *obj, unsigned long id)
{
	return NULL;
}

static inline void *kgr_shadow_alloc(void *obj, unsigned long id, size_t size,
				     gfp_t gfp, kgr_shadow_ctor_t ctor,
				     void *ctor_data)
{
	return NULL;
}

static inline void *kgr_shadow_get_or_alloc(void *obj, unsigned long id,
					    size_t size, gfp_t gfp,
					    kgr_shadow_ctor_t ctor,
					    void *ctor_data)
{
	return NULL;
}

static inline bool kgr_shadow_free(const void *obj, unsigned long id,
				   kgr_shadow_dtor_t dtor)
{
	return false;
}

static inline unsigned long kgr_shadow_free_all(unsigned long id,
						kgr_shadow_dtor_t dtor)
{
	return 0;
}
#endif

#endif /* _LINUX_KGRAFT_H */
