/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_HOLDERS_H
#define _KGRAFT_HOLDERS_H

struct kgr_site;

void kgr_holders_warn(struct kgr_site *site);
void kgr_holders_init(void);

#endif /* _KGRAFT_HOLDERS_H */
