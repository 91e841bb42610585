// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * holders.c - tracers, probes and BPF programs on patched functions
 *
 * A tracer, a probe or a BPF program that was attached to a function before it
 * was patched stays on the original. At the entry it is still called; a probe
 * further inside is no longer reached, and must be attached to the replacement.
 * /sys/kernel/debug/kgraft/sites lists all of them.
 *
 * Some can end a call before the replacement runs, so that a fix has no effect:
 * a fmod_ret program that returns a value other than 0, and a program at a
 * kprobe that calls bpf_override_return(). What a program decides is unknown,
 * but which programs can do so is known, and logged when a function is patched.
 * (Probes of fail_function change the flow of the function, and it cannot be
 * patched.)
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/bpf.h>
#include <linux/debugfs.h>
#include <linux/filter.h>
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kprobes.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/trace_events.h>

#include "core.h"
#include "holders.h"
#include "hook.h"
#include "hook_jump.h"
#include "site.h"
#include "universe.h"

/**
 * struct kgr_holder - a tracer, probe or program on a function
 * @kind:	what it is
 * @handler:	the function that is called
 * @overrides:	whether it can end a call before the replacement runs
 */
struct kgr_holder {
	const char *kind;
	const void *handler;
	bool overrides;
};

typedef void (*kgr_holder_fn)(const struct kgr_holder *holder, void *arg);

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
/*
 * The private data of an ops that calls a trampoline of BPF are its struct
 * bpf_trampoline, and stay for as long as the ops is registered.
 */
static bool kgr_direct_overrides(const struct ftrace_ops *op)
{
	const struct bpf_trampoline *trampoline = op->private;

	return IS_ENABLED(CONFIG_BPF_JIT) && trampoline &&
	       is_bpf_text_address(op->direct_call) &&
	       READ_ONCE(trampoline->progs_cnt[BPF_TRAMP_MODIFY_RETURN]);
}

/* Name the target of a direct call; the handler of its ops is ftrace's. */
static bool kgr_holder_direct(const struct ftrace_ops *op,
			      struct kgr_holder *holder)
{
	if (!(op->flags & FTRACE_OPS_FL_DIRECT))
		return false;
	holder->kind = "direct";
	holder->handler = (void *)op->direct_call;
	holder->overrides = kgr_direct_overrides(op);
	return true;
}
#else
static bool kgr_holder_direct(const struct ftrace_ops *op,
			      struct kgr_holder *holder)
{
	return false;
}
#endif

/* What kgr_each_ftrace() is called with. */
struct kgr_holder_call {
	kgr_holder_fn fn;
	void *arg;
};

static void kgr_one_ftrace(struct ftrace_ops *op, void *data)
{
	const struct kgr_holder_call *call = data;
	struct kgr_holder holder;

	if (kgr_hook_is_ours(op))
		return;
	if (!kgr_holder_direct(op, &holder))
		holder = (struct kgr_holder){
			.kind = "ftrace",
			.handler = op->func,
		};
	call->fn(&holder, call->arg);
}

static void kgr_each_ftrace(const struct kgr_site *site, kgr_holder_fn fn,
			    void *arg)
{
	struct kgr_holder_call call = { .fn = fn, .arg = arg };

	ftrace_visit_ops_at(site->ip, kgr_one_ftrace, &call);
}

#ifdef CONFIG_KPROBES
static void kgr_one_kprobe(struct kprobe *probe, kgr_holder_fn fn, void *arg)
{
	struct kgr_holder holder = {
		.kind = "kprobe",
		.handler = probe->pre_handler,
		.overrides = trace_kprobe_overrides(probe),
	};

	fn(&holder, arg);
}

/* One probe, or several at the same address. */
static void kgr_each_kprobe(unsigned long addr, kgr_holder_fn fn, void *arg)
{
	struct kprobe *probe, *one;

	preempt_disable();
	probe = get_kprobe((void *)addr);
	if (probe && list_empty(&probe->list))
		kgr_one_kprobe(probe, fn, arg);
	else if (probe)
		list_for_each_entry_rcu(one, &probe->list, list)
			kgr_one_kprobe(one, fn, arg);
	preempt_enable();
}
#else
static void kgr_each_kprobe(unsigned long addr, kgr_holder_fn fn, void *arg)
{
}
#endif

static void kgr_warn_holder(const struct kgr_holder *holder, void *arg)
{
	const struct kgr_site *site = arg;

	if (holder->overrides)
		pr_warn("'%s': a BPF program (%s:%ps) can replace its return value, and the patch has no effect on a call where it does; detach it to be safe\n",
			site->name, holder->kind, holder->handler);
}

/**
 * kgr_holders_warn - log the programs that can defeat a patch
 * @site: a function that is being patched
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_holders_warn(struct kgr_site *site)
{
	lockdep_assert_held(&kgr_mutex);

	/* Its function is gone. */
	if (!site->ip)
		return;
	kgr_each_ftrace(site, kgr_warn_holder, site);
	/* A probe further inside is in the original. */
	kgr_each_kprobe(site->ip, kgr_warn_holder, site);
}

#ifdef CONFIG_DEBUG_FS

/* The field of a line that lists them, and the number of its entries. */
struct kgr_show_holders {
	struct seq_file *m;
	unsigned int nr;
};

static void kgr_show_holder(const struct kgr_holder *holder, void *arg)
{
	struct kgr_show_holders *show = arg;

	seq_printf(show->m, "%s%s:%ps%s", show->nr++ ? "," : "", holder->kind,
		   holder->handler, holder->overrides ? "(override)" : "");
}

static void kgr_show_all(struct seq_file *m, const struct kgr_site *site)
{
	struct kgr_show_holders show = { .m = m };
	unsigned long i;

	kgr_each_ftrace(site, kgr_show_holder, &show);
	for (i = 0; i < site->size; i++)
		kgr_each_kprobe(site->addr + i, kgr_show_holder, &show);
	seq_puts(m, show.nr ? "\t" : "-\t");
}

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

	if (v == &kgr_sites) {
		seq_puts(m, "function\treplacement\tothers\tentry\n");
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
	kgr_show_all(m, site);
	seq_puts(m, kgr_hook_jumps(site, site->jump) ? "jump\n" : "call\n");
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
 * @dir: where; as usual with debugfs, errors are ignored
 */
void __init kgr_holders_init(struct dentry *dir)
{
	debugfs_create_file("sites", 0400, dir, NULL, &kgr_sites_fops);
}

#else /* !CONFIG_DEBUG_FS */

void __init kgr_holders_init(struct dentry *dir) { }

#endif /* CONFIG_DEBUG_FS */
