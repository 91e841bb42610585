/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settled functions that jump to their replacement.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_JUMP_H
#define _KGRAFT_JUMP_H

#include <linux/types.h>

struct kgr_site;

void kgr_jump_soon(void);
void kgr_jump_end(struct kgr_site *site);
int kgr_jumps_end(void);
bool kgr_jump_is_on(void);
int kgr_jump_set(bool on);

#endif /* _KGRAFT_JUMP_H */
