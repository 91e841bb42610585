/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Checks of the memory that a description of a patch is in.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_MEMORY_H
#define _KGRAFT_MEMORY_H

#include <linux/types.h>

struct kgr_patch;
struct module;

bool kgr_memory_is_data(const struct module *mod, const void *p, size_t size);
int kgr_check_readable(const struct kgr_patch *patch);
int kgr_check_memory(const struct kgr_patch *patch);

#endif /* _KGRAFT_MEMORY_H */
