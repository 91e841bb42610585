// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_odd.c - descriptions that end too early, contradict themselves or
 * have no effect
 *
 * The parameter selects one. All symbols in them exist, or may be loaded:
 * without the one fault each of them could be applied.
 */

#include <linux/kernel.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/string.h>

#define OBJ	"kgr_test_obj"

static char *fault = "";
module_param(fault, charp, 0400);
MODULE_PARM_DESC(fault, "what is wrong with the description");

/* After the patch that the parameter selects, another of this module. */
static bool again;
module_param(again, bool, 0400);
MODULE_PARM_DESC(again, "apply one more patch");

static int again_ret;
module_param(again_ret, int, 0400);
MODULE_PARM_DESC(again_ret, "what came of that");

static int kgr_new(void)
{
	return 1;
}

static int kgr_new_other(void)
{
	return 1;
}

static void *ptr, *ptr_other;

static void kgr_dtor(void *obj, void *data)
{
}

/* Defined by its members other than the functions. */
#define ODD_ONE(_fault, ...)						\
static struct kgr_patch patch_##_fault = {				\
	.owner = THIS_MODULE,						\
	__VA_ARGS__							\
}

#define NAMED		.name = KBUILD_MODNAME
#define FUNCTIONS(...)	.patches = { __VA_ARGS__, KGR_PATCH_END, KGR_PATCH_END }
#define GOOD		KGR_PATCH_OBJ(kgr_obj_0, kgr_new, OBJ)
#define LIST(_type, ...)	((_type[]) { __VA_ARGS__, { }, { } })
#define OBJECTS(...)	.objects = LIST(const struct kgr_patch_obj, __VA_ARGS__)
#define EXTERNS(...)	.externs = LIST(const struct kgr_extern, __VA_ARGS__)
#define STATES(...)	.states = LIST(struct kgr_state, __VA_ARGS__)
#define SHADOWS(...)	.shadows = LIST(const struct kgr_shadow_kind, __VA_ARGS__)
#define GOOD_EXTERN	KGR_EXTERN_OBJ(kgr_obj_secret, &ptr, OBJ)
#define LONG_ID		"00112233445566778899aabbccddeeff0011223344"
#define LONG_NAME							\
	"a_symbol_of_this_name_is_not_to_be_found_in_any_kernel_there_is_"	\
	"a_symbol_of_this_name_is_not_to_be_found_in_any_kernel_there_is_"	\
	"a_symbol_of_this_name_is_not_to_be_found_in_any_kernel_there_is_"	\
	"a_symbol_of_this_name_is_not_to_be_found_in_any_kernel_there_is_"	\
	"a_symbol_of_this_name_is_not_to_be_found_in_any_kernel_there_is_"	\
	"a_symbol_of_this_name_is_not_to_be_found_in_any_kernel_there_is_"	\
	"a_symbol_of_this_name_is_not_to_be_found_in_any_kernel_there_is_"	\
	"a_symbol_of_this_name_is_not_to_be_found_in_any_kernel_there_is_"

/* This one has no fault; otherwise the others would show nothing. */
ODD_ONE(nothing, NAMED, FUNCTIONS(GOOD, KGR_PATCH_OBJ(kgr_obj_1, kgr_new, OBJ)),
	OBJECTS({ .name = OBJ }, { .name = NULL, .srcversion = NULL }),
	EXTERNS(GOOD_EXTERN), STATES({ .id = 1 }, { .id = 2 }),
	SHADOWS({ .name = "odd", .id = 0 }));

ODD_ONE(blank, .name = "kgr test", FUNCTIONS(GOOD));
ODD_ONE(line_feed, .name = "kgr_test\n", FUNCTIONS(GOOD));
ODD_ONE(set, NAMED, .replaces = "", FUNCTIONS(GOOD));

ODD_ONE(twice, NAMED, FUNCTIONS(GOOD, GOOD));
ODD_ONE(twice_pos, NAMED,
	FUNCTIONS(KGR_PATCH_OBJPOS(kgr_obj_0, kgr_new, OBJ, 1),
		  KGR_PATCH_OBJPOS(kgr_obj_0, kgr_new_other, OBJ, 1)));
ODD_ONE(unique_or_not, NAMED,
	FUNCTIONS(GOOD, KGR_PATCH_OBJPOS(kgr_obj_0, kgr_new_other, OBJ, 1)));
ODD_ONE(nameless, NAMED, FUNCTIONS(GOOD, { .new_fun = kgr_new }));
ODD_ONE(nameless_set, NAMED, .replaces = "odd",
	FUNCTIONS(GOOD, { .new_fun = kgr_new }));
ODD_ONE(cut, NAMED, FUNCTIONS(GOOD, { .objname = OBJ }));
ODD_ONE(cut_pos, NAMED, FUNCTIONS(GOOD, { .sympos = 1 }));
ODD_ONE(outside, NAMED, FUNCTIONS(GOOD, KGR_PATCH_OBJ(kgr_obj_1, memcmp, OBJ)));
ODD_ONE(long_symbol, NAMED,
	FUNCTIONS(GOOD, { .name = LONG_NAME, .new_fun = kgr_new, .objname = OBJ }));

