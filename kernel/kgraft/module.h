/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Modules that are loaded and unloaded while patches are applied.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_MODULE_H
#define _KGRAFT_MODULE_H

#include <linux/types.h>

/* Load modules even if they cannot be patched. Set by the administrator. */
extern bool kgr_force_load_module;

#endif /* _KGRAFT_MODULE_H */
