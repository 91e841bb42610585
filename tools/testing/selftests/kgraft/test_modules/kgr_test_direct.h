/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trampoline that kgr_test_direct puts on a function.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_DIRECT_H
#define KGR_TEST_DIRECT_H

/* In assembler: whatever the compiler would put into it may not be there. */
void kgr_test_tramp(void);

#endif /* KGR_TEST_DIRECT_H */
