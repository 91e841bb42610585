/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * change.h - asking the kernel for a change of a patch
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_CHANGE_H
#define KGR_CHANGE_H

int kgr_revert(const char *patch);
int kgr_enable(const char *patch);

#endif /* KGR_CHANGE_H */
