// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * util.c - memory, arrays, text and the end of the program
 *
 * Nothing is freed: the program runs for a moment and then ends.
 */

#include <stdio.h>
#include <stdlib.h>

#include "util.h"

void *xalloc(size_t size)
{
	void *mem = calloc(1, size ? size : 1);

	if (!mem)
		die(OWN_FAULT, "out of memory");
	return mem;
}

void *xgrow(void *mem, size_t nr, size_t size)
{
	if (nr & (nr - 1))
		return mem;
	mem = realloc(mem, (nr ? 2 * nr : 1) * size);
	if (!mem)
		die(OWN_FAULT, "out of memory");
	return mem;
}

char *xvformat(const char *format, va_list ap)
{
	char *text;

	if (vasprintf(&text, format, ap) < 0)
		die(OWN_FAULT, "out of memory");
	return text;
}

char *xformat(const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = xvformat(format, ap);
	va_end(ap);
	return text;
}

void die(enum status status, const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("kgr: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

/* The whole file, with a zero byte behind it. */
char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct buf buf = { };
	char part[4096];
	size_t len;

	if (!file)
		die(USAGE, "%s: cannot be opened", path);
	while ((len = fread(part, 1, sizeof(part), file)) > 0)
		buf_add(&buf, part, len);
	if (ferror(file))
		die(USAGE, "%s: cannot be read", path);
	fclose(file);
	buf_add(&buf, "", 1);
	return buf.data;
}

void buf_add(struct buf *buf, const void *data, size_t len)
{
	/* Then it may have no memory yet. */
	if (!len)
		return;
	if (buf->len + len > buf->room) {
		buf->room = 2 * (buf->len + len) + 64;
		buf->data = realloc(buf->data, buf->room);
		if (!buf->data)
			die(OWN_FAULT, "out of memory");
	}
	if (data)
		memcpy(buf->data + buf->len, data, len);
	else
		memset(buf->data + buf->len, 0, len);
	buf->len += len;
}

void buf_pad(struct buf *buf, size_t align)
{
	if (align > 1 && buf->len % align)
		buf_add(buf, NULL, align - buf->len % align);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = xvformat(format, ap);
	va_end(ap);
	buf_add(buf, text, strlen(text));
	free(text);
}
