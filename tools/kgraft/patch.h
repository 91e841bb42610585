/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patch.h - the state of kGraft and of its patches
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_PATCH_H
#define KGR_PATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/* The words of a patch's file status. */
enum kgr_patch_status {
	KGR_PATCH_UNKNOWN,
	KGR_PATCH_APPLYING,
	KGR_PATCH_APPLIED,
	KGR_PATCH_REVERTING,
	KGR_PATCH_REVERTED,
	KGR_PATCH_REPLACED,
};

/* The numbers of a patch's file state. */
enum kgr_function_state {
	KGR_FUNCTION_INIT,
	KGR_FUNCTION_APPLYING,
	KGR_FUNCTION_APPLIED,
	KGR_FUNCTION_REVERTING,
	KGR_FUNCTION_REVERTED,
	KGR_FUNCTION_NOT_LOADED,	/* its module is not */
	KGR_FUNCTION_UNPATCHED,		/* its module could not be patched */
	KGR_FUNCTION_STATES
};

/**
 * struct kgr_function - a line of a patch's file state
 * @name:	of the function
 * @object:	"vmlinux", or the module that it is in
 * @position:	which of several symbols of that name, 0 if it is unique
 * @state:	its state, as documented in the ABI
 */
struct kgr_function {
	char *name;
	char *object;
	unsigned int position;
	unsigned int state;
};

/**
 * struct kgr_count - how many tasks crossed in one way
 * @way:	the word for the way
 * @nr:		how many
 */
struct kgr_count {
	char *way;
	unsigned int nr;
};

/**
 * struct kgr_statistics - a patch's file statistics
 * @there:	whether the file exists
 * @began_ms:	when its last change began, on the monotonic clock
 * @took_ms:	how long the change took; negative if it is not complete
 * @longest_ms:	how long the longest change took
 * @counts:	how many tasks crossed, by way
 * @nr:		the number of ways
 */
struct kgr_statistics {
	bool there;
	long long began_ms;
	long long took_ms;
	long long longest_ms;
	struct kgr_count *counts;
	size_t nr;
};

/**
 * struct kgr_patch - a directory in /sys/kernel/kgraft
 * @name:	the name that its author chose
 * @module:	the module that has it, or %NULL if unknown
 * @status:	its status
 * @consistency: a word, or %NULL
 * @on_deadline: a word, or %NULL
 * @universe:	the universe that its last change opened
 * @refs:	references to the module
 * @deadline_ms: how long a change of it may take, 0: no limit
 * @forced:	whether tasks were forced to cross its last change
 * @replace_all: whether it ends all other patches
 * @has_universe: whether @universe could be read
 * @has_refs:	whether @refs could be read
 * @functions:	in the order of the patch
 * @nr_functions: how many
 * @statistics:	figures of its last change
 *
 * Fields that could not be read are unknown, %NULL or 0: a patch may be removed
 * while it is read.
 */
struct kgr_patch {
	char *name;
	char *module;
	enum kgr_patch_status status;
	char *consistency;
	char *on_deadline;
	unsigned int universe;
	unsigned int refs;
	unsigned int deadline_ms;
	bool forced;
	bool replace_all;
	bool has_universe;
	bool has_refs;
	struct kgr_function *functions;
	size_t nr_functions;
	struct kgr_statistics statistics;
};

/**
 * struct kgr_system - /sys/kernel/kgraft
 * @in_progress: whether a change is in progress; negative if unknown
 * @universe:	the newest
 * @horizon:	the oldest universe that a task lives in
 * @remaining:	how many tasks have yet to cross into @universe
 * @has_numbers: whether all three could be read
 * @tasks:	the number of tasks, idle tasks included; 0 if unknown
 * @wake:	the policy, or %NULL
 * @patches:	by name
 * @nr:		how many
 */
struct kgr_system {
	int in_progress;
	unsigned int universe;
	unsigned int horizon;
	unsigned int remaining;
	bool has_numbers;
	unsigned int tasks;
	char *wake;
	struct kgr_patch *patches;
	size_t nr;
};

int kgr_system_read(struct kgr_system *system);
bool kgr_system_is_there(void);
int kgr_system_check(void);
int kgr_in_progress(void);
void kgr_system_free(struct kgr_system *system);

bool kgr_patch_read(const char *name, struct kgr_patch *patch);
void kgr_patch_free(struct kgr_patch *patch);
void kgr_parse_statistics(char *text, struct kgr_statistics *statistics);
void kgr_parse_functions(char *text, struct kgr_patch *patch);
enum kgr_patch_status kgr_status_of_word(const char *word);
const char *kgr_status_word(enum kgr_patch_status status);
bool kgr_patch_is_pending(const struct kgr_patch *patch);
bool kgr_patch_is_idle(const struct kgr_patch *patch);
size_t kgr_patch_unpatched(const struct kgr_patch *patch);
bool kgr_function_is_named(const struct kgr_function *a,
			   const struct kgr_function *b);
bool kgr_function_is(const struct kgr_function *a, const struct kgr_function *b);
bool kgr_universe_before(unsigned int a, unsigned int b);

char *kgr_module_name(const char *text);
const struct kgr_patch *kgr_patch_find(const struct kgr_system *system,
				       const char *name);
int kgr_no_patch(const char *name);
char *kgr_patch_of_module(const char *module);
const char *kgr_state_word(unsigned int state);

#endif /* KGR_PATCH_H */
