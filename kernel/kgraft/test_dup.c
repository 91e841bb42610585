// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_dup.c - a second function of a name, for the selftests to patch
 *
 * test_target.c has the other. A patch must say which of the two it means.
 */

#include <linux/init.h>

#include "test_target.h"

KGR_TEST_FUNC(dup)

/*
 * Of the same name as one that can be patched, and freed after boot: that one's
 * name is still unique.
 */
static int __init __used kgr_test_many_03(void)
{
	return 1;
}

int kgr_test_call_other_dup(void)
{
	return kgr_test_dup();
}
