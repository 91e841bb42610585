// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fault.c - messages of the kernel during a request
 *
 * The log is opened after its newest record before the request. So all records
 * that are read afterwards were written meanwhile. Of these, those that this
 * thread caused are shown, if the kernel records the writer
 * (CONFIG_PRINTK_CALLER), or else those of kGraft and about the module.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault.h"
#include "output.h"

/* Warnings, errors and worse. */
#define KGR_FAULT_LEVEL	4

/* Why the loader refuses a signature is only a notice. */
#define KGR_REFUSED_LEVEL	5

/* A descriptor for kgr_faults_end(); negative if the log cannot be read. */
int kgr_faults_begin(void)
{
	return kgr_log_open(true);
}

static bool is_caused_here(const struct kgr_record *record)
{
	char *self = kgr_format("T%d", (int)gettid());
	bool here = !strcmp(record->caller, self);

	free(self);
	return here;
}

static bool is_fault(const struct kgr_record *record, const char *module)
{
	bool about = kgr_record_is_ours(record);
	char *prefix;

	if (!record->kernel)
		return false;
	if (module && record->caller)
		return record->level <= KGR_REFUSED_LEVEL &&
		       is_caused_here(record);
	if (record->level > KGR_FAULT_LEVEL)
		return false;
	if (!module)
		return about && (!record->caller || is_caused_here(record));
	prefix = kgr_format("%s: ", module);
	about |= kgr_has_prefix(record->text, prefix);
	free(prefix);
	return about;
}

/**
 * kgr_faults_end - show the complaints of the kernel
 * @fd: from kgr_faults_begin()
 * @module: a module that was not loaded, for which the loader may have logged a
 *	    reason; or %NULL
 *
 * Return: the number of lines.
 */
size_t kgr_faults_end(int fd, const char *module)
{
	json_object *array = NULL;
	struct kgr_log log = { };
	size_t i, nr = 0;
	char *text;

	if (fd < 0)
		return 0;
	kgr_log_drain(fd, &log);
	close(fd);
	fflush(stdout);
	if (kgr_json &&
	    !json_object_object_get_ex(kgr_json, "faults", &array))
		array = kgr_json_array(kgr_json, "faults");
	for (i = 0; i < log.nr; i++) {
		if (!is_fault(&log.list[i], module))
			continue;
		nr++;
		if (array) {
			json_object_array_add(array, kgr_json_string(log.list[i].text));
			continue;
		}
		text = kgr_printable(log.list[i].text);
		fprintf(stderr, "  kernel: %s\n", text);
		free(text);
	}
	kgr_log_free(&log);
	return nr;
}
