// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blockers.c - the tasks that have yet to cross, and why
 *
 * For administrators and their tools: /sys/kernel/debug/kgraft/blockers, the
 * tracepoint kgr_task_blocked, and the log. A task is inspected in the same way
 * as by the mover, and judged by the same function.
 *
 * There may be tens of thousands of such tasks. They are found one by one, by
 * their PIDs, so that no lock is held and no RCU read-side critical section
 * lasts for longer than it takes to inspect one task, and a reader that comes
 * back for more continues where it was. A task that is there throughout is
 * found.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/cgroup.h>
#include <linux/cpumask.h>
#include <linux/debugfs.h>
#include <linux/freezer.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <linux/threads.h>
#include <linux/workqueue.h>
#include <trace/events/kgraft.h>

#include "arch.h"
#include "blockers.h"
#include "core.h"
#include "exiting.h"
#include "move.h"
#include "release.h"
#include "stack.h"
#include "task.h"
#include "trampoline.h"
#include "transition.h"
#include "universe.h"

/* Bounds of the time between two traces, which doubles each time; ms. */
#define KGR_TRACE_MIN_MS	1000
#define KGR_TRACE_MAX_MS	60000

/* The name of a worker includes that of its workqueue. */
#define KGR_COMM_LEN	64

/* Longer reasons, which contain a long name, are truncated. */
#define KGR_REASON_LEN	128

/*
 * Positions: the header, tasks by PID, exiting tasks that no longer have one,
 * and idle tasks, which have none.
 */
#define KGR_POS_EXITING		(PID_MAX_LIMIT + 1LL)
#define KGR_POS_IDLE		(2 * KGR_POS_EXITING)

/**
 * struct kgr_observed - a task at one moment
 * @verdict:	whether it may be crossed where it is
 * @state:	its state
 * @queued:	whether it is on a runqueue
 * @syscall:	name of the system call that it is in, %NULL if none or unknown
 * @wchan:	where it sleeps, or 0
 * @trampoline:	the trampoline that it is inside, if that matters
 */
struct kgr_observed {
	struct kgr_verdict verdict;
	unsigned int state;
	bool queued;
	const char *syscall;
	unsigned long wchan;
	struct kgr_trampoline trampoline;
};

/* A trampoline may make a stack unreliable, or prevent a wake-up. */
static void kgr_observe_trampoline(struct task_struct *task,
				   struct kgr_observed *seen)
{
	const unsigned long *entries;
	int nr;

	if (seen->verdict.hold != KGR_HOLD_UNRELIABLE &&
	    (seen->verdict.hold != KGR_HOLD_STRICT || kgr_kernel_task(task)))
		return;
	nr = kgr_stack_walk(task, &entries);
	kgr_trampoline_find(entries, nr, &seen->trampoline);
}

/* Called by task_call_func(): the task stays asleep, its stack unchanged. */
static int kgr_observe_locked(struct task_struct *task, void *arg)
{
	struct kgr_observed *seen = arg;

	kgr_judge(task, kgr_universe_newest(), &seen->verdict);
	seen->state = READ_ONCE(task->__state);
	seen->queued = task->on_rq;
	if (seen->verdict.hold == KGR_HOLD_RUNNING)
		return 0;
	if (!kgr_kernel_task(task) && try_get_task_stack(task)) {
		seen->syscall = kgr_arch_syscall_name(task);
		put_task_stack(task);
	}
	if (!seen->queued && task->pid)
		seen->wchan = __get_wchan(task);
	kgr_observe_trampoline(task, seen);
	return 0;
}

static const char *kgr_kind(const struct task_struct *task)
{
	if (!task->pid)
		return "idle";
	if (kgr_task_flags(task) & PF_WQ_WORKER)
		return "kworker";
	if (kgr_task_flags(task) & PF_KTHREAD)
		return "kthread";
	if (kgr_task_flags(task) & PF_USER_WORKER)
		return "user worker";
	return "user";
}

/* A kernel thread that is between two of its safe points. */
static void kgr_reason_busy(char *buf, size_t size, struct task_struct *task)
{
	work_func_t func = wq_worker_func(task);

	if (func)
		scnprintf(buf, size, "in a work item: %ps", func);
	else
		scnprintf(buf, size, "between its safe points");
}

