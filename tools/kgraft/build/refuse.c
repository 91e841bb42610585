// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * refuse.c - what stands in the way of a fix, and what to look at
 *
 * All that stands in the way is collected: the first does not hide the next.
 */

#include <stdio.h>
#include <stdlib.h>

#include "compare.h"

static const char **lines;
static size_t nr_lines;
static const char **notes;
static size_t nr_notes;

static bool known(const char **list, size_t nr, const char *line)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (streq(list[i], line))
			return true;
	return false;
}

/**
 * refuse - say what stands in the way
 * @class: its letter in the manual
 * @what: what it is
 * @remedy: what the author can do instead
 */
void refuse(char class, const char *what, const char *remedy)
{
	const char *line = xformat("%c: %s\n   -> %s", class, what, remedy);

	if (!known(lines, nr_lines, line))
		array_add(lines, nr_lines, line);
}

/**
 * give_up - refuse an object that is not understood
 * @what: what stands in the way
 * @remedy: what the author can do instead
 */
void give_up(const char *what, const char *remedy)
{
	refuse('S', what, remedy);
	print_refusals();
	exit(REFUSED);
}

/**
 * note - say what the author should look at
 * @format: as for printf()
 */
void note(const char *format, ...)
{
	va_list ap;
	char *line;

	va_start(ap, format);
	line = xvformat(format, ap);
	va_end(ap);
	if (!known(notes, nr_notes, line))
		array_add(notes, nr_notes, (const char *)line);
}

size_t refusals(void)
{
	return nr_lines;
}

void print_refusals(void)
{
	size_t i;

	for (i = 0; i < nr_lines; i++)
		printf("%s\n", lines[i]);
}

void print_notes(struct buf *buf)
{
	size_t i;

	for (i = 0; i < nr_notes; i++)
		buf_printf(buf, "note: %s\n", notes[i]);
}
