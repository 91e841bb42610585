// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_obj_init.c - init code of kgr_test_obj with names that are used
 * twice
 *
 * While the module is in its init there are two symbols of each name, and
 * afterwards one. A patch must refer to the same symbol in both cases.
 */

#include <linux/compiler.h>
#include <linux/init.h>

#include "kgr_test_obj.h"

static int kgr_obj_secret __initdata = 1;

static noinline __noclone __init int kgr_obj_3(void)
{
	asm volatile("# init 3");
	return READ_ONCE(kgr_obj_secret);
}

/* Returns 0: a patch neither replaces nor looks up these symbols. */
int __init kgr_obj_init_twins(void)
{
	return kgr_obj_3() - 1;
}
