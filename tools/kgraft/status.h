/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status.h - the progress of changes
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_STATUS_H
#define KGR_STATUS_H

int kgr_status_show(void);

#endif /* KGR_STATUS_H */
