/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that kernel/kgraft/ calls as the newest kernel has them, and that the
 * patches for older ones backport (patches/README). Declared here, because their
 * own headers are included by most of the kernel. Where those have them as well,
 * the declarations are the same.
 *
 * The same goes for two functions that newer kernels keep to themselves: see
 * "x86/entry: let kGraft make system calls by their numbers".
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _LINUX_KGRAFT_BACKPORT_H
#define _LINUX_KGRAFT_BACKPORT_H

#include <linux/hrtimer.h>
#include <linux/types.h>

struct pt_regs;

/* arch/x86/kernel/alternative.c */
void smp_text_poke_single(void *addr, const void *opcode, size_t len,
			  const void *emulate);
void smp_text_poke_sync_each_cpu(void);

/* kernel/time/hrtimer.c */
void hrtimer_setup(struct hrtimer *timer,
		   enum hrtimer_restart (*function)(struct hrtimer *),
		   clockid_t clock_id, enum hrtimer_mode mode);
void hrtimer_setup_on_stack(struct hrtimer *timer,
			    enum hrtimer_restart (*function)(struct hrtimer *),
			    clockid_t clock_id, enum hrtimer_mode mode);

/* arch/x86/entry/ */
long ia32_sys_call(const struct pt_regs *regs, unsigned int nr);
long x64_sys_call(const struct pt_regs *regs, unsigned int nr);
long x32_sys_call(const struct pt_regs *regs, unsigned int nr);

#endif /* _LINUX_KGRAFT_BACKPORT_H */
