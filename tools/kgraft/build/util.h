/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * util.h - memory, arrays, text and the end of the program
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_UTIL_H
#define KGR_UTIL_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* What kgr build exits with, see the manual. */
enum status {
	BUILT = 0,
	USAGE = 1,
	NO_COMPILE = 2,
	NOTHING = 3,
	REFUSED = 4,
	WRONG_TREE = 5,
	OWN_FAULT = 6,
};

void *xalloc(size_t size);
void *xgrow(void *mem, size_t nr, size_t size);
char *xvformat(const char *format, va_list ap);
char *xformat(const char *format, ...) __printf(1, 2);
void die(enum status status, const char *format, ...)
	__printf(2, 3) __noreturn;
/* refuse.c */
void give_up(const char *what, const char *remedy) __noreturn;

char *read_file(const char *path);

/* Adds to an array whose length is a power of two or what is in use. */
#define array_add(_array, _nr, _item)					\
	do {								\
		(_array) = xgrow(_array, _nr, sizeof(*(_array)));	\
		(_array)[(_nr)++] = (_item);				\
	} while (0)

static inline bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static inline bool streq(const char *a, const char *b)
{
	return !strcmp(a, b);
}

/* Text or bytes that grow. */
struct buf {
	char *data;
	size_t len, room;
};

void buf_add(struct buf *buf, const void *data, size_t len);
void buf_pad(struct buf *buf, size_t align);
void buf_printf(struct buf *buf, const char *format, ...)
	__printf(2, 3);

#endif /* KGR_UTIL_H */
