// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hook.c - the one ftrace_ops that redirects every patched function
 *
 * A single ops for all sites: adding a site changes a filter instead of
 * registering an ops, so 64 functions take as long as one. The ops is static
 * kernel data and therefore not FTRACE_OPS_FL_DYNAMIC: its trampoline is never
 * freed, and unregistering does not wait for RCU tasks with ftrace_lock held,
 * which would stall every module load meanwhile.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/array_size.h>
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/init.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/memory.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "arch.h"
#include "core.h"
#include "hook.h"
#include "move.h"
#include "site.h"
#include "site_table.h"
#include "stack.h"

/*
 * Number of attempts, and delay between them in ms, when ftrace says -EAGAIN.
 */
#define KGR_HOOK_TRIES		10
#define KGR_HOOK_WAIT_MS	2

/*
 * Slow path of the handler: the site is not in its home slot, or a task
 * (perhaps this one) was seen inside it. A separate function, because the calls
 * in here would otherwise make the handler save registers each time.
 */
static noinline __noclone notrace void kgr_handle_rare(unsigned long ip,
						       struct ftrace_regs *fregs)
{
	const struct kgr_site *site;
	unsigned long addr;
	u32 universe;

again:
	site = kgr_site_lookup(rcu_dereference_raw(kgr_site_table), ip);
	if (!site)
		return;
	/* Acquire: see kgr_ftrace_handler() */
	addr = smp_load_acquire(&site->settled);
	if (!addr) {
		/*
		 * Where it has crossed to, the function may have another site:
		 * nothing holds this one (models/publish.pml: entry).
		 */
		if (READ_ONCE(site->held) &&
		    test_thread_flag(TIF_KGR_IN_PROGRESS) &&
		    kgr_cross_at_entry(ip))
			goto again;
		universe = READ_ONCE(current->kgr_universe);
		addr = kgr_versions_search(rcu_dereference_raw(site->versions),
					   universe);
	}
	if (addr)
		ftrace_regs_set_instruction_pointer(fregs, addr);
}

/*
 * A settled site has the same answer for every task. For the others, the order
 * of two reads makes a change atomic: the universe first, then the versions. A
 * task that lives in universe n read kgr_newest with acquire before it stored n
 * (or was moved under its scheduler lock), on this CPU or before it was
 * switched in here; so it sees the versions that were published before universe
 * n was opened. Its universe does not change between the two reads, because the
 * task itself is here, and the mover refuses a task that was preempted here,
 * see kgr_handler_on_stack(). The exception is a task that is forced. This is
 * why the universe must be read first: in the reverse order, a task forced into
 * universe n could have fetched versions for n that were withdrawn, of a module
 * that is gone. (models/publish.pml: handler)
 *
 * A task cannot see a stale @settled: the store that clears it is published
 * before universe n is opened, like the versions. Nor can it see a @settled
 * that is too new for it: a site settles only after every task has crossed its
 * last boundary, and a task in here cannot cross.
 *
 * There is no recursion guard: on recursion it would run the original, which is
 * wrong for a patched function. Nothing is called from here that could recurse,
 * except kgr_cross_at_entry(), which has a guard of its own and is optional.
 * (If another user traces the same function, ftrace calls this handler from a
 * loop that has such a guard. It triggers if a tracer's callback itself calls a
 * patched function.)
 *
 * A task that already runs the latest version skips the test of @held: it has
 * nothing to cross at this site.
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
	 * Acquire: if the site is not settled, the versions that are read below
	 * are at least as new. Pairs with kgr_site_publish().
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
 * Alternatives considered, in instructions per call on top of an unpatched
 * function (measured by scripts/bench):
 *
 *	 1 a jump; settled sites do that while no other user is on them: jump.c
 *	 5 a direct call that drops its return address and jumps
 *	39 a handler that redirects unconditionally
 *	42 this handler, with one ops for each site
 *	49	this handler, with one ops for all sites
 *
 * Why not a direct call for settled sites: a function can have only one, so BPF
 * would get -EBUSY for patched functions; register_ftrace_direct() drops the
 * flag that keeps the hook when tracing is switched off; and on a CPU with
 * return prediction it is slower than the handler, because every return after
 * it is mispredicted.
 *
 * Why not one ops for each site: each needs a page of its own and takes time to
 * register, and if another user traces a function, ftrace tests every ops in
 * the system against that function. With 100 patched functions, a call then
 * takes 5,500 instructions, compared with 235 for a single ops.
 */
struct ftrace_ops kgr_ftrace_ops = {
	.func	= kgr_ftrace_handler,
	.flags	= FTRACE_OPS_FL_IPMODIFY |
#ifndef CONFIG_HAVE_DYNAMIC_FTRACE_WITH_ARGS
		  FTRACE_OPS_FL_SAVE_REGS |
#endif
		  FTRACE_OPS_FL_PERMANENT,
};

/**
 * kgr_hook_init - register the handler's code with the stack checks
 *
 * Called at boot, not when the first function is hooked: a change can begin
 * before that, as all functions of a patch may be in modules that are not
 * loaded.
 *
 * Return: 0, or -ENOENT if the kernel has no symbol for the handler.
 */
int __init kgr_hook_init(void)
{
	return kgr_stack_add_handler(0, kgr_ftrace_handler) ?:
	       kgr_stack_add_handler(1, kgr_handle_rare);
}

