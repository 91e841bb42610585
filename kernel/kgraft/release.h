/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * May a task still return into a patch module?
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_RELEASE_H
#define _KGRAFT_RELEASE_H

#include <linux/types.h>

struct module;
struct task_struct;

void kgr_returners_begin(void);
bool kgr_module_unused(const struct module *mod, const char *patch);
void kgr_returners_publish(void);
bool kgr_returners_any(void);
bool kgr_returner_reason(const struct task_struct *task, char *buf, size_t size);

#endif /* _KGRAFT_RELEASE_H */
