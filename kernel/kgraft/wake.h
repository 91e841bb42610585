/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notifying a task that sleeps in a system call.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_WAKE_H
#define _KGRAFT_WAKE_H

#include <linux/sched.h>
#include <linux/types.h>

/**
 * enum kgr_wake_policy - which tasks are woken that sleep in a system call
 * @KGR_WAKE_NONE:		none; they cross when they wake up by themselves
 * @KGR_WAKE_TRANSPARENT:	those whose call restarts without user space
 *				noticing
 * @KGR_WAKE_ALL:		all; some calls return -EINTR
 * @KGR_NR_WAKE_POLICIES:	number of policies
 */
enum kgr_wake_policy {
	KGR_WAKE_NONE,
	KGR_WAKE_TRANSPARENT,
	KGR_WAKE_ALL,
	KGR_NR_WAKE_POLICIES,
};

/* What the administrator chose. Read once per retry. */
extern enum kgr_wake_policy kgr_wake_policy;
extern unsigned int kgr_wake_delay_ms;
extern unsigned int kgr_wake_at_once;

int kgr_notify_task(struct task_struct *task, enum kgr_wake_policy policy);
void kgr_wake_notified(struct task_struct *task);

#endif /* _KGRAFT_WAKE_H */
