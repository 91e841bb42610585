// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench_target.c - a thousand functions to patch, and what measures
 *
 * In /sys/module/bench_target/parameters/:
 *
 *	cost	what one call of the first function costs now, in cycles, with
 *		three decimals. Where the clock counts instructions (QEMU's
 *		-icount), these are instructions.
 *	first	what the first function returns now: 1000 as it was built
 *	busy	CPU cycles since boot in which CPU 0 was not idle, to the
 *		microsecond
 *	walk	what it takes to go once along the list of all tasks, in cycles
 *	fields	bytes that kGraft, and livepatch, add to a task_struct
 *
 * A read of /sys/kernel/debug/bench/hold stays inside bench_hold() until
 * something is written there, then returns the cost as its reader sees it: that
 * task has not left the kernel since.
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kernel_stat.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/tick.h>		/* 6.12: get_cpu_idle_time_us(), which has moved */
#include <linux/timex.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "functions.h"

/* Calls between two looks at the clock, and how often that is repeated. */
#define CALLS	1000
#define ROUNDS	20

/* Each returns another number, or the compiler would make them one. */
#define FUNCTION(n)							\
int bench_f_##n(void);							\
noinline int bench_f_##n(void)						\
{									\
	/* Something that it does: a call is not to be left out. */	\
	asm volatile("" : : : "memory");				\
	return n;							\
}

BENCH_FIRST_1000(FUNCTION)
EXPORT_SYMBOL_GPL(bench_f_1000);

/* CPU cycles for CALLS calls, the least of some rounds. */
static cycles_t bench_cost(void)
{
	cycles_t start, took, least = ~(cycles_t)0;
	unsigned int round, i;
	unsigned long flags;

	for (round = 0; round < ROUNDS; round++) {
		local_irq_save(flags);
		start = get_cycles();
		for (i = 0; i < CALLS; i++)
			bench_f_1000();
		took = get_cycles() - start;
		local_irq_restore(flags);
		least = min(least, took);
	}
	return least;
}

static int cost_get(char *buf, const struct kernel_param *kp)
{
	unsigned long cost = bench_cost();

	return sysfs_emit(buf, "%lu.%03lu\n", cost / CALLS, cost % CALLS);
}

static const struct kernel_param_ops cost_ops = { .get = cost_get };
module_param_cb(cost, &cost_ops, NULL, 0444);

static int first_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", bench_f_1000());
}

static const struct kernel_param_ops first_ops = { .get = first_get };
module_param_cb(first, &first_ops, NULL, 0444);

static int busy_get(char *buf, const struct kernel_param *kp)
{
	u64 idle = get_cpu_idle_time_us(0, NULL);

	return sysfs_emit(buf, "%llu\n", ktime_get_ns() - idle * NSEC_PER_USEC);
}

static const struct kernel_param_ops busy_ops = { .get = busy_get };
module_param_cb(busy, &busy_ops, NULL, 0444);

static int walk_get(char *buf, const struct kernel_param *kp)
{
	cycles_t start, took, least = ~(cycles_t)0;
	struct task_struct *g, *t;
	unsigned int round, nr;
	unsigned long flags;

	for (round = 0; round < ROUNDS; round++) {
		nr = 0;
		rcu_read_lock();
		local_irq_save(flags);
		start = get_cycles();
		for_each_process_thread(g, t)
			nr += !READ_ONCE(t->exit_state);
		took = get_cycles() - start;
		local_irq_restore(flags);
		rcu_read_unlock();
		least = min(least, took);
		cond_resched();
	}
	return sysfs_emit(buf, "%llu %u\n", (u64)least, nr);
}

static const struct kernel_param_ops walk_ops = { .get = walk_get };
module_param_cb(walk, &walk_ops, NULL, 0444);

#define FIELD(f)	sizeof_field(struct task_struct, f)

/* By so much a call that goes on makes the union larger; epoll has most else. */
#define RESTART_MORE	(sizeof_field(struct restart_block, kgr) - \
			 sizeof_field(struct restart_block, epoll))

static int fields_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%zu %zu\n", FIELD(kgr_universe) +
			  FIELD(kgr_exiting) + RESTART_MORE,
			  FIELD(patch_state));
}

static const struct kernel_param_ops fields_ops = { .get = fields_get };
module_param_cb(fields, &fields_ops, NULL, 0444);

/* --- A task inside a function --- */

static DECLARE_WAIT_QUEUE_HEAD(hold_wq);
static unsigned int hold_released;

int bench_hold(void);
noinline int bench_hold(void)
{
	unsigned int was = READ_ONCE(hold_released);

	return wait_event_interruptible(hold_wq,
					READ_ONCE(hold_released) != was);
}

static ssize_t hold_read(struct file *file, char __user *buf, size_t size,
			 loff_t *pos)
{
	unsigned long cost;
	char text[32];
	int ret;

	if (*pos)
		return 0;
	ret = bench_hold();
	if (ret)
		return ret;
	cost = bench_cost();
	ret = scnprintf(text, sizeof(text), "%lu.%03lu\n", cost / CALLS,
			cost % CALLS);
	return simple_read_from_buffer(buf, size, pos, text, ret);
}

static ssize_t hold_write(struct file *file, const char __user *buf,
			  size_t size, loff_t *pos)
{
	WRITE_ONCE(hold_released, hold_released + 1);
	wake_up_all(&hold_wq);
	return size;
}

static const struct file_operations hold_fops = {
	.owner = THIS_MODULE,
	.read = hold_read,
	.write = hold_write,
};

static struct dentry *bench_dir;

static int __init bench_target_init(void)
{
	bench_dir = debugfs_create_dir("bench", NULL);
	debugfs_create_file("hold", 0600, bench_dir, NULL, &hold_fops);
	return 0;
}

static void __exit bench_target_exit(void)
{
	debugfs_remove(bench_dir);
}

module_init(bench_target_init);
module_exit(bench_target_exit);
MODULE_DESCRIPTION("kGraft bench: functions to patch");
MODULE_LICENSE("GPL");
