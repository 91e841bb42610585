// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_dup.c - a second function of a name, for the selftests to patch
 *
 * test_target.c has the other. A patch must say which of the two it means.
 */

#include <linux/init.h>
#include <linux/jump_label.h>

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

/* For a patch that uses it without its being exported. */
struct static_key_false kgr_test_key = STATIC_KEY_FALSE_INIT;

int kgr_test_call_other_dup(void)
{
	return kgr_test_dup();
}
