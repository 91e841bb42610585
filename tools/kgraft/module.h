/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * module.h - kernel modules, by libkmod
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_MODULE_H
#define KGR_MODULE_H

#include <stdbool.h>
#include <libkmod.h>

int kgr_module_find(const char *name, struct kmod_module **module);
int kgr_module_find_needed(struct kmod_module *module, const char *name,
			   struct kmod_module **needed);
bool kgr_module_is_file(const char *name);
char *kgr_module_name_of(struct kmod_module *module);
bool kgr_module_is_loaded(struct kmod_module *module);
char *kgr_module_info(struct kmod_module *module, const char *key);
char *kgr_module_release(struct kmod_module *module);
char *kgr_module_build(struct kmod_module *module);
bool kgr_module_has_parameter(struct kmod_module *module, const char *name);
int kgr_module_insert(struct kmod_module *module, const char *parameters);
int kgr_module_remove(const char *name);
void kgr_module_remove_needed(void);
bool kgr_modules_are_disabled(void);
const char *kgr_module_signer_wanted(void);
char *kgr_module_signature_words(struct kmod_module *module, int err);
char *kgr_module_words(struct kmod_module *module, int err);
void kgr_kmod_done(void);

#endif /* KGR_MODULE_H */
