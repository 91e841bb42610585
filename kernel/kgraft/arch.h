/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an architecture tells kGraft. Implemented in arch/<arch>/kgraft/.
 */
#ifndef _KGRAFT_ARCH_H
#define _KGRAFT_ARCH_H

#include <linux/types.h>

struct task_struct;

/* What is to be known of a system call before its sleeper is woken. */
enum kgr_restart {
	/* would be noticed */
	KGR_RESTART_NO,
	/* restarts, or continues, unnoticed */
	KGR_RESTART_YES,
	/* restarts if its descriptor has no timeout */
	KGR_RESTART_FD,
};

enum kgr_restart kgr_arch_syscall_restarts(struct task_struct *task,
					   unsigned int *fd);
bool kgr_arch_in_restart_syscall(struct task_struct *task);
const char *kgr_arch_syscall_name(struct task_struct *task);

#endif /* _KGRAFT_ARCH_H */
