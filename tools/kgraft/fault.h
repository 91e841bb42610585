/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fault.h - messages of the kernel during a request
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_FAULT_H
#define KGR_FAULT_H

#include "log.h"

int kgr_faults_begin(void);
size_t kgr_faults_end(int fd, const char *module);

#endif /* KGR_FAULT_H */
