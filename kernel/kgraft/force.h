/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crossing every task at once, at the administrator's risk.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_FORCE_H
#define _KGRAFT_FORCE_H

int kgr_force(void);

#endif /* _KGRAFT_FORCE_H */
