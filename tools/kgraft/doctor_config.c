// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * doctor_config.c - is the kernel configured correctly?
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <zlib.h>

#include "doctor.h"
#include "root.h"

/* No configuration is longer. */
#define KGR_CONFIG_MAX	(8UL << 20)

/**
 * struct kgr_wanted - an option of the kernel
 * @name:	without CONFIG_
 * @set:	whether it must be set, or must not
 * @level:	the level of the finding if not
 * @words:	the consequence
 */
struct kgr_wanted {
	const char *name;
	bool set;
	enum kgr_finding_level level;
	const char *words;
};

static const struct kgr_wanted kgr_wanted[] = {
	{ "KGRAFT", true, KGR_BAD, "patches cannot be applied" },
	{ "KALLSYMS_ALL", true, KGR_BAD, "data symbols cannot be found" },
	{ "TRIM_UNUSED_KSYMS", false, KGR_BAD,
	  "symbols that patches need are not exported" },
	{ "UNWINDER_ORC", true, KGR_NOTE,
	  "without reliable stacks some kernel threads never cross" },
	{ "DEBUG_FS", true, KGR_NOTE, "the reasons of blockers are not available" },
	{ "MODULE_UNLOAD", true, KGR_NOTE, "a reverted patch stays in memory" },
	{ "PRINTK_CALLER", true, KGR_GOOD,
	  "log lines do not show which task caused them" },
	{ "STACKTRACE_BUILD_ID", true, KGR_GOOD,
	  "patches cannot name the build of a module" },
};

static bool is_set(const char *text, const char *name)
{
	char *line = kgr_format("\nCONFIG_%s=y\n", name);
	bool set = strstr(text, line);

	free(line);
	return set;
}

/* The text of a .config. */
void kgr_parse_config(char *text)
{
	const struct kgr_wanted *wanted;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kgr_wanted); i++) {
		wanted = &kgr_wanted[i];
		if (is_set(text, wanted->name) == wanted->set)
			kgr_finding(KGR_GOOD, "config", "CONFIG_%s is %s",
				    wanted->name, wanted->set ? "set" : "off");
		else
			kgr_finding(wanted->level, "config",
				    "CONFIG_%s is %s: %s", wanted->name,
				    wanted->set ? "off" : "set", wanted->words);
	}
}

/* Compressed or not. Returns whether it could be read. */
static bool read_config(const char *name, struct kgr_text *text)
{
	char *path = kgr_path("%s", name), buf[16384];
	gzFile file = gzopen(path, "rb");
	int len = -1;

	free(path);
	if (!file)
		return false;
	/* so that the first line has one before it */
	kgr_text_put(text, "\n");
	while (text->len < KGR_CONFIG_MAX &&
	       (len = gzread(file, buf, sizeof(buf))) > 0)
		kgr_text_add(text, buf, strnlen(buf, len));
	/* That of a file that ends too early is an error. */
	return gzclose(file) == Z_OK && !len;
}

void kgr_check_config(void)
{
	struct kgr_text text = { };
	struct utsname name;
	char *path;
	bool is;

	uname(&name);
	path = kgr_format("/boot/config-%s", name.release);
	is = read_config("/proc/config.gz", &text);
	if (!is) {
		kgr_text_free(&text);
		is = read_config(path, &text);
	}
	if (is)
		kgr_parse_config(text.data);
	else
		kgr_finding(KGR_NOTE, "config",
			    "neither /proc/config.gz nor %s can be read", path);
	free(path);
	kgr_text_free(&text);
}
