/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text.h - memory, growing text, and numbers in text
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEXT_H
#define KGR_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "kgr.h"

/**
 * struct kgr_text - text that grows
 * @data:	ends in a NUL that @len does not count; %NULL while empty
 * @len:	its length
 * @size:	the allocated size
 */
struct kgr_text {
	char *data;
	size_t len;
	size_t size;
};

void *kgr_alloc(size_t size);
void *kgr_grow(void *array, size_t nr, size_t size);
char *kgr_dup(const char *text);
char *kgr_dup_len(const char *text, size_t len);
char *kgr_vformat(const char *format, va_list args);
char *kgr_format(const char *format, ...)
	__printf(1, 2);

void kgr_text_add(struct kgr_text *text, const char *data, size_t len);
void kgr_text_put(struct kgr_text *text, const char *data);
void kgr_text_printf(struct kgr_text *text, const char *format, ...)
	__printf(2, 3);
void kgr_text_free(struct kgr_text *text);

bool kgr_number(const char *text, unsigned long long *value);
bool kgr_number32(const char *text, unsigned int *value);
bool kgr_is_word(const char *text);
bool kgr_has_prefix(const char *text, const char *prefix);
bool kgr_has_suffix(const char *text, const char *suffix);
char *kgr_next_line(char **rest);
char *kgr_next_field(char **rest, char separator);

#endif /* KGR_TEXT_H */
