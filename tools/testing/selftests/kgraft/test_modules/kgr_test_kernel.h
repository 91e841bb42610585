/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The exports of kernel/kgraft/test_target.c and test_body.c to test modules
 * only.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_KERNEL_H
#define KGR_TEST_KERNEL_H

#include <linux/atomic.h>

struct module;

extern atomic_t kgr_test_calls;
extern atomic_t kgr_test_inside;

unsigned long kgr_test_body(const char *name);
void kgr_test_hold(void);
void kgr_test_set_obj(int (*packed)(void), struct module *mod);

#endif /* KGR_TEST_KERNEL_H */
