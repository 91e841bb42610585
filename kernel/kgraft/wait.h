/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in the kernel a task sleeps.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_WAIT_H
#define _KGRAFT_WAIT_H

struct task_struct;

/**
 * enum kgr_wait - where in the kernel a task sleeps
 * @KGR_WAIT_OWN:	in the wait that its system call is there for
 * @KGR_WAIT_OTHER:	in some other wait
 * @KGR_WAIT_NEVER:	in one that kGraft must never interrupt, or its stack
 *			cannot be read
 */
enum kgr_wait {
	KGR_WAIT_OWN,
	KGR_WAIT_OTHER,
	KGR_WAIT_NEVER,
};

void kgr_wait_prepare(void);
enum kgr_wait kgr_wait_of(struct task_struct *task);

#endif /* _KGRAFT_WAIT_H */
