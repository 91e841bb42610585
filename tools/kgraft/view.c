// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * view.c - a patch and the tasks that block it, as several commands show it
 */
#include <stdlib.h>
#include <string.h>

#include "view.h"

/*
 * How many tasks have yet to cross, or the kernel's own count if that is the
 * same.
 */
static long long count_left(const struct kgr_system *system,
			    const struct kgr_patch *patch,
			    const struct kgr_blockers *blockers, size_t listed)
{
	if (!kgr_patch_is_pending(patch))
		return 0;
	if (blockers->source == KGR_BLOCKERS_KERNEL ||
	    blockers->source == KGR_BLOCKERS_PROC)
		return listed;
	if (system->has_numbers && patch->has_universe &&
	    system->universe == patch->universe)
		return system->remaining;
	return -1;
}

static char *next_command(const struct kgr_patch *patch,
			  const struct kgr_blockers *blockers,
			  const struct kgr_blocker *oldest)
{
	char *name = kgr_shell_word(patch->name), *next = NULL;

	if (kgr_patch_is_pending(patch)) {
		if (oldest)
			next = kgr_blocker_advice(oldest);
		else if (blockers->source == KGR_BLOCKERS_OWN)
			next = kgr_dup("sudo kgr status");
		else
			next = kgr_format("kgr wait %s", name);
	} else if (kgr_patch_is_idle(patch) && !patch->forced) {
		next = kgr_format("kgr unload %s", name);
	}
	free(name);
	return next;
}

/* How long ago a time of the monotonic clock was. */
static long long since(long long ms)
{
	long long now = kgr_now_usec() / 1000;

	return now > ms ? now - ms : 0;
}

void kgr_view_of(struct kgr_view *view, const struct kgr_system *system,
		 const struct kgr_patch *patch,
		 const struct kgr_blockers *blockers,
		 const struct kgr_log *log)
{
	size_t listed;

	view->oldest = kgr_blockers_oldest(blockers, patch, &listed);
	view->left = count_left(system, patch, blockers, listed);
	view->since_ms = -1;
	if (patch->statistics.there)
		view->since_ms = since(patch->statistics.began_ms);
	else if (log && patch->has_universe)
		view->since_ms = kgr_log_since(log, patch->name,
					       patch->universe);
	if (view->since_ms < 0 && view->oldest)
		view->since_ms = view->oldest->waited_ms;
	view->next = next_command(patch, blockers, view->oldest);
}

void kgr_view_free(struct kgr_view *view)
{
	free(view->next);
}

enum kgr_color kgr_status_color(const struct kgr_patch *patch)
{
	if (patch->forced)
		return KGR_RED;
	if (kgr_patch_is_pending(patch))
		return KGR_YELLOW;
	if (patch->status == KGR_PATCH_APPLIED)
		return KGR_GREEN;
	return KGR_DIM;
}

/* "NAME(TID) REASON" */
char *kgr_blocker_words(const struct kgr_blocker *blocker)
{
	if (!strcmp(blocker->reason, "-"))
		return kgr_format("%s(%u)", blocker->comm, blocker->tid);
	return kgr_format("%s(%u) %s", blocker->comm, blocker->tid,
			  blocker->reason);
}

static void add_known(json_object *object, const char *key, const char *word)
{
	kgr_json_add(object, key, strcmp(word, "-") ? word : NULL);
}

json_object *kgr_blocker_json(const struct kgr_blocker *blocker)
{
	json_object *object = json_object_new_object();

	kgr_json_number(object, "tid", blocker->tid);
	kgr_json_add(object, "comm", blocker->comm);
	kgr_json_number(object, "universe", blocker->has_universe ?
			(long long)blocker->universe : -1);
	add_known(object, "kind", blocker->kind);
	add_known(object, "reason", blocker->reason);
	kgr_json_number(object, "waited_ms", blocker->waited_ms);
	add_known(object, "syscall", blocker->syscall);
	add_known(object, "wchan", blocker->wchan);
	return object;
}
