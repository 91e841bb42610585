/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_RESOLVE_H
#define _KGRAFT_RESOLVE_H

struct kgr_applied;
struct kgr_patch;

int kgr_check_patch(const struct kgr_patch *patch, unsigned int *nr);
int kgr_resolve(struct kgr_applied *applied);

#endif /* _KGRAFT_RESOLVE_H */
