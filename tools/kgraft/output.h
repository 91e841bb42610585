/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output.h - output for people and programs
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_OUTPUT_H
#define KGR_OUTPUT_H

#include <stdio.h>
#include <json-c/json.h>

#include "kgr.h"

enum kgr_color {
	KGR_PLAIN,
	KGR_BOLD,
	KGR_DIM,
	KGR_GREEN,
	KGR_YELLOW,
	KGR_RED,
};

/**
 * struct kgr_table - cells that are printed as columns
 * @columns:	how many
 * @cells:	their texts, row by row
 * @colors:	their colours
 * @nr:		how many cells there are
 */
struct kgr_table {
	size_t columns;
	char **cells;
	enum kgr_color *colors;
	size_t nr;
};

/* The object that is printed at the end; NULL unless --json was given. */
extern json_object *kgr_json;

void kgr_output_begin(const char *command);
void kgr_output_end(int status);

int kgr_error(int status, int err, const char *format, ...)
	__printf(3, 4);
int kgr_status_of(int err);
void kgr_say(const char *format, ...) __printf(1, 2);
const char *kgr_paint(enum kgr_color color);

char *kgr_printable(const char *text);
char *kgr_shell_word(const char *text);
char *kgr_duration(long long ms);
size_t kgr_fit(const char *text, size_t *columns);

void kgr_cell(struct kgr_table *table, enum kgr_color color,
	      const char *format, ...) __printf(3, 4);
void kgr_table_print(struct kgr_table *table, FILE *file);

json_object *kgr_json_string(const char *text);
void kgr_json_add(json_object *object, const char *key, const char *text);
void kgr_json_number(json_object *object, const char *key, long long value);
void kgr_json_bool(json_object *object, const char *key, bool value);
json_object *kgr_json_array(json_object *object, const char *key);

#endif /* KGR_OUTPUT_H */
