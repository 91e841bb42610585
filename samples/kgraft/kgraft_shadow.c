// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_shadow.c - a patch that adds state to existing structures
 *
 * Any program with an event loop has eventfds, so thousands may exist when the
 * patch is applied. To each eventfd, existing or new, the patch adds a state
 * bit: was it ever polled? /proc/PID/fdinfo/FD then shows the bit:
 *
 *	# insmod kgraft_shadow.ko
 *	# grep -hs eventfd-polled /proc/[0-9]*'/fdinfo/'* | sort | uniq -c
 *	# echo 1 > /sys/kernel/kgraft/kgraft_shadow/revert
 *	# until grep -qx reverted /sys/kernel/kgraft/kgraft_shadow/status; do sleep 1; done
 *	# rmmod kgraft_shadow
 *
 * The three functions are copies from fs/eventfd.c of Linux 6.12.
 */

#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/kgraft.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/wait.h>

/*
 * The structure itself cannot get another member: existing instances have no
 * room for it, and the old code, which still runs for a while, would allocate
 * it without. This is a copy of the definition that the kernel was built with,
 * and must be identical to it.
 */
struct eventfd_ctx {
	struct kref kref;
	wait_queue_head_t wqh;
	__u64 count;
	unsigned int flags;
	int id;
};

/*
 * The additional data is found by the address of the structure and this number,
 * which must be unique. A patch that replaces this one and takes over its data
 * must use the same number.
 */
#define EVENTFD_POLLED		0x65766664UL	/* "evfd" */

struct eventfd_polled {
	unsigned long flags;
#define POLLED			0
};

/*
 * Does every task run the code of this patch? While it is being applied or
 * reverted, some tasks do not: if one of them releases an eventfd, it does not
 * free the attached data, and the next eventfd at that address would look as if
 * it had been polled. So data is attached and read only in between, while every
 * release of an eventfd goes through kgr_eventfd_release().
 */
static bool everywhere;

/*
 * An existing eventfd has no data attached. That means the same as a bit that
 * is 0, so the patch need not visit existing eventfds: it attaches the data
 * when it has something to record.
 */
static void note_polled(struct eventfd_ctx *ctx)
{
	struct eventfd_polled *polled;

	if (!READ_ONCE(everywhere))
		return;

	/*
	 * The file is open while it is polled, so kgr_eventfd_release() cannot
	 * free the data meanwhile. If it could, all of this would have to be
	 * within rcu_read_lock(), with GFP_ATOMIC.
	 */
	polled = kgr_shadow_get_or_alloc(ctx, EVENTFD_POLLED, sizeof(*polled),
					 GFP_KERNEL, NULL, NULL);

	/* No memory: do without. A patch must not break what worked before. */
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

/* Copies of the originals follow; new lines are marked. */

static __poll_t kgr_eventfd_poll(struct file *file, poll_table *wait)
{
	struct eventfd_ctx *ctx = file->private_data;
	__poll_t events = 0;
	u64 count;

	note_polled(ctx);	/* new */

	poll_wait(file, &ctx->wqh, wait);

	/* After poll_wait(), whose lock orders the read: see the original. */
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
 * When the structure is freed, the data attached to it must be freed, too. So a
 * patch that attaches data always needs a function like this. There are no more
 * polls once the file is released.
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
 * kGraft frees the data that is still attached when every task is back in the
 * old code, which does not free it. Nothing else needs to be undone for this
 * bit, so it has no destructor. If another applied patch has the same number in
 * its .shadows, the data is kept for that patch.
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
 * Any data that exists now is stale: it was attached before a revert that was
 * cancelled, and the old code has run since.
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
