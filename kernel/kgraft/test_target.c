// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_target.c - functions for the selftests to patch
 *
 * Each of them returns 0 as built, and its replacement a number of its own.
 * Files in debugfs call two of them in one kernel entry and show what both
 * returned, "<first> <second>": two numbers that differ are two universes in
 * one kernel entry. See tools/testing/selftests/kgraft/README.md.
 */

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/error-injection.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/restart_block.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "test_target.h"

/* What is not patched returns. */
int kgr_test_original;

KGR_TEST_FUNC(first)
KGR_TEST_FUNC(second)
KGR_TEST_FUNC(signal)
KGR_TEST_FUNC(dup)

/* Its calls may be ended by what asks for that. */
ALLOW_ERROR_INJECTION(kgr_test_first, ERRNO);

/* Can't be patched: ftrace does not know it. */
static noinline notrace __used int kgr_test_untraceable(void)
{
	return READ_ONCE(kgr_test_original);
}

/* Another name of a function. A patch must not have both. */
static __used __alias(kgr_test_second) int kgr_test_alias(void);

/* A patch of many functions. */
#define KGR_TEST_EACH(nr) KGR_TEST_FUNC(many_##nr)
#include "test_many.h"
#undef KGR_TEST_EACH

static int (*const kgr_test_many[])(void) = {
#define KGR_TEST_EACH(nr) kgr_test_many_##nr,
#include "test_many.h"
#undef KGR_TEST_EACH
};

/* Half a round of a thread that a test module has. */
int kgr_test_see(unsigned int half)
{
	return half ? kgr_test_second() : kgr_test_first();
}
EXPORT_SYMBOL_GPL(kgr_test_see);

/* Can be patched while a thread is inside: stays there for as long as @stay. */
noinline int kgr_test_main_loop(const bool *stay)
{
	while (READ_ONCE(*stay))
		schedule_timeout_idle(1);
	return READ_ONCE(kgr_test_original);
}
EXPORT_SYMBOL_GPL(kgr_test_main_loop);

struct kgr_test_open;

/**
 * struct kgr_test_file - a file that shows what one kernel entry saw
 * @name:	its name
 * @run:	calls functions to patch and stores two results; runs in read()
 * @work:	if set, @run is left to wait for this, which open() queues
 * @linger:	the last close waits until a write to "release"
 */
struct kgr_test_file {
	const char *name;
	int (*run)(struct kgr_test_open *open, int seen[2]);
	work_func_t work;
	bool linger;
};

/**
 * struct kgr_test_open - such a file, open
 * @file:	which
 * @writes:	the number of writes to it, each of which lets its readers go
 *		one step further
 * @epoch:	of kgr_test_epoch, when it was opened
 * @work:	queued by open(), if @file->work
 * @seen:	what @work saw
 * @done:	whether @seen is there
 */
struct kgr_test_open {
	const struct kgr_test_file *file;
	unsigned int writes;
	int epoch;
	struct work_struct work;
	int seen[2];
	bool done;
};

/* Where readers wait for a write. */
static DECLARE_WAIT_QUEUE_HEAD(kgr_test_wait);

/* How many do; a test must know that the task it holds has got there. */
static atomic_t kgr_test_waiters;

/* Raised by a write to "release", which lets all go whatever they have open. */
static atomic_t kgr_test_epoch;

/* May a reader take that step, counted from 1? */
static bool kgr_test_may_step(const struct kgr_test_open *open,
			      unsigned int step)
{
	return READ_ONCE(open->writes) >= step ||
	       open->epoch != atomic_read(&kgr_test_epoch);
}

static bool kgr_test_may_go(const struct kgr_test_open *open)
{
	return kgr_test_may_step(open, 1);
}

/* Often marked half way, and preempted now and then. */
static int kgr_test_run_pair(struct kgr_test_open *open, int seen[2])
{
	seen[0] = kgr_test_first();
	udelay(5);
	cond_resched();
	seen[1] = kgr_test_second();
	return 0;
}

static int kgr_test_run_pair_sleep(struct kgr_test_open *open, int seen[2])
{
	seen[0] = kgr_test_first();
	usleep_range(500, 2000);
	seen[1] = kgr_test_second();
	return 0;
}

/* Asleep as a system call that restarts: may be notified, and begins anew. */
static int kgr_test_run_block(struct kgr_test_open *open, int seen[2])
{
	int ret;

	seen[0] = kgr_test_first();
	atomic_inc(&kgr_test_waiters);
	ret = wait_event_interruptible(kgr_test_wait, kgr_test_may_go(open));
	atomic_dec(&kgr_test_waiters);
	seen[1] = kgr_test_second();
	return ret;
}

