/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far the tasks are, and what is done when they are further.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SCAN_H
#define _KGRAFT_SCAN_H

#include <linux/minmax.h>
#include <linux/types.h>

#include "wake.h"

/**
 * kgr_retry_in - when tasks that lag are looked at again
 * @more: whether some have yet to be woken that may be woken
 * @due: in how many ms sleepers may be woken, 0: now
 * @ms: how long to wait otherwise, in ms
 *
 * At once only if that wakes a task: while it is too early to wake any, no
 * retry gets further than the one before.
 *
 * Return: the time in ms.
 */
static inline unsigned int kgr_retry_in(bool more, unsigned int due,
					unsigned int ms)
{
	if (due)
		return min(due, ms);
	return more ? 0 : ms;
}

void kgr_scan_start(void);
unsigned int kgr_count_remaining(void);
void kgr_retry_soon(void);
void kgr_push_now(void);
void kgr_wake_now(enum kgr_wake_policy policy);
int kgr_wake_one(pid_t nr);
void kgr_scan_init(void);

#endif /* _KGRAFT_SCAN_H */
