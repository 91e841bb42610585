/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How operations of a file react to a wake-up.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_FILE_H
#define _KGRAFT_FILE_H

#include <linux/types.h>

#include "arch.h"

struct task_struct;

enum kgr_restart kgr_file_restarts(struct task_struct *task,
				   enum kgr_restart restart,
				   const unsigned long *args);

#endif /* _KGRAFT_FILE_H */
