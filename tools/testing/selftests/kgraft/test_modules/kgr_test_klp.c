// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_klp.c - a livepatch of any of five functions, as its parameters say
 *
 * Built several times, as kgr_test_klp1.ko and so on: what the replacements
 * return is 50 and KGR_TEST_GENERATION. Writes down which callbacks were called.
 */

#include <linux/delay.h>
#include <linux/jump_label.h>
#include <linux/livepatch.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/static_call.h>

#define NEW	(50 + KGR_TEST_GENERATION)

static unsigned int mask = 1;
module_param(mask, uint, 0400);
MODULE_PARM_DESC(mask, "of kgr_test_first, _second, _within, kgr_obj_0, and kgr_test_dup");

static unsigned int sympos;
module_param(sympos, uint, 0400);
MODULE_PARM_DESC(sympos, "which of the functions with the name kgr_test_dup");

static bool replace;
module_param(replace, bool, 0400);
MODULE_PARM_DESC(replace, "whether it replaces all other livepatches");

static unsigned int state;
module_param(state, uint, 0400);
MODULE_PARM_DESC(state, "the version of its state; 0: it has none");

static char *odd = "";
module_param(odd, charp, 0400);
MODULE_PARM_DESC(odd, "what is odd about it");

static int refuse;
module_param(refuse, int, 0600);
MODULE_PARM_DESC(refuse, "what pre_patch of the module returns");

static unsigned int nap;
module_param(nap, uint, 0400);
MODULE_PARM_DESC(nap, "how long pre_patch of the kernel sleeps, in ms");

static char calls[256];
module_param_string(calls, calls, sizeof(calls), 0600);
MODULE_PARM_DESC(calls, "the callbacks that were called");

static bool taken_over;
module_param(taken_over, bool, 0400);
MODULE_PARM_DESC(taken_over, "whether pre_patch found the state of another");

static int klp_new_first(void)
{
	return NEW;
}

/* What it adds is decided by its code, which the parameter changes. */
static int add_none(void)
{
	return 0;
}

static int add_100(void)
{
	return 100;
}

DEFINE_STATIC_CALL(klp_add, add_none);
static DEFINE_STATIC_KEY_FALSE(klp_add_1000);

static int flip_set(const char *val, const struct kernel_param *kp)
{
	int ret = param_set_bool(val, kp);

	if (ret)
		return ret;
	if (*(bool *)kp->arg) {
		static_call_update(klp_add, add_100);
		static_branch_enable(&klp_add_1000);
	} else {
		static_call_update(klp_add, add_none);
		static_branch_disable(&klp_add_1000);
	}
	return 0;
}

static const struct kernel_param_ops flip_ops = {
	.set = flip_set,
	.get = param_get_bool,
};

static bool flip;
module_param_cb(flip, &flip_ops, &flip, 0600);
MODULE_PARM_DESC(flip, "whether _second adds 100, by a static call, and 1000, by a static key");

static int klp_new_second(void)
{
	int ret = NEW + static_call(klp_add)();

	if (static_branch_unlikely(&klp_add_1000))
		ret += 1000;
	return ret;
}

/* Sleeps as well: there is a way back into this module on its stack. */
static int klp_new_within(int (*sleep)(void *arg), void *arg)
{
	int ret = sleep(arg);

	return ret ?: NEW;
}

static int klp_new_obj(void)
{
	return NEW;
}

static void note(const char *callback, const struct klp_object *obj)
{
	size_t len = strlen(calls);

	scnprintf(calls + len, sizeof(calls) - len, "%s%s:%s", len ? " " : "",
		  callback, obj->mod ? obj->mod->name : "vmlinux");
}

static int pre_patch(struct klp_object *obj)
{
	note("pre_patch", obj);
	if (klp_get_prev_state(1))
		taken_over = true;
	if (!obj->mod && nap)
		msleep(nap);
	return obj->mod ? refuse : 0;
}

static void post_patch(struct klp_object *obj)
{
	note("post_patch", obj);
}

static void pre_unpatch(struct klp_object *obj)
{
	note("pre_unpatch", obj);
}

static void post_unpatch(struct klp_object *obj)
{
	note("post_unpatch", obj);
}

#define CALLBACKS {				\
		.pre_patch = pre_patch,		\
		.post_patch = post_patch,	\
		.pre_unpatch = pre_unpatch,	\
		.post_unpatch = post_unpatch,	\
	}

static struct klp_func funcs[8];
static struct klp_func obj_funcs[3];
static struct klp_func more_funcs[2];

static struct klp_object objs[4] = {
	{
		.funcs = funcs,
		.callbacks = CALLBACKS,
	}, {
		.name = "kgr_test_obj",
		.funcs = obj_funcs,
		.callbacks = CALLBACKS,
	},
};

static struct klp_state states[] = {
	{
		.id = 1,
	}, { }
};

static struct klp_patch patch = {
	.mod = THIS_MODULE,
	.objs = objs,
};

static struct klp_func *add(struct klp_func *func, const char *name, void *new)
{
	func->old_name = name;
	func->new_func = new;
	return func + 1;
}

static int __init kgr_test_klp_init(void)
{
	struct klp_func *func = funcs;
	int ret;

	if (mask & 1)
		func = add(func, "kgr_test_first", klp_new_first);
	if (mask & 2)
		func = add(func, "kgr_test_second", klp_new_second);
	if (mask & 4)
		func = add(func, "kgr_test_within", klp_new_within);
	if (mask & 8)
		add(obj_funcs, "kgr_obj_0", klp_new_obj);
	if (mask & 16) {
		func->old_sympos = sympos;
		func = add(func, "kgr_test_dup", klp_new_first);
	}
	/* The same function by another name, which livepatch does not mind */
	if (!strcmp(odd, "alias"))
		func = add(func, "kgr_test_alias", klp_new_second);
	if (!strcmp(odd, "none"))
		func = add(func, "kgr_test_nothing", klp_new_first);
	if (!strcmp(odd, "twice"))
		func = add(func, "kgr_test_first", klp_new_first);
	if (!strcmp(odd, "obj_twice")) {
		add(obj_funcs, "kgr_obj_0", klp_new_obj);
		add(obj_funcs + 1, "kgr_obj_0", klp_new_obj);
		obj_funcs[1].old_sympos = 1;
	}
	/* An object in two parts */
	if (!strcmp(odd, "obj_again")) {
		add(more_funcs, "kgr_obj_1", klp_new_obj);
		objs[2].name = "kgr_test_obj";
		objs[2].funcs = more_funcs;
	}
	if (!strcmp(odd, "vmlinux_again")) {
		add(more_funcs, "kgr_test_second", klp_new_second);
		objs[2].funcs = more_funcs;
	}
	/* Not the kernel, but its directory has the same name. */
	if (!strcmp(odd, "vmlinux_too"))
		objs[1].name = "vmlinux";
	if (!strcmp(odd, "position"))
		funcs[0].old_sympos = 2;
	if (!strcmp(odd, "notrace"))
		add(func, "kgr_test_untraceable", klp_new_first);
	if (!strcmp(odd, "name"))
		objs[1].name = "no-module";
	states[0].version = state;
	if (state)
		patch.states = states;
	patch.replace = replace;
	ret = klp_enable_patch(&patch);
	return ret ?: !strcmp(odd, "init") ? -EIO : 0;
}

static void __exit kgr_test_klp_exit(void)
{
}

module_init(kgr_test_klp_init);
module_exit(kgr_test_klp_exit);
MODULE_INFO(livepatch, "Y");
MODULE_DESCRIPTION("kGraft selftests: a livepatch");
MODULE_LICENSE("GPL");