/*
 * Held until a write. SIGKILL also ends it, so that a test that dies leaves no
 * task behind; for everything else a killable sleep is uninterruptible.
 */
static int kgr_test_run_block_hard(struct kgr_test_open *open, int seen[2])
{
	int ret;

	seen[0] = kgr_test_first();
	atomic_inc(&kgr_test_waiters);
	ret = wait_event_killable(kgr_test_wait, kgr_test_may_go(open));
	atomic_dec(&kgr_test_waiters);
	seen[1] = kgr_test_second();
	return ret;
}

static int kgr_test_wait_step(struct kgr_test_open *open, unsigned int step)
{
	int ret;

	atomic_inc(&kgr_test_waiters);
	ret = wait_event_killable(kgr_test_wait, kgr_test_may_step(open, step));
	atomic_dec(&kgr_test_waiters);
	return ret;
}

static int kgr_test_wait_within(void *open)
{
	return kgr_test_wait_step(open, 1);
}

/*
 * A function to patch that sleeps: a task is inside of it meanwhile. __used, or
 * clang leaves out arguments that are the same in each call.
 */
static noinline __noclone __used int kgr_test_within(int (*sleep)(void *arg), void *arg)
{
	int ret = sleep(arg);

	return ret ?: READ_ONCE(kgr_test_original);
}

/* Held there first, and then outside, still in the same system call. */
static int kgr_test_run_within(struct kgr_test_open *open, int seen[2])
{
	int (*sleep)(void *arg) = kgr_test_wait_within;
	int ret;

	/* Or clang makes a copy of the function that calls it, and calls that. */
	OPTIMIZER_HIDE_VAR(sleep);
	seen[0] = kgr_test_within(sleep, open);
	ret = kgr_test_wait_step(open, 2);
	seen[1] = kgr_test_second();
	return ret;
}

/* Never asleep; off its CPU only when others want it. */
static int kgr_test_run_spin(struct kgr_test_open *open, int seen[2])
{
	seen[0] = kgr_test_first();
	atomic_inc(&kgr_test_waiters);
	while (!kgr_test_may_go(open) && !fatal_signal_pending(current))
		cond_resched();
	atomic_dec(&kgr_test_waiters);
	seen[1] = kgr_test_second();
	return 0;
}

static int kgr_test_run_many(struct kgr_test_open *open, int seen[2])
{
	unsigned int i;

	seen[0] = INT_MAX;
	seen[1] = INT_MIN;
	for (i = 0; i < ARRAY_SIZE(kgr_test_many); i++) {
		int result = kgr_test_many[i]();

		seen[0] = min(seen[0], result);
		seen[1] = max(seen[1], result);
	}
	return 0;
}

/* Four of them, each result in a byte of its own. */
static int kgr_test_packed(void)
{
	int packed = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		packed |= kgr_test_many[i]() << 8 * i;
	return packed;
}

/* The same of the test module while that is loaded. kgr_test_obj_lock. */
static int (*kgr_test_obj_packed)(void);
static struct module *kgr_test_obj_mod;
static DEFINE_MUTEX(kgr_test_obj_lock);

/**
 * kgr_test_set_obj - the module of which functions are patched comes or goes
 * @packed: what of it the file "obj" is to call; %NULL when it goes
 * @mod: the module
 *
 * Context: process context.
 */
void kgr_test_set_obj(int (*packed)(void), struct module *mod)
{
	mutex_lock(&kgr_test_obj_lock);
	kgr_test_obj_packed = packed;
	kgr_test_obj_mod = mod;
	mutex_unlock(&kgr_test_obj_lock);
}
EXPORT_SYMBOL_GPL(kgr_test_set_obj);

static int kgr_test_call_obj(void)
{
	int (*packed)(void) = NULL;
	struct module *mod;
	int result = -1;

	mutex_lock(&kgr_test_obj_lock);
	mod = kgr_test_obj_mod;
	if (mod && try_module_get(mod))
		packed = kgr_test_obj_packed;
	mutex_unlock(&kgr_test_obj_lock);
	if (packed) {
		result = packed();
		module_put(mod);
	}
	return result;
}

/* Eight functions, half of them in a module that may come and go. */
static int kgr_test_run_world(struct kgr_test_open *open, int seen[2])
{
	seen[0] = kgr_test_packed();
	seen[1] = kgr_test_call_obj();
	return 0;
}

