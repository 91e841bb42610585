/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of objects, and the modules that they refer to.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_LOOKUP_H
#define _KGRAFT_LOOKUP_H

#include <linux/types.h>

struct kgr_patch;
struct module;

/**
 * kgr_object_name - the name of an object for messages
 * @name: name of a module, %NULL for the kernel itself
 *
 * Return: the name.
 */
static inline const char *kgr_object_name(const char *name)
{
	return name ?: "vmlinux";
}

const char *kgr_object_canonical(const char *name);
bool kgr_object_is(const char *a, const char *b);
const char *kgr_object_name_impossible(const char *name);
int kgr_check_object_name(const struct kgr_patch *patch, const char *name);
struct module *kgr_find_module(const char *name);

#endif /* _KGRAFT_LOOKUP_H */
