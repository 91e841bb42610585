// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * jump.c - settled functions that jump to their replacement
 *
 * Every task runs the same version of a settled site, so its entry need not
 * call the handler: it can jump to the version. That takes one instruction
 * instead of about fifty, and return prediction works.
 *
 *	settled		some time later its entry jumps (kgr_jump_fn())
 *	a change	of the site: its entry calls the handler again, on every
 *			CPU, before versions are published and the universe opens
 *	settled		and so on
 *
 * So a task that takes the jump lives in a universe for which it is right. It
 * leaves the entry and is in the version with the same instruction: at any time
 * its instruction pointer, which stack checks see, is in one of the two. It
 * counts as inside the function until it returns, as if it had come there by
 * the handler, and the release of the version needs no further wait.
 * (A CPU that meets the breakpoint of a text change that is under way does the
 * same: the breakpoint's handler sets the instruction pointer with interrupts
 * disabled, and it returns there.) (models/jump.pml)
 *
 * If another user of ftrace attaches to the function, ftrace turns the entry
 * into a call of the handlers of both, and into the jump when that user leaves.
 * The handler is therefore right at any time, whether the site is to jump or
 * not, and nothing here depends on which of the two the entry does: jumps are
 * only an optimisation. They are not worth to be waited for, and are made later,
 * by a work item.
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <trace/events/kgraft.h>

#include "core.h"
#include "hook.h"
#include "hook_jump.h"
#include "jump.h"
#include "site.h"

/*
 * From the first site that settles until jumps are made, in ms: while changes
 * follow each other, text should not change for each of them.
 */
#define KGR_JUMP_DELAY_MS	100

/* May settled sites jump? Written with kgr_mutex held. */
static bool kgr_jump_on = true;
module_param_named(jump, kgr_jump_on, bool, 0);

/* Sites that jump, and must not from the next change on. kgr_mutex. */
static LIST_HEAD(kgr_jump_ending);

static void kgr_jump_fn(struct work_struct *work);

static DECLARE_DELAYED_WORK(kgr_jump_work, kgr_jump_fn);

static bool kgr_site_may_jump(const struct kgr_site *site)
{
	return !site->jump && site->ip && site->settled && !site->held &&
	       kgr_hook_can_jump(site, site->settled);
}

static void kgr_site_set_jump(struct kgr_site *site, unsigned long jump)
{
	site->jump = jump;
	trace_kgr_site_jump(site->name, jump);
}

/* Have all jump that can. Returns 0 or an error of kgr_hook_jump(). */
static int kgr_jump_all(void)
{
	struct kgr_site *site, *next;
	LIST_HEAD(sites);
	int ret;

	lockdep_assert_held(&kgr_mutex);

	list_for_each_entry(site, &kgr_sites, list)
		if (kgr_site_may_jump(site))
			list_add_tail(&site->jumps, &sites);
	ret = kgr_hook_jump(&sites);
	list_for_each_entry_safe(site, next, &sites, jumps) {
		list_del_init(&site->jumps);
		if (!ret || kgr_hook_jumps(site, site->settled))
			kgr_site_set_jump(site, site->settled);
	}
	return ret;
}

static void kgr_jump_fn(struct work_struct *work)
{
	int ret = 0;

	mutex_lock(&kgr_mutex);
	if (kgr_jump_on && !kgr_hook_is_dead())
		ret = kgr_jump_all();
	mutex_unlock(&kgr_mutex);
	if (ret == -ENOMEM)
		kgr_jump_soon();
	else if (ret)
		pr_warn_once("cannot make functions jump to their replacements (%d); calls of them stay slower\n",
			     ret);
}

/**
 * kgr_jump_soon - sites have settled: let them jump, some time later
 *
 * Context: any.
 */
void kgr_jump_soon(void)
{
	if (READ_ONCE(kgr_jump_on))
		queue_delayed_work(kgr_wq, &kgr_jump_work,
				   msecs_to_jiffies(KGR_JUMP_DELAY_MS));
}

/**
 * kgr_jump_end - note that a site must not jump any more
 * @site: the site
 *
 * Must be followed by kgr_jumps_end() before kgr_mutex is released.
 *
 * Context: kgr_mutex held.
 */
void kgr_jump_end(struct kgr_site *site)
{
	lockdep_assert_held(&kgr_mutex);

	/* The function is gone, and its entry with it. */
	if (!site->ip)
		site->jump = 0;
	if (site->jump && list_empty(&site->jumps))
		list_add_tail(&site->jumps, &kgr_jump_ending);
}

/**
 * kgr_jumps_end - have the noted sites call the handler again
 *
 * On return, every CPU does. Tasks that took the jump before are inside the
 * version that the site had settled to.
 *
 * Context: kgr_mutex held, may sleep.
 * Return: 0; or an error of kgr_hook_call(), and they are still to jump.
 */
int kgr_jumps_end(void)
{
	struct kgr_site *site, *next;
	int ret;

	lockdep_assert_held(&kgr_mutex);

	ret = kgr_hook_call(&kgr_jump_ending);
	list_for_each_entry_safe(site, next, &kgr_jump_ending, jumps) {
		list_del_init(&site->jumps);
		if (!ret)
			kgr_site_set_jump(site, 0);
	}
	return ret;
}

/**
 * kgr_jump_is_on - may settled sites jump?
 *
 * Context: any.
 * Return: whether they may.
 */
bool kgr_jump_is_on(void)
{
	return READ_ONCE(kgr_jump_on);
}

/**
 * kgr_jump_set - let settled sites jump, or do not
 * @on: whether they may
 *
 * Context: process context.
 * Return: 0; or an error, and everything is as before.
 */
int kgr_jump_set(bool on)
{
	struct kgr_site *site;
	int ret = 0;

	mutex_lock(&kgr_mutex);
	if (!on) {
		list_for_each_entry(site, &kgr_sites, list)
			kgr_jump_end(site);
		ret = kgr_jumps_end();
	}
	if (!ret)
		WRITE_ONCE(kgr_jump_on, on);
	mutex_unlock(&kgr_mutex);
	kgr_jump_soon();
	return ret;
}
