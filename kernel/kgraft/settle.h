/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settling and releasing sites that are the same for all tasks.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SETTLE_H
#define _KGRAFT_SETTLE_H

struct module;

void kgr_settle_sites(void);
void kgr_drop_module_sites(const struct module *mod);

#endif /* _KGRAFT_SETTLE_H */
