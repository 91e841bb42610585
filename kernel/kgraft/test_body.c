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
#include <linux/kgraft_backport.h>
#include <linux/kthread.h>
#include <linux/memory.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <asm/text-patching.h>

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
 * kgr_test_hold - sleep until a write to the file let_go
 */
void kgr_test_hold(void)
{
	unsigned int now = READ_ONCE(kgr_test_let_go);

	wait_event(kgr_test_hold_wq, READ_ONCE(kgr_test_let_go) != now);
}
EXPORT_SYMBOL_GPL(kgr_test_hold);

/* A kernel thread with a loop of its own, if it was started. */
static DEFINE_MUTEX(kgr_test_dozer_lock);
static struct task_struct *kgr_test_dozer;

/* Sleeps over and over again, and stays in here meanwhile. */
static noinline void kgr_test_doze(void)
{
	unsigned int now = READ_ONCE(kgr_test_let_go);

	while (READ_ONCE(kgr_test_let_go) == now && !kthread_should_stop())
		schedule_timeout_interruptible(HZ / 20);
}

static int kgr_test_dozer_fn(void *unused)
{
	while (!kthread_should_stop())
		kgr_test_doze();
	return 0;
}

static int kgr_test_dozer_set(void *data, u64 val)
{
	struct task_struct *dozer;
	int ret = 0;

	mutex_lock(&kgr_test_dozer_lock);
	if (val && !kgr_test_dozer) {
		dozer = kthread_run(kgr_test_dozer_fn, NULL, "kgr_test_dozer");
		ret = PTR_ERR_OR_ZERO(dozer);
		if (!ret)
			kgr_test_dozer = dozer;
	} else if (!val && kgr_test_dozer) {
		kthread_stop(kgr_test_dozer);
		kgr_test_dozer = NULL;
	}
	mutex_unlock(&kgr_test_dozer_lock);
	return ret;
}

DEFINE_DEBUGFS_ATTRIBUTE(kgr_test_dozer_fops, NULL, kgr_test_dozer_set,
			 "%llu\n");

static int kgr_test_let_go_set(void *data, u64 val)
{
	WRITE_ONCE(kgr_test_let_go, kgr_test_let_go + 1);
	wake_up_all(&kgr_test_hold_wq);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(kgr_test_let_go_fops, NULL, kgr_test_let_go_set,
			 "%llu\n");

/* What kgr_test_poke_write() has overwritten, and where; 0: nothing. */
static DEFINE_MUTEX(kgr_test_poke_lock);
static unsigned long kgr_test_poke_ip;
static u8 kgr_test_poke_was[MCOUNT_INSN_SIZE];

/* As an agent writes it that knows nothing of ftrace; it does no harm. */
static const u8 kgr_test_foreign[MCOUNT_INSN_SIZE] = {
	0x66, 0x66, 0x66, 0x66, 0x90
};

static void kgr_test_poke_text(unsigned long ip, const void *insn)
{
	mutex_lock(&text_mutex);
	text_poke((void *)ip, insn, MCOUNT_INSN_SIZE);
	smp_text_poke_sync_each_cpu();
	mutex_unlock(&text_mutex);
}

static int kgr_test_poke(const char *name)
{
	unsigned long ip = ftrace_location(kallsyms_lookup_name(name));

	if (!ip)
		return -ENOENT;
	if (kgr_test_poke_ip)
		return -EBUSY;
	memcpy(kgr_test_poke_was, (void *)ip, MCOUNT_INSN_SIZE);
	kgr_test_poke_text(ip, kgr_test_foreign);
	kgr_test_poke_ip = ip;
	return 0;
}

/* Unless there is something else by now, or no function any more. */
static void kgr_test_poke_back(void)
{
	u8 now[MCOUNT_INSN_SIZE];

	if (kgr_test_poke_ip &&
	    !copy_from_kernel_nofault(now, (void *)kgr_test_poke_ip,
				      sizeof(now)) &&
	    !memcmp(now, kgr_test_foreign, sizeof(now)))
		kgr_test_poke_text(kgr_test_poke_ip, kgr_test_poke_was);
	kgr_test_poke_ip = 0;
}

/* The name of a function whose entry is overwritten; "-" puts it back. */
static ssize_t kgr_test_poke_write(struct file *file, const char __user *buf,
				   size_t size, loff_t *pos)
{
	char name[KSYM_NAME_LEN];
	int ret = 0;

	if (size >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, buf, size))
		return -EFAULT;
	name[size] = '\0';
	mutex_lock(&kgr_test_poke_lock);
	if (strcmp(strim(name), "-"))
		ret = kgr_test_poke(strim(name));
	else
		kgr_test_poke_back();
	mutex_unlock(&kgr_test_poke_lock);
	return ret ?: size;
}

static const struct file_operations kgr_test_poke_fops = {
	.owner = THIS_MODULE,
	.write = kgr_test_poke_write,
};

/* After kgr_test_target_init(). */
static int __init kgr_test_body_init(void)
{
	struct dentry *dir = debugfs_lookup("kgraft_test", NULL);

	debugfs_create_atomic_t("calls", 0600, dir, &kgr_test_calls);
	debugfs_create_atomic_t("inside", 0600, dir, &kgr_test_inside);
	debugfs_create_file_unsafe("let_go", 0200, dir, NULL,
				   &kgr_test_let_go_fops);
	debugfs_create_file_unsafe("dozer", 0200, dir, NULL,
				   &kgr_test_dozer_fops);
	debugfs_create_file("poke", 0200, dir, NULL, &kgr_test_poke_fops);
	dput(dir);
	return 0;
}
late_initcall(kgr_test_body_init);
