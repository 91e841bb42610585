// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * text.c - memory, growing text, and numbers in text
 *
 * If there is no memory, these functions end the program. A text is a number
 * only if all its characters belong to the number.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kgr.h"
#include "text.h"

static void *checked(void *memory)
{
	if (!memory) {
		fputs("kgr: out of memory\n", stderr);
		exit(KGR_FAILED);
	}
	return memory;
}

/* Zeroed. */
void *kgr_alloc(size_t size)
{
	return checked(calloc(1, size));
}

/*
 * Room for one more than @nr elements. The size doubles at each power of two,
 * so that the caller need not record it.
 */
void *kgr_grow(void *array, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return array;
	return checked(reallocarray(array, nr ? 2 * nr : 1, size));
}

char *kgr_dup(const char *text)
{
	return checked(strdup(text));
}

char *kgr_dup_len(const char *text, size_t len)
{
	return checked(strndup(text, len));
}

char *kgr_vformat(const char *format, va_list args)
{
	char *text;
	int len = vasprintf(&text, format, args);

	return checked(len < 0 ? NULL : text);
}

char *kgr_format(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = kgr_vformat(format, args);
	va_end(args);
	return text;
}

void kgr_text_add(struct kgr_text *text, const char *data, size_t len)
{
	if (text->size - text->len <= len) {
		text->size = 2 * text->size + len + 64;
		text->data = checked(realloc(text->data, text->size));
	}
	memcpy(text->data + text->len, data, len);
	text->len += len;
	text->data[text->len] = '\0';
}

void kgr_text_put(struct kgr_text *text, const char *data)
{
	kgr_text_add(text, data, strlen(data));
}

void kgr_text_printf(struct kgr_text *text, const char *format, ...)
{
	va_list args;
	char *data;

	va_start(args, format);
	data = kgr_vformat(format, args);
	va_end(args);
	kgr_text_put(text, data);
	free(data);
}

void kgr_text_free(struct kgr_text *text)
{
	free(text->data);
	*text = (struct kgr_text){ };
}

bool kgr_number(const char *text, unsigned long long *value)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && !*end;
}

bool kgr_number32(const char *text, unsigned int *value)
{
	unsigned long long number;

	if (!kgr_number(text, &number) || number > UINT_MAX)
		return false;
	*value = number;
	return true;
}

/*
 * Printable ASCII without spaces, and not empty, as the kernel requires of
 * names.
 */
bool kgr_is_word(const char *text)
{
	if (!*text)
		return false;
	for (; *text; text++)
		if (!isascii((unsigned char)*text) ||
		    !isgraph((unsigned char)*text))
			return false;
	return true;
}

bool kgr_has_prefix(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

bool kgr_has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text), end = strlen(suffix);

	return len >= end && !strcmp(text + len - end, suffix);
}

/* The next complete or last line, cut out of *rest; NULL at the end. */
char *kgr_next_line(char **rest)
{
	char *line = *rest, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	if (end)
		*end++ = '\0';
	*rest = end;
	return line;
}

/* The text up to the next separator, which may be empty; NULL at the end. */
char *kgr_next_field(char **rest, char separator)
{
	char *field = *rest, *end;

	if (!field)
		return NULL;
	end = strchr(field, separator);
	if (end)
		*end++ = '\0';
	*rest = end;
	return field;
}
