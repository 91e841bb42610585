// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_wide.c - a module of 1,000 functions that return 0 until replaced
 */

#include <linux/array_size.h>
#include <linux/compiler.h>
#include <linux/init.h>
#include <linux/module.h>

static int kgr_wide_original;

#define EACH(n)								\
static noinline __noclone int kgr_wide_##n(void)			\
{									\
	asm volatile("# " #n);						\
	return READ_ONCE(kgr_wide_original);				\
}

#include "kgr_test_wide.h"
#undef EACH

static int (*const kgr_wide[])(void) = {
#define EACH(n) kgr_wide_##n,
#include "kgr_test_wide.h"
#undef EACH
};

static int sum_get(char *buf, const struct kernel_param *kp)
{
	unsigned int i;
	int sum = 0;

	for (i = 0; i < ARRAY_SIZE(kgr_wide); i++)
		sum += kgr_wide[i]();
	return sysfs_emit(buf, "%d\n", sum);
}

static const struct kernel_param_ops sum_ops = { .get = sum_get };

module_param_cb(sum, &sum_ops, NULL, 0444);
MODULE_PARM_DESC(sum, "of what its functions return");

static int __init kgr_test_wide_init(void)
{
	return 0;
}

static void __exit kgr_test_wide_exit(void)
{
}

module_init(kgr_test_wide_init);
module_exit(kgr_test_wide_exit);
MODULE_DESCRIPTION("kGraft selftests: a module of 1,000 functions");
MODULE_LICENSE("GPL");
