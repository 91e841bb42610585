/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tsv.h - tables of the kernel: a head line, fields separated by tabs
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TSV_H
#define KGR_TSV_H

#include <stdbool.h>
#include <stddef.h>

#define KGR_TSV_COLUMNS	16

/**
 * struct kgr_tsv - a table that is being read
 * @rest:	the rest of the text
 * @columns:	the number of each column of the file among the requested ones,
 *		negative if it was not requested
 * @nr:		the number of columns of the file
 */
struct kgr_tsv {
	char *rest;
	int columns[KGR_TSV_COLUMNS];
	size_t nr;
};

bool kgr_tsv_begin(struct kgr_tsv *tsv, char *text, const char * const *names,
		   size_t nr);
bool kgr_tsv_next(struct kgr_tsv *tsv, char **fields);
void kgr_unescape(char *text);

#endif /* KGR_TSV_H */
