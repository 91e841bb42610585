// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_no_link.c - patches with a direct reference that is refused
 *
 * Built several times, as kgr_test_no_link1.ko and so on: KGR_TEST_GENERATION
 * says what is wrong.
 */

#include <linux/init.h>
#include <linux/jump_label.h>
#include <linux/module.h>

#include <asm/alternative.h>
#include <asm/asm.h>

#define KGR_OBJ	"kgr_test_obj"

/* No <linux/kgraft.h>, which says that it is a patch module. */
#if KGR_TEST_GENERATION == 9
#define KGR_PATCH_MODULE	0
#define KGR_SYM(name)		__asm__(".kgr.0.vmlinux." #name)
#else
#define KGR_PATCH_MODULE	1
#include <linux/kgraft.h>
#endif

#if KGR_TEST_GENERATION == 1	/* there is none */
int bad(void) KGR_SYM(kgr_test_nowhere);
#elif KGR_TEST_GENERATION == 2	/* ambiguous */
int bad(void) KGR_SYM(kgr_test_dup);
#elif KGR_TEST_GENERATION == 3	/* no such position */
int bad(void) KGR_SYM_POS(kgr_test_dup, 3);
#elif KGR_TEST_GENERATION == 4	/* in init memory */
int bad(void) KGR_SYM(start_kernel);
#elif KGR_TEST_GENERATION == 5	/* malformed */
int bad(void) __asm__(".kgr.x.vmlinux.kgr_test_second");
#elif KGR_TEST_GENERATION == 6	/* no module has such a name */
int bad(void) KGR_SYM_OBJ(foo, "a_name_that_is_longer_than_that_of_any_module_can_be_at_all");
#elif KGR_TEST_GENERATION == 7	/* of a module that the patch is not about */
int bad(void) KGR_SYM_OBJ(foo, "kgr_test_third");
#elif KGR_TEST_GENERATION == 8	/* there is none in the module */
int bad(void) KGR_SYM_OBJ(kgr_obj_nowhere, KGR_OBJ);
#elif KGR_TEST_GENERATION == 9
int bad(void) KGR_SYM(kgr_test_second);
#else				/* good, and used where it must not be */
int bad(void) KGR_SYM_OBJ(kgr_obj_tell, KGR_OBJ);
extern struct static_key_false bad_key KGR_SYM_OBJ(kgr_obj_secret, KGR_OBJ);
#endif

#define CALL(old, new)							\
({									\
	int __ret;							\
									\
	asm_inline volatile(ALTERNATIVE(old, new, X86_FEATURE_ALWAYS)	\
			    : "=a" (__ret), ASM_CALL_CONSTRAINT		\
			    : [bad] "i" (bad)				\
			    : "rcx", "rdx", "rsi", "rdi", "r8", "r9",	\
			      "r10", "r11", "cc", "memory");		\
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

#if KGR_PATCH_MODULE
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
#if KGR_PATCH_MODULE
	return kgr_patch_kernel(&patch);
#else
	return use();
#endif
}

static void __exit kgr_test_no_link_exit(void)
{
#if KGR_PATCH_MODULE
	kgr_patch_remove(&patch);
#endif
}

module_init(kgr_test_no_link_init);
module_exit(kgr_test_no_link_exit);
MODULE_DESCRIPTION("kGraft selftests: a direct reference that is refused");
MODULE_LICENSE("GPL");
