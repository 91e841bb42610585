/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finding the address of a symbol by its name.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_SYMBOL_H
#define _KGRAFT_SYMBOL_H

int kgr_find_symbol(const char *patch, const char *name, const char *objname,
		    unsigned long sympos, unsigned long *addr);

#endif /* _KGRAFT_SYMBOL_H */
