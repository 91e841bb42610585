/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Of which kind the system call of a task is.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _ARCH_X86_KGRAFT_SYSCALL_H
#define _ARCH_X86_KGRAFT_SYSCALL_H

#include <linux/sched.h>
#include <linux/types.h>

/* Is a task in a 32-bit system call, or was the last one such a call? */
static inline bool kgr_in_compat(const struct task_struct *task)
{
#ifdef CONFIG_IA32_EMULATION
	return task_thread_info(task)->status & TS_COMPAT;
#else
	return false;
#endif
}

#endif /* _ARCH_X86_KGRAFT_SYSCALL_H */
