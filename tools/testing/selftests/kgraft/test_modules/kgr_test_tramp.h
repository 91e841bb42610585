/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trampoline of kgr_test_tramp, and the tasks in it.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_TRAMP_H
#define KGR_TEST_TRAMP_H

/* The number of tasks in the trampoline, which counts them. */
extern int kgr_test_tramp_inside;

/* The trampoline. */
void kgr_test_tramp_around(void);

#endif /* KGR_TEST_TRAMP_H */
