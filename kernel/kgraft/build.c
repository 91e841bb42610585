// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * build.c - is a patch module for this build of the kernel?
 *
 * Machine code taken from one build fits no other, whatever the version. A module
 * that kgr build made says which one it is for, MODULE_INFO(kgr_build).
 */

#define pr_fmt(fmt) "kgraft: " fmt

#include <linux/buildid.h>
#include <linux/hex.h>
#include <linux/kgraft_module.h>
#include <linux/module.h>
#include <linux/string.h>

#include "build.h"

extern const void __start_notes, __stop_notes;

/* What follows "kgr_build=" in .modinfo, NULL if there is no such line. */
static const char *kgr_build_wanted(const struct kgr_image *image)
{
	static const char tag[] = "kgr_build=";
	const Elf_Shdr *sec = image->modinfo;
	const char *pos, *end;

	if (!sec)
		return NULL;
	pos = (const char *)sec->sh_addr;
	end = pos + sec->sh_size;
	for (; pos < end; pos += strnlen(pos, end - pos) + 1) {
		if (end - pos <= sizeof(tag) || end[-1])
			continue;
		if (!strncmp(pos, tag, strlen(tag)))
			return pos + strlen(tag);
	}
	return NULL;
}

/**
 * kgr_build_check - is a module for this build of the kernel?
 * @mod: the module, nothing of it linked
 * @image: its image
 *
 * Context: process context, may sleep.
 * Return: 0, also if the module does not say what it is for; -ENOEXEC if it is
 *	   for another build, and the fault was logged.
 */
int kgr_build_check(const struct module *mod, const struct kgr_image *image)
{
	const char *wanted = kgr_build_wanted(image);
	unsigned char id[BUILD_ID_SIZE_MAX] = { };
	char hex[2 * BUILD_ID_SIZE_MAX + 1];

	if (!wanted)
		return 0;
	if (build_id_parse_buf(&__start_notes, id,
			       &__stop_notes - &__start_notes)) {
		pr_err("'%s': is for the kernel with build ID %s, and this one has none\n",
		       mod->name, wanted);
		return -ENOEXEC;
	}
	*bin2hex(hex, id, sizeof(id)) = '\0';
	if (!strcmp(wanted, hex))
		return 0;
	pr_err("'%s': is for another build of the kernel (build ID %s, this is %s); build it against this one\n",
	       mod->name, wanted, hex);
	return -ENOEXEC;
}
