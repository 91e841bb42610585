// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hook.c - the one ftrace_ops that redirects every patched function
 *
 * One for all: adding a site changes a filter instead of registering, so 64
 * functions take as long as one. It is static kernel data and therefore not
 * FTRACE_OPS_FL_DYNAMIC: its trampoline is never freed, and unregistering does
 * not wait for RCU tasks with ftrace_lock held, which would stall every module
 * load meanwhile.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/array_size.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "../trace/ftrace_internal.h"
#include "../trace/trace.h"
#include "arch.h"
#include "core.h"
#include "hook.h"
#include "move.h"
#include "site.h"
#include "site_table.h"
#include "stack.h"

/* How often, and how long apart in ms, to ask ftrace again after -EAGAIN. */
#define KGR_HOOK_TRIES		10
#define KGR_HOOK_WAIT_MS	2

/*
 * What is rare: the site is not at the first place where it is looked for, or
 * somebody was seen inside of it, perhaps this task. Apart from the handler,
 * which would otherwise save registers each time for what is called here.
 */
static noinline __noclone notrace void kgr_handle_rare(unsigned long ip,
						       struct ftrace_regs *fregs)
{
	const struct kgr_site *site;
	unsigned long addr;
	u32 universe;

	site = kgr_site_lookup(rcu_dereference_raw(kgr_site_table), ip);
	if (!site)
		return;
	/* Acquire: as in kgr_ftrace_handler() */
	addr = smp_load_acquire(&site->settled);
	if (!addr) {
		if (READ_ONCE(site->held) &&
		    test_thread_flag(TIF_KGR_IN_PROGRESS))
			kgr_cross_at_entry(ip);
		universe = READ_ONCE(current->kgr_universe);
		addr = kgr_versions_search(rcu_dereference_raw(site->versions),
					   universe);
	}
	if (addr)
		ftrace_regs_set_instruction_pointer(fregs, addr);
}

/*
 * A settled site has the same answer for everybody. For the others, the order
 * of two reads is what makes a change atomic: the universe first, then the
 * versions. A task that lives in universe n read kgr_newest with acquire before
 * it stored n (or was moved under its scheduler lock), on this CPU or before it
 * was switched in here; so it sees the versions that were published before n
 * was. Its universe does not change between the two: its own task is here, and
 * a mover takes nobody who was preempted here, see
 * kgr_handler_on_stack().
 * Unless it is forced. Therefore the universe comes first: the other way round,
 * a task forced into universe n could have fetched versions for n that were
 * withdrawn, of a module that is gone. (models/publish.pml: handler)
 *
 * Nor does a task come to see an old answer of a site that was settled: what
 * takes it back is published before n is, as the versions are. Nor one of a time
 * that is yet to come for it: a site settles when nobody lives before that, and
 * a task in here stays where it lives.
 *
 * No recursion guard: when one finds itself busy it runs the original, which
 * for a patched function is the wrong one. Nothing is called from here, so
 * there is nothing to recurse into, but for kgr_cross_at_entry(), which has a
 * guard of its own: it is optional. (When something else traces the same
 * function, ftrace calls us from a loop that has such a guard, too. It trips
 * if a tracer's callback itself calls a patched function.)
 *
 * Whoever is past the last change of the site is not asked whether it was seen
 * inside: it has nothing to gain there.
 */
static void notrace kgr_ftrace_handler(unsigned long ip,
				       unsigned long parent_ip,
				       struct ftrace_ops *ops,
				       struct ftrace_regs *fregs)
{
	const struct kgr_versions *vs;
	const struct kgr_slot *slot;
	unsigned long addr;
	u32 universe;

	slot = kgr_site_home(rcu_dereference_raw(kgr_site_table), ip);
	if (unlikely(slot->ip != ip))
		goto rare;
	/*
	 * Acquire: if it has to be chosen, then from versions that are no older
	 * than that. Pairs with kgr_site_publish().
	 */
	addr = smp_load_acquire(&slot->site->settled);
	if (likely(addr))
		goto found;

	universe = READ_ONCE(current->kgr_universe);
	vs = rcu_dereference_raw(slot->site->versions);
	if (kgr_versions_latest(vs, universe)) {
		addr = vs->v[0].addr;
		goto found;
	}
	if (unlikely(READ_ONCE(slot->site->held)))
		goto rare;
	addr = kgr_versions_search(vs, universe);
	if (!addr)
		return;
found:
	ftrace_regs_set_instruction_pointer(fregs, addr);
	return;
rare:
	kgr_handle_rare(ip, fregs);
}

