// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_torture_main.c - calls functions that are patched, and judges the results
 *
 * The driver says what each function returns in each universe before it opens
 * that universe. So a result is right or wrong by itself: a task in universe n
 * must get what was said of n. Besides, a task must not leave its universe
 * within a kernel entry, unless every change that it crosses allows that or
 * makes no difference to it, and must never go back.
 *
 * Entries are made by tasks, which read "entry" or "hold", and by the callers
 * of kgr_test_torture_callers.c.
 */

#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/task_work.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "kgr_test_torture.h"
#include "kgr_test_torture_entry.h"

#define WORLDS		4096

/**
 * struct kgr_tort_world - what is said of a universe
 * @value:	what the functions return there
 * @relaxed:	whether the change that opened it asks for consistency per
 *		function only
 */
struct kgr_tort_world {
	u8 value[KGR_TORT_FUNCS];
	bool relaxed;
};

static struct kgr_tort_world worlds[WORLDS];
static u32 first_universe, newest_universe;

static int kgr_tort_original;

KGR_TORT_FUNC(2)
KGR_TORT_FUNC(3)

static int see_first(unsigned int dwell_us)
{
	return kgr_test_see(0);
}

static int see_second(unsigned int dwell_us)
{
	return kgr_test_see(1);
}

/* Under RCU: those of modules come and go. */
static kgr_tort_fn_t present[KGR_TORT_FUNCS] = {
	see_first, see_second, kgr_tort_2, kgr_tort_3,
};

static struct module *mods[KGR_TORT_FUNCS];

/**
 * kgr_tort_add - a module with a function has come
 * @nr: number of the function
 * @fn: the function
 * @mod: the module
 */
void kgr_tort_add(unsigned int nr, kgr_tort_fn_t fn, struct module *mod)
{
	WRITE_ONCE(mods[nr], mod);
	/* Pairs with the acquire in kgr_tort_begin(). */
	smp_store_release(&present[nr], fn);
}
EXPORT_SYMBOL_GPL(kgr_tort_add);

/**
 * kgr_tort_del - a module with a function goes
 * @nr: number of the function
 */
