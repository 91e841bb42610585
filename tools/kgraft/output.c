// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * output.c - output for people
 *
 * Names of tasks, files and patches are not trusted: bytes that could control a
 * terminal are written as octal numbers.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "output.h"
#include "text.h"

static const char * const kgr_colors[] = {
	[KGR_PLAIN]	= "\033[0m",
	[KGR_BOLD]	= "\033[1m",
	[KGR_DIM]	= "\033[2m",
	[KGR_GREEN]	= "\033[32m",
	[KGR_YELLOW]	= "\033[33m",
	[KGR_RED]	= "\033[31m",
};

/* The sequence that enables a colour; KGR_PLAIN disables it. */
const char *kgr_paint(enum kgr_color color)
{
	return kgr_opt.color ? kgr_colors[color] : "";
}

/* A line for people; with --json there is none. */
void kgr_say(const char *format, ...)
{
	va_list args;

	if (kgr_opt.json)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

/* The exit status for an error of the kernel. */
int kgr_status_of(int err)
{
	switch (err < 0 ? -err : err) {
	case 0:
		return KGR_OK;
	case EPERM:
	case EACCES:
	case EROFS:
		return KGR_DENIED;
	case ENOENT:
	case ESRCH:
		return KGR_NOT_FOUND;
	default:
		return KGR_FAILED;
	}
}

static void json_error(int err, const char *message)
{
	json_object *errors, *error = json_object_new_object();
	const char *name = err ? strerrorname_np(err) : NULL;

	if (!json_object_object_get_ex(kgr_json, "errors", &errors))
		errors = kgr_json_array(kgr_json, "errors");
	kgr_json_add(error, "message", message);
	kgr_json_add(error, "errno", name);
	json_object_array_add(errors, error);
}

/**
 * kgr_error - report an error
 * @status: the exit status
 * @err: an errno, negative or not; 0 if there is none
 * @format: what failed, and what to do
 *
 * Return: @status.
 */
int kgr_error(int status, int err, const char *format, ...)
{
	struct kgr_text text = { };
	va_list args;
	char *message;

	err = abs(err);
	va_start(args, format);
	message = kgr_vformat(format, args);
	va_end(args);
	kgr_text_put(&text, message);
	free(message);
	if (err)
		kgr_text_printf(&text, ": %s", strerror(err));

	if (kgr_json) {
		json_error(err, text.data);
	} else {
		message = kgr_printable(text.data);
		fflush(stdout);
		fprintf(stderr, "kgr: %s\n", message);
		free(message);
	}
	kgr_text_free(&text);
	return status;
}

/* Returns the length of a character that may be sent to a terminal, or 0. */
static size_t printable_len(const char *text, size_t left)
{
	mbstate_t state = { };
	wchar_t wide;
	size_t len = mbrtowc(&wide, text, left, &state);

	if (!len || len > left || !iswprint(wide))
		return 0;
	/* marks that change the direction of the following text */
	if ((wide >= 0x200b && wide <= 0x200f) ||
	    (wide >= 0x2028 && wide <= 0x202e) ||
	    (wide >= 0x2066 && wide <= 0x2069))
		return 0;
	return len;
}

/* A copy with \ooo for each byte that is not printable here. */
char *kgr_printable(const char *text)
{
	struct kgr_text out = { };
	size_t left = strlen(text), len;

	kgr_text_put(&out, "");
	while (left) {
		len = printable_len(text, left);
		if (len) {
			kgr_text_add(&out, text, len);
		} else {
			kgr_text_printf(&out, "\\%03o", (unsigned char)*text);
			len = 1;
		}
		text += len;
		left -= len;
	}
	return out.data;
}

/* Quoted as one word for a shell. */
char *kgr_shell_word(const char *text)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:/@%+=";
	struct kgr_text out = { };

	if (*text && strspn(text, plain) == strlen(text)) {
		kgr_text_put(&out, *text == '-' ? "-- " : "");
		kgr_text_put(&out, text);
		return out.data;
	}
	kgr_text_put(&out, *text == '-' ? "-- '" : "'");
	for (; *text; text++)
		if (*text == '\'')
			kgr_text_put(&out, "'\\''");
		else
			kgr_text_add(&out, text, 1);
	kgr_text_put(&out, "'");
	return out.data;
}

/* In the two biggest units at most. */
char *kgr_duration(long long ms)
{
	long long s = ms / 1000;

	if (ms < 1000)
		return kgr_format("%lld ms", ms);
	if (s < 10)
		return kgr_format("%lld.%lld s", s, ms % 1000 / 100);
	if (s < 120)
		return kgr_format("%lld s", s);
	if (s < 7200)
		return kgr_format("%lld min", s / 60);
	if (s < 172800)
		return kgr_format("%lld h", s / 3600);
	return kgr_format("%lld d", s / 86400);
}

/* --- tables --- */

/* Adds the next cell, row by row. */
void kgr_cell(struct kgr_table *table, enum kgr_color color,
	      const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = kgr_vformat(format, args);
	va_end(args);
	table->cells = kgr_grow(table->cells, table->nr, sizeof(char *));
	table->colors = kgr_grow(table->colors, table->nr,
				 sizeof(enum kgr_color));
	table->cells[table->nr] = kgr_printable(text);
	table->colors[table->nr++] = color;
	free(text);
}

/**
 * kgr_fit - how much of a text fits into a number of columns
 * @text: from kgr_printable()
 * @columns: how many there are; set to how many it takes
 *
 * Return: the number of bytes.
 */
size_t kgr_fit(const char *text, size_t *columns)
{
	size_t width = 0, done = 0, len, cols;
	mbstate_t state = { };
	wchar_t wide;

	while (text[done]) {
		len = mbrtowc(&wide, text + done, MB_CUR_MAX, &state);
		cols = wcwidth(wide);
		if (width + cols > *columns)
			break;
		width += cols;
		done += len;
	}
	*columns = width;
	return done;
}

static size_t width_of(const char *text)
{
	size_t width = SIZE_MAX;

	kgr_fit(text, &width);
	return width;
}

/* Prints it, and forgets its cells. The last column is not padded. */
void kgr_table_print(struct kgr_table *table, FILE *file)
{
	size_t *widths = kgr_alloc(table->columns * sizeof(*widths));
	size_t i, column, width, pad;

	for (i = 0; i < table->nr; i++) {
		width = width_of(table->cells[i]);
		column = i % table->columns;
		if (width > widths[column])
			widths[column] = width;
	}
	for (i = 0; i < table->nr; i++) {
		column = i % table->columns;
		if (table->colors[i] != KGR_PLAIN)
			fputs(kgr_paint(table->colors[i]), file);
		fputs(table->cells[i], file);
		if (table->colors[i] != KGR_PLAIN)
			fputs(kgr_paint(KGR_PLAIN), file);
		if (column == table->columns - 1) {
			putc('\n', file);
		} else {
			pad = widths[column] - width_of(table->cells[i]) + 2;
			fprintf(file, "%*s", (int)pad, "");
		}
		free(table->cells[i]);
	}
	free(widths);
	free(table->cells);
	free(table->colors);
	*table = (struct kgr_table){ .columns = table->columns };
}
