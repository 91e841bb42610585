// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_bad.c - patches that must be refused
 *
 * The parameter selects one. The fault is never in the first function, so that
 * something must be undone.
 */

#include <linux/kernel.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/string.h>

#include "kgr_test_kernel.h"

static char *fault = "";
module_param(fault, charp, 0400);
MODULE_PARM_DESC(fault, "what is wrong with the patch");

static int kgr_new_first(void)
{
	return 1;
}

static int kgr_new_second(void)
{
	return 1;
}

static int kgr_new_other(void)
{
	return 1;
}

/* Each is defined by its fault; the parameter selects it. */
#define BAD_PATCH_NAMED(_fault, _name, ...)				\
static struct kgr_patch patch_##_fault = {				\
	.name = (_name),						\
	.owner = THIS_MODULE,						\
	.patches = { __VA_ARGS__ },					\
}

#define BAD_PATCH(_fault, ...)						\
	BAD_PATCH_NAMED(_fault, KBUILD_MODNAME, __VA_ARGS__)

#define GOOD_FIRST	KGR_PATCH(kgr_test_first, kgr_new_first)
#define GOOD_SECOND	KGR_PATCH(kgr_test_second, kgr_new_second)

BAD_PATCH(empty, KGR_PATCH_END);
BAD_PATCH(unknown, GOOD_FIRST, GOOD_SECOND,
	  KGR_PATCH(kgr_test_nowhere, kgr_new_other), KGR_PATCH_END);
BAD_PATCH(ambiguous, GOOD_FIRST,
	  KGR_PATCH(kgr_test_dup, kgr_new_other), KGR_PATCH_END);
BAD_PATCH(position, GOOD_FIRST,
	  KGR_PATCH_OBJPOS(kgr_test_dup, kgr_new_other, NULL, 3), KGR_PATCH_END);
BAD_PATCH(untraceable, GOOD_FIRST,
	  KGR_PATCH(kgr_test_untraceable, kgr_new_other), KGR_PATCH_END);
BAD_PATCH(not_code, GOOD_FIRST,
	  KGR_PATCH(kgr_test_original, kgr_new_other), KGR_PATCH_END);
BAD_PATCH(twice, GOOD_FIRST, GOOD_SECOND,
	  KGR_PATCH(kgr_test_first, kgr_new_other), KGR_PATCH_END);
BAD_PATCH(alias, GOOD_FIRST, GOOD_SECOND,
	  KGR_PATCH(kgr_test_alias, kgr_new_other), KGR_PATCH_END);
BAD_PATCH(outside, GOOD_FIRST,
	  KGR_PATCH(kgr_test_second, memcmp), KGR_PATCH_END);
BAD_PATCH(null, GOOD_FIRST,
	  KGR_PATCH(kgr_test_second, NULL), KGR_PATCH_END);
BAD_PATCH(object, GOOD_FIRST,
	  KGR_PATCH_OBJ(kgr_test_second, kgr_new_second, "no-such-module"),
	  KGR_PATCH_END);
BAD_PATCH(object_empty, GOOD_FIRST,
	  KGR_PATCH_OBJ(kgr_test_second, kgr_new_second, ""), KGR_PATCH_END);
BAD_PATCH(object_long, GOOD_FIRST,
	  KGR_PATCH_OBJ(kgr_test_second, kgr_new_second,
			"a_name_that_is_longer_than_that_of_any_module_can_be_at_all"),
	  KGR_PATCH_END);
BAD_PATCH_NAMED(no_name, NULL, GOOD_FIRST, KGR_PATCH_END);
BAD_PATCH_NAMED(empty_name, "", GOOD_FIRST, KGR_PATCH_END);
BAD_PATCH_NAMED(slash, "kgr_test/bad", GOOD_FIRST, KGR_PATCH_END);
BAD_PATCH_NAMED(dots, "..", GOOD_FIRST, KGR_PATCH_END);
BAD_PATCH_NAMED(taken, "kgr_test_patch1", GOOD_FIRST, KGR_PATCH_END);
/* Named like one of the files beside the patches' directories. */
BAD_PATCH_NAMED(file, "in_progress", GOOD_FIRST, KGR_PATCH_END);

static struct kgr_patch patch_no_owner = {
	.name = KBUILD_MODNAME,
	.patches = { GOOD_FIRST, KGR_PATCH_END },
};

/* Of a set, which is compared with the applied patches. */
static struct kgr_patch patch_set = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.replaces = "kgr_test_bad",
	.patches = {
		GOOD_FIRST, KGR_PATCH(kgr_test_second, NULL), KGR_PATCH_END
	},
};

static struct kgr_patch patch_consistency = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.consistency = KGR_CONSISTENCY_FUNCTION + 1,
	.patches = { GOOD_FIRST, KGR_PATCH_END },
};

static struct kgr_patch patch_on_deadline = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.on_deadline = KGR_DEADLINE_REVERT + 1,
	.patches = { GOOD_FIRST, KGR_PATCH_END },
};

/*
 * Data in the wrong memory. init stores the references to init memory,
 * otherwise the build would complain.
 */
static struct kgr_patch patch_memory = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = { GOOD_FIRST, KGR_PATCH_END, KGR_PATCH_END },
};

static struct kgr_patch patch_after_init __ro_after_init = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = { GOOD_FIRST, KGR_PATCH_END },
};

static struct kgr_patch patch_init __initdata = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = { GOOD_FIRST, KGR_PATCH_END },
};

static void *ptr;
static void *ptr_after_init __ro_after_init;
static void *ptr_init __initdata;
static void *const ptr_const;

