// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * syscall_names.c - names of system calls, for diagnostic files
 *
 * The names are generated from the same tables as the numbers.
 */

#include <linux/array_size.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#include "../../../kernel/kgraft/arch.h"

static const char * const kgr_names_64[] = {
#include "syscall_names_64.h"
};

#ifdef CONFIG_IA32_EMULATION
static const char * const kgr_names_32[] = {
#include "syscall_names_32.h"
};
#endif

static const char *kgr_name(const char * const *names, unsigned int size,
			    unsigned int nr)
{
	if (nr >= size)
		return NULL;
	return names[array_index_nospec(nr, size)];
}

/**
 * kgr_arch_syscall_name - the system call that a task is in
 * @task: a task off its CPU, its stack held
 *
 * Return: its name; %NULL if @task is in the kernel for another reason.
 */
const char *kgr_arch_syscall_name(struct task_struct *task)
{
	int nr = syscall_get_nr(task, task_pt_regs(task));
	const char *name;

	/* An exception or an interrupt */
	if (nr < 0)
		return NULL;
#ifdef CONFIG_IA32_EMULATION
	if (task_thread_info(task)->status & TS_COMPAT) {
		name = kgr_name(kgr_names_32, ARRAY_SIZE(kgr_names_32), nr);
		return name ?: "unknown";
	}
#endif
#ifdef CONFIG_X86_X32_ABI
	nr &= ~__X32_SYSCALL_BIT;
#endif
	name = kgr_name(kgr_names_64, ARRAY_SIZE(kgr_names_64), nr);
	return name ?: "unknown";
}
