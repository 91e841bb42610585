/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States that patches pass on to their successors.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_STATE_H
#define _KGRAFT_STATE_H

struct kgr_applied;

int kgr_states_check(const struct kgr_applied *begins,
		     const struct kgr_applied *other);

#endif /* _KGRAFT_STATE_H */
