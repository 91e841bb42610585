/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Livepatches in the tests, by the files of livepatch; kgr_klp.c.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_KLP_H
#define KGR_KLP_H

#include <stdbool.h>

/* Whether this kernel has livepatch. Without it, the modules for it are not built. */
bool klp_possible(void);

/* As kgr_number() and kgr_write(), of a file in the directory of a livepatch */
long klp_number(const char *patch, const char *file);
int klp_write(const char *patch, const char *file, const char *text);

/* Within KGR_SETTLE_MS */
bool klp_settles(const char *patch);
bool klp_gone(const char *patch);

/* 0 or a negative errno; -ETIMEDOUT if it does not come to an end */
int klp_apply(const char *patch, const char *params);
int klp_disable(const char *patch);
int klp_retire(const char *patch);

#endif /* KGR_KLP_H */
