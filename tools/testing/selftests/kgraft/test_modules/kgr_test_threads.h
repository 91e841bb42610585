/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions of kernel/kgraft/test_target.c for kernel threads of test modules.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_THREADS_H
#define KGR_TEST_THREADS_H

#include <linux/types.h>

int kgr_test_see(unsigned int half);
int kgr_test_main_loop(const bool *stay);

#endif /* KGR_TEST_THREADS_H */