/* A user task that is held before it can cross at its exit to user mode. */
static void kgr_reason_user(char *buf, size_t size, struct task_struct *task,
			    const struct kgr_observed *seen)
{
	if (kgr_task_flags(task) & PF_EXITING)
		strscpy(buf, "exiting", size);
	else if (seen->queued)
		strscpy(buf, "waiting for a CPU", size);
	else if (task_is_traced(task))
		strscpy(buf, "traced", size);
	else if (task_is_stopped(task))
		strscpy(buf, "stopped", size);
	else if ((seen->state & TASK_FROZEN) ||
		 /* Also true of the above, and of the parent in vfork(). */
		 (cgroup_task_frozen(task) &&
		  !(seen->state & TASK_UNINTERRUPTIBLE)))
		strscpy(buf, "frozen", size);
	else if (seen->state & TASK_UNINTERRUPTIBLE)
		strscpy(buf, "uninterruptible", size);
	else if (seen->trampoline.addr)
		kgr_trampoline_print(buf, size, &seen->trampoline);
	else if (seen->syscall)
		scnprintf(buf, size, "in a syscall: %s", seen->syscall);
	else
		strscpy(buf, "in an exception", size);
}

/* The words are documented in Documentation/kgraft.txt. */
static void kgr_reason(char *buf, size_t size, struct task_struct *task,
		       const struct kgr_observed *seen)
{
	switch (seen->verdict.hold) {
	case KGR_HOLD_NONE:
		strscpy(buf, "about to cross", size);
		break;
	case KGR_HOLD_RUNNING:
		if (!task->pid)
			scnprintf(buf, size, "idle CPU %u", task_cpu(task));
		else
			strscpy(buf, kgr_task_flags(task) & PF_EXITING ? "exiting" :
								"running", size);
		break;
	case KGR_HOLD_FUNCTION:
		scnprintf(buf, size, "function %ps on its stack",
			  (void *)seen->verdict.func);
		break;
	case KGR_HOLD_UNRELIABLE:
		if (seen->trampoline.addr)
			kgr_trampoline_print(buf, size, &seen->trampoline);
		else if (kgr_have_reliable_stack())
			strscpy(buf, "stack not reliable", size);
		else if (seen->queued)
			strscpy(buf, "waiting for a CPU", size);
		else
			strscpy(buf, "kthread without safe point", size);
		break;
	case KGR_HOLD_STRICT:
		if (kgr_kernel_task(task))
			kgr_reason_busy(buf, size, task);
		else
			kgr_reason_user(buf, size, task, seen);
		break;
	}
}

static void kgr_comm(char *buf, size_t size, struct task_struct *task)
{
	if (kgr_task_flags(task) & PF_WQ_WORKER)
		wq_worker_comm(buf, size, task);
	else if (task->pid && (kgr_task_flags(task) & PF_KTHREAD))
		get_kthread_comm(buf, size, task);
	else
		/* A name that changes meanwhile may be mixed, but it ends. */
		strscpy_pad(buf, task->comm, size);
}

/**
 * struct kgr_blocker - a task that has yet to cross, as it is reported
 * @tid:	its PID in the initial namespace, 0 for idle tasks
 * @comm:	its name, not escaped
 * @universe:	the universe that it lives in
 * @kind:	the kind of task
 * @reason:	why it does not cross
 * @waited_ms:	for how long
 * @syscall:	name of the system call that it is in, or %NULL
 * @wchan:	where it sleeps, or 0
 */
struct kgr_blocker {
	pid_t tid;
	char comm[KGR_COMM_LEN];
	u32 universe;
	const char *kind;
	char reason[KGR_REASON_LEN];
	s64 waited_ms;
	const char *syscall;
	unsigned long wchan;
};

/* Has it yet to cross, or does it keep a module from being unloaded? */
static bool kgr_blocks(const struct task_struct *task)
{
	return kgr_task_lags(task) || kgr_returner_reason(task, NULL, 0);
}

