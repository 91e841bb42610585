// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_splat.c - makes the errors that checkers must detect
 *
 * If a checking kernel does not report an error here, it would not report it
 * elsewhere. The parameter selects the error. Only scripts/tests loads this, in
 * a virtual machine that is discarded afterwards.
 */

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/timer.h>

static char *mistake = "";
module_param(mistake, charp, 0400);
MODULE_PARM_DESC(mistake, "which one to make");

/*
 * Duration of long errors: more than twice the minimum timeout of a watchdog.
 * With PROVE_RCU, a stall is reported 5 s later than configured.
 */
#define KGR_TEST_SECONDS	12

static void kgr_test_use_after_free(void)
{
	char *buf = kmalloc(64, GFP_KERNEL);

	if (!buf)
		return;
	kfree(buf);
	OPTIMIZER_HIDE_VAR(buf);
	WRITE_ONCE(buf[7], 1);
}

static void kgr_test_out_of_bounds(void)
{
	size_t size = 64;
	char *buf = kmalloc(size, GFP_KERNEL);

	if (!buf)
		return;
	OPTIMIZER_HIDE_VAR(size);
	WRITE_ONCE(buf[size], 1);
	kfree(buf);
}

static DEFINE_MUTEX(kgr_test_lock_a);
static DEFINE_MUTEX(kgr_test_lock_b);

/* One after the other: no deadlock, but there could be one. */
static void kgr_test_lock_order(void)
{
	mutex_lock(&kgr_test_lock_a);
	mutex_lock(&kgr_test_lock_b);
	mutex_unlock(&kgr_test_lock_b);
	mutex_unlock(&kgr_test_lock_a);

	mutex_lock(&kgr_test_lock_b);
	mutex_lock(&kgr_test_lock_a);
	mutex_unlock(&kgr_test_lock_a);
	mutex_unlock(&kgr_test_lock_b);
}

static int __rcu *kgr_test_pointer;

static void kgr_test_no_rcu_lock(void)
{
	WARN_ON(rcu_dereference(kgr_test_pointer));
}

static void kgr_test_atomic_sleep(void)
{
	preempt_disable();
	might_sleep();
	preempt_enable();
}

static void kgr_test_list(void)
{
	struct list_head list, a;

	INIT_LIST_HEAD(&list);
	list_add(&a, &list);
	a.prev = &a;
	list_del(&a);
}

struct kgr_test_timed {
	struct timer_list timer;
};

static void kgr_test_timer_fn(struct timer_list *timer)
{
}

static void kgr_test_free_active(void)
{
	struct kgr_test_timed *timed = kmalloc(sizeof(*timed), GFP_KERNEL);

	if (!timed)
		return;
	timer_setup(&timed->timer, kgr_test_timer_fn, 0);
	mod_timer(&timed->timer, jiffies + 60 * HZ);
	/* That DEBUG_OBJECTS takes the timer back makes it harmless. */
	if (IS_ENABLED(CONFIG_DEBUG_OBJECTS_FREE))
		kfree(timed);
}

/* Too late to be seen by code that waits for results. */
static void kgr_test_late_fn(struct timer_list *timer)
{
	WARN(1, "a late mistake\n");
}

static DEFINE_TIMER(kgr_test_late_timer, kgr_test_late_fn);

static void kgr_test_late(void)
{
	mod_timer(&kgr_test_late_timer, jiffies + 2 * HZ);
}

static void kgr_test_busy(void)
{
	unsigned long end = jiffies + KGR_TEST_SECONDS * HZ;

	while (time_before(jiffies, end))
		cpu_relax();
}

static void kgr_test_soft_lockup(void)
{
	preempt_disable();
	kgr_test_busy();
	preempt_enable();
}

static void kgr_test_rcu_stall(void)
{
	rcu_read_lock();
	/* Another task must wait for this one. */
	start_poll_synchronize_rcu();
	kgr_test_busy();
	rcu_read_unlock();
}