void kgr_tort_del(unsigned int nr)
{
	WRITE_ONCE(present[nr], NULL);
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(kgr_tort_del);

/* The first fault is described, the others are counted. Any context. */
static atomic_t faults;
static char fault_text[256];
static bool fault_written;

/**
 * kgr_tort_fault - something is wrong
 * @fmt: what
 */
void kgr_tort_fault(const char *fmt, ...)
{
	va_list args;

	if (atomic_inc_return(&faults) != 1)
		return;
	va_start(args, fmt);
	vscnprintf(fault_text, sizeof(fault_text), fmt, args);
	va_end(args);
	/* Pairs with the acquire in faults_read(). */
	smp_store_release(&fault_written, true);
}
EXPORT_SYMBOL_GPL(kgr_tort_fault);

/* What is said of a universe; %NULL: nothing. */
static const struct kgr_tort_world *world(u32 universe)
{
	/* Pairs with the release in world_write(). */
	u32 newest = smp_load_acquire(&newest_universe);

	if (universe - first_universe > newest - first_universe)
		return NULL;
	return &worlds[(universe - first_universe) % WORLDS];
}

static u32 here(void)
{
	return READ_ONCE(current->kgr_universe);
}

/* Where readers of "hold" wait for a write to "release". */
static DECLARE_WAIT_QUEUE_HEAD(hold_wait);
static atomic_t hold_epoch, holders;

/*
 * A killable one is frozen where it is, or suspend would fail after 20 seconds. It may
 * hold the lock of its file, which is no fault here.
 */
static int hold(bool killable)
{
	int epoch = atomic_read(&hold_epoch), ret;

	atomic_inc(&holders);
	if (killable)
		ret = wait_event_state(hold_wait,
				       atomic_read(&hold_epoch) != epoch,
				       (TASK_KILLABLE | TASK_FREEZABLE_UNSAFE));
	else
		ret = wait_event_interruptible(hold_wait,
					       atomic_read(&hold_epoch) != epoch);
	atomic_dec(&holders);
	return ret;
}

/**
 * kgr_tort_dwell - stay inside of a function, and do not cross there if it changes
 * @nr: number of the function
 * @dwell_us: for how long; %KGR_TORT_HOLD: until a write to "release"; 0: not at
 *	      all, and any context will do
 */
void kgr_tort_dwell(unsigned int nr, unsigned int dwell_us)
{
	const struct kgr_tort_world *a, *b;
	u32 was = here();

	if (!dwell_us)
		return;
	if (dwell_us == KGR_TORT_HOLD)
		hold(true);
	else
		usleep_range(dwell_us, 2 * dwell_us);
	a = world(was);
	b = world(here());
	if (a && b && a->value[nr] != b->value[nr])
		kgr_tort_fault("from universe %u to %u inside of function %u, which changes",
			       was, here(), nr);
}
EXPORT_SYMBOL_GPL(kgr_tort_dwell);

static bool all_relaxed(u32 from, u32 to)
{
	const struct kgr_tort_world *w;

	while (from++ != to) {
		w = world(from);
		if (!w || !w->relaxed)
			return false;
	}
	return true;
}

/* Is there no difference, among the functions that are there? */
static bool agree(const struct kgr_tort_entry *e, u32 from, u32 to)
{
	const struct kgr_tort_world *a = world(from), *b = world(to);
	unsigned int i;

	for (i = 0; a && b && i < KGR_TORT_FUNCS; i++)
		if (e->fns[i] && a->value[i] != b->value[i])
			return false;
	return a && b;
}

/*
 * May a task in the middle of an entry have been moved there? Perhaps in several
 * steps, of which each is over changes that all allow it, or over some that make no
 * difference together. Those who are far behind are not judged.
 */
static bool may_move(const struct kgr_tort_entry *e, u32 from, u32 to)
{
	u32 nr = to - from, i, j;
	u64 reached = 1;

	if (nr >= BITS_PER_LONG_LONG)
		return true;
	for (i = 0; i < nr; i++) {
		if (!(reached & 1ULL << i))
			continue;
		for (j = i + 1; j <= nr; j++)
			if (all_relaxed(from + i, from + j) ||
			    agree(e, from + i, from + j))
				reached |= 1ULL << j;
	}
	return reached & 1ULL << nr;
}

/* The task of an entry is in a universe now: may it have gone there? */
static void moved(struct kgr_tort_entry *e, u32 now)
{
	u32 from = e->at;

	if (now == from)
		return;
	e->at = now;
	if (!world(now))
		kgr_tort_fault("%s: universe %u was not opened", e->where, now);
	else if ((s32)(now - from) < 0)
		kgr_tort_fault("%s: back from universe %u to %u", e->where,
			       from, now);
	else if (!e->loose && !may_move(e, from, now))
		kgr_tort_fault("%s: from universe %u to %u within an entry",
			       e->where, from, now);
}

/**
 * kgr_tort_call - call one of the functions, and judge
 * @e: the entry
 * @nr: number of the function; nothing happens if it was not there at the begin
 * @dwell_us: how long to stay inside
 */
void kgr_tort_call(struct kgr_tort_entry *e, unsigned int nr,
		   unsigned int dwell_us)
{
	const struct kgr_tort_world *before, *after;
	int value;

	if (!e->fns[nr])
		return;
	moved(e, here());
	before = world(e->at);
	value = e->fns[nr](dwell_us);
	moved(e, here());
	after = world(e->at);
	if (before && after && value != before->value[nr] &&
	    value != after->value[nr])
		kgr_tort_fault("%s: function %u returned %d in universe %u, not %d",
			       e->where, nr, value, e->at, after->value[nr]);
	/* Preempted tasks that are moved aside, it is the same in all of it. */
	if (!e->loose && e->begun == e->at && e->value[nr] >= 0 &&
	    e->value[nr] != value)
		kgr_tort_fault("%s: function %u returned %d and then %d",
			       e->where, nr, e->value[nr], value);
	e->value[nr] = value;
}

/**
 * kgr_tort_begin - a kernel entry begins
 * @e: the entry
 * @where: in what context
 * @loose: whether the context gives consistency per function only
 * @hold: whether modules are to be held, because the entry may sleep
 */
void kgr_tort_begin(struct kgr_tort_entry *e, const char *where, bool loose,
		    bool hold)
{
	unsigned int i;

	e->where = where;
	e->loose = loose;
	e->hold = hold;
	rcu_read_lock();
	for (i = 0; i < KGR_TORT_FUNCS; i++) {
		e->value[i] = -1;
		/* Pairs with the release in kgr_tort_add(). */
		e->fns[i] = smp_load_acquire(&present[i]);
		if (hold && e->fns[i] && i >= KGR_TORT_MOVING &&
		    !try_module_get(READ_ONCE(mods[i])))
			e->fns[i] = NULL;
	}
	if (hold)
		rcu_read_unlock();
	e->begun = here();
	e->at = e->begun;
	if (!world(e->begun))
		kgr_tort_fault("%s: begins in universe %u, which was not opened",
			       where, e->begun);
}

/**
 * kgr_tort_end - a kernel entry is over
 * @e: the entry
 */
void kgr_tort_end(struct kgr_tort_entry *e)
{
	unsigned int i;

	moved(e, here());
	if (!e->hold)
		rcu_read_unlock();
	for (i = KGR_TORT_MOVING; e->hold && i < KGR_TORT_FUNCS; i++)
		if (e->fns[i])
			module_put(mods[i]);
}

/**
 * kgr_tort_atomic - an entry that does not sleep
 * @where: in what context
 */
void kgr_tort_atomic(const char *where)
{
	struct kgr_tort_entry e;
	unsigned int i;

	kgr_tort_begin(&e, where, false, false);
	for (i = 0; i < KGR_TORT_FUNCS; i++)
		kgr_tort_call(&e, i, 0);
	for (i = 0; i < KGR_TORT_FUNCS; i += 3)
		kgr_tort_call(&e, i, 0);
	kgr_tort_end(&e);
}

/* Some pause between two calls, or none. Does not wait for long. */
static void pause(void)
{
	switch (get_random_u32_below(16)) {
	case 0:
		usleep_range(200, 2000);
		break;
	case 1:
		schedule_timeout_interruptible(1);
		break;
	case 2:
	case 3:
		cond_resched();
		break;
	case 4:
		udelay(9);
		break;
	}
}

/**
 * kgr_tort_calls - calls in the middle of an entry that may sleep
 * @e: the entry
 * @nr: how many
 */
void kgr_tort_calls(struct kgr_tort_entry *e, unsigned int nr)
{
	while (nr--) {
		unsigned int dwell = get_random_u32_below(16) ? 0 : 1000;

		kgr_tort_call(e, get_random_u32_below(KGR_TORT_FUNCS), dwell);
		pause();
	}
}

/* The same entry, on the signal path of the exit to user mode. */
struct exit_entry {
	struct callback_head twork;
	struct kgr_tort_entry e;
};

static atomic_long_t entries, exits;

static void exit_fn(struct callback_head *twork)
{
	struct exit_entry *x = container_of(twork, typeof(*x), twork);

	x->e.where = "signal path";
	kgr_tort_calls(&x->e, 3);
	kgr_tort_end(&x->e);
	atomic_long_inc(&exits);
	kfree(x);
}

/* The universe that the task is in at the end. */
static ssize_t entry_read(struct file *file, char __user *buf, size_t count,
			  loff_t *ppos)
{
	unsigned long how = (unsigned long)file->private_data;
	struct exit_entry *x = kzalloc(sizeof(*x), GFP_KERNEL);
	char line[16];
	int ret = 0;
	u32 at;

	if (!x)
		return -ENOMEM;
	kgr_tort_begin(&x->e, "system call", false, true);
	kgr_tort_calls(&x->e, 4);
	if (how == 1 && get_random_u32_below(2))
		kgr_tort_call(&x->e, 2 + get_random_u32_below(2), KGR_TORT_HOLD);
	else if (how)
		ret = hold(how == 1);
	kgr_tort_calls(&x->e, 4);
	at = x->e.at;
	atomic_long_inc(&entries);
	init_task_work(&x->twork, exit_fn);
	if (get_random_u32_below(4) || task_work_add(current, &x->twork, TWA_SIGNAL)) {
		kgr_tort_end(&x->e);
		kfree(x);
	}
	if (ret)
		return ret;
	*ppos = 0;
	ret = scnprintf(line, sizeof(line), "%u\n", at);
	return simple_read_from_buffer(buf, count, ppos, line, ret);
}

static const struct file_operations entry_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = entry_read,
};

