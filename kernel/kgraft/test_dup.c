// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * test_dup.c - a second function of a name, for the selftests to patch
 *
 * test_target.c has the other. A patch must say which of the two it means.
 */

#include "test_target.h"

KGR_TEST_FUNC(dup)

int kgr_test_call_other_dup(void)
{
	return kgr_test_dup();
}