/* May sleep. Returns false if it has crossed or died in the meantime. */
static bool kgr_describe(struct task_struct *task, struct kgr_blocker *blocker)
{
	struct kgr_observed seen = { };

	task_call_func(task, kgr_observe_locked, &seen);
	blocker->universe = READ_ONCE(task->kgr_universe);
	if (!kgr_blocks(task) || kgr_task_is_dead(task))
		return false;

	blocker->tid = task->pid;
	kgr_comm(blocker->comm, sizeof(blocker->comm), task);
	blocker->kind = kgr_kind(task);
	if (kgr_task_lags(task) ||
	    !kgr_returner_reason(task, blocker->reason, sizeof(blocker->reason)))
		kgr_reason(blocker->reason, sizeof(blocker->reason), task, &seen);
	blocker->waited_ms = kgr_waited_ms(blocker->universe);
	blocker->syscall = seen.syscall;
	blocker->wchan = seen.wchan;
	return true;
}

/*
 * Each of these examines one position, and returns its task with a reference;
 * or NULL, with *pos set to the next position to examine.
 */
static struct task_struct *kgr_get_numbered(loff_t *pos)
{
	struct task_struct *task;
	struct pid *pid;

	rcu_read_lock();
	pid = find_ge_pid(*pos, &init_pid_ns);
	if (pid) {
		*pos = pid_nr(pid);
		task = pid_task(pid, PIDTYPE_PID);
		if (task && kgr_blocks(task) && !kgr_task_is_dead(task)) {
			get_task_struct(task);
			rcu_read_unlock();
			return task;
		}
		++*pos;
	} else {
		*pos = KGR_POS_EXITING;
	}
	rcu_read_unlock();
	return NULL;
}

static struct task_struct *kgr_get_exiting(loff_t *pos)
{
	struct task_struct *task = kgr_exiting_get(*pos - KGR_POS_EXITING);

	if (!task) {
		*pos = KGR_POS_IDLE;
		return NULL;
	}
	if (kgr_task_lags(task))
		return task;
	put_task_struct(task);
	++*pos;
	return NULL;
}

static struct task_struct *kgr_get_idle(loff_t *pos)
{
	unsigned int cpu = *pos - KGR_POS_IDLE;

	if (cpu_possible(cpu) && kgr_task_lags(idle_task(cpu)))
		return get_task_struct(idle_task(cpu));
	++*pos;
	return NULL;
}

/*
 * The first task from *pos on that blocks something, with a reference and *pos
 * set to its position; NULL if there is none. May sleep.
 */
static struct task_struct *kgr_next_blocker(loff_t *pos)
{
	struct task_struct *task;

	while ((kgr_in_progress() || kgr_returners_any()) &&
	       *pos < KGR_POS_IDLE + nr_cpu_ids) {
		if (*pos < KGR_POS_EXITING)
			task = kgr_get_numbered(pos);
		else if (*pos < KGR_POS_IDLE)
			task = kgr_get_exiting(pos);
		else
			task = kgr_get_idle(pos);
		if (task)
			return task;
		cond_resched();
	}
	return NULL;
}

/* The time of the next trace, and the wait before it. kgr_mutex. */
static ktime_t kgr_trace_at;
static unsigned int kgr_trace_ms;

/**
 * kgr_blockers_soon - a change has begun: trace the tasks that lag soon
 * @alone: whether no other change is pending
 *
 * Further changes do not postpone the trace.
 *
 * Context: kgr_mutex held.
 */
void kgr_blockers_soon(bool alone)
{
	ktime_t soon = ktime_add_ms(ktime_get(), KGR_TRACE_MIN_MS);

	lockdep_assert_held(&kgr_mutex);

	if (alone || ktime_before(soon, kgr_trace_at))
		kgr_trace_at = soon;
	kgr_trace_ms = KGR_TRACE_MIN_MS;
}

/**
 * kgr_blockers_due - is it time to trace the tasks that have yet to cross?
 *
 * Not at every retry: a reader of the trace needs to know which tasks are
 * stuck, and occasionally that they still are.
 *
 * Context: kgr_mutex held.
 * Return: whether to call kgr_blockers_trace().
 */
