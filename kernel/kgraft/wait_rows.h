/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The waits that system calls are there for, by the functions that sleep.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_WAIT_ROWS_H
#define _KGRAFT_WAIT_ROWS_H

#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/types.h>

/* Rows, and names in each of them at most. */
#define KGR_WAIT_ROWS		52
#define KGR_WAIT_NAMES		6

/* Code that was found keeps the index of its row in a byte. */
static_assert(KGR_WAIT_ROWS <= U8_MAX);

/**
 * struct kgr_wait_row - one wait
 * @what:	what waits there, for the log; %NULL: functions of the scheduler
 * @module:	the module that has the functions, if it is a module here. Rows of
 *		one module stand together
 * @absent:	whether this kernel is built without it
 * @names:	the functions that may be found to call the scheduler. Which of
 *		them exist depends on what the compiler inlined. None of them
 *		calls the scheduler for anything else. "sys_foo" stands for all
 *		entries of a system call: __x64_sys_foo(), __do_sys_foo(), ...
 */
struct kgr_wait_row {
	const char *what;
	const char *module;
	bool absent;
	const char *names[KGR_WAIT_NAMES];
};

extern const struct kgr_wait_row kgr_wait_rows[KGR_WAIT_ROWS];

#endif /* _KGRAFT_WAIT_ROWS_H */