/* Held for good, and calls most of them when it is let go. */
static int kgr_test_run_world_hard(struct kgr_test_open *open, int seen[2])
{
	int before = kgr_test_packed();
	int ret;

	atomic_inc(&kgr_test_waiters);
	ret = wait_event_killable(kgr_test_wait, kgr_test_may_go(open));
	atomic_dec(&kgr_test_waiters);
	kgr_test_run_world(open, seen);
	if (seen[0] != before)
		seen[0] = -2;
	return ret;
}

/*
 * Its replacement waits, and says what continues it if it is interrupted: a way
 * back into the text of a patch that no stack shows. __used, or clang leaves out
 * the argument.
 */
static noinline __noclone __used int kgr_test_restart(struct restart_block *restart)
{
	asm volatile("# restart");
	return READ_ONCE(kgr_test_original);
}

static int kgr_test_run_restart(struct kgr_test_open *open, int seen[2])
{
	int ret = kgr_test_restart(&current->restart_block);

	seen[0] = ret;
	seen[1] = ret;
	return min(ret, 0);
}

static int kgr_test_run_dup(struct kgr_test_open *open, int seen[2])
{
	seen[0] = kgr_test_dup();
	seen[1] = kgr_test_call_other_dup();
	return 0;
}

/* A kernel thread in the middle of something. */
static void kgr_test_work_fn(struct work_struct *work)
{
	struct kgr_test_open *open = container_of(work, typeof(*open), work);

	open->seen[0] = kgr_test_first();
	atomic_inc(&kgr_test_waiters);
	wait_event(kgr_test_wait, kgr_test_may_go(open));
	atomic_dec(&kgr_test_waiters);
	open->seen[1] = kgr_test_second();

	/* Pairs with the acquire in kgr_test_work_done(). */
	smp_store_release(&open->done, true);
	wake_up_all(&kgr_test_wait);
}

static bool kgr_test_work_done(const struct kgr_test_open *open)
{
	/* Pairs with the release in kgr_test_work_fn(). */
	return smp_load_acquire(&open->done);
}

static int kgr_test_run_work(struct kgr_test_open *open, int seen[2])
{
	int ret;

	ret = wait_event_interruptible(kgr_test_wait,
				       kgr_test_work_done(open));
	seen[0] = open->seen[0];
	seen[1] = open->seen[1];
	return ret;
}

/**
 * struct kgr_test_exit - a call on the signal path, behind the system call
 * @twork:	for task_work_add()
 * @first:	what the system call saw
 */
struct kgr_test_exit {
	struct callback_head twork;
	int first;
};

/* How often the signal path was taken, and saw another universe. */
static atomic_t kgr_test_signal_runs;
static atomic_t kgr_test_signal_mixed;

static void kgr_test_exit_fn(struct callback_head *twork)
{
	struct kgr_test_exit *exit = container_of(twork, typeof(*exit), twork);

	if (exit->first != kgr_test_signal())
		atomic_inc(&kgr_test_signal_mixed);
	atomic_inc(&kgr_test_signal_runs);
	kfree(exit);
}

/*
 * What the signal path sees when a task goes on that was stopped on it: written
 * by others, the number of a task; read, the result.
 */
static int kgr_test_after_stop_saw = -1;

static void kgr_test_after_stop_fn(struct callback_head *twork)
{
	WRITE_ONCE(kgr_test_after_stop_saw, kgr_test_signal());
	kfree(twork);
}

static int kgr_test_after_stop_set(void *data, u64 pid)
{
	struct callback_head *twork;
	struct task_struct *task;
	int ret = -ESRCH;

	twork = kmalloc(sizeof(*twork), GFP_KERNEL);
	if (!twork)
		return -ENOMEM;
	init_task_work(twork, kgr_test_after_stop_fn);
	WRITE_ONCE(kgr_test_after_stop_saw, -1);
	task = find_get_task_by_vpid(pid);
	if (task) {
		ret = task_work_add(task, twork, TWA_RESUME);
		put_task_struct(task);
	}
	if (ret)
		kfree(twork);
	return ret;
}