static void kgr_test_hung_task(void)
{
	/* Without interruption: a task that runs in between is not hung. */
	schedule_timeout_uninterruptible(KGR_TEST_SECONDS * HZ);
}

/*
 * So many that for some of them no address remains in a register or on a stack.
 */
static void kgr_test_leak(void)
{
	unsigned int i;

	for (i = 0; i < 16; i++) {
		void *lost = kzalloc(512, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(lost);
	}
}

static void kgr_test_stop_fn(void *unused)
{
	for (;;)
		cpu_relax();
}

/* All CPUs, with interrupts off: no CPU is left to detect it. */
static void kgr_test_hang(void)
{
	on_each_cpu(kgr_test_stop_fn, NULL, 0);
}

static int kgr_test_counter;

static int kgr_test_count_fn(void *unused)
{
	while (!kthread_should_stop()) {
		kgr_test_counter++;
		cond_resched();
	}
	return 0;
}

static void kgr_test_both(int (*a)(void *unused), int (*b)(void *unused))
{
	struct task_struct *threads[] = {
		kthread_run(a, NULL, "kgr_test_a"),
		kthread_run(b, NULL, "kgr_test_b"),
	};
	unsigned int i;

	ssleep(KGR_TEST_SECONDS);
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		if (!IS_ERR(threads[i]))
			kthread_stop(threads[i]);
}

static void kgr_test_race(void)
{
	kgr_test_both(kgr_test_count_fn, kgr_test_count_fn);
}

static int kgr_test_data, kgr_test_ready;

/* Every access to the flag is marked, but nothing orders the data. */
static int kgr_test_writer_fn(void *unused)
{
	while (!kthread_should_stop()) {
		while (READ_ONCE(kgr_test_ready) && !kthread_should_stop())
			cond_resched();
		kgr_test_data++;
		WRITE_ONCE(kgr_test_ready, 1);
	}
	return 0;
}

static int kgr_test_reader_fn(void *unused)
{
	while (!kthread_should_stop()) {
		while (!READ_ONCE(kgr_test_ready) && !kthread_should_stop())
			cond_resched();
		kgr_test_data++;
		WRITE_ONCE(kgr_test_ready, 0);
	}
	return 0;
}

static void kgr_test_no_barrier(void)
{
	kgr_test_both(kgr_test_writer_fn, kgr_test_reader_fn);
}

static const struct {
	const char *name;
	void (*make)(void);
} mistakes[] = {
	{ "use_after_free",	kgr_test_use_after_free },
	{ "out_of_bounds",	kgr_test_out_of_bounds },
	{ "lock_order",		kgr_test_lock_order },
	{ "no_rcu_lock",	kgr_test_no_rcu_lock },
	{ "atomic_sleep",	kgr_test_atomic_sleep },
	{ "list",		kgr_test_list },
	{ "free_active",	kgr_test_free_active },
	{ "late",		kgr_test_late },
	{ "soft_lockup",	kgr_test_soft_lockup },
	{ "rcu_stall",		kgr_test_rcu_stall },
	{ "hung_task",		kgr_test_hung_task },
	{ "leak",		kgr_test_leak },
	{ "hang",		kgr_test_hang },
	{ "race",		kgr_test_race },
	{ "no_barrier",		kgr_test_no_barrier },
};

static int __init kgr_test_splat_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mistakes); i++) {
		if (strcmp(mistake, mistakes[i].name))
			continue;
		mistakes[i].make();
		return 0;
	}
	return -ENOPARAM;
}

static void __exit kgr_test_splat_exit(void)
{
	timer_shutdown_sync(&kgr_test_late_timer);
}

module_init(kgr_test_splat_init);
module_exit(kgr_test_splat_exit);
MODULE_DESCRIPTION("kGraft selftests: mistakes for checkers to find");
MODULE_LICENSE("GPL");
