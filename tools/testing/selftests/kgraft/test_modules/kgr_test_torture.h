/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kgrtorture: functions that are patched, and what judges their results.
 *
 * There are eight, in pairs: two of the kernel, two of kgr_test_torture, and two
 * of each of two modules that come and go. A function returns 0, and its
 * replacement the number of the patch.
 */
#ifndef KGR_TEST_TORTURE_H
#define KGR_TEST_TORTURE_H

#include <linux/compiler.h>
#include <linux/types.h>

struct module;

#define KGR_TORT_FUNCS		8
/* The first function of the modules that come and go. */
#define KGR_TORT_MOVING		4

/* Stays until a write to "release". */
#define KGR_TORT_HOLD		(~0U)

typedef int (*kgr_tort_fn_t)(unsigned int dwell_us);

void kgr_tort_dwell(unsigned int nr, unsigned int dwell_us);
void kgr_tort_add(unsigned int nr, kgr_tort_fn_t fn, struct module *mod);
void kgr_tort_del(unsigned int nr);

__printf(1, 2)
void kgr_tort_fault(const char *fmt, ...);

/* Of the kernel, in test_target.c */
int kgr_test_see(unsigned int half);

/*
 * KGR_TORT_FUNC - a function to patch, which may be slept in
 * @nr: its number
 */
#define KGR_TORT_FUNC(nr)						\
static noinline __noclone int kgr_tort_##nr(unsigned int dwell_us)	\
{									\
	kgr_tort_dwell(nr, dwell_us);					\
	asm volatile("# " #nr);						\
	return READ_ONCE(kgr_tort_original);				\
}

#endif /* KGR_TEST_TORTURE_H */
