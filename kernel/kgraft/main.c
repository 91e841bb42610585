// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - what all of kGraft shares, and its start
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <kunit/static_stub.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "blockers.h"
#include "core.h"
#include "evict.h"
#include "garbage.h"
#include "holders.h"
#include "hook.h"
#include "shadow.h"
#include "sysfs.h"

/* See core.h for what it protects and where it nests. */
DEFINE_MUTEX(kgr_mutex);
struct workqueue_struct *kgr_wq;

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

static int __init kgr_init(void)
{
	int ret;

	/* First: what a module may use even where patches are not accepted. */
	kgr_shadow_init();
	kgr_wq = alloc_workqueue("kgraft", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!kgr_wq)
		return -ENOMEM;
	ret = kgr_hook_init();
	if (ret)
		goto fail;
	ret = kgr_evict_init();
	if (ret)
		goto fail;
	ret = kgr_garbage_init();
	if (ret)
		goto fail;
	/* Last: with it, patches are accepted. */
	ret = kgr_sysfs_create_root();
	if (ret)
		goto fail;
	kgr_blockers_init();
	kgr_holders_init();
	return 0;
fail:
	pr_err("not available (%d)\n", ret);
	destroy_workqueue(kgr_wq);
	return ret;
}
subsys_initcall(kgr_init);
