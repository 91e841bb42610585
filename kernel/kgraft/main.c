// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - initialisation of kGraft
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/printk.h>
#include <linux/workqueue.h>

#include "blockers.h"
#include "core.h"
#include "evict.h"
#include "garbage.h"
#include "holders.h"
#include "hook.h"
#include "livepatch.h"
#include "overdue.h"
#include "scan.h"
#include "shadow.h"
#include "sysfs.h"

static int __init kgr_init(void)
{
	struct dentry *debugfs;
	int ret;

	/* First: modules may use shadow variables even if the rest fails. */
	kgr_shadow_init();
	kgr_wq = alloc_workqueue("kgraft", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!kgr_wq)
		return -ENOMEM;
	ret = kgr_hook_init();
	if (ret)
		goto fail;
	kgr_evict_init();
	ret = kgr_garbage_init();
	if (ret)
		goto fail;
	kgr_scan_init();
	kgr_overdue_init();
	/* Last: from here on, patches are accepted. */
	ret = kgr_sysfs_init();
	if (ret)
		goto fail;
	if (kgr_livepatch_init())
		pr_warn("the files for livepatches could not be made\n");
	debugfs = debugfs_create_dir("kgraft", NULL);
	kgr_blockers_init(debugfs);
	kgr_holders_init(debugfs);
	return 0;
fail:
	pr_err("not available (%d)\n", ret);
	destroy_workqueue(kgr_wq);
	return ret;
}
subsys_initcall(kgr_init);
