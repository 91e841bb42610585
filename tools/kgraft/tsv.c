// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tsv.c - tables of the kernel: a head line, fields separated by tabs
 *
 * Columns are found by their names, so that a kernel may add some. A line with
 * fewer fields than the head, or without an end, is ignored.
 */
#include <string.h>

#include "text.h"
#include "tsv.h"

/**
 * kgr_tsv_begin - read the head line
 * @tsv: filled in
 * @text: the table, which is split in place
 * @names: the columns to look for
 * @nr: how many
 *
 * Return: whether all of them exist.
 */
bool kgr_tsv_begin(struct kgr_tsv *tsv, char *text, const char * const *names,
		   size_t nr)
{
	char *end = strrchr(text, '\n'), *head, *field;
	bool seen[KGR_TSV_COLUMNS] = { };
	size_t found = 0, i;

	*tsv = (struct kgr_tsv){ .rest = text };
	/* The last line may be incomplete. */
	*(end ? end : text) = '\0';
	head = kgr_next_line(&tsv->rest);
	if (!head)
		return false;
	while (tsv->nr < KGR_TSV_COLUMNS &&
	       (field = kgr_next_field(&head, '\t'))) {
		tsv->columns[tsv->nr] = -1;
		for (i = 0; i < nr; i++) {
			/* ignore a second column of that name */
			if (seen[i] || strcmp(field, names[i]))
				continue;
			seen[i] = true;
			tsv->columns[tsv->nr] = i;
			found++;
		}
		tsv->nr++;
	}
	return found == nr;
}

/* The next line: @fields gets the requested fields, in their order. */
bool kgr_tsv_next(struct kgr_tsv *tsv, char **fields)
{
	char *line, *field;
	size_t i;

	while ((line = kgr_next_line(&tsv->rest))) {
		for (i = 0; i < tsv->nr; i++) {
			field = kgr_next_field(&line, '\t');
			if (!field || !*field)
				break;
			if (tsv->columns[i] >= 0)
				fields[tsv->columns[i]] = field;
		}
		if (i == tsv->nr)
			return true;
	}
	return false;
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* \ooo becomes a byte, except the one that ends a text. */
void kgr_unescape(char *text)
{
	unsigned char byte;
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    is_octal(text[2]) && is_octal(text[3])) {
			byte = (text[1] - '0') << 6 | (text[2] - '0') << 3 |
			       (text[3] - '0');
			if (byte) {
				*to++ = byte;
				text += 4;
				continue;
			}
		}
		*to++ = *text++;
	}
	*to = '\0';
}
