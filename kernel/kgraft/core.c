// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * core.c - what every other file of kGraft may use
 */

#include <kunit/static_stub.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "core.h"

#define CREATE_TRACE_POINTS
#include <trace/events/kgraft.h>

/* See core.h for what it protects and where it nests. */
DEFINE_MUTEX(kgr_mutex);
struct workqueue_struct *kgr_wq;
struct kobject *kgr_kobj;

/**
 * kgr_alloc - memory for anything a change needs
 * @size: in bytes
 *
 * One place, so that tests can make each allocation fail.
 *
 * Return: zeroed memory, to be freed with kfree(); %NULL if there is none.
 */
void *kgr_alloc(size_t size)
{
	KUNIT_STATIC_STUB_REDIRECT(kgr_alloc, size);
	return kzalloc(size, GFP_KERNEL);
}
