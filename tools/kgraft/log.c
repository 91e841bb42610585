// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log.c - the kernel's log, record by record
 *
 * See Documentation/ABI/testing/dev-kmsg in the kernel: "LEVEL,SEQUENCE,USEC,
 * FLAGS[,...];TEXT", then lines of properties, which begin with a space. Bytes
 * that are not printable are written as \xNN in the text.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/* A record is no longer, with all its properties. */
#define KGR_RECORD_MAX	16384

static int hex_digit(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* \xNN becomes a byte, except the one that ends a text. */
static void unescape(char *text)
{
	char *to = text;
	int byte;

	while (*text) {
		byte = -1;
		if (text[0] == '\\' && text[1] == 'x' &&
		    hex_digit(text[2]) >= 0 && hex_digit(text[3]) >= 0)
			byte = hex_digit(text[2]) << 4 | hex_digit(text[3]);
		if (byte > 0) {
			*to++ = byte;
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static bool parse_record(char *line, struct kgr_record *record)
{
	char *head = kgr_next_field(&line, ';'), *field;
	unsigned long long priority;

	*record = (struct kgr_record){ };
	/* a line without a ";" is not a record; nor is a line of properties */
	if (!line || isspace((unsigned char)*head))
		return false;
	field = kgr_next_field(&head, ',');
	if (!field || !kgr_number(field, &priority))
		return false;
	field = kgr_next_field(&head, ',');
	field = kgr_next_field(&head, ',');
	if (!field || !kgr_number(field, &record->usec))
		return false;
	record->level = priority & 7;
	record->kernel = !(priority >> 3);
	while ((field = kgr_next_field(&head, ',')))
		if (!record->caller && kgr_has_prefix(field, "caller="))
			record->caller = kgr_dup(strchr(field, '=') + 1);
	record->text = kgr_dup(line);
	unescape(record->text);
	return true;
}

/* Adds all records in a text; the text is split in place. */
void kgr_parse_log(char *text, struct kgr_log *log)
{
	struct kgr_record record;
	char *line;

	while ((line = kgr_next_line(&text))) {
		if (!parse_record(line, &record))
			continue;
		log->list = kgr_grow(log->list, log->nr, sizeof(record));
		log->list[log->nr++] = record;
	}
}

/* A descriptor, at the oldest record or after the newest; or an error. */
int kgr_log_open(bool from_now)
{
	int fd = kgr_open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	if (fd >= 0)
		lseek(fd, 0, from_now ? SEEK_END : SEEK_SET);
	return fd;
}

/* Adds the records that are available. Returns 0 or an error. */
int kgr_log_drain(int fd, struct kgr_log *log)
{
	static char buf[KGR_RECORD_MAX + 1];
	struct kgr_text text = { };
	ssize_t len;
	int ret = 0;

	for (;;) {
		len = read(fd, buf, KGR_RECORD_MAX);
		if (len > 0) {
			/* a NUL would hide what follows */
			kgr_text_add(&text, buf, strnlen(buf, len));
		} else if (len < 0 && errno == EPIPE) {
			log->lost = true;
		} else if (len == 0 || errno != EINTR) {
			ret = len && errno != EAGAIN ? -errno : 0;
			break;
		}
	}
	if (text.data)
		kgr_parse_log(text.data, log);
	kgr_text_free(&text);
	return ret;
}

/* All records since boot that are still there. */
int kgr_log_read(struct kgr_log *log)
{
	int fd = kgr_log_open(false), ret;

	*log = (struct kgr_log){ };
	if (fd < 0)
		return fd;
	ret = kgr_log_drain(fd, log);
	close(fd);
	return ret;
}

void kgr_log_free(struct kgr_log *log)
{
	while (log->nr) {
		free(log->list[--log->nr].caller);
		free(log->list[log->nr].text);
	}
	free(log->list);
	*log = (struct kgr_log){ };
}

/* Did kGraft write it? A program can write such a text, too. */
bool kgr_record_is_ours(const struct kgr_record *record)
{
	return record->kernel && kgr_has_prefix(record->text, KGR_LOG_PREFIX);
}

/* The number at the beginning of a text that continues with @after. */
static bool number_before(const char *text, const char *after,
			  unsigned long long *number)
{
	size_t len = strspn(text, "0123456789");
	char *digits = kgr_dup_len(text, len);
	bool ok = kgr_number(digits, number) && !strcmp(text + len, after);

	free(digits);
	return ok;
}

/*
 * The lines of a change, which are documented in Documentation/kgraft.txt,
 * section 13. A name may have quotes in it: it ends where the rest fits.
 */
bool kgr_parse_change(const char *text, struct kgr_change_line *change)
{
	static const struct {
		enum kgr_change_kind kind;
		const char *words, *after;
	} forms[] = {
		{ KGR_CHANGE_APPLYING, "': applying, universe ", "" },
		{ KGR_CHANGE_REVERTING, "': reverting, universe ", "" },
		{ KGR_CHANGE_APPLIED, "': applied after ", " ms" },
		{ KGR_CHANGE_REVERTED, "': reverted after ", " ms" },
	};
	const char *name, *end;
	size_t i;

	*change = (struct kgr_change_line){ };
	if (!kgr_has_prefix(text, KGR_LOG_PREFIX "'"))
		return false;
	name = text + strlen(KGR_LOG_PREFIX "'");
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		end = strstr(name, forms[i].words);
		if (!end || !number_before(end + strlen(forms[i].words),
					   forms[i].after, &change->number))
			continue;
		change->kind = forms[i].kind;
		change->patch = kgr_dup_len(name, end - name);
		return true;
	}
	return false;
}

/* The clock of the log. */
unsigned long long kgr_now_usec(void)
{
	struct kgr_text text = { };
	struct timespec now;
	double up = 0;

	if (!kgr_root_is_real()) {
		if (kgr_read(&text, "/proc/uptime") ||
		    sscanf(text.data, "%lf", &up) != 1)
			up = 0;
		kgr_text_free(&text);
		return up * 1e6;
	}
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ULL + now.tv_nsec / 1000;
}

/*
 * How many ms ago the change of a patch that opened @universe began; negative
 * if the log no longer has it.
 */
long long kgr_log_since(const struct kgr_log *log, const char *patch,
			unsigned int universe)
{
	unsigned long long now = kgr_now_usec();
	struct kgr_change_line change;
	size_t i;
	bool is;

	for (i = log->nr; i > 0; i--) {
		if (!kgr_record_is_ours(&log->list[i - 1]) ||
		    !kgr_parse_change(log->list[i - 1].text, &change))
			continue;
		is = !strcmp(change.patch, patch) &&
		     (change.kind == KGR_CHANGE_APPLYING ||
		      change.kind == KGR_CHANGE_REVERTING) &&
		     change.number == universe;
		free(change.patch);
		if (!is)
			continue;
		if (log->list[i - 1].usec > now)
			return 0;
		return (now - log->list[i - 1].usec) / 1000;
	}
	return -1;
}
