/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a patch module is for this build of the kernel.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_BUILD_H
#define _KGRAFT_BUILD_H

struct load_info;
struct module;

int kgr_build_check(const struct module *mod, const struct load_info *info);

#endif /* _KGRAFT_BUILD_H */
