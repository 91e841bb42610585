// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_life.c - a patch of any of eight functions, as its parameters say
 *
 * Built several times, as kgr_test_life1.ko and so on: the replacements return
 * KGR_TEST_GENERATION. Four functions are in the kernel and four in
 * kgr_test_obj. It records which of its callbacks were called, has symbols
 * looked up, and attaches shadow variables.
 */

#include <linux/delay.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "kgr_test_kernel.h"

#define KGR_FUNCS	8
#define KGR_OBJ		"kgr_test_obj"

/* Looked up. */
static int *kernel_original;
static int *obj_secret;
static struct static_key_false *obj_key;
static int *third_symbol;

/* Shadow variables of all these patches: to what they are attached, their IDs. */
#define KGR_SHADOW_OBJ	((void *)&kgr_test_calls)
#define KGR_SHADOW_ID	0x6c696665UL
#define KGR_KINDS	2

static unsigned int kinds;
module_param(kinds, uint, 0444);
MODULE_PARM_DESC(kinds, "the kinds of shadow variables that it attaches, bit by bit");

static unsigned int linger_ms;
module_param(linger_ms, uint, 0444);
MODULE_PARM_DESC(linger_ms, "how long the exit takes");

static char *third;
module_param(third, charp, 0444);
MODULE_PARM_DESC(third, "a third module, to look up kgr_third there");

#define KGR_LIFE_FUNC(nr)						\
static int kgr_new_##nr(void)						\
{									\
	return KGR_TEST_GENERATION;					\
}

/* The one that attaches a variable first. */
static int kgr_shadow_ctor(void *obj, void *data, void *ctor_data)
{
	*(int *)data = KGR_TEST_GENERATION;
	return 0;
}

static int kgr_new_0(void)
{
	unsigned int i;

	for (i = 0; i < KGR_KINDS; i++)
		if (kinds & 1 << i)
			kgr_shadow_get_or_alloc(KGR_SHADOW_OBJ,
						KGR_SHADOW_ID + i, sizeof(int),
						GFP_KERNEL, kgr_shadow_ctor,
						NULL);
	return KGR_TEST_GENERATION;
}

KGR_LIFE_FUNC(1)
KGR_LIFE_FUNC(2)
KGR_LIFE_FUNC(3)

/*
 * Replacements in the module run only while the symbols that they use exist. A
 * pointer that is not set gives a result that no test expects.
 */
#define KGR_LIFE_OBJ_FUNC(nr)						\
static int kgr_new_##nr(void)						\
{									\
	if (!READ_ONCE(kernel_original) || !READ_ONCE(obj_secret) ||	\
	    !READ_ONCE(obj_key))					\
		return 0x7f;						\
	if (third && (!READ_ONCE(third_symbol) ||			\
		      *READ_ONCE(third_symbol) != 3))			\
		return 0x7e;						\
	return KGR_TEST_GENERATION + *READ_ONCE(kernel_original) +	\
	       *READ_ONCE(obj_secret) - 42;				\
}

KGR_LIFE_OBJ_FUNC(4)
KGR_LIFE_OBJ_FUNC(5)
KGR_LIFE_OBJ_FUNC(6)
KGR_LIFE_OBJ_FUNC(7)

static const struct kgr_patch_fun funcs[KGR_FUNCS] = {
	KGR_PATCH(kgr_test_many_00, kgr_new_0),
	KGR_PATCH(kgr_test_many_01, kgr_new_1),
	KGR_PATCH(kgr_test_many_02, kgr_new_2),
	KGR_PATCH(kgr_test_many_03, kgr_new_3),
	KGR_PATCH_OBJ(kgr_obj_0, kgr_new_4, KGR_OBJ),
	KGR_PATCH_OBJ(kgr_obj_1, kgr_new_5, KGR_OBJ),
	KGR_PATCH_OBJ(kgr_obj_2, kgr_new_6, KGR_OBJ),
	KGR_PATCH_OBJ(kgr_obj_3, kgr_new_7, KGR_OBJ),
};

static unsigned int mask = 0xff;
module_param(mask, uint, 0444);
MODULE_PARM_DESC(mask, "which of the functions to replace, bit by bit");

static bool replace_all;
module_param(replace_all, bool, 0444);

static char *set;
module_param(set, charp, 0444);
MODULE_PARM_DESC(set, "the set that the patch belongs to");

static bool dry_run;
module_param(dry_run, bool, 0444);

static int refuse;
module_param(refuse, int, 0644);
MODULE_PARM_DESC(refuse, "what pre_apply returns");

static int refuse_obj;
module_param(refuse_obj, int, 0644);
MODULE_PARM_DESC(refuse_obj, "what pre_apply returns for the module");

static char *srcversion;
module_param(srcversion, charp, 0444);

static char *build_id;
module_param(build_id, charp, 0444);

static char *bad_extern;
module_param(bad_extern, charp, 0444);
MODULE_PARM_DESC(bad_extern, "a symbol of the module to look up as well");

static char *also;
module_param(also, charp, 0444);
MODULE_PARM_DESC(also, "another module that has the callbacks called for it");

static unsigned int state_version;
module_param(state_version, uint, 0444);

static char callbacks[256];
module_param_string(callbacks, callbacks, sizeof(callbacks), 0644);
MODULE_PARM_DESC(callbacks, "pre_apply a, post_apply A, pre_revert r, post_revert R; after m: of the module; s, t: destructor, and the patch that attached the variable");

