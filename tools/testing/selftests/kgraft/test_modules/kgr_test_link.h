/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols that are not exported and that kgr_test_link uses.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_LINK_H
#define KGR_TEST_LINK_H

#include <linux/jump_label.h>
#include <linux/kgraft.h>

#define KGR_OBJ	"kgr_test_obj"

/* A function without arguments, and variables. */
#define LINK_FUNCTION(name, sym)						\
int name(void)								\
	sym
#define LINK_INTEGER(name, sym)		extern int name sym
#define LINK_KEY(name, sym)		extern struct static_key_false name sym

LINK_FUNCTION(first_dup, KGR_SYM_POS(kgr_test_dup, 1));
LINK_FUNCTION(second_dup, KGR_SYM_POS(kgr_test_dup, 2));
LINK_FUNCTION(many_03, KGR_SYM(kgr_test_many_03));
LINK_INTEGER(kgr_original, KGR_SYM(kgr_test_original));
LINK_KEY(key, KGR_SYM(kgr_test_key));

LINK_FUNCTION(obj_tell, KGR_SYM_OBJ(kgr_obj_tell, KGR_OBJ));
LINK_FUNCTION(obj_3, KGR_SYM_OBJPOS(kgr_obj_3, KGR_OBJ, 1));
LINK_INTEGER(obj_secret, KGR_SYM_OBJ(kgr_obj_secret, KGR_OBJ));

#endif /* KGR_TEST_LINK_H */