static ssize_t from_user(const char __user *buf, size_t count, char *line,
			 size_t size)
{
	if (count >= size)
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;
	line[count] = '\0';
	return count;
}

/* "UNIVERSE 00000000 RELAXED"; with another 1 behind it, the first one. */
static ssize_t world_write(struct file *file, const char __user *buf,
			   size_t count, loff_t *ppos)
{
	unsigned int universe, relaxed, start = 0, i;
	char line[64], value[KGR_TORT_FUNCS + 1];
	struct kgr_tort_world *w;
	ssize_t ret = from_user(buf, count, line, sizeof(line));

	if (ret < 0)
		return ret;
	if (sscanf(line, "%u %8s %u %u", &universe, value, &relaxed, &start) < 3 ||
	    strlen(value) != KGR_TORT_FUNCS)
		return -EINVAL;
	if (start)
		first_universe = universe;
	w = &worlds[(universe - first_universe) % WORLDS];
	for (i = 0; i < KGR_TORT_FUNCS; i++)
		w->value[i] = value[i] - '0';
	w->relaxed = relaxed;
	/* Pairs with the acquire in world(). */
	smp_store_release(&newest_universe, universe);
	return ret;
}

static const struct file_operations world_fops = {
	.owner = THIS_MODULE,
	.write = world_write,
};