/*
 * What of ftrace's ways. Counted by scripts/bench, an instruction each, on top
 * of a function that is not patched:
 *
 *	 5	a direct call that drops its return address and jumps
 *	39	a handler that redirects, whatever is called
 *	42	this one, with an ops for each site
 *	49	this one
 *
 * Not a direct call, for settled sites: there can be one on a function, and BPF
 * would get -EBUSY for what is patched; register_ftrace_direct() drops the flag
 * that keeps the hook when tracing is switched off; and on a CPU that predicts
 * returns it takes longer than the handler's way, since all returns after it
 * are predicted wrong.
 *
 * Not an ops for each site: each has a page of its own, takes its time to be
 * registered, and where somebody else traces a function, ftrace asks every ops
 * in the system whether it means that function. With 100 functions patched that
 * is 5,500 instructions for a call, and 235 with one ops.
 */
static struct ftrace_ops kgr_ftrace_ops = {
	.func	= kgr_ftrace_handler,
	.flags	= FTRACE_OPS_FL_IPMODIFY |
#ifndef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
		  FTRACE_OPS_FL_SAVE_REGS |
#endif
		  FTRACE_OPS_FL_PERMANENT,
};

/**
 * kgr_hook_init - say where the handler's own code is
 *
 * Before the first change, which need not hook anything: all functions of the
 * first patch may be in modules that are not loaded.
 *
 * Return: 0, or -ENOENT if the kernel has no symbol for it.
 */
int __init kgr_hook_init(void)
{
	return kgr_stack_add_handler(0, kgr_ftrace_handler) ?:
	       kgr_stack_add_handler(1, kgr_handle_rare);
}

/* Number of sites in the filter of kgr_ftrace_ops, 0: not registered. */
static unsigned int kgr_nr_hooked;

/* Whose ops with any of @flags has @ip? The name of its handler, or NULL. */
static const char *kgr_hook_holder(unsigned long ip, unsigned long flags,
				   char *buf, size_t size)
{
	struct ftrace_hash *hash;
	struct ftrace_ops *op;
	void *func = NULL;

	mutex_lock(&ftrace_lock);
	do_for_each_ftrace_op(op, ftrace_ops_list) {
		if (op == &kgr_ftrace_ops || !(op->flags & flags))
			continue;
		hash = rcu_dereference_protected(op->func_hash->filter_hash,
						 lockdep_is_held(&ftrace_lock));
		if (ftrace_lookup_ip(hash, ip))
			func = op->func;
	} while_for_each_ftrace_op(op);
	mutex_unlock(&ftrace_lock);

	if (!func)
		return NULL;
	snprintf(buf, size, "%ps", func);
	return buf;
}

/**
 * kgr_hook_check - would ftrace let us redirect a function?
 * @name: its name
 * @ip: where ftrace calls us in it
 *
 * A look ahead, so that every function that is taken can be named before
 * anything happens. Who comes after it is found by kgr_hook_sites().
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0, or -EBUSY and who has it was logged.
 */
int kgr_hook_check(const char *name, unsigned long ip)
{
	char buf[KSYM_NAME_LEN];

	if (!kgr_hook_holder(ip, FTRACE_OPS_FL_IPMODIFY, buf, sizeof(buf)))
		return 0;
	pr_err("'%s' is redirected by %s already (livepatch, or a kprobe that changes the flow); remove that first\n",
	       name, buf);
	return -EBUSY;
}

/*
 * A BPF trampoline that was on a function before calls the original by its
 * address, past us, unless it is told to share the function. ftrace tells it
 * when the function is hooked. One that comes later finds our flag.
 */
static int kgr_hook_check_direct(const struct kgr_site *site)
{
	char buf[KSYM_NAME_LEN];

	if (!kgr_hook_holder(site->ip, FTRACE_OPS_FL_DIRECT, buf, sizeof(buf)))
		return 0;
	pr_err("'%s' has a trampoline (of BPF, or another direct call) that could not be told to share it; try again, or detach it first\n",
	       site->name);
	return -EBUSY;
}

/**
 * kgr_hook_is_ours - is it ours that calls functions?
 * @ops: what has ftrace call some handler
 *
 * Return: whether its handler redirects patched functions.
 */
bool kgr_hook_is_ours(const struct ftrace_ops *ops)
{
	return ops == &kgr_ftrace_ops;
}

/**
 * kgr_hook_is_dead - has ftrace shut itself down?
 *
 * It does if it finds other code at the entry of a function than it has put
 * there. No function is hooked or unhooked any more until the next boot; those
 * that are stay as they are.
 *
 * Return: whether it has.
 */
bool kgr_hook_is_dead(void)
{
	return ftrace_is_dead();
}

/**
 * kgr_hook_verify - is a function really redirected?
 * @site: a hooked site
 *
 * ftrace reports success for functions that it could not change, and what it
 * has written may have been overwritten since.
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or -ENODEV, and what is there instead was logged.
 */
