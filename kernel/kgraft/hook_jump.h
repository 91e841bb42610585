/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of functions that jump instead of calling the handler.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_HOOK_JUMP_H
#define _KGRAFT_HOOK_JUMP_H

#include <linux/list.h>
#include <linux/types.h>

struct kgr_site;

bool kgr_hook_can_jump(const struct kgr_site *site, unsigned long to);
int kgr_hook_call(struct list_head *sites);
int kgr_hook_jump(struct list_head *sites);
void kgr_hook_restore(const struct kgr_site *site);
bool kgr_hook_jumps(const struct kgr_site *site, unsigned long to);

#endif /* _KGRAFT_HOOK_JUMP_H */
