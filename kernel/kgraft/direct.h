/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Direct references: symbols that a patch module uses in its relocations.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_DIRECT_H
#define _KGRAFT_DIRECT_H

#include <linux/module.h>

/**
 * struct kgr_direct - what the name of a direct reference says
 * @sympos:	position among the symbols called @name, from 1; 0: it is unique
 * @objname:	the module that has it, or "vmlinux"
 * @name:	the symbol
 */
struct kgr_direct {
	unsigned long sympos;
	char objname[MODULE_NAME_LEN];
	const char *name;
};

const char *kgr_direct_parse(const char *symbol, struct kgr_direct *direct);

#endif /* _KGRAFT_DIRECT_H */
