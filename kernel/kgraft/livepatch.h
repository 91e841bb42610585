/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Livepatches: what klp_enable_patch() is given, carried out by kGraft.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_LIVEPATCH_H
#define _KGRAFT_LIVEPATCH_H

#ifdef CONFIG_KGRAFT_LIVEPATCH
int kgr_livepatch_init(void);
#else
static inline int kgr_livepatch_init(void)
{
	return 0;
}
#endif

#endif /* _KGRAFT_LIVEPATCH_H */
