// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * hook_jump.c - entries of functions: a jump, or the call of the handler
 *
 * Only how an entry becomes one or the other. When it does is decided by jump.c,
 * and by settle.c for functions that go.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/list_sort.h>
#include <linux/memory.h>
#include <linux/slab.h>

#include "arch.h"
#include "core.h"
#include "hook.h"
#include "hook_jump.h"
#include "site.h"

/**
 * kgr_hook_can_jump - can the entry of a function be made a jump?
 * @site: a hooked site whose entry does not jump
 * @to: where it would jump
 *
 * If something else has overwritten the entry, ftrace must not be asked to
 * modify it: it would shut itself down. The entry is left alone then.
 *
 * Context: kgr_mutex held, may sleep.
 * Return: whether ftrace has jumps, one reaches @to from there, and the entry
 *	   calls ftrace.
 */
bool kgr_hook_can_jump(const struct kgr_site *site, unsigned long to)
{
	u8 entry[KGR_ENTRY_BYTES];
	bool calls;

	lockdep_assert_held(&kgr_mutex);

	if (!IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_JMP))
		return false;
	/* ftrace needs the lowest bit. */
	if (ftrace_is_jmp(to) || !kgr_arch_jump_reaches(site->ip, to)) {
		pr_info_once("'%s' cannot jump to %pS, calls of it stay slower\n",
			     site->name, (void *)to);
		return false;
	}
	mutex_lock(&text_mutex);
	calls = kgr_arch_calls_ftrace(site->ip, kgr_ftrace_ops.trampoline,
				      entry);
	mutex_unlock(&text_mutex);
	return calls;
}

/* What ftrace calls if kgr_ftrace_ops is the only ops of a function. */
static unsigned long kgr_hook_trampoline(void)
{
	return kgr_ftrace_ops.trampoline ?: FTRACE_ADDR;
}

/*
 * Does the entry of a site that is to jump do so, or, as one that is not, call
 * ftrace? If not, it is logged. Sites that are to jump may call because another
 * user is on the function.
 */
static int kgr_hook_check_entry(const struct kgr_site *site)
{
	lockdep_assert_held(&text_mutex);

	if (site->jump && kgr_arch_jumps(site->ip, site->jump))
		return 0;
	return kgr_hook_verify_locked(site);
}

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_JMP
static int kgr_site_cmp_ip(void *unused, const struct list_head *a,
			   const struct list_head *b)
{
	return list_entry(a, struct kgr_site, jumps)->ip >
	       list_entry(b, struct kgr_site, jumps)->ip;
}

/*
 * The addresses of sites that are linked by @jumps, and where they settled. In
 * ascending order, because text is changed in batches of that.
 */
static unsigned long *kgr_hook_jump_ips(struct list_head *sites,
					unsigned int *nr, unsigned long **addrs)
{
	struct kgr_site *site;
	unsigned long *ips;

	*nr = list_count_nodes(sites);
	ips = kvcalloc(2 * *nr, sizeof(*ips), GFP_KERNEL);
	if (!ips)
		return NULL;
	*addrs = ips + *nr;
	*nr = 0;
	list_sort(NULL, sites, kgr_site_cmp_ip);
	list_for_each_entry(site, sites, jumps) {
		(*addrs)[*nr] = site->settled;
		ips[(*nr)++] = site->ip;
	}
	return ips;
}

static int kgr_hook_set_jumps(struct list_head *sites, bool jump)
{
	unsigned long *ips, *addrs;
	unsigned int nr;
	int ret;

	ips = kgr_hook_jump_ips(sites, &nr, &addrs);
	if (!ips)
		return -ENOMEM;
	ret = ftrace_set_jmp_ips(&kgr_ftrace_ops, ips, jump ? addrs : NULL, nr);
	kvfree(ips);
	return ret;
}

static int kgr_hook_check_entries(struct list_head *sites)
{
	struct kgr_site *site;
	int ret = 0;

	list_for_each_entry(site, sites, jumps)
		kgr_keep_error(&ret, kgr_hook_check_entry(site));
	return ret;
}

/*
 * ftrace has shut itself down and changes no code any more. As it must be
 * possible to revert a patch all the same, write the calls here.
 */
