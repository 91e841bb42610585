/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_FORCE_H
#define _KGRAFT_FORCE_H

int kgr_force(void);

#endif /* _KGRAFT_FORCE_H */
