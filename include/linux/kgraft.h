/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kGraft: replace kernel functions while the kernel runs.
 *
 * What the author of a patch module needs. The hooks that the rest of the
 * kernel calls are in <linux/kgraft_hooks.h>.
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
 * typedef kgr_shadow_ctor_t - makes a new shadow variable what it should be
 * @obj:	the structure it is attached to
 * @data:	its data, zeroed
 * @ctor_data:	what the caller of kgr_shadow_get_or_alloc() handed over
 *
 * Called with interrupts off. Return: 0, or anything else to have no variable.
 */
typedef int (*kgr_shadow_ctor_t)(void *obj, void *data, void *ctor_data);

/**
 * typedef kgr_shadow_dtor_t - undoes what was done to a shadow variable
 * @obj:	the structure it was attached to
 * @data:	its data, which is freed afterwards
 *
 * What @data points to may have readers until a grace period of RCU is over.
 */
typedef void (*kgr_shadow_dtor_t)(void *obj, void *data);

/**
 * struct kgr_shadow_kind - a kind of shadow variables
 * @name:	what they are, in a word or two, for the log
 * @id:		their number
 * @dtor:	for those that are left when the last patch that declares the kind
 *		is gone; %NULL if there is nothing to do but to free them
 *
 * @dtor is not to look into the structure: it may be gone long since. It may
 * sleep, but must not apply, revert or remove patches, nor wait for one who
 * does. What refers to a variable (a list, a timer) must be undone in @dtor:
 * kGraft itself knows only of the memory.
 */
struct kgr_shadow_kind {
	const char *name;
	unsigned long id;
	kgr_shadow_dtor_t dtor;
};

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
 * struct kgr_extern - a symbol that is not exported and that a patch uses
 * @name:	name of the symbol, as in /proc/kallsyms
 * @addr:	where its address goes: a pointer of the patch module
 * @objname:	name of the module that has it, %NULL for the kernel itself
 * @user:	name of the object whose replacements use it
 * @sympos:	which of several symbols called @name, from 1; 0: it is unique
 *
 * *@addr is set before any replacement of a function in @user can run, and
 * back to %NULL after the last one has. If @objname is @user, or the kernel,
 * that is all there is to it. If it is another module, that must be there
 * when @user is, and cannot be unloaded while the address may be used.
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
 * struct kgr_patch_obj - what a patch says of one object, if anything
 * @name:	name of the module, %NULL or "vmlinux" for the kernel itself
 * @srcversion:	the only build of the module that is to be patched, as modinfo
 *		calls it; %NULL: any. Needs CONFIG_MODULE_SRCVERSION_ALL there
 * @build_id:	the same by its GNU build ID, in lower-case hexadecimal. Needs
 *		CONFIG_STACKTRACE_BUILD_ID
 * @pre_apply:	before the first task runs a replacement; anything but 0
 *		refuses the patch, or the loading of the module
 * @post_apply:	when every task has crossed
 * @pre_revert:	before the first task goes back; only if @post_apply was called
 * @post_revert: when every task has gone back, or if applying failed or was
 *		cancelled after @pre_apply had succeeded
 *
 * The callbacks are for things that are not code: a setting to change, memory
 * to prepare, work to drain. @mod is the module, %NULL for the kernel itself.
 * They are called for each object that is there when the patch is applied,
 * and when a module comes and goes while it is. They sleep if they like,
 * but must not call kGraft (shadow variables and states are fine), load modules, or wait
 * for a change to complete.
 *
 * When a patch is replaced by another, none of its callbacks is called: what
 * it set up is its successor's, which may look at its states.
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
 * struct kgr_state - something a patch changed that outlives its code
 * @id:		what it is; numbers are for the author to hand out, from 1
 * @version:	its format; a successor must know this one or newer
 * @data:	for the author, free to use from the callbacks
 */
struct kgr_state {
	unsigned long id;
	unsigned int version;
	void *data;
};

/**
 * enum kgr_consistency - what a task must not see while a patch comes or goes
 * @KGR_CONSISTENCY_ENTRY:	code of two universes between entering the
 *				kernel and leaving it. Nothing to reason about,
 *				and the default
 * @KGR_CONSISTENCY_FUNCTION:	code of two universes within one call of a
 *				function that changes. Of two such functions a
 *				task may run the old one first and the new one
 *				later in the same system call, and so may a
 *				kernel thread in the same piece of work: each
 *				must get on with either version of the others.
 *				Sleepers then cross where they are; nobody is
 *				woken, and the change completes at once
 *
 * Where stacks are not reliable, the latter is treated as the former.
 */
enum kgr_consistency {
	KGR_CONSISTENCY_ENTRY = 0,
	KGR_CONSISTENCY_FUNCTION,
};

/**
 * enum kgr_on_deadline - what becomes of a change that is late
 * @KGR_DEADLINE_REPORT:	it is reported, and goes on
 * @KGR_DEADLINE_REVERT:	an apply is reverted by the kernel itself; a
 *				revert is reported
 */