static int kgr_hook_call_dead(struct list_head *sites)
{
	struct kgr_site *site;
	int ret;

	mutex_lock(&text_mutex);
	ret = kgr_hook_check_entries(sites);
	if (!ret)
		list_for_each_entry(site, sites, jumps)
			if (kgr_arch_jumps(site->ip, site->jump))
				kgr_arch_set_entry(site->ip,
						   kgr_hook_trampoline(), false);
	mutex_unlock(&text_mutex);
	return ret;
}

/* Checks beforehand, because ftrace would warn and shut itself down. */
static int kgr_hook_call_alive(struct list_head *sites)
{
	int ret;

	mutex_lock(&text_mutex);
	ret = kgr_hook_check_entries(sites);
	mutex_unlock(&text_mutex);
	return ret ?: kgr_hook_set_jumps(sites, false);
}
#else
static int kgr_hook_set_jumps(struct list_head *sites, bool jump)
{
	return -EOPNOTSUPP;
}

static int kgr_hook_call_dead(struct list_head *sites)
{
	return -EOPNOTSUPP;
}

static int kgr_hook_call_alive(struct list_head *sites)
{
	return -EOPNOTSUPP;
}
#endif

/**
 * kgr_hook_jump - make functions jump where they have settled
 * @sites: hooked and settled sites, linked by @jumps; may be empty
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0, -ENOMEM, or an error of ftrace. If it has shut itself down, some
 *	   of them may jump, otherwise none.
 */
int kgr_hook_jump(struct list_head *sites)
{
	lockdep_assert_held(&kgr_mutex);

	return list_empty(sites) ? 0 : kgr_hook_set_jumps(sites, true);
}

/**
 * kgr_hook_call - make functions that jump call the handler again
 * @sites: sites that jump, linked by @jumps; may be empty
 *
 * On return, every CPU runs the new text, as for kgr_hook_sites().
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; -ENOMEM; or -ENODEV, and code that is not ftrace's was logged. On
 *	   error all that jumped still do; but if ftrace has shut itself down on
 *	   the way, some of them may call.
 */
int kgr_hook_call(struct list_head *sites)
{
	int ret = 0;

	lockdep_assert_held(&kgr_mutex);

	if (list_empty(sites))
		return 0;
	if (!kgr_hook_is_dead())
		ret = kgr_hook_call_alive(sites);
	/* It may have been now. */
	return kgr_hook_is_dead() ? kgr_hook_call_dead(sites) : ret;
}

/* What else there is on a function. */
struct kgr_hook_others {
	bool any;
	bool regs;
};

static void kgr_hook_other_fn(struct ftrace_ops *ops, void *data)
{
	struct kgr_hook_others *others = data;

	if (kgr_hook_is_ours(ops))
		return;
	others->any = true;
	others->regs |= ops->flags & FTRACE_OPS_FL_SAVE_REGS;
}

/**
 * kgr_hook_restore - write the entry of a function that goes
 * @site: a hooked site whose function no task runs any more
 *
 * If something else has overwritten it, write there what ftrace left, and log
 * it. Otherwise the site could not be unhooked: ftrace would shut itself down,
 * unless it was not asked, and then its filter would outlive the function.
 *
 * Context: kgr_mutex held, may sleep.
 */
void kgr_hook_restore(const struct kgr_site *site)
{
	unsigned long to = site->jump ?: kgr_hook_trampoline();
	struct kgr_hook_others others = { };
	bool jump = site->jump;

	lockdep_assert_held(&kgr_mutex);

	/* The common trampolines call all of them. */
	ftrace_visit_ops_at(site->ip, kgr_hook_other_fn, &others);
	if (others.any) {
		to = others.regs ? FTRACE_REGS_ADDR : FTRACE_ADDR;
		jump = false;
	}
	mutex_lock(&text_mutex);
	if (kgr_hook_check_entry(site))
		kgr_arch_set_entry(site->ip, to, jump);
	mutex_unlock(&text_mutex);
}

/**
 * kgr_hook_jumps - does the entry of a function jump at present?
 * @site: a hooked site
 * @to: where it would jump
 *
 * Context: kgr_mutex held, may sleep.
 * Return: whether it does, and not call ftrace because another user is on it.
 */
bool kgr_hook_jumps(const struct kgr_site *site, unsigned long to)
{
	bool jumps;

	lockdep_assert_held(&kgr_mutex);

	if (!to || !site->ip)
		return false;
	mutex_lock(&text_mutex);
	jumps = kgr_arch_jumps(site->ip, to);
	mutex_unlock(&text_mutex);
	return jumps;
}
