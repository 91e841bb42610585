// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * daemons_hot.c - replaces twenty functions that every server runs all the time
 *
 * Each replacement counts the call and goes on in the original, so that it is
 * on the stack until that returns: while the task sleeps, for some of them.
 */

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/kgraft.h>
#include <linux/linkage.h>
#include <linux/module.h>
#include <linux/objtool.h>
#include <linux/percpu.h>
#include <linux/sysfs.h>
#include <asm/unwind_hints.h>

#include "kgr_test_kernel.h"

/* No more than six arguments, all of them in registers. */
#define HOT_FUNCTIONS(entry)						\
	entry(0, tcp_sendmsg)						\
	entry(1, tcp_recvmsg)						\
	entry(2, tcp_v4_rcv)						\
	entry(3, ip_rcv)						\
	entry(4, unix_stream_sendmsg)					\
	entry(5, vfs_read)						\
	entry(6, vfs_write)						\
	entry(7, do_filp_open)						\
	entry(8, __fput)						\
	entry(9, do_epoll_wait)						\
	entry(10, ep_poll_callback)					\
	entry(11, do_epoll_ctl)						\
	entry(12, futex_wait)						\
	entry(13, futex_wake)						\
	entry(14, try_to_wake_up)					\
	entry(15, enqueue_task_fair)					\
	entry(16, dequeue_task_fair)					\
	entry(17, select_task_rq_fair)					\
	entry(18, handle_mm_fault)					\
	entry(19, filemap_map_pages)

#define HOT_NR	20

/* Where the originals go on behind their call of ftrace. */
unsigned long hot_body[HOT_NR];

static DEFINE_PER_CPU(unsigned long, hot_calls[HOT_NR]);

/*
 * There is no ENDBR at that address, so the jump is one that a return makes. All
 * argument registers and the return value pass through.
 */
#define HOT_NEW(n, name)						\
asm(".pushsection .text, \"ax\"\n"					\
	".type hot_original_" #n ", @function\n"				\
	"hot_original_" #n ":\n"						\
	"	pushq hot_body + 8 * " #n "(%rip)\n"				\
	UNWIND_HINT_FUNC							\
	"	" ASM_RET							\
	".size hot_original_" #n ", . - hot_original_" #n "\n"		\
	".popsection\n");							\
									\
long hot_original_##n(long a, long b, long c, long d, long e, long f);	\
									\
static long hot_new_##n(long a, long b, long c, long d, long e, long f)	\
{									\
	long ret;							\
									\
	this_cpu_inc(hot_calls[n]);					\
	ret = hot_original_##n(a, b, c, d, e, f);			\
	barrier();							\
	return ret;							\
}

HOT_FUNCTIONS(HOT_NEW)

#define HOT_PATCH(n, name)	KGR_PATCH(name, hot_new_##n),

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		HOT_FUNCTIONS(HOT_PATCH)
		KGR_PATCH_END
	},
};

static bool function;
module_param(function, bool, 0400);
MODULE_PARM_DESC(function, "whether tasks may cross in place");

static bool nothing;
module_param(nothing, bool, 0400);
MODULE_PARM_DESC(nothing, "whether nothing is patched");

static int hot_get_calls(char *buffer, const struct kernel_param *kp)
{
	unsigned long sum;
	int i, cpu, len = 0;

	for (i = 0; i < HOT_NR; i++) {
		sum = 0;
		for_each_possible_cpu(cpu)
			sum += per_cpu(hot_calls[i], cpu);
		len += sysfs_emit_at(buffer, len, "%s %lu\n",
				     patch.patches[i].name, sum);
	}
	return len;
}

static const struct kernel_param_ops hot_calls_ops = {
	.get = hot_get_calls,
};
module_param_cb(calls, &hot_calls_ops, NULL, 0400);
MODULE_PARM_DESC(calls, "how often each replacement was called");

static int __init daemons_hot_init(void)
{
	int i;

	if (nothing)
		return 0;
	for (i = 0; i < HOT_NR; i++)
		hot_body[i] = kgr_test_body(patch.patches[i].name);
	if (function)
		patch.consistency = KGR_CONSISTENCY_FUNCTION;
	return kgr_patch_kernel(&patch);
}

static void __exit daemons_hot_exit(void)
{
	if (!nothing)
		kgr_patch_remove(&patch);
}

module_init(daemons_hot_init);
module_exit(daemons_hot_exit);
MODULE_DESCRIPTION("kGraft daemons: a patch of twenty hot functions");
MODULE_LICENSE("GPL");