bool kgr_blockers_due(void)
{
	ktime_t now = ktime_get();

	lockdep_assert_held(&kgr_mutex);

	if (ktime_before(now, kgr_trace_at))
		return false;
	kgr_trace_ms = min(2 * kgr_trace_ms, KGR_TRACE_MAX_MS);
	kgr_trace_at = ktime_add_ms(now, kgr_trace_ms);
	return true;
}

/**
 * kgr_blockers_trace - trace the tasks that have yet to cross
 *
 * Context: process context, may sleep.
 */
void kgr_blockers_trace(void)
{
	struct kgr_blocker blocker;
	struct task_struct *task;
	loff_t pos;

	if (!trace_kgr_task_blocked_enabled())
		return;
	for (pos = 1; (task = kgr_next_blocker(&pos)); pos++) {
		if (kgr_describe(task, &blocker))
			trace_kgr_task_blocked(blocker.comm, blocker.tid,
					       blocker.universe, blocker.kind,
					       blocker.reason,
					       blocker.waited_ms);
		put_task_struct(task);
	}
}

/**
 * kgr_blockers_log - name some of the tasks that have yet to cross in the log
 * @universe: the universe that they have yet to cross into
 * @max: how many of them at most
 *
 * Context: process context, may sleep.
 */
void kgr_blockers_log(u32 universe, unsigned int max)
{
	struct kgr_blocker blocker;
	struct task_struct *task;
	loff_t pos;

	for (pos = 1; max && (task = kgr_next_blocker(&pos)); pos++) {
		if (kgr_describe(task, &blocker) &&
		    kgr_universe_before(blocker.universe, universe)) {
			pr_warn("  %d (%*pE), %s: %s\n", blocker.tid,
				(int)strlen(blocker.comm), blocker.comm,
				blocker.kind, blocker.reason);
			max--;
		}
		put_task_struct(task);
	}
}

#ifdef CONFIG_DEBUG_FS

static void *kgr_blockers_start(struct seq_file *m, loff_t *pos)
{
	return *pos ? kgr_next_blocker(pos) : SEQ_START_TOKEN;
}

static void kgr_blockers_stop(struct seq_file *m, void *v)
{
	if (v && v != SEQ_START_TOKEN)
		put_task_struct(v);
}

static void *kgr_blockers_next(struct seq_file *m, void *v, loff_t *pos)
{
	kgr_blockers_stop(m, v);
	++*pos;
	return kgr_next_blocker(pos);
}

/* Fields are separated by tabs; none is empty, and none contains a tab. */
static int kgr_blockers_show(struct seq_file *m, void *v)
{
	struct kgr_blocker blocker;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "tid\tcomm\tuniverse\tkind\treason\twaited_ms\tsyscall\twchan\n");
		return 0;
	}
	if (!kgr_describe(v, &blocker))
		return SEQ_SKIP;

	seq_printf(m, "%d\t", blocker.tid);
	if (*blocker.comm)
		seq_escape_str(m, blocker.comm,
			       ESCAPE_OCTAL | ESCAPE_NAP | ESCAPE_APPEND, "\\");
	else
		seq_putc(m, '-');
	seq_printf(m, "\t%u\t%s\t%s\t%lld\t%s\t", blocker.universe,
		   blocker.kind, blocker.reason, blocker.waited_ms,
		   blocker.syscall ?: "-");
	if (blocker.wchan)
		seq_printf(m, "%ps\n", (void *)blocker.wchan);
	else
		seq_puts(m, "-\n");
	return 0;
}

static const struct seq_operations kgr_blockers_sops = {
	.start = kgr_blockers_start,
	.next = kgr_blockers_next,
	.stop = kgr_blockers_stop,
	.show = kgr_blockers_show,
};

DEFINE_SEQ_ATTRIBUTE(kgr_blockers);

/**
 * kgr_blockers_init - make the file in debugfs
 * @dir: where; as usual with debugfs, errors are ignored
 */
void __init kgr_blockers_init(struct dentry *dir)
{
	debugfs_create_file("blockers", 0400, dir, NULL, &kgr_blockers_fops);
}

#else /* !CONFIG_DEBUG_FS */

void __init kgr_blockers_init(struct dentry *dir) { }

#endif /* CONFIG_DEBUG_FS */
