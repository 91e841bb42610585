/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ftrace: the handler, hooking and unhooking.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_HOOK_H
#define _KGRAFT_HOOK_H

#include <linux/ftrace.h>
#include <linux/list.h>
#include <linux/types.h>

struct kgr_site;

extern struct ftrace_ops kgr_ftrace_ops;

int kgr_hook_init(void);
int kgr_hook_check(const char *name, unsigned long ip);
int kgr_hook_sites(struct list_head *sites);
int kgr_hook_verify_locked(const struct kgr_site *site);
int kgr_hook_verify(const struct kgr_site *site);
bool kgr_hook_is_dead(void);
bool kgr_hook_is_ours(const struct ftrace_ops *ops);
int kgr_unhook_sites(struct list_head *sites);

#endif /* _KGRAFT_HOOK_H */
