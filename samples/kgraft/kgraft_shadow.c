// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_shadow.c - a patch that adds state to structures there are already
 *
 * Any program with an event loop has eventfds, so there may be thousands when
 * the patch comes. To each of them, those that exist and those to come, it adds
 * a state bit: has anybody waited for it? /proc/PID/fdinfo/FD then shows it:
 *
 *	# insmod kgraft_shadow.ko
 *	# grep -hs eventfd-polled /proc/[0-9]*'/fdinfo/'* | sort | uniq -c
 *	# echo 1 > /sys/kernel/kgraft/kgraft_shadow/revert
 *	# until grep -qx reverted /sys/kernel/kgraft/kgraft_shadow/status; do sleep 1; done
 *	# rmmod kgraft_shadow
 *
 * The three functions are those of Linux 6.12, fs/eventfd.c.
 */

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/wait.h>

/*
 * The structure itself cannot get another member: those that are allocated
 * have no room for it, and the old code, which goes on running for a while,
 * would allocate it without. This is a copy of what the kernel was built with,
 * and must be exactly that.
 */
struct eventfd_ctx {
	struct kref kref;
	wait_queue_head_t wqh;
	__u64 count;
	unsigned int flags;
	int id;
};

/*
 * What is added: found by the address of the structure and a number that says
 * what it is. The number must be one that nobody else has; a patch that is to
 * replace this one, and to go on with what this one has noted, has the same.
 */
#define EVENTFD_POLLED		0x65766664UL	/* "evfd" */

struct eventfd_polled {
	unsigned long flags;
#define POLLED			0
};

/*
 * Does every task run the code of this patch? While it is being applied or
 * reverted, some do not: one of them may release an eventfd, and knows of nothing
 * that was attached to it. The next eventfd at that address would have been
 * polled before it was born. So nothing is attached, or looked at, but in
 * between, when whoever releases an eventfd does it by kgr_eventfd_release().
 */
static bool everywhere;

/*
 * An eventfd of old has nothing attached. That means the same as a bit that is
 * 0, so nobody needs to go through those that exist when the patch comes: it
 * is attached to one when there is something to note.
 */
static void note_polled(struct eventfd_ctx *ctx)
{
	struct eventfd_polled *polled;

	if (!READ_ONCE(everywhere))
		return;

	/*
	 * The file is open while it is polled, so kgr_eventfd_release() cannot free
	 * what we use. Where that could be, we would have to be within
	 * rcu_read_lock() until we are done, and to pass GFP_ATOMIC.
	 */
	polled = kgr_shadow_get_or_alloc(ctx, EVENTFD_POLLED, sizeof(*polled),
					 GFP_KERNEL, NULL, NULL);

	/* No memory: go on without. A patch must not fail what worked before. */
	if (!polled)
		return;
	if (!test_bit(POLLED, &polled->flags))
		set_bit(POLLED, &polled->flags);
}

static bool was_polled(struct eventfd_ctx *ctx)
{
	struct eventfd_polled *polled;

	if (!READ_ONCE(everywhere))
		return false;
	polled = kgr_shadow_get(ctx, EVENTFD_POLLED);
	return polled && test_bit(POLLED, &polled->flags);
}

/* What follows are copies of the originals; what is new is marked. */

static __poll_t kgr_eventfd_poll(struct file *file, poll_table *wait)
{
	struct eventfd_ctx *ctx = file->private_data;
	__poll_t events = 0;
	u64 count;

	note_polled(ctx);	/* new */

	poll_wait(file, &ctx->wqh, wait);

	/* After poll_wait(), whose lock orders it: see the original. */
	count = READ_ONCE(ctx->count);

	if (count > 0)
		events |= EPOLLIN;
	if (count == ULLONG_MAX)
		events |= EPOLLERR;
	if (ULLONG_MAX - 1 > count)
		events |= EPOLLOUT;

	return events;
}

static void kgr_eventfd_show_fdinfo(struct seq_file *m, struct file *f)
{
	struct eventfd_ctx *ctx = f->private_data;
	__u64 cnt;

	spin_lock_irq(&ctx->wqh.lock);
	cnt = ctx->count;
	spin_unlock_irq(&ctx->wqh.lock);

	seq_printf(m,
		   "eventfd-count: %16llx\n"
		   "eventfd-id: %d\n"
		   "eventfd-semaphore: %d\n"
		   "eventfd-polled: %d\n",	/* new */
		   cnt,
		   ctx->id,
		   !!(ctx->flags & EFD_SEMAPHORE),
		   was_polled(ctx));		/* new */
}

/*
 * Where the structure is freed, what is attached to it must go, too. So a patch
 * that attaches something always has this third function. No polls come once
 * the file is released.
 */
static int kgr_eventfd_release(struct inode *inode, struct file *file)
{
	struct eventfd_ctx *ctx = file->private_data;

	kgr_shadow_free(ctx, EVENTFD_POLLED, NULL);	/* new */

	wake_up_poll(&ctx->wqh, EPOLLHUP);
	eventfd_ctx_put(ctx);
	return 0;
}

/*
 * What is still attached when everybody is back in the old code, which does not
 * free it, is freed by kGraft. There is nothing else to do for such a bit, so it
 * has no destructor. If another patch that is applied has the same number in
 * its .shadows, they stay for that.
 */
static const struct kgr_shadow_kind shadows[] = {
	{ .name = "eventfd polled", .id = EVENTFD_POLLED },
	KGR_SHADOWS_END
};

static int pre_apply(struct kgr_patch *patch, struct module *mod)
{
	WRITE_ONCE(everywhere, false);
	return 0;
}

/*
 * What is there now is of no use: it was attached before a revert that somebody
 * has thought better of, and the old code has run since.
 */
static void post_apply(struct kgr_patch *patch, struct module *mod)
{
	kgr_shadow_free_all(EVENTFD_POLLED, NULL);
	WRITE_ONCE(everywhere, true);
}

/* Called before the first task goes back. */
static void pre_revert(struct kgr_patch *patch, struct module *mod)
{
	WRITE_ONCE(everywhere, false);
}

static const struct kgr_patch_obj objects[] = {
	{
		.pre_apply = pre_apply,
		.post_apply = post_apply,
		.pre_revert = pre_revert,
	},
	KGR_OBJECTS_END
};

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.objects = objects,
	.shadows = shadows,
	.patches = {
		KGR_PATCH(eventfd_poll, kgr_eventfd_poll),
		KGR_PATCH(eventfd_show_fdinfo, kgr_eventfd_show_fdinfo),
		KGR_PATCH(eventfd_release, kgr_eventfd_release),
		KGR_PATCH_END
	},
};

static int __init kgraft_shadow_init(void)
{
	return kgr_patch_kernel(&patch);
}

static void __exit kgraft_shadow_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgraft_shadow_init);
module_exit(kgraft_shadow_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("kGraft: a patch that adds a state bit to every eventfd");
