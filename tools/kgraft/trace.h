/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trace.h - a transition, as the kernel traced it
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TRACE_H
#define KGR_TRACE_H

#include <stdbool.h>
#include <stdio.h>

#include "text.h"

/* The ways of crossing; kgr_task_cross has the words. */
enum kgr_way {
	KGR_WAY_EXIT,
	KGR_WAY_LOOP,
	KGR_WAY_SLEEP,
	KGR_WAY_IDLE,
	KGR_WAY_STACK,
	KGR_WAY_PLACE,
	KGR_WAY_FORCE,
	KGR_WAY_OTHER,
	KGR_WAYS
};

/**
 * struct kgr_crossing - a task that crossed
 * @usec:	when
 * @pid:	its TID
 * @comm:	its name
 * @from:	the universe that it left
 * @to:		the universe that it crossed into
 * @way:	the way
 */
struct kgr_crossing {
	unsigned long long usec;
	unsigned int pid;
	char *comm;
	unsigned int from;
	unsigned int to;
	enum kgr_way way;
};

/**
 * struct kgr_blocked - a task that was seen not to cross
 * @usec:	when
 * @pid:	its TID
 * @comm:	its name
 * @universe:	the universe that it lived in
 * @reason:	why it did not cross
 */
struct kgr_blocked {
	unsigned long long usec;
	unsigned int pid;
	char *comm;
	unsigned int universe;
	char *reason;
};

/**
 * struct kgr_traced - a change
 * @usec:	when it began
 * @patch:	its patch
 * @revert:	whether it is a revert
 * @universe:	the universe that it opened
 * @complete:	whether it was complete at the end of the trace
 * @usecs:	how long it took, if it was complete
 */
struct kgr_traced {
	unsigned long long usec;
	char *patch;
	bool revert;
	unsigned int universe;
	bool complete;
	unsigned long long usecs;
};

/**
 * struct kgr_trace - the whole trace, in the order of time
 * @changes:	changes that began
 * @nr_changes:	how many
 * @crossings:	crossings of tasks
 * @nr_crossings: how many
 * @blocked:	tasks that did not cross for a while
 * @nr_blocked:	how many
 * @end:	the time of the last event
 */
struct kgr_trace {
	struct kgr_traced *changes;
	size_t nr_changes;
	struct kgr_crossing *crossings;
	size_t nr_crossings;
	struct kgr_blocked *blocked;
	size_t nr_blocked;
	unsigned long long end;
};

void kgr_parse_trace(char *text, struct kgr_trace *trace);
void kgr_trace_free(struct kgr_trace *trace);
const char *kgr_way_word(enum kgr_way way);
bool kgr_crosses(const struct kgr_crossing *crossing,
		 const struct kgr_traced *change);

void kgr_draw(const struct kgr_trace *trace, FILE *file);

#endif /* KGR_TRACE_H */
