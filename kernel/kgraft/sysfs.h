/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files in sysfs.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SYSFS_H
#define _KGRAFT_SYSFS_H

int kgr_sysfs_init(void);

#endif /* _KGRAFT_SYSFS_H */
