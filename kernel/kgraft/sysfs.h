/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_SYSFS_H
#define _KGRAFT_SYSFS_H

#include <linux/kobject.h>

struct kgr_applied;

void kgr_sysfs_init(struct kgr_applied *applied);
int kgr_sysfs_add(struct kgr_applied *applied);
void kgr_sysfs_remove(struct kgr_applied *applied);
void kgr_sysfs_event(struct kgr_applied *applied, enum kobject_action action);
void kgr_sysfs_notify_progress(void);
int kgr_sysfs_create_root(void);

#endif /* _KGRAFT_SYSFS_H */
