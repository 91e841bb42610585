// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_reaped.c - holds a thread that has reaped itself
 *
 * Such a thread is on no list of tasks any more, and still runs for some
 * microseconds. Here it is kept busy then for as long as "hold" says, but not
 * so long that a watchdog reports a lockup.
 */

#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/processor.h>
#include <linux/sched.h>
#include <linux/string.h>

#define LIMIT_MS	5000

static bool hold = true;
module_param(hold, bool, 0644);
MODULE_PARM_DESC(hold, "whether the thread stays where it is");

static char *comm = "";
module_param(comm, charp, 0444);
MODULE_PARM_DESC(comm, "name of the thread");

static int held;
module_param(held, int, 0444);
MODULE_PARM_DESC(held, "1: there it is; 2: it is not on the task list either");

static int kgr_test_reaped_hit(struct kprobe *probe, struct pt_regs *regs)
{
	ktime_t end = ktime_add_ms(ktime_get(), LIMIT_MS);

	if (strcmp(current->comm, comm))
		return 0;
	WRITE_ONCE(held, pid_alive(current) ? 1 : 2);
	while (READ_ONCE(hold) && ktime_before(ktime_get(), end))
		cpu_relax();
	WRITE_ONCE(held, 0);
	return 0;
}

/* Called by do_exit() after exit_notify(). */
static struct kprobe probe = {
	.symbol_name = "exit_task_stack_account",
	.pre_handler = kgr_test_reaped_hit,
};

static int __init kgr_test_reaped_init(void)
{
	return register_kprobe(&probe);
}

static void __exit kgr_test_reaped_exit(void)
{
	WRITE_ONCE(hold, false);
	unregister_kprobe(&probe);
}

module_init(kgr_test_reaped_init);
module_exit(kgr_test_reaped_exit);
MODULE_DESCRIPTION("kGraft selftests: holds a thread that has reaped itself");
MODULE_LICENSE("GPL");
