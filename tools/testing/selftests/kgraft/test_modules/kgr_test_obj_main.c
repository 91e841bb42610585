// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_obj_main.c - kgr_test_obj, a module to patch, load and unload
 *
 * Has four functions that return 0 until they are replaced, and reports the
 * results that its init saw: no code of it may run before it is patched.
 */

#include <linux/async.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include "kgr_test_kernel.h"
#include "kgr_test_obj.h"

/* The result of functions that are not patched. */
static int kgr_obj_original;

/*
 * For patches that look it up: not exported, and used here, so that it exists.
 */
static int kgr_obj_secret = 42;

#define KGR_OBJ_FUNC(name)						\
static noinline __noclone int kgr_obj_##name(void)			\
{									\
	asm volatile("# " #name);					\
	return READ_ONCE(kgr_obj_original);				\
}

KGR_OBJ_FUNC(0)
KGR_OBJ_FUNC(1)
KGR_OBJ_FUNC(2)
KGR_OBJ_FUNC(3)

/* Has the same name as a different function of the kernel. */
static noinline __noclone int kgr_test_first(void)
{
	asm volatile("# first");
	return READ_ONCE(kgr_obj_original);
}

/* Cannot be patched: freed when the module is live. */
static noinline __noclone __init int kgr_obj_init_only(void)
{
	asm volatile("# init");
	return READ_ONCE(kgr_obj_original);
}

/* For patches that call it: not exported, and without a pointer to it. */
static noinline __noclone int kgr_obj_tell(void)
{
	asm volatile("# tell");
	return READ_ONCE(kgr_obj_secret);
}

static int kgr_obj_packed(void)
{
	return kgr_obj_0() | kgr_obj_1() << 8 | kgr_obj_2() << 16 |
	       kgr_obj_3() << 24;
}

static int init_saw = -1;
module_param(init_saw, int, 0444);
MODULE_PARM_DESC(init_saw, "what its functions returned when it was loaded");

static int first_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", kgr_test_first());
}

static const struct kernel_param_ops first_ops = { .get = first_get };

module_param_cb(first, &first_ops, NULL, 0444);
MODULE_PARM_DESC(first, "what its kgr_test_first() returns");

static int secret_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", kgr_obj_tell());
}

static const struct kernel_param_ops secret_ops = { .get = secret_get };

module_param_cb(secret, &secret_ops, NULL, 0444);
MODULE_PARM_DESC(secret, "a variable that is not exported");

static int fail;
module_param(fail, int, 0444);
MODULE_PARM_DESC(fail, "what init returns");

/*
 * A work item that calls two functions, with a wait in between that ends when
 * "go" is written: a kernel thread that is busy in the module.
 */
static int busy;
module_param(busy, int, 0444);
MODULE_PARM_DESC(busy, "whether to be busy until go is written");

static int busy_saw[2] = { -1, -1 };
module_param_array(busy_saw, int, NULL, 0444);
MODULE_PARM_DESC(busy_saw, "what the work item saw before and after");

static DECLARE_COMPLETION(busy_go);

static void busy_fn(struct work_struct *work)
{
	int before = kgr_obj_0();

	wait_for_completion(&busy_go);
	WRITE_ONCE(busy_saw[1], kgr_obj_1());
	WRITE_ONCE(busy_saw[0], before);
}

static DECLARE_WORK(busy_work, busy_fn);

/* The same in its init and its exit. */
static int hold;
module_param(hold, int, 0444);
MODULE_PARM_DESC(hold, "how long init and exit wait until go is written, in ms");

static DECLARE_COMPLETION(hold_go);

static void kgr_obj_hold(void)
{
	if (hold)
		wait_for_completion_timeout(&hold_go, msecs_to_jiffies(hold));
}

/* What its exit leaves to be done: delete_module() waits for that. */
static int late;
module_param(late, int, 0444);
MODULE_PARM_DESC(late, "whether exit leaves a function that runs later");

static void late_fn(void *data, async_cookie_t cookie)
{
	msleep(300);
	pr_info("%s: late saw %d\n", THIS_MODULE->name, kgr_obj_0());
}

static int go_set(const char *val, const struct kernel_param *kp)
{
	complete_all(&busy_go);
	complete(&hold_go);
	return 0;
}

static const struct kernel_param_ops go_ops = { .set = go_set };

module_param_cb(go, &go_ops, NULL, 0200);
MODULE_PARM_DESC(go, "lets the work item go on, and init or exit");

static int __init kgr_test_obj_init(void)
{
	init_saw = kgr_obj_packed() + kgr_obj_init_only() + kgr_obj_init_twins();
	if (fail)
		return fail;
	kgr_test_set_obj(kgr_obj_packed, THIS_MODULE);
	if (busy)
		queue_work(system_dfl_wq, &busy_work);
	kgr_obj_hold();
	return 0;
}

static void __exit kgr_test_obj_exit(void)
{
	kgr_test_set_obj(NULL, NULL);
	kgr_obj_hold();
	complete_all(&busy_go);
	flush_work(&busy_work);
	if (late)
		async_schedule(late_fn, NULL);
}

module_init(kgr_test_obj_init);
module_exit(kgr_test_obj_exit);
MODULE_DESCRIPTION("kGraft selftests: a module to patch");
MODULE_VERSION("1");
MODULE_LICENSE("GPL");
