/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * view.h - a patch and the tasks that block it, as several commands show it
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_VIEW_H
#define KGR_VIEW_H

#include <json-c/json.h>

#include "blocker.h"
#include "log.h"
#include "output.h"
#include "patch.h"

/**
 * struct kgr_view - the progress of the last change of a patch
 * @left:	how many tasks have yet to cross it, or hold its module;
 *		negative if unknown
 * @since_ms:	how long ago it began; negative if unknown
 * @oldest:	the task that has waited longest, or %NULL
 * @next:	the command to type next, or %NULL if there is nothing to do
 */
struct kgr_view {
	long long left;
	long long since_ms;
	const struct kgr_blocker *oldest;
	char *next;
};

void kgr_view_of(struct kgr_view *view, const struct kgr_system *system,
		 const struct kgr_patch *patch,
		 const struct kgr_blockers *blockers,
		 const struct kgr_log *log);
void kgr_view_free(struct kgr_view *view);
enum kgr_color kgr_status_color(const struct kgr_patch *patch);
char *kgr_blocker_words(const struct kgr_blocker *blocker);
json_object *kgr_blocker_json(const struct kgr_blocker *blocker);

#endif /* KGR_VIEW_H */
