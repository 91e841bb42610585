/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kgr.h - common declarations of all commands of kgr
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_H
#define KGR_H

#include <stdbool.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
#define __printf(a, b)		__attribute__((format(printf, a, b)))

#define KGR_VERSION	"1.0"

/* Exit statuses; kgr.8 and kgr.schema.json have them as well. */
enum kgr_exit {
	KGR_OK		= 0,	/* done, or the answer is yes */
	KGR_NO		= 1,	/* the answer is no, or not yet */
	KGR_USAGE	= 2,	/* wrong usage, nothing was done */
	KGR_FAILED	= 3,	/* the kernel refused, or it failed */
	KGR_TIMEOUT	= 4,	/* not complete in the time that was given */
	KGR_REVERTED	= 5,	/* the patch was reverted instead */
	KGR_NOT_FOUND	= 6,	/* no such patch, module, thread or file */
	KGR_NO_KGRAFT	= 7,	/* this kernel has no kGraft */
	KGR_DENIED	= 8,	/* the caller may not do this */
};

/**
 * struct kgr_options - what every command takes
 * @json:	print one JSON object instead of text
 * @color:	whether standard output gets colours
 * @terminal:	whether standard output is a terminal
 * @verbose:	how often -v was given
 */
struct kgr_options {
	bool json;
	bool color;
	bool terminal;
	int verbose;
};

extern struct kgr_options kgr_opt;

#endif /* KGR_H */
