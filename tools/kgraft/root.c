// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * root.c - the files of the kernel, or of a recorded tree
 *
 * All that kgr reads of a machine goes through here. With another root, given
 * by the option --root or KGR_ROOT, it reads a recorded tree, and writes into
 * it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "root.h"

/* Maximum size of a file that is read completely. */
#define KGR_FILE_MAX	(64UL << 20)

/* How often a truncated value of sysfs is read again. */
#define KGR_READ_TRIES	3

static const char *kgr_root = "";

void kgr_root_set(const char *root)
{
	kgr_root = strcmp(root, "/") ? root : "";
}

/* Is the root that of this machine? */
bool kgr_root_is_real(void)
{
	return !*kgr_root;
}

static char *kgr_vpath(const char *format, va_list args)
{
	char *inside = kgr_vformat(format, args);
	char *path;

	path = kgr_format("%s%s", kgr_root, inside);
	free(inside);
	return path;
}

char *kgr_path(const char *format, ...)
{
	va_list args;
	char *path;

	va_start(args, format);
	path = kgr_vpath(format, args);
	va_end(args);
	return path;
}

/* Returns a descriptor or a negative error. @path is below the root. */
int kgr_open(const char *path, int flags)
{
	char *whole = kgr_path("%s", path);
	int fd = open(whole, flags | O_CLOEXEC);
	int err = errno;

	free(whole);
	return fd < 0 ? -err : fd;
}

bool kgr_exists(const char *path)
{
	char *whole = kgr_path("%s", path);
	bool exists = !access(whole, F_OK);

	free(whole);
	return exists;
}

static int read_all(int fd, struct kgr_text *text)
{
	char buf[65536];
	ssize_t len;

	while (text->len < KGR_FILE_MAX) {
		len = read(fd, buf, sizeof(buf));
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return len < 0 ? -errno : 0;
		kgr_text_add(text, buf, len);
	}
	return -EFBIG;
}

/* A whole file, or the part before a read error. */
int kgr_read_path(const char *path, struct kgr_text *text)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = read_all(fd, text);
	close(fd);
	/* The text exists, but may be empty. */
	kgr_text_add(text, "", 0);
	return ret;
}

int kgr_read(struct kgr_text *text, const char *format, ...)
{
	va_list args;
	char *path;
	int ret;

	va_start(args, format);
	path = kgr_vpath(format, args);
	va_end(args);
	ret = kgr_read_path(path, text);
	free(path);
	return ret;
}

static char *read_word(const char *path)
{
	struct kgr_text text = { };
	char *word = NULL;
	int tries;

	for (tries = 0; tries < KGR_READ_TRIES && !word; tries++) {
		if (kgr_read_path(path, &text))
			break;
		if (text.len && text.data[text.len - 1] == '\n') {
			text.data[text.len - 1] = '\0';
			if (kgr_is_word(text.data))
				word = kgr_dup(text.data);
		}
		kgr_text_free(&text);
	}
	kgr_text_free(&text);
	return word;
}

/*
 * The one word of a file. NULL if it cannot be read, or is not one word and a
 * line feed: a truncated value must not be taken for another one.
 */
char *kgr_read_word(const char *format, ...)
{
	char *path, *word;
	va_list args;

	va_start(args, format);
	path = kgr_vpath(format, args);
	va_end(args);
	word = read_word(path);
	free(path);
	return word;
}

bool kgr_read_number(unsigned int *value, const char *format, ...)
{
	char *path, *word;
	va_list args;
	bool ok;

	va_start(args, format);
	path = kgr_vpath(format, args);
	va_end(args);
	word = read_word(path);
	ok = word && kgr_number32(word, value);
	free(path);
	free(word);
	return ok;
}

/* Writes a value by one write(), as sysfs requires. Returns 0 or an error. */
int kgr_write(const char *value, const char *format, ...)
{
	va_list args;
	char *path;
	int fd, ret = 0;

	va_start(args, format);
	path = kgr_vpath(format, args);
	va_end(args);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return -errno;
	if (write(fd, value, strlen(value)) < 0)
		ret = -errno;
	if (close(fd) && !ret)
		ret = -errno;
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

/* The entries of a directory, sorted, without those that begin with a dot. */
int kgr_list(const char *path, char ***names, size_t *nr)
{
	char *whole = kgr_path("%s", path);
	DIR *dir = opendir(whole);
	int err = errno;
	struct dirent *entry;

	free(whole);
	*names = NULL;
	*nr = 0;
	if (!dir)
		return -err;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		*names = kgr_grow(*names, *nr, sizeof(**names));
		(*names)[(*nr)++] = kgr_dup(entry->d_name);
	}
	closedir(dir);
	if (*nr)
		qsort(*names, *nr, sizeof(**names), by_name);
	return 0;
}

void kgr_list_free(char **names, size_t nr)
{
	while (nr)
		free(names[--nr]);
	free(names);
}

/* Whether root is kept from some things, see kernel_lockdown(7). */
enum kgr_lockdown kgr_lockdown(void)
{
	enum kgr_lockdown level = KGR_LOCKDOWN_NONE;
	struct kgr_text text = { };

	/* "none [integrity] confidentiality" */
	if (!kgr_read(&text, "/sys/kernel/security/lockdown")) {
		if (strstr(text.data, "[integrity]"))
			level = KGR_LOCKDOWN_INTEGRITY;
		else if (strstr(text.data, "[confidentiality]"))
			level = KGR_LOCKDOWN_CONFIDENTIALITY;
	}
	kgr_text_free(&text);
	return level;
}
