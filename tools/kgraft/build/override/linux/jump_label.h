/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jump_label.h - instead of that of the kernel, when code of a module is compiled
 * that goes to a patch
 *
 * The module comes and goes, and its keys with it: a jump label of the patch
 * would refer to one that is not there. So the code asks the key.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#include_next <linux/jump_label.h>

#if defined(MODULE) && !defined(__ASSEMBLY__) && !defined(KGR_JUMP_LABEL)
#define KGR_JUMP_LABEL
#undef static_branch_likely
#define static_branch_likely(x) likely(static_key_enabled(&(x)->key))
#undef static_branch_unlikely
#define static_branch_unlikely(x) unlikely(static_key_enabled(&(x)->key))
#define static_key_true(key) likely(static_key_enabled(key))
#define static_key_false(key) unlikely(static_key_enabled(key))
#endif
