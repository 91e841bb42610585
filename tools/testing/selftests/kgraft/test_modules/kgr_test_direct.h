/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trampoline that kgr_test_direct puts on a function.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_DIRECT_H
#define KGR_TEST_DIRECT_H

/*
 * In assembler, because it must not have any code that the compiler would add.
 */
void kgr_test_tramp(void);

#endif /* KGR_TEST_DIRECT_H */
