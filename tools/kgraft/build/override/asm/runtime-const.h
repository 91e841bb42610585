/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runtime-const.h - instead of that of the kernel, when code is compiled that
 * goes to a module
 *
 * Runtime constants are written into the kernel's code at boot, and nothing
 * would write them into a module's. So that it has the variable.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#include_next <asm/runtime-const.h>

#ifndef __ASSEMBLY__
#undef runtime_const_ptr
#define runtime_const_ptr(sym) (sym)
#undef runtime_const_shift_right_32
#define runtime_const_shift_right_32(val, sym) ((u32)(val) >> (sym))
#endif
