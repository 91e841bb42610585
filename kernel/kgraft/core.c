// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core.c - the lock, the workqueue, the allocator, and tracepoints
 */

#include <kunit/static_stub.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "core.h"

#define CREATE_TRACE_POINTS
#include <trace/events/kgraft.h>

/* See core.h for what it protects and for the lock order. */
DEFINE_MUTEX(kgr_mutex);
struct workqueue_struct *kgr_wq;
struct kobject *kgr_kobj;

/**
 * kgr_alloc - allocate memory for a change
 * @size: in bytes
 *
 * A single allocation function, so that tests can make each allocation fail.
 *
 * Return: zeroed memory, to be freed with kfree(); %NULL if out of memory.
 */
void *kgr_alloc(size_t size)
{
	KUNIT_STATIC_STUB_REDIRECT(kgr_alloc, size);
	return kzalloc(size, GFP_KERNEL);
}
