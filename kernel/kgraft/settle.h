/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_SETTLE_H
#define _KGRAFT_SETTLE_H

void kgr_settle_sites(void);

#endif /* _KGRAFT_SETTLE_H */
