// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgr_test_drain.c - the sample, under a name that the tests know
 */

#include "../../../../../samples/kgraft/kgraft_drain.c"