static int kgr_test_after_stop_get(void *data, u64 *val)
{
	*val = READ_ONCE(kgr_test_after_stop_saw);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(kgr_test_after_stop_fops,
				kgr_test_after_stop_get,
				kgr_test_after_stop_set, "%lld\n");

/* The other half comes too late to be shown, so it is counted. */
static int kgr_test_run_signal(struct kgr_test_open *open, int seen[2])
{
	struct kgr_test_exit *exit = kmalloc(sizeof(*exit), GFP_KERNEL);
	int ret;

	if (!exit)
		return -ENOMEM;
	seen[0] = kgr_test_first();
	seen[1] = seen[0];
	exit->first = seen[0];
	init_task_work(&exit->twork, kgr_test_exit_fn);
	ret = task_work_add(current, &exit->twork, TWA_SIGNAL);
	if (ret)
		kfree(exit);
	return ret;
}

static const struct kgr_test_file kgr_test_files[] = {
	{ .name = "pair",	.run = kgr_test_run_pair },
	{ .name = "pair_sleep",	.run = kgr_test_run_pair_sleep },
	{ .name = "block",	.run = kgr_test_run_block },
	{ .name = "block_hard",	.run = kgr_test_run_block_hard },
	{ .name = "within",	.run = kgr_test_run_within },
	{ .name = "spin",	.run = kgr_test_run_spin },
	{ .name = "linger",	.run = kgr_test_run_pair, .linger = true },
	{ .name = "signal",	.run = kgr_test_run_signal },
	{ .name = "many",	.run = kgr_test_run_many },
	{ .name = "dup",	.run = kgr_test_run_dup },
	{ .name = "restart",	.run = kgr_test_run_restart },
	{ .name = "world",	.run = kgr_test_run_world },
	{ .name = "world_hard",	.run = kgr_test_run_world_hard },
	{ .name = "work",	.run = kgr_test_run_work,
				.work = kgr_test_work_fn },
};

static int kgr_test_open(struct inode *inode, struct file *file)
{
	struct kgr_test_open *open = kzalloc(sizeof(*open), GFP_KERNEL);

	if (!open)
		return -ENOMEM;
	open->file = inode->i_private;
	open->epoch = atomic_read(&kgr_test_epoch);
	file->private_data = open;
	if (open->file->work) {
		INIT_WORK(&open->work, open->file->work);
		queue_work(system_dfl_wq, &open->work);
	}
	return 0;
}

static void kgr_test_let_go(struct kgr_test_open *open)
{
	WRITE_ONCE(open->writes, open->writes + 1);
	wake_up_all(&kgr_test_wait);
}

static int kgr_test_release(struct inode *inode, struct file *file)
{
	struct kgr_test_open *open = file->private_data;

	if (open->file->work) {
		kgr_test_let_go(open);
		flush_work(&open->work);
	}
	if (open->file->linger) {
		atomic_inc(&kgr_test_waiters);
		wait_event(kgr_test_wait,
			   open->epoch != atomic_read(&kgr_test_epoch));
		atomic_dec(&kgr_test_waiters);
	}
	kfree(open);
	return 0;
}

/* At offset 0 every read is a new one, beyond is the end of the file. */
static ssize_t kgr_test_read(struct file *file, char __user *buf, size_t count,
			     loff_t *ppos)
{
	struct kgr_test_open *open = file->private_data;
	char line[32];
	int seen[2];
	int ret;

	if (*ppos)
		return 0;
	ret = open->file->run(open, seen);
	if (ret)
		return ret;
	ret = scnprintf(line, sizeof(line), "%d %d\n", seen[0], seen[1]);
	return simple_read_from_buffer(buf, count, ppos, line, ret);
}

/*
 * Any write lets the readers of this open file continue. One writer at a time.
 */
static ssize_t kgr_test_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *ppos)
{
	kgr_test_let_go(file->private_data);
	return count;
}

static const struct file_operations kgr_test_fops = {
	.owner = THIS_MODULE,
	.open = kgr_test_open,
	.release = kgr_test_release,
	.read = kgr_test_read,
	.write = kgr_test_write,
};

static int kgr_test_release_all(void *data, u64 val)
{
	atomic_inc(&kgr_test_epoch);
	wake_up_all(&kgr_test_wait);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(kgr_test_release_fops, NULL, kgr_test_release_all,
			 "%llu\n");

static int __init kgr_test_target_init(void)
{
	struct dentry *dir = debugfs_create_dir("kgraft_test", NULL);
	const struct kgr_test_file *file;

	for (file = kgr_test_files;
	     file < kgr_test_files + ARRAY_SIZE(kgr_test_files); file++)
		debugfs_create_file(file->name, 0600, dir, (void *)file,
				    &kgr_test_fops);
	debugfs_create_file_unsafe("release", 0200, dir, NULL,
				   &kgr_test_release_fops);
	debugfs_create_file_unsafe("after_stop", 0600, dir, NULL,
				   &kgr_test_after_stop_fops);
	debugfs_create_atomic_t("waiters", 0400, dir, &kgr_test_waiters);
	debugfs_create_atomic_t("signal_runs", 0600, dir,
				&kgr_test_signal_runs);
	debugfs_create_atomic_t("signal_mixed", 0600, dir,
				&kgr_test_signal_mixed);
	return 0;
}
late_initcall(kgr_test_target_init);
