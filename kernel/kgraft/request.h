/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requesting a scan, which determines the horizon.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_REQUEST_H
#define _KGRAFT_REQUEST_H

#include <linux/ktime.h>
#include <linux/workqueue.h>

void kgr_scan_request(void);
void kgr_scan_requests_clear(void);
void kgr_scan_took(ktime_t took);
void kgr_request_init(work_func_t scan);

#endif /* _KGRAFT_REQUEST_H */
