// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_no_link.c - patches with a direct reference that is refused
 *
 * Built several times, as kgr_test_no_link1.ko and so on: KGR_TEST_GENERATION
 * selects the fault.
 */

#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/module.h>

#include <asm/alternative.h>
#include <asm/asm.h>

#include "kgr_test_no_link.h"

#define CALL(old, new)							\
({									\
	int __ret;							\
									\
	asm volatile(ALTERNATIVE(old, new, X86_FEATURE_ALWAYS)		\
		     : "=a" (__ret), ASM_CALL_CONSTRAINT		\
		     : [bad] "i" (bad)					\
		     : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",	\
		       "r11", "cc", "memory");				\
	__ret;								\
})

static int __maybe_unused use(void)
{
#if KGR_TEST_GENERATION == 10	/* in the replacement of an alternative */
	return CALL("xorl %%eax, %%eax", "call %c[bad]");
#elif KGR_TEST_GENERATION == 11	/* in an instruction that one replaces */
	return CALL("call %c[bad]", "xorl %%eax, %%eax");
#elif KGR_TEST_GENERATION == 12	/* as a static key */
	return static_branch_unlikely(&bad_key) ? 1 : 0;
#elif KGR_TEST_GENERATION == 13	/* in init code, see below */
	return 0;
#else
	return bad();
#endif
}

#if KGR_HAS_PATCH
static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		KGR_PATCH(kgr_test_first, use),
#if KGR_TEST_GENERATION != 7
		KGR_PATCH_OBJ(kgr_obj_0, use, KGR_OBJ),
#endif
		KGR_PATCH_END
	},
};
#endif

static int __init kgr_test_no_link_init(void)
{
#if KGR_TEST_GENERATION == 13
	if (bad())
		return -EIO;
#endif
#if KGR_HAS_PATCH
	return kgr_patch_kernel(&patch);
#else
	return use();
#endif
}

static void __exit kgr_test_no_link_exit(void)
{
#if KGR_HAS_PATCH
	kgr_patch_remove(&patch);
#endif
}

module_init(kgr_test_no_link_init);
module_exit(kgr_test_no_link_exit);
MODULE_DESCRIPTION("kGraft selftests: a direct reference that is refused");
#if KGR_TEST_GENERATION == 14
MODULE_LICENSE("Proprietary");
#else
MODULE_LICENSE("GPL");
#endif