static char name_init[] __initdata = KBUILD_MODNAME;
static char first_init[] __initdata = "kgr_test_first";
static char symbol_init[] __initdata = "kgr_test_original";

static int __init callback_init(struct kgr_patch *patch, struct module *mod)
{
	return 0;
}

static void __init shadow_init(void *obj, void *data)
{
}

static struct kgr_extern externs[] = {
	KGR_EXTERN(kgr_test_original, &ptr),
	KGR_EXTERN_END
};

static struct kgr_extern externs_init[] __initdata = {
	KGR_EXTERN(kgr_test_original, &ptr),
	KGR_EXTERN_END
};

static struct kgr_patch_obj objects[] = {
	{ .name = "vmlinux" },
	KGR_OBJECTS_END
};

static struct kgr_patch_obj objects_init[] __initdata = {
	{ .name = "vmlinux" },
	KGR_OBJECTS_END
};

static struct kgr_state states_init[] __initdata = {
	{ .id = 1 },
	{ }
};

static struct kgr_shadow_kind shadows[] = {
	{ .name = "bad", .id = 1 },
	KGR_SHADOWS_END
};

static struct kgr_shadow_kind shadows_init[] __initdata = {
	{ .name = "bad", .id = 1 },
	KGR_SHADOWS_END
};

static bool __init is_fault(const char *name)
{
	return !strcmp(fault, name);
}

static struct kgr_patch *__init bad_pointer(void)
{
	patch_memory.externs = externs;
	if (is_fault("ptr_after_init"))
		externs[0].addr = &ptr_after_init;
	else if (is_fault("ptr_init"))
		externs[0].addr = &ptr_init;
	else if (is_fault("ptr_const"))
		externs[0].addr = (void **)&ptr_const;
	else if (is_fault("ptr_outside"))
		externs[0].addr = (void **)&kgr_test_calls;
	else if (is_fault("text_symbol"))
		externs[0].name = symbol_init;
	else if (is_fault("kernel_init"))
		externs[0].name = "boot_command_line";
	else if (is_fault("ptr_function"))
		externs[0].name = "kgr_test_untraceable";
	else
		return NULL;
	return &patch_memory;
}

static struct kgr_patch *__init bad_list(void)
{
	if (is_fault("list_externs"))
		patch_memory.externs = externs_init;
	else if (is_fault("list_objects"))
		patch_memory.objects = objects_init;
	else if (is_fault("list_states"))
		patch_memory.states = states_init;
	else if (is_fault("list_shadows"))
		patch_memory.shadows = shadows_init;
	else if (is_fault("text_name"))
		patch_memory.name = name_init;
	else if (is_fault("text_set"))
		patch_memory.replaces = name_init;
	else if (is_fault("text_function"))
		patch_memory.patches[0].name = first_init;
	else
		return NULL;
	return &patch_memory;
}

static struct kgr_patch *__init bad_entry(void)
{
	if (is_fault("text_object"))
		objects[0].srcversion = name_init;
	else if (is_fault("callback"))
		objects[0].pre_apply = callback_init;
	else if (is_fault("text_shadow"))
		shadows[0].name = name_init;
	else if (is_fault("dtor"))
		shadows[0].dtor = shadow_init;
	else
		return NULL;
	if (shadows[0].name == name_init || shadows[0].dtor)
		patch_memory.shadows = shadows;
	else
		patch_memory.objects = objects;
	return &patch_memory;
}

static struct kgr_patch *__init bad_memory(void)
{
	if (is_fault("patch_init"))
		return &patch_init;
	return bad_pointer() ?: bad_list() ?: bad_entry();
}

static char long_name[300];
BAD_PATCH_NAMED(long_name, long_name, GOOD_FIRST, KGR_PATCH_END);

#define BAD(_fault) { #_fault, &patch_##_fault }

static const struct {
	const char *fault;
	struct kgr_patch *patch;
} faults[] = {
	BAD(empty), BAD(unknown), BAD(ambiguous), BAD(position),
	BAD(untraceable), BAD(not_code), BAD(twice), BAD(alias), BAD(outside),
	BAD(null), BAD(object), BAD(object_empty), BAD(object_long),
	BAD(no_name), BAD(empty_name), BAD(slash),
	BAD(dots), BAD(taken), BAD(file), BAD(set), BAD(long_name),
	BAD(consistency), BAD(on_deadline), BAD(after_init), BAD(no_owner),
};

/* Only needed if the test has already failed. */
static struct kgr_patch *applied;

static int __init kgr_test_bad_init(void)
{
	struct kgr_patch *patch = bad_memory();
	unsigned int i;
	int ret;

	memset(long_name, 'n', sizeof(long_name) - 1);
	for (i = 0; !patch && i < ARRAY_SIZE(faults); i++)
		if (is_fault(faults[i].fault))
			patch = faults[i].patch;
	if (!patch && !is_fault("no_patch"))
		return -ENOPARAM;
	/*
	 * Reports to the test that it is not refused, as indirect calls are not
	 * checked here.
	 */
	if (is_fault("ptr_function") && !IS_ENABLED(CONFIG_X86_KERNEL_IBT) &&
	    !IS_ENABLED(CONFIG_CFI) && !IS_ENABLED(CONFIG_CFI_CLANG))
		return -EOPNOTSUPP;
	ret = kgr_patch_kernel(patch);
	if (!ret)
		applied = patch;
	return ret;
}

static void __exit kgr_test_bad_exit(void)
{
	if (applied)
		kgr_patch_remove(applied);
}

module_init(kgr_test_bad_init);
module_exit(kgr_test_bad_exit);
MODULE_DESCRIPTION("kGraft selftests: patches that must be refused");
MODULE_LICENSE("GPL");
