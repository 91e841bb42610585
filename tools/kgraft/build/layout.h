/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h - structures and enums that a fix makes different
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_LAYOUT_H
#define KGR_LAYOUT_H

void layout_check(const char *orig, const char *patched, const char *source);

#endif /* KGR_LAYOUT_H */
