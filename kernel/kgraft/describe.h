/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of the description of a patch.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_DESCRIBE_H
#define _KGRAFT_DESCRIBE_H

#include <linux/kgraft.h>

bool kgr_describes_same(const struct kgr_patch_fun *a,
			const struct kgr_patch_fun *b);
int kgr_check_description(const struct kgr_patch *patch, unsigned int nr);

#endif /* _KGRAFT_DESCRIBE_H */
