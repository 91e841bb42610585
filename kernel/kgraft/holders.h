/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which other users ftrace has on a patched function.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_HOLDERS_H
#define _KGRAFT_HOLDERS_H

struct dentry;
struct kgr_site;

void kgr_holders_warn(struct kgr_site *site);
void kgr_holders_init(struct dentry *dir);

#endif /* _KGRAFT_HOLDERS_H */
