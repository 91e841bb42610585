// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kgraft_sample.c - the sample, under the name that the manual's examples use
 */

#include "../../../../../samples/kgraft/kgraft_sample.c"