int kgr_hook_verify(const struct kgr_site *site)
{
	u8 entry[KGR_ENTRY_BYTES];
	bool calls;

	lockdep_assert_held(&kgr_mutex);

	/* Its function is gone. */
	if (!site->ip)
		return 0;
	mutex_lock(&ftrace_lock);
	calls = kgr_arch_calls_ftrace(site->ip, kgr_ftrace_ops.trampoline,
				      entry);
	mutex_unlock(&ftrace_lock);
	if (calls)
		return 0;
	pr_err("'%s' is not redirected: its entry at %pS has %*ph, which ftrace did not put there; find out what else writes to kernel code\n",
	       site->name, (void *)site->ip, KGR_ENTRY_BYTES, entry);
	return -ENODEV;
}

static void kgr_hook_explain(struct list_head *sites, int err)
{
	struct kgr_site *site;
	int found = 0;

	if (err == -ENOMEM)
		return;
	if (kgr_hook_is_dead()) {
		list_for_each_entry(site, sites, list)
			kgr_hook_verify(site);
		pr_err("ftrace has shut itself down, its warning in the log says why; no function can be patched before the next boot\n");
		return;
	}
	if (!ftrace_enabled) {
		pr_err("function tracing is switched off; write 1 to /proc/sys/kernel/ftrace_enabled\n");
		return;
	}
	list_for_each_entry(site, sites, list)
		found |= kgr_hook_check(site->name, site->ip) ?:
			 kgr_hook_check_direct(site);
	if (!found)
		pr_err("ftrace refused the functions (%d)\n", err);
}

static int kgr_hook_change(unsigned long *ips, unsigned int nr, bool remove)
{
	int tries, ret;

	/* A BPF trampoline on the same function may be busy: -EAGAIN. */
	for (tries = 0; tries < KGR_HOOK_TRIES; tries++) {
		if (tries)
			msleep(KGR_HOOK_WAIT_MS);
		if (kgr_nr_hooked) {
			ret = ftrace_set_filter_ips(&kgr_ftrace_ops, ips, nr,
						    remove, 0);
		} else {
			ret = ftrace_set_filter_ips(&kgr_ftrace_ops, ips, nr,
						    0, 1);
			if (!ret)
				ret = register_ftrace_function(&kgr_ftrace_ops);
		}
		if (ret != -EAGAIN)
			return ret;
	}
	return -EBUSY;
}

static unsigned long *kgr_hook_ips(struct list_head *sites, unsigned int *nr)
{
	struct kgr_site *site;
	unsigned long *ips;

	*nr = 0;
	ips = kvcalloc(list_count_nodes(sites), sizeof(*ips), GFP_KERNEL);
	if (!ips)
		return NULL;
	list_for_each_entry(site, sites, list)
		ips[(*nr)++] = site->ip;
	return ips;
}

/**
 * kgr_hook_sites - have ftrace call the handler for more sites
 * @sites: sites that are not hooked and that the table has, may be empty
 *
 * All of them or none. When it returns, every CPU runs the new text: ftrace
 * synchronises it with an interrupt to each. No grace period is needed on top
 * of that before the next universe opens: whoever got past a site before it was
 * hooked runs the original, as its universe says.
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0, -EBUSY if another user of ftrace redirects one of the functions
 *	   or ftrace is switched off, -ENODEV if it has shut itself down,
 *	   -ENOMEM, or another error of ftrace.
 */
int kgr_hook_sites(struct list_head *sites)
{
	unsigned long *ips;
	unsigned int nr;
	int ret;

	lockdep_assert_held(&kgr_mutex);

	if (list_empty(sites))
		return 0;
	ips = kgr_hook_ips(sites, &nr);
	if (!ips)
		return -ENOMEM;

	ret = kgr_hook_change(ips, nr, false);
	kvfree(ips);
	/* It says 0 if it has shut itself down over one of them. */
	if (kgr_hook_is_dead())
		ret = -ENODEV;
	if (ret) {
		kgr_hook_explain(sites, ret);
		return ret;
	}
	kgr_nr_hooked += nr;
	return 0;
}

/**
 * kgr_unhook_sites - have ftrace leave sites alone again
 * @sites: hooked sites, may be empty
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or an error, and all of them are still hooked. That is harmless:
 *	   the handler goes on and gives the right answer.
 */
int kgr_unhook_sites(struct list_head *sites)
{
	unsigned int nr = list_count_nodes(sites);
	unsigned long *ips;
	int ret;

	lockdep_assert_held(&kgr_mutex);

	if (!nr)
		return 0;
	/* An empty filter would mean every function: unregister instead. */
	if (nr == kgr_nr_hooked) {
		ret = unregister_ftrace_function(&kgr_ftrace_ops);
	} else {
		ips = kgr_hook_ips(sites, &nr);
		if (!ips)
			return -ENOMEM;
		ret = kgr_hook_change(ips, nr, true);
		kvfree(ips);
	}
	if (ret)
		return ret;

	kgr_nr_hooked -= nr;
	return 0;
}
