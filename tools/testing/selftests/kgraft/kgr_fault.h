/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory in the tests: allocations that are made to fail, and whether kGraft
 * freed what it allocated.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_FAULT_H
#define KGR_FAULT_H

#include <stdbool.h>

/* kgr_fault.c: which allocations fail. One thread at a time. */
const char *kgr_fault_lacks(void);
bool kgr_fault_begin(void);
void kgr_fault_end(void);
bool kgr_fault_within(const char *function);
bool kgr_fault_arm(int nth, int follow);
bool kgr_fault_disarm(void);

/* All that follow. */
#define KGR_FAULT_ALL	(-1)

/* The result for the allocations of another task. */
enum kgr_fault_fate {
	/* the intended one has failed */
	KGR_FAULT_FAILED,
	/* there were fewer */
	KGR_FAULT_FEWER,
	/* unknown which one it was: try again */
	KGR_FAULT_MISSED,
};

bool kgr_fault_arm_workers(int nth);
enum kgr_fault_fate kgr_fault_disarm_workers(void);
bool kgr_fault_arm_all(void);
long kgr_fault_disarm_all(void);

/* kgr_memory.c: what kGraft has allocated and not freed */
bool kgr_memory_watch(void);
bool kgr_memory_left_is(int nr);

/* kgr_symbols.c: where functions of the kernel are */
struct kgr_range {
	unsigned long start;
	unsigned long end;
};

bool kgr_function(const char *name, struct kgr_range *range);
int kgr_functions(bool (*pick)(const char *name, const char *arg),
		  const char *arg, struct kgr_range *ranges, int max);

#endif /* KGR_FAULT_H */
