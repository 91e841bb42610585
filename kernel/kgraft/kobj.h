/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directories in sysfs, and uevents.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_KOBJ_H
#define _KGRAFT_KOBJ_H

#include <linux/kobject.h>

struct attribute_group;
struct kgr_applied;

void kgr_kobj_init(struct kgr_applied *applied);
const char *kgr_status_name(const struct kgr_applied *applied);
int kgr_kobj_add(struct kgr_applied *applied);
void kgr_kobj_remove(struct kgr_applied *applied);
void kgr_kobj_event(struct kgr_applied *applied, enum kobject_action action);
void kgr_notify_progress(void);
int kgr_kobj_create_root(const struct attribute_group *root,
			 const struct attribute_group **patch);

#endif /* _KGRAFT_KOBJ_H */