/* Number of sites in the filter of kgr_ftrace_ops, 0: not registered. */
static unsigned int kgr_nr_hooked;

/* Another ops that is looked for: any of @flags, and its handler if found. */
struct kgr_hook_holder {
	unsigned long flags;
	void *func;
};

static void kgr_hook_holder_fn(struct ftrace_ops *op, void *data)
{
	struct kgr_hook_holder *holder = data;

	if (!kgr_hook_is_ours(op) && (op->flags & holder->flags))
		holder->func = op->func;
}

/*
 * Name of the handler of another ops that has @ip and any of @flags, or NULL.
 */
static const char *kgr_hook_holder(unsigned long ip, unsigned long flags,
				   char *buf, size_t size)
{
	struct kgr_hook_holder holder = { .flags = flags };

	ftrace_visit_ops_at(ip, kgr_hook_holder_fn, &holder);
	if (!holder.func)
		return NULL;
	snprintf(buf, size, "%ps", holder.func);
	return buf;
}

/**
 * kgr_hook_check - would ftrace allow a function to be redirected?
 * @name: its name
 * @ip: where ftrace calls the handler in it
 *
 * An early check, so that every function that is taken can be logged before
 * anything changes. kgr_hook_sites() detects users that register later.
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or -EBUSY, and the other user was logged.
 */
int kgr_hook_check(const char *name, unsigned long ip)
{
	char buf[KSYM_NAME_LEN];

	lockdep_assert_held(&kgr_mutex);

	if (!kgr_hook_holder(ip, FTRACE_OPS_FL_IPMODIFY, buf, sizeof(buf)))
		return 0;
	pr_err("'%s' is redirected by %s already (livepatch, or a kprobe that changes the flow); remove that first\n",
	       name, buf);
	return -EBUSY;
}

/*
 * A BPF trampoline that was attached to a function earlier calls the original
 * by its address and so bypasses the handler, unless it is told to share the
 * function. ftrace tells it so when the function is hooked. A trampoline that
 * is attached later finds FTRACE_OPS_FL_IPMODIFY set.
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
 * kgr_hook_is_ours - is this the ops of kGraft?
 * @ops: an ftrace_ops
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
 * ftrace shuts down if it finds unexpected code at the entry of a function. No
 * function can be hooked or unhooked until the next boot; hooked functions stay
 * hooked.
 *
 * Return: whether it has.
 */
bool kgr_hook_is_dead(void)
{
	return ftrace_is_dead();
}

/**
 * kgr_hook_verify_locked - as kgr_hook_verify(), for a function that is there
 * @site: a hooked site
 *
 * Context: text_mutex held.
 * Return: 0; or -ENODEV, and the code at the entry was logged.
 */
int kgr_hook_verify_locked(const struct kgr_site *site)
{
	u8 entry[KGR_ENTRY_BYTES];

	lockdep_assert_held(&text_mutex);

	if (kgr_arch_calls_ftrace(site->ip, kgr_ftrace_ops.trampoline, entry))
		return 0;
	pr_err("'%s' is not redirected: its entry at %pS has %*ph, which ftrace did not put there; find out what else writes to kernel code\n",
	       site->name, (void *)site->ip, KGR_ENTRY_BYTES, entry);
	return -ENODEV;
}

/**
 * kgr_hook_verify - is a function really redirected?
 * @site: a hooked site
 *
 * ftrace reports success even for functions that it could not change, and its
 * code may have been overwritten since.
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or -ENODEV, and the code at the entry was logged.
 */
int kgr_hook_verify(const struct kgr_site *site)
{
	int ret;

	lockdep_assert_held(&kgr_mutex);

	/* The function is gone. */
	if (!site->ip)
		return 0;
	mutex_lock(&text_mutex);
	ret = kgr_hook_verify_locked(site);
	mutex_unlock(&text_mutex);
	return ret;
}

static void kgr_hook_explain(struct list_head *sites, int err)
{
	struct kgr_site *site;
	bool found = false;

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
		found |= kgr_hook_check(site->name, site->ip) ||
			 kgr_hook_check_direct(site);
	if (!found)
		pr_err("ftrace refused the functions (%d)\n", err);
}

static int kgr_hook_change(unsigned long *ips, unsigned int nr, bool remove)
{
	int tries, ret;

	/* -EAGAIN: a BPF trampoline on the same function is busy. */
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
 * kgr_hook_sites - make ftrace call the handler for more sites
 * @sites: sites that are in the table and not hooked, may be empty
 *
 * Hooks all of them or none. On return, every CPU runs the new text: ftrace
 * synchronises it with an interrupt to each CPU. No additional grace period is
 * needed before the next universe opens: a task that passed a site before it
 * was hooked runs the original, which is right for its universe.
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
	/* ftrace returns 0 even if one of them made it shut itself down. */
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
 * kgr_unhook_sites - make ftrace stop calling the handler for sites
 * @sites: hooked sites, may be empty
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or an error, and all of them are still hooked. That is harmless:
 *	   the handler still gives the right answer.
 */
int kgr_unhook_sites(struct list_head *sites)
{
	unsigned int nr = list_count_nodes(sites);
	unsigned long *ips;
	int ret;

	lockdep_assert_held(&kgr_mutex);

	if (!nr)
		return 0;
	/* An empty filter matches every function: unregister instead. */
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
