// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * holders.c - what else there is on patched functions
 *
 * /sys/kernel/debug/kgraft/sites, for who traces: a tracer, a probe or a BPF
 * program that was attached to a function before it was patched stays on the
 * original. What is called at its entry is called still, what comes later in
 * the function is not reached any more. To go on, it has to be attached to the
 * replacement.
 */

#include <linux/debugfs.h>
#include <linux/dcache.h>
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>

#include "../trace/ftrace_internal.h"
#include "core.h"
#include "holders.h"
#include "hook.h"
#include "site.h"
#include "universe.h"

#ifdef CONFIG_DEBUG_FS

/* Adds one to the last field of a line. */
static void kgr_show_holder(struct seq_file *m, unsigned int *nr,
			    const char *kind, const void *handler)
{
	seq_printf(m, "%s%s:%ps", (*nr)++ ? "," : "", kind, handler);
}

/* A direct call says where it goes to; the handler of its ops is ftrace's. */
static void kgr_show_ops(struct seq_file *m, unsigned int *nr,
			 const struct ftrace_ops *op)
{
#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
	if (op->flags & FTRACE_OPS_FL_DIRECT) {
		kgr_show_holder(m, nr, "direct", (void *)op->direct_call);
		return;
	}
#endif
	kgr_show_holder(m, nr, "ftrace", op->func);
}

static void kgr_show_ftrace(struct seq_file *m, unsigned int *nr,
			    const struct kgr_site *site)
{
	struct ftrace_ops *op;

	mutex_lock(&ftrace_lock);
	preempt_disable_notrace();
	do_for_each_ftrace_op(op, ftrace_ops_list) {
		/* With some registers: without, it forgets those that want them. */
		if ((op->flags & FTRACE_OPS_FL_ENABLED) &&
		    !kgr_hook_is_ours(op) &&
		    ftrace_ops_test(op, site->ip, op))
			kgr_show_ops(m, nr, op);
	} while_for_each_ftrace_op(op);
	preempt_enable_notrace();
	mutex_unlock(&ftrace_lock);
}

#ifdef CONFIG_KPROBES
/* A probe, or several at one place. */
static void kgr_show_kprobe(struct seq_file *m, unsigned int *nr,
			    struct kprobe *probe)
{
	struct kprobe *one;

	if (list_empty(&probe->list)) {
		kgr_show_holder(m, nr, "kprobe", probe->pre_handler);
		return;
	}
	list_for_each_entry_rcu(one, &probe->list, list)
		kgr_show_holder(m, nr, "kprobe", one->pre_handler);
}

/* Anywhere in the function. */
static void kgr_show_kprobes(struct seq_file *m, unsigned int *nr,
			     const struct kgr_site *site)
{
	struct kprobe *probe;
	unsigned long i;

	preempt_disable();
	for (i = 0; i < site->size; i++) {
		probe = get_kprobe((void *)(site->addr + i));
		if (probe)
			kgr_show_kprobe(m, nr, probe);
	}
	preempt_enable();
}
#else
static void kgr_show_kprobes(struct seq_file *m, unsigned int *nr,
			     const struct kgr_site *site)
{
}
#endif

static void *kgr_sites_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&kgr_mutex);
	return seq_list_start_head(&kgr_sites, *pos);
}

static void kgr_sites_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&kgr_mutex);
}

static void *kgr_sites_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &kgr_sites, pos);
}

/* Fields are separated by tabs; none is empty. */
static int kgr_sites_show(struct seq_file *m, void *v)
{
	const struct kgr_site *site = list_entry(v, struct kgr_site, list);
	unsigned long new;
	unsigned int nr = 0;

	if (v == &kgr_sites) {
		seq_puts(m, "function\treplacement\tothers\n");
		return 0;
	}
	/* Its function is gone. */
	if (!site->ip)
		return SEQ_SKIP;
	seq_printf(m, "%ps\t", (void *)site->addr);
	new = kgr_versions_choose(kgr_site_versions(site), kgr_newest);
	if (new)
		seq_printf(m, "%ps\t", (void *)new);
	else
		seq_puts(m, "-\t");
	kgr_show_ftrace(m, &nr, site);
	kgr_show_kprobes(m, &nr, site);
	seq_puts(m, nr ? "\n" : "-\n");
	return 0;
}

static const struct seq_operations kgr_sites_sops = {
	.start = kgr_sites_start,
	.next = kgr_sites_next,
	.stop = kgr_sites_stop,
	.show = kgr_sites_show,
};

DEFINE_SEQ_ATTRIBUTE(kgr_sites);

/**
 * kgr_holders_init - make the file in debugfs
 *
 * After kgr_blockers_init(), which makes the directory.
 */
void __init kgr_holders_init(void)
{
	struct dentry *dir = debugfs_lookup("kgraft", NULL);

	debugfs_create_file("sites", 0400, dir, NULL, &kgr_sites_fops);
	dput(dir);
}

#else /* !CONFIG_DEBUG_FS */

void __init kgr_holders_init(void) { }

#endif /* CONFIG_DEBUG_FS */
