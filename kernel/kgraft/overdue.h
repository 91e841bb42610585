/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acting on changes that are late.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_OVERDUE_H
#define _KGRAFT_OVERDUE_H

void kgr_overdue_init(void);

#endif /* _KGRAFT_OVERDUE_H */
