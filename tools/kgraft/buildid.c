// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * buildid.c - the build of the running kernel
 */
#include <elf.h>
#include <string.h>

#include "buildid.h"
#include "root.h"

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static char *hex_of(const char *data, size_t len)
{
	struct kgr_text text = { };
	size_t i;

	for (i = 0; i < len; i++)
		kgr_text_printf(&text, "%02x", (unsigned char)data[i]);
	return text.data;
}

/* The GNU build ID among ELF notes, in hexadecimal; NULL if there is none. */
char *kgr_parse_notes(const char *notes, size_t len)
{
	Elf64_Nhdr note;
	size_t body;

	while (len >= sizeof(note)) {
		memcpy(&note, notes, sizeof(note));
		notes += sizeof(note);
		len -= sizeof(note);
		body = padded(note.n_namesz);
		if (body > len || padded(note.n_descsz) > len - body)
			return NULL;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes, "GNU", 4) && note.n_descsz)
			return hex_of(notes + body, note.n_descsz);
		body += padded(note.n_descsz);
		notes += body;
		len -= body;
	}
	return NULL;
}

/* Of the running kernel; NULL if it has none. */
char *kgr_build_id(void)
{
	struct kgr_text text = { };
	char *id = NULL;

	if (!kgr_read(&text, "/sys/kernel/notes"))
		id = kgr_parse_notes(text.data, text.len);
	kgr_text_free(&text);
	return id;
}
