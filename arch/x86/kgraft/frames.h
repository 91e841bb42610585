/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's table of ORC entries, which objtool makes and the linker places.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _ARCH_X86_KGRAFT_FRAMES_H
#define _ARCH_X86_KGRAFT_FRAMES_H

#include <asm/orc_types.h>

extern int __start_orc_unwind_ip[];
extern int __stop_orc_unwind_ip[];
extern struct orc_entry __start_orc_unwind[];

#endif /* _ARCH_X86_KGRAFT_FRAMES_H */
