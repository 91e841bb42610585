/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef _KGRAFT_RELEASE_H
#define _KGRAFT_RELEASE_H

#include <linux/types.h>

struct module;

bool kgr_module_unused(const struct module *mod);

#endif /* _KGRAFT_RELEASE_H */
