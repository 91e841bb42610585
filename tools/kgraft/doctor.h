/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * doctor.h - findings of kgr doctor
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_DOCTOR_H
#define KGR_DOCTOR_H

#include <json-c/json.h>

#include "kgr.h"

enum kgr_finding_level {
	KGR_GOOD,
	KGR_NOTE,	/* works, but the administrator should know */
	KGR_BAD,	/* does not work */
	KGR_FINDING_LEVELS
};

/**
 * struct kgr_findings - the findings so far
 * @nr:		how many of each level
 * @array:	the findings, with --json
 */
struct kgr_findings {
	int nr[KGR_FINDING_LEVELS];
	json_object *array;
};

void kgr_finding(enum kgr_finding_level level, const char *name,
		 const char *format, ...)
	__printf(3, 4);
void kgr_check_config(void);
void kgr_parse_config(char *text);
void kgr_check_file(const char *name);

#endif /* KGR_DOCTOR_H */
