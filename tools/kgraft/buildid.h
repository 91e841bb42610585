/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buildid.h - the build of the running kernel
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_BUILDID_H
#define KGR_BUILDID_H

#include <stddef.h>

char *kgr_parse_notes(const char *notes, size_t len);
char *kgr_build_id(void);

#endif /* KGR_BUILDID_H */
