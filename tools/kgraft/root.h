/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * root.h - the files of the kernel, or of a recorded tree
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_ROOT_H
#define KGR_ROOT_H

#include <stdbool.h>

#include "kgr.h"
#include "text.h"

#define KGR_SYSFS	"/sys/kernel/kgraft"
#define KGR_DEBUGFS	"/sys/kernel/debug/kgraft"
#define KGR_TRACEFS	"/sys/kernel/tracing"

enum kgr_lockdown {
	KGR_LOCKDOWN_NONE,
	KGR_LOCKDOWN_INTEGRITY,
	KGR_LOCKDOWN_CONFIDENTIALITY,
};

void kgr_root_set(const char *root);
bool kgr_root_is_real(void);
char *kgr_path(const char *format, ...)
	__printf(1, 2);

int kgr_open(const char *path, int flags);
bool kgr_exists(const char *path);
int kgr_read_path(const char *path, struct kgr_text *text);
int kgr_read(struct kgr_text *text, const char *format, ...)
	__printf(2, 3);
char *kgr_read_word(const char *format, ...)
	__printf(1, 2);
bool kgr_read_number(unsigned int *value, const char *format, ...)
	__printf(2, 3);
int kgr_write(const char *value, const char *format, ...)
	__printf(2, 3);
int kgr_list(const char *path, char ***names, size_t *nr);
void kgr_list_free(char **names, size_t nr);
enum kgr_lockdown kgr_lockdown(void);

#endif /* KGR_ROOT_H */
