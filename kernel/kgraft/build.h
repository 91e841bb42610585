/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a patch module is for this build of the kernel.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_BUILD_H
#define _KGRAFT_BUILD_H

struct kgr_image;
struct module;

int kgr_build_check(const struct module *mod, const struct kgr_image *image);

#endif /* _KGRAFT_BUILD_H */
