/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.h - the kernel's log, record by record
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_LOG_H
#define KGR_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/* What begins the lines of kGraft. */
#define KGR_LOG_PREFIX	"kgraft: "

/**
 * struct kgr_record - a line of the kernel's log
 * @level:	0 to 7
 * @kernel:	whether the kernel has written it, not a program
 * @usec:	microseconds since boot
 * @caller:	"T" and a TID, or "C" and the number of a CPU; %NULL if the kernel
 *		does not record it
 * @text:	without the line feed
 */
struct kgr_record {
	unsigned int level;
	bool kernel;
	unsigned long long usec;
	char *caller;
	char *text;
};

/**
 * struct kgr_log - records, oldest first
 * @list:	the records
 * @nr:		how many
 * @lost:	whether the kernel dropped some
 */
struct kgr_log {
	struct kgr_record *list;
	size_t nr;
	bool lost;
};

/* What a line of the log says about a change. */
enum kgr_change_kind {
	KGR_CHANGE_NONE,
	KGR_CHANGE_APPLYING,
	KGR_CHANGE_REVERTING,
	KGR_CHANGE_APPLIED,
	KGR_CHANGE_REVERTED,
};

/**
 * struct kgr_change_line - the same, parsed
 * @kind:	what happened
 * @patch:	the name of the patch, to be freed
 * @number:	the universe that is opened, or the duration in ms
 */
struct kgr_change_line {
	enum kgr_change_kind kind;
	char *patch;
	unsigned long long number;
};

int kgr_log_open(bool from_now);
int kgr_log_drain(int fd, struct kgr_log *log);
int kgr_log_read(struct kgr_log *log);
void kgr_parse_log(char *text, struct kgr_log *log);
void kgr_log_free(struct kgr_log *log);

bool kgr_record_is_ours(const struct kgr_record *record);
bool kgr_parse_change(const char *text, struct kgr_change_line *change);
long long kgr_log_since(const struct kgr_log *log, const char *patch,
			unsigned int universe);
unsigned long long kgr_now_usec(void);

#endif /* KGR_LOG_H */