ODD_ONE(objects_twice, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .name = OBJ }, { .name = OBJ }));
ODD_ONE(kernel_twice, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .name = "vmlinux" }, { .build_id = "00" }));
ODD_ONE(kernel_srcversion, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .name = "vmlinux", .srcversion = "0123456789ABCDEF0123456" }));
ODD_ONE(kernel_build_id, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .build_id = "00112233445566778899aabbccddeeff00112233" }));
ODD_ONE(srcversion_empty, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .name = OBJ, .srcversion = "" }));
ODD_ONE(build_id_empty, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .name = OBJ, .build_id = "" }));
ODD_ONE(build_id_odd, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .name = OBJ, .build_id = "001" }));
ODD_ONE(build_id_upper, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .name = OBJ, .build_id = "00AA" }));
ODD_ONE(build_id_long, NAMED, FUNCTIONS(GOOD),
	OBJECTS({ .name = OBJ, .build_id = LONG_ID }));

ODD_ONE(extern_cut, NAMED, FUNCTIONS(GOOD), EXTERNS(GOOD_EXTERN, { .user = OBJ }));
ODD_ONE(extern_twice, NAMED, FUNCTIONS(GOOD),
	EXTERNS(GOOD_EXTERN, KGR_EXTERN(kgr_test_original, &ptr)));
ODD_ONE(extern_object, NAMED, FUNCTIONS(GOOD),
	EXTERNS(GOOD_EXTERN,
		KGR_EXTERN_FOR(kgr_third, &ptr_other, "kgr-third", OBJ)));
ODD_ONE(extern_long, NAMED, FUNCTIONS(GOOD),
	EXTERNS(GOOD_EXTERN,
		{ .name = LONG_NAME, .addr = &ptr_other, .objname = OBJ,
		  .user = OBJ }));

ODD_ONE(state_cut, NAMED, FUNCTIONS(GOOD), STATES({ .id = 1 }, { .version = 2 }));
ODD_ONE(state_twice, NAMED, FUNCTIONS(GOOD), STATES({ .id = 1 }, { .id = 1 }));

ODD_ONE(shadow_cut, NAMED, FUNCTIONS(GOOD),
	SHADOWS({ .name = "odd", .id = 1 }, { .id = 2 }));
ODD_ONE(shadow_cut_dtor, NAMED, FUNCTIONS(GOOD),
	SHADOWS({ .name = "odd", .id = 1 }, { .dtor = kgr_dtor }));
ODD_ONE(shadow_empty, NAMED, FUNCTIONS(GOOD), SHADOWS({ .name = "", .id = 1 }));
ODD_ONE(shadow_twice, NAMED, FUNCTIONS(GOOD),
	SHADOWS({ .name = "odd", .id = 1 }, { .name = "even", .id = 1 }));

static struct kgr_patch patch_again = {
	.name = "kgr_test_again",
	.owner = THIS_MODULE,
	FUNCTIONS(KGR_PATCH_OBJ(kgr_obj_2, kgr_new, OBJ))
};

#define FAULT(_fault) { #_fault, &patch_##_fault }

static const struct {
	const char *fault;
	struct kgr_patch *patch;
} faults[] = {
	FAULT(nothing),
	FAULT(blank), FAULT(line_feed), FAULT(set),
	FAULT(twice), FAULT(twice_pos), FAULT(unique_or_not), FAULT(nameless),
	FAULT(nameless_set),
	FAULT(cut), FAULT(cut_pos), FAULT(outside), FAULT(long_symbol),
	FAULT(objects_twice), FAULT(kernel_twice), FAULT(kernel_srcversion),
	FAULT(kernel_build_id), FAULT(srcversion_empty), FAULT(build_id_empty),
	FAULT(build_id_odd), FAULT(build_id_upper), FAULT(build_id_long),
	FAULT(extern_cut), FAULT(extern_twice), FAULT(extern_object),
	FAULT(extern_long),
	FAULT(state_cut), FAULT(state_twice),
	FAULT(shadow_cut), FAULT(shadow_cut_dtor), FAULT(shadow_empty),
	FAULT(shadow_twice),
};

static struct kgr_patch *applied;

static int __init kgr_test_odd_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(fault, faults[i].fault))
			continue;
		ret = kgr_patch_kernel(faults[i].patch);
		if (!ret)
			applied = faults[i].patch;
		if (!ret && again)
			again_ret = kgr_patch_kernel(&patch_again);
		return ret;
	}
	return -ENOPARAM;
}

static void __exit kgr_test_odd_exit(void)
{
	kgr_patch_remove(applied);
}

module_init(kgr_test_odd_init);
module_exit(kgr_test_odd_exit);
MODULE_DESCRIPTION("kGraft selftests: descriptions that do not mean what they say");
MODULE_LICENSE("GPL");
