/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_STEP_H
#define _KGRAFT_STEP_H

#include <linux/types.h>

struct kgr_applied;

int kgr_step(struct kgr_applied *subject, bool revert, int fault);

#endif /* _KGRAFT_STEP_H */