static long state_seen = -1;
module_param(state_seen, long, 0444);
MODULE_PARM_DESC(state_seen, "version of the state that was there before, -1: none");

static void called(char which, struct module *mod)
{
	size_t len = strlen(callbacks);

	scnprintf(callbacks + len, sizeof(callbacks) - len, "%s%c",
		  mod ? "m" : "", which);
}

static void destroyed(char which, const void *data)
{
	size_t len = strlen(callbacks);

	scnprintf(callbacks + len, sizeof(callbacks) - len, "%c%d", which,
		  *(const int *)data);
}

static void kgr_dtor_0(void *obj, void *data)
{
	destroyed('s', data);
}

static void kgr_dtor_1(void *obj, void *data)
{
	destroyed('t', data);
}

static const struct kgr_shadow_kind all_shadows[KGR_KINDS] = {
	{ .name = "life", .id = KGR_SHADOW_ID, .dtor = kgr_dtor_0 },
	{ .name = "life too", .id = KGR_SHADOW_ID + 1, .dtor = kgr_dtor_1 },
};

/* Filled in as the parameters say, with room for all kinds and the end. */
static struct kgr_shadow_kind shadows[KGR_KINDS + 1];

/* Which patch has attached the variable of a kind; 0: there is none. */
static int shadow_of(unsigned int kind)
{
	const int *data;
	int ret;

	rcu_read_lock();
	data = kgr_shadow_get(KGR_SHADOW_OBJ, KGR_SHADOW_ID + kind);
	ret = data ? *data : 0;
	rcu_read_unlock();
	return ret;
}

static int seen_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%s|%ld|%d|%d %d\n", skip_spaces(callbacks),
			  state_seen, READ_ONCE(third_symbol) ? 1 : 0,
			  shadow_of(0), shadow_of(1));
}

static const struct kernel_param_ops seen_ops = { .get = seen_get };

module_param_cb(seen, &seen_ops, NULL, 0444);
MODULE_PARM_DESC(seen, "callbacks, state_seen, whether the symbol of the third module is known, the patches whose shadow variables are there");

static int pre_apply(struct kgr_patch *patch, struct module *mod)
{
	const struct kgr_state *prev = kgr_state_get_prev(patch, 1);

	called('a', mod);
	state_seen = prev ? (long)prev->version : -1;
	return mod ? refuse_obj : refuse;
}

static void post_apply(struct kgr_patch *patch, struct module *mod)
{
	called('A', mod);
}

static void pre_revert(struct kgr_patch *patch, struct module *mod)
{
	called('r', mod);
}

static void post_revert(struct kgr_patch *patch, struct module *mod)
{
	called('R', mod);
}

#define KGR_CALLBACKS							\
	.pre_apply = pre_apply, .post_apply = post_apply,		\
	.pre_revert = pre_revert, .post_revert = post_revert

static struct kgr_patch_obj objects[] = {
	{ .name = "vmlinux", KGR_CALLBACKS },
	{ .name = KGR_OBJ, KGR_CALLBACKS },
	/* Filled in as the parameters say */
	KGR_OBJECTS_END,
	KGR_OBJECTS_END
};

static struct kgr_state states[] = {
	{ .id = 1 },
	{ }
};

static void *unused;

static struct kgr_extern externs[] = {
	KGR_EXTERN(kgr_test_original, &kernel_original),
	KGR_EXTERN_OBJ(kgr_obj_secret, &obj_secret, KGR_OBJ),
	KGR_EXTERN_FOR(kgr_test_key, &obj_key, NULL, KGR_OBJ),
	/* Filled in as the parameters say */
	KGR_EXTERN_END,
	KGR_EXTERN_END,
	KGR_EXTERN_END
};

/* With room for all functions and the end. */
static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.objects = objects,
	.externs = externs,
	.states = states,
	.patches = { [KGR_FUNCS] = KGR_PATCH_END },
};

static void add_extern(const char *name, const char *objname, void *addr)
{
	struct kgr_extern *ext = externs;

	while (ext->name)
		ext++;
	*ext = (struct kgr_extern){
		.name = name,
		.addr = addr,
		.objname = objname,
		.user = KGR_OBJ,
	};
}

static int __init kgr_test_life_init(void)
{
	unsigned int i, nr = 0;

	for (i = 0; i < KGR_FUNCS; i++)
		if (mask & 1 << i)
			patch.patches[nr++] = funcs[i];
	for (i = 0, nr = 0; i < KGR_KINDS; i++)
		if (kinds & 1 << i)
			shadows[nr++] = all_shadows[i];
	if (nr)
		patch.shadows = shadows;
	patch.replace_all = replace_all;
	patch.replaces = set;
	patch.dry_run = dry_run;
	objects[1].srcversion = srcversion;
	objects[1].build_id = build_id;
	if (also)
		objects[2] = (struct kgr_patch_obj){
			.name = also, KGR_CALLBACKS
		};
	if (bad_extern)
		add_extern(bad_extern, KGR_OBJ, &unused);
	if (third)
		add_extern("kgr_third", third, &third_symbol);
	if (state_version)
		states[0].version = state_version;
	else
		patch.states = NULL;
	return kgr_patch_kernel(&patch);
}

/* As one does that has to wait for its work. */
static void __exit kgr_test_life_exit(void)
{
	kgr_patch_remove(&patch);
	msleep(linger_ms);
}

module_init(kgr_test_life_init);
module_exit(kgr_test_life_exit);
MODULE_DESCRIPTION("kGraft selftests: a patch of what its parameters say");
MODULE_LICENSE("GPL");
