/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The direct reference of kgr_test_no_link that is refused.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_NO_LINK_H
#define KGR_TEST_NO_LINK_H

#include <linux/jump_label.h>

#define KGR_OBJ	"kgr_test_obj"

/* No <linux/kgraft.h>, which says that it is a patch module. */
#if KGR_TEST_GENERATION == 9
#define KGR_HAS_PATCH	0
#define KGR_SYM(name)	__asm__(".kgr.0.vmlinux." #name)
#else
#include <linux/kgraft.h>
/* The functions that apply one are for modules with a licence like the GPL. */
#define KGR_HAS_PATCH	(KGR_TEST_GENERATION != 14)
#endif

#if KGR_TEST_GENERATION == 1	/* there is none */
int bad(void)
	KGR_SYM(kgr_test_nowhere);
#elif KGR_TEST_GENERATION == 2	/* ambiguous */
int bad(void)
	KGR_SYM(kgr_test_dup);
#elif KGR_TEST_GENERATION == 3	/* no such position */
int bad(void)
	KGR_SYM_POS(kgr_test_dup, 3);
#elif KGR_TEST_GENERATION == 4	/* in init memory */
int bad(void)
	KGR_SYM(start_kernel);
#elif KGR_TEST_GENERATION == 5	/* malformed */
int bad(void)
	__asm__(".kgr.x.vmlinux.kgr_test_second");
#elif KGR_TEST_GENERATION == 6	/* no module has such a name */
int bad(void)
	KGR_SYM_OBJ(foo, "a_name_that_is_longer_than_that_of_any_module_can_be_at_all");
#elif KGR_TEST_GENERATION == 7	/* of a module that the patch is not about */
int bad(void)
	KGR_SYM_OBJ(foo, "kgr_test_third");
#elif KGR_TEST_GENERATION == 8	/* there is none in the module */
int bad(void)
	KGR_SYM_OBJ(kgr_obj_nowhere, KGR_OBJ);
#elif KGR_TEST_GENERATION == 9 || KGR_TEST_GENERATION == 14
int bad(void)
	KGR_SYM(kgr_test_second);
#else				/* valid, but used where it must not be */
int bad(void)
	KGR_SYM_OBJ(kgr_obj_tell, KGR_OBJ);
extern struct static_key_false bad_key
	KGR_SYM_OBJ(kgr_obj_secret, KGR_OBJ);
#endif

#endif /* KGR_TEST_NO_LINK_H */
