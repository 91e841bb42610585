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
 * struct kgr_trampoline - code around a function that a task is inside of
 * @addr:	the return address in it; 0: there is none
 * @func:	the return address in what has called it
 * @bpf:	whether BPF has made it
 *
 * Both addresses are for printing, what is there may be gone.
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