enum kgr_on_deadline {
	KGR_DEADLINE_REPORT = 0,
	KGR_DEADLINE_REVERT,
};

/**
 * struct kgr_patch - a set of functions that are replaced together
 * @name:	name of the patch and of its directory in /sys/kernel/kgraft
 * @owner:	the module that has the replacements, %THIS_MODULE
 * @replace_all: ends every other patch in the same step
 * @replaces:	the set that the patch belongs to: it ends every patch of the
 *		same set, and is refused if it has a function that a patch
 *		outside of it replaces; %NULL: it belongs to none
 * @dry_run:	check everything, say what is wrong, and change nothing
 * @objects:	what there is to say of single objects, closed by an entry of
 *		zeroes (%KGR_OBJECTS_END); %NULL: nothing
 * @externs:	symbols to look up, closed by %KGR_EXTERN_END; %NULL: none
 * @states:	what it leaves to, or takes over from, other patches, closed
 *		by an entry with ID 0; %NULL: nothing
 * @shadows:	the kinds of shadow variables that it may attach, closed by
 *		%KGR_SHADOWS_END; %NULL: none
 * @consistency: what a task must not see while the patch comes or goes
 * @deadline_ms: how long a change of it may take, in ms, 0: for ever. The
 *		administrator may choose another
 * @on_deadline: what happens then; likewise
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
 * KGR_PATCH_END - closes the list of functions
 */
#define KGR_PATCH_END { }

/**
 * KGR_OBJECTS_END - closes the list of objects
 */
#define KGR_OBJECTS_END { }

/**
 * KGR_SYM - declare a function or variable of the kernel that is not exported
 * @_name:	the symbol, not quoted
 *
 * Ends its declaration, as in
 *
 *	int foo_add(struct foo *foo) KGR_SYM(foo_add);
 *	extern struct list_head kgr_foo_list KGR_SYM(foo_list);
 *
 * after which the module uses it as if it were exported. The name that it is
 * declared with need not be that of the symbol; it must be another one if a
 * header declares the symbol as well. The module is not loaded if the kernel
 * does not have exactly one symbol of that name, not counting init memory.
 *
 * Nothing checks the type. A function must be called directly: whether its
 * address may be called is up to the kernel's configuration, see KGR_EXTERN().
 */
#define KGR_SYM(_name) __asm__(".kgr.0.vmlinux." #_name)

/**
 * KGR_SYM_POS - declare the n-th symbol of a name, of the kernel itself
 * @_name:	the symbol, not quoted
 * @_sympos:	position among the symbols of that name that are not in init
 *		memory, a number from 1
 */
#define KGR_SYM_POS(_name, _sympos) \
	__asm__(".kgr." __stringify(_sympos) ".vmlinux." #_name)

/**
 * KGR_SYM_OBJ - declare a function or variable of a module that is patched
 * @_name:	the symbol, not quoted
 * @_objname:	name of the module, quoted
 *
 * As KGR_SYM(), but the module need not be there, and may come and go. Only
 * replacements of functions of that module may use the symbol: before any of
 * them can run it is what it should be. Elsewhere a call gives a warning and
 * does nothing, and a variable is not to be touched. Alternatives, static keys
 * and static calls cannot be made with it.
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

/* Tells the module loader that there may be such symbols. */
#ifdef MODULE
MODULE_INFO(kgraft, "Y");
#endif

/**
 * KGR_EXTERN_POS - look up the n-th symbol of a name in some object
 * @_name:	the symbol, not quoted
 * @_ptr:	address of the pointer that it goes to
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
 * @_ptr:	address of the pointer that it goes to
 *
 * For variables. For functions use KGR_SYM(): where the kernel is built with IBT
 * or CFI, one that is called through a pointer needs an ENDBR and a type hash,
 * which most functions do not have. Those without are refused.
 */
#define KGR_EXTERN(_name, _ptr) KGR_EXTERN_POS(_name, _ptr, NULL, NULL, 0)

/**
 * KGR_EXTERN_OBJ - look up a symbol of a module that is patched
 * @_name:	the symbol, not quoted
 * @_ptr:	address of the pointer that it goes to
 * @_objname:	name of the module
 */
#define KGR_EXTERN_OBJ(_name, _ptr, _objname) \
	KGR_EXTERN_POS(_name, _ptr, _objname, _objname, 0)

/**
 * KGR_EXTERN_FOR - look up a symbol of one module for the patch of another
 * @_name:	the symbol, not quoted
 * @_ptr:	address of the pointer that it goes to
 * @_objname:	name of the module that has it
 * @_user:	the object whose replacements use it, %NULL for the kernel
 */
#define KGR_EXTERN_FOR(_name, _ptr, _objname, _user) \
	KGR_EXTERN_POS(_name, _ptr, _objname, _user, 0)

/**
 * KGR_EXTERN_END - closes the list of symbols
 */
#define KGR_EXTERN_END { }

/**
 * KGR_SHADOWS_END - closes the list of kinds of shadow variables
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
