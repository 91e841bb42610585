/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions that cannot be patched, because tasks would never cross.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_REFUSE_H
#define _KGRAFT_REFUSE_H

const char *kgr_refuse_target(unsigned long addr, const char *name);

#endif /* _KGRAFT_REFUSE_H */
