// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_around.c - replaces kernel functions by functions that call them
 *
 * Each replacement calls the original, and is on the stack until that returns:
 * while the task sleeps, if it is schedule(). A parameter selects the
 * functions. Others have the name of tasks that die in them by an oops, or that
 * sleep in them before the original is called.
 */

#include <linux/atomic.h>
#include <linux/init.h>
#include <linux/kgraft.h>
#include <linux/jiffies.h>
#include <linux/linkage.h>
#include <linux/module.h>
#include <linux/objtool.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/stringify.h>
#include <asm/unwind_hints.h>

#include "kgr_test_kernel.h"

/*
 * The originals, to which kgr_original_0() and so on jump, by a return, because
 * there is no ENDBR at the target. Six arguments in registers and a return
 * value in a register pass through unchanged.
 */
unsigned long kgr_body[4];

static char *oops;
module_param(oops, charp, 0400);
MODULE_PARM_DESC(oops, "tasks of this name die in them");

static char *sleeper;
module_param(sleeper, charp, 0400);
MODULE_PARM_DESC(sleeper, "tasks of this name sleep in them");

static bool awake;
module_param(awake, bool, 0600);
MODULE_PARM_DESC(awake, "whether these go on");

static bool disturbed;
module_param(disturbed, bool, 0400);
MODULE_PARM_DESC(disturbed, "whether one of these was woken by something else");

static void kgr_test_may_sleep(void)
{
	if (!sleeper || strncmp(current->comm, sleeper, TASK_COMM_LEN))
		return;
	while (!READ_ONCE(awake) && !READ_ONCE(disturbed)) {
		schedule_timeout_interruptible(HZ / 2);
		if (signal_pending(current))
			WRITE_ONCE(disturbed, true);
	}
}

static int *nowhere;

static void kgr_test_may_oops(void)
{
	if (oops && !strncmp(current->comm, oops, TASK_COMM_LEN))
		WRITE_ONCE(*READ_ONCE(nowhere), 0);
}

#define AROUND(n)							\
asm(".pushsection .text, \"ax\"\n"					\
	".type kgr_original_" #n ", @function\n"				\
	"kgr_original_" #n ":\n"						\
	"	pushq kgr_body + 8 * " #n "(%rip)\n"				\
	UNWIND_HINT_FUNC							\
	"	" ASM_RET							\
	".size kgr_original_" #n ", . - kgr_original_" #n "\n"		\
	".popsection\n");							\
									\
long kgr_original_##n(long a, long b, long c, long d, long e, long f);	\
									\
static long kgr_new_##n(long a, long b, long c, long d, long e, long f)	\
{									\
	long ret;							\
									\
	kgr_test_may_oops();						\
	kgr_test_may_sleep();						\
	atomic_inc(&kgr_test_calls);					\
	atomic_inc(&kgr_test_inside);					\
	ret = kgr_original_##n(a, b, c, d, e, f);			\
	atomic_dec(&kgr_test_inside);					\
	return ret;							\
}

AROUND(0)
AROUND(1)
AROUND(2)
AROUND(3)

static struct kgr_patch patch = {
	.name = KBUILD_MODNAME,
	.owner = THIS_MODULE,
	.patches = {
		/* Those that have no name are dropped. */
		{ .new_fun = kgr_new_0 },
		{ .new_fun = kgr_new_1 },
		{ .new_fun = kgr_new_2 },
		{ .new_fun = kgr_new_3 },
		KGR_PATCH_END
	},
};

static char *targets[ARRAY_SIZE(kgr_body)];
static unsigned int nr;
module_param_array(targets, charp, &nr, 0400);
MODULE_PARM_DESC(targets, "names of the functions to replace");

static int __init kgr_test_around_init(void)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		patch.patches[i].name = targets[i];
		kgr_body[i] = kgr_test_body(targets[i]);
	}
	patch.patches[nr] = (struct kgr_patch_fun)KGR_PATCH_END;
	return kgr_patch_kernel(&patch);
}

static void __exit kgr_test_around_exit(void)
{
	kgr_patch_remove(&patch);
}

module_init(kgr_test_around_init);
module_exit(kgr_test_around_exit);
MODULE_DESCRIPTION("kGraft selftests: replacements that call the original");
MODULE_LICENSE("GPL");
