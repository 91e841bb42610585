/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_FILE_H
#define _KGRAFT_FILE_H

#include <linux/types.h>

#include "arch.h"

struct task_struct;

enum kgr_restart kgr_file_restarts(struct task_struct *task,
				   enum kgr_restart restart,
				   const unsigned long *args);

#endif /* _KGRAFT_FILE_H */
