/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every file of kGraft uses: the lock, the workqueue, the allocator.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_CORE_H
#define _KGRAFT_CORE_H

#include <linux/mutex.h>
#include <linux/types.h>

struct kobject;
struct workqueue_struct;

/*
 * Serialises the writers: apply, revert, remove, and the scan that determines
 * the horizon. Nests inside klp_mutex, and outside module_mutex, direct_mutex,
 * ftrace_lock, text_mutex, the CPU hotplug lock and the scheduler's locks.
 * Never held while waiting for a grace period of any RCU flavour, nor while a
 * sysfs directory is removed that has been shown (KGR_FLAG_SHOWN).
 */
extern struct mutex kgr_mutex;

/* Runs scans. Not a system workqueue: work items there may wait for kGraft. */
extern struct workqueue_struct *kgr_wq;

/* /sys/kernel/kgraft; NULL until kgr_init() has succeeded. */
extern struct kobject *kgr_kobj;

void *kgr_alloc(size_t size);

/* Record only the first of several errors. */
static inline void kgr_keep_error(int *first, int err)
{
	if (!*first)
		*first = err;
}

#endif /* _KGRAFT_CORE_H */
