// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * proc.c - /proc/PID/kgr_in_progress and /proc/PID/task/TID/kgr_in_progress
 */

#include <linux/kgraft_hooks.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

#include "exiting.h"
#include "universe.h"

static bool kgr_lags(struct task_struct *task)
{
	return kgr_task_lags(task) && !kgr_task_is_dead(task);
}

/**
 * kgr_proc_pid_show - show /proc/PID/kgr_in_progress
 * @m: the file to write to
 * @ns: not used
 * @pid: not used
 * @task: any thread of the process
 *
 * Context: process context.
 * Return: 0.
 */
int kgr_proc_pid_show(struct seq_file *m, struct pid_namespace *ns,
		      struct pid *pid, struct task_struct *task)
{
	struct task_struct *thread;
	bool lags = false;

	rcu_read_lock();
	for_each_thread(task, thread)
		lags |= kgr_lags(thread);
	rcu_read_unlock();

	seq_printf(m, "%d\n", lags);
	return 0;
}

/**
 * kgr_proc_tid_show - show /proc/PID/task/TID/kgr_in_progress
 * @m: the file to write to
 * @ns: not used
 * @pid: not used
 * @task: the thread
 *
 * Context: process context.
 * Return: 0.
 */
int kgr_proc_tid_show(struct seq_file *m, struct pid_namespace *ns,
		      struct pid *pid, struct task_struct *task)
{
	seq_printf(m, "%d\n", kgr_lags(task));
	return 0;
}
