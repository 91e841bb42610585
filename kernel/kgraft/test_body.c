// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_body.c - for selftests that patch functions of the kernel's own
 *
 * A replacement of schedule() must do what schedule() does. The ones in
 * kgr_test_around.c call the original, at the instruction behind its call of
 * ftrace; so they stay on the stack for as long as the task sleeps. What they
 * count is counted here, to be looked at when the patch has gone.
 */

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/wait.h>

#include "test_target.h"

/* How often code of a patch was called, and how many are inside. */
atomic_t kgr_test_calls;
EXPORT_SYMBOL_GPL(kgr_test_calls);
atomic_t kgr_test_inside;
EXPORT_SYMBOL_GPL(kgr_test_inside);

/**
 * kgr_test_body - where a function begins that is patched
 * @name: the function
 *
 * Return: the address behind its call of ftrace; 0 if it has none.
 */
unsigned long kgr_test_body(const char *name)
{
	unsigned long ip = ftrace_location(kallsyms_lookup_name(name));

	return ip ? ip + MCOUNT_INSN_SIZE : 0;
}
EXPORT_SYMBOL_GPL(kgr_test_body);

/* Where code of a patch sleeps in kgr_test_hold(). */
static DECLARE_WAIT_QUEUE_HEAD(kgr_test_hold_wq);
static unsigned int kgr_test_let_go;

/**
 * kgr_test_hold - sleep until somebody writes to the file let_go
 */
void kgr_test_hold(void)
{
	unsigned int now = READ_ONCE(kgr_test_let_go);

	wait_event(kgr_test_hold_wq, READ_ONCE(kgr_test_let_go) != now);
}
EXPORT_SYMBOL_GPL(kgr_test_hold);

static int kgr_test_let_go_set(void *data, u64 val)
{
	WRITE_ONCE(kgr_test_let_go, kgr_test_let_go + 1);
	wake_up_all(&kgr_test_hold_wq);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(kgr_test_let_go_fops, NULL, kgr_test_let_go_set,
			 "%llu\n");

/* After kgr_test_target_init(). */
static int __init kgr_test_body_init(void)
{
	struct dentry *dir = debugfs_lookup("kgraft_test", NULL);

	debugfs_create_atomic_t("calls", 0600, dir, &kgr_test_calls);
	debugfs_create_atomic_t("inside", 0600, dir, &kgr_test_inside);
	debugfs_create_file_unsafe("let_go", 0200, dir, NULL,
				   &kgr_test_let_go_fops);
	dput(dir);
	return 0;
}
late_initcall(kgr_test_body_init);
