/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Trampolines of tracers on a stack.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_TRAMPOLINE_H
#define _KGRAFT_TRAMPOLINE_H

#include <linux/types.h>

/**
 * struct kgr_trampoline - code around a function that a task is inside
 * @addr:	the return address in the trampoline; 0: there is none
 * @func:	the return address in the function that called it
 * @bpf:	whether BPF generated it
 *
 * The addresses are only for printing: the code may have been freed.
 */
struct kgr_trampoline {
	unsigned long addr;
	unsigned long func;
	bool bpf;
};

void kgr_trampoline_find(const unsigned long *entries, int nr,
			 struct kgr_trampoline *found);
void kgr_trampoline_print(char *buf, size_t size,
			  const struct kgr_trampoline *trampoline);

#endif /* _KGRAFT_TRAMPOLINE_H */
