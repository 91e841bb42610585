/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that tests patch.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_TEST_TARGET_H
#define _KGRAFT_TEST_TARGET_H

#include <linux/compiler.h>
#include <linux/types.h>

struct static_key_false;

extern int kgr_test_original;
extern struct static_key_false kgr_test_key;

/*
 * KGR_TEST_FUNC - a function that can be patched
 * @name: its name, without kgr_test_
 *
 * The volatile read keeps the compiler from working out the result without a
 * call, the comment from folding functions that look the same into one. __used,
 * or clang gives a function that has an alias the name of that.
 */
#define KGR_TEST_FUNC(name)						\
static noinline __noclone __used int kgr_test_##name(void)		\
{									\
	asm volatile("# " #name);					\
	return READ_ONCE(kgr_test_original);				\
}

int kgr_test_call_other_dup(void);

struct module;

/* What the functions of the test module say, packed; see kgr_test_obj_main.c. */
void kgr_test_set_obj(int (*packed)(void), struct module *mod);

/* For test modules, which declare them themselves. */
extern atomic_t kgr_test_calls;
extern atomic_t kgr_test_inside;
unsigned long kgr_test_body(const char *name);
void kgr_test_hold(void);
int kgr_test_see(unsigned int half);
int kgr_test_main_loop(const bool *stay);

#endif /* _KGRAFT_TEST_TARGET_H */
