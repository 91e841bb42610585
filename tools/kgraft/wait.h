/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wait.h - waiting until changes are complete
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_WAIT_H
#define KGR_WAIT_H

#define KGR_FOREVER	(-1LL)

long long kgr_now_ms(void);
int kgr_wait_for(char **patches, int nr, long long timeout_ms,
		 bool to_apply);

#endif /* KGR_WAIT_H */
