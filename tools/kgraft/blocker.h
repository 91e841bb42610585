/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blocker.h - the tasks that have yet to cross, and why
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_BLOCKER_H
#define KGR_BLOCKER_H

#include <stdbool.h>
#include <stddef.h>

#include "patch.h"
#include "text.h"

/* The source of the list. */
enum kgr_blocker_source {
	KGR_BLOCKERS_NONE,	/* neither can be read */
	KGR_BLOCKERS_KERNEL,	/* debugfs, with reasons */
	KGR_BLOCKERS_PROC,	/* /proc, all threads */
	KGR_BLOCKERS_OWN,	/* /proc, the caller's own threads */
};

/**
 * struct kgr_blocker - a thread that has yet to cross
 * @tid:	its TID, 0 for idle tasks
 * @comm:	its name, which may have any bytes
 * @universe:	the universe that it lives in
 * @has_universe: whether @universe is known
 * @kind:	the kernel's word for its kind, or "-"
 * @reason:	why it does not cross, or "-"
 * @waited_ms:	for how long; negative if unknown
 * @syscall:	the system call that it is in, or "-"
 * @wchan:	the function that it sleeps in, or "-"
 */
struct kgr_blocker {
	unsigned int tid;
	char *comm;
	unsigned int universe;
	bool has_universe;
	char *kind;
	char *reason;
	long long waited_ms;
	char *syscall;
	char *wchan;
};

/**
 * struct kgr_blockers - all threads that have yet to cross
 * @source:	the source of the list
 * @err:	why the kernel's list could not be read, or 0
 * @text:	the text that contains the strings
 * @list:	in the order of the kernel
 * @nr:		how many
 */
struct kgr_blockers {
	enum kgr_blocker_source source;
	int err;
	struct kgr_text text;
	struct kgr_blocker *list;
	size_t nr;
};

void kgr_blockers_read(struct kgr_blockers *blockers);
void kgr_parse_blockers(struct kgr_blockers *blockers);
void kgr_blockers_free(struct kgr_blockers *blockers);
bool kgr_blocker_holds(const struct kgr_blocker *blocker,
		       const struct kgr_patch *patch);
const struct kgr_blocker *
kgr_blockers_oldest(const struct kgr_blockers *blockers,
		    const struct kgr_patch *patch, size_t *nr);
char *kgr_blocker_advice(const struct kgr_blocker *blocker);

#endif /* KGR_BLOCKER_H */
