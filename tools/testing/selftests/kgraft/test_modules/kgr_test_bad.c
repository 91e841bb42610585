// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_bad.c - patches that must be refused
 *
 * The parameter says which. What is wrong is never with the first function,
 * so that something had to be undone.
 */

#include <linux/kernel.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/string.h>

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

/* Defined by its faults, "name" gives the exception. */
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
/* As one of the files beside the patches' directories. */
BAD_PATCH_NAMED(file, "in_progress", GOOD_FIRST, KGR_PATCH_END);

/* Of a set, which is looked at together with what is applied. */
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
	BAD(consistency), BAD(on_deadline),
};

/* Should not be needed, or the test has failed already. */
static struct kgr_patch *applied;

static int __init kgr_test_bad_init(void)
{
	unsigned int i;
	int ret;

	memset(long_name, 'n', sizeof(long_name) - 1);
	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(fault, faults[i].fault))
			continue;
		ret = kgr_patch_kernel(faults[i].patch);
		if (!ret)
			applied = faults[i].patch;
		return ret;
	}
	return -ENOPARAM;
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