/* How many faults, and the first one. Written: one that a task has found. */
static ssize_t faults_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	/* Pairs with the release in kgr_tort_fault(). */
	bool there = smp_load_acquire(&fault_written);
	char text[300];
	int len;

	len = scnprintf(text, sizeof(text), "%d %s\n", atomic_read(&faults),
			there ? fault_text : "");
	return simple_read_from_buffer(buf, count, ppos, text, len);
}

static ssize_t faults_write(struct file *file, const char __user *buf,
			    size_t count, loff_t *ppos)
{
	char line[200];
	ssize_t ret = from_user(buf, count, line, sizeof(line));

	if (ret > 0)
		kgr_tort_fault("%s", line);
	return ret;
}

static const struct file_operations faults_fops = {
	.owner = THIS_MODULE,
	.read = faults_read,
	.write = faults_write,
};

static int release_set(void *data, u64 val)
{
	atomic_inc(&hold_epoch);
	wake_up_all(&hold_wait);
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(release_fops, NULL, release_set, "%llu\n");

/* A line for each context with the number of its entries. */
static ssize_t counts_read(struct file *file, char __user *buf, size_t count,
			   loff_t *ppos)
{
	char text[512];
	int len;

	len = scnprintf(text, sizeof(text), "task %ld\nsignal %ld\n",
			atomic_long_read(&entries), atomic_long_read(&exits));
	len += kgr_tort_callers_show(text + len, sizeof(text) - len);
	return simple_read_from_buffer(buf, count, ppos, text, len);
}

static const struct file_operations counts_fops = {
	.owner = THIS_MODULE,
	.read = counts_read,
};

static int callers_set(void *data, u64 val)
{
	if (val)
		return kgr_tort_callers_start();
	kgr_tort_callers_stop();
	return 0;
}

DEFINE_DEBUGFS_ATTRIBUTE(callers_fops, NULL, callers_set, "%llu\n");

static struct dentry *dir;

static int __init kgr_test_torture_init(void)
{
	dir = debugfs_create_dir("kgr_torture", NULL);
	debugfs_create_file("entry", 0400, dir, (void *)0, &entry_fops);
	debugfs_create_file("hold", 0400, dir, (void *)1, &entry_fops);
	debugfs_create_file("nap", 0400, dir, (void *)2, &entry_fops);
	debugfs_create_file("world", 0200, dir, NULL, &world_fops);
	debugfs_create_file("faults", 0600, dir, NULL, &faults_fops);
	debugfs_create_file("counts", 0400, dir, NULL, &counts_fops);
	debugfs_create_file("release", 0200, dir, NULL, &release_fops);
	debugfs_create_file("callers", 0200, dir, NULL, &callers_fops);
	debugfs_create_atomic_t("holders", 0400, dir, &holders);
	return 0;
}

static void __exit kgr_test_torture_exit(void)
{
	debugfs_remove(dir);
	kgr_tort_callers_stop();
}

module_init(kgr_test_torture_init);
module_exit(kgr_test_torture_exit);
MODULE_DESCRIPTION("kGraft selftests: what kgrtorture calls, and how it judges");
MODULE_LICENSE("GPL");
