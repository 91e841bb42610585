// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_status.c - kgr status, kgr check: is a change in progress?
 */
#include <stdlib.h>

#include "command.h"
#include "status.h"
#include "view.h"

#define COLUMNS	6

static const char *progress_word(const struct kgr_system *system)
{
	if (system->in_progress < 0)
		return "unknown";
	return system->in_progress ? "in_progress" : "ready";
}

static void cell_crossed(struct kgr_table *table,
			 const struct kgr_system *system,
			 const struct kgr_patch *patch,
			 const struct kgr_view *view)
{
	if (!kgr_patch_is_pending(patch) || view->left < 0)
		kgr_cell(table, KGR_PLAIN, "-");
	else if (view->left <= system->tasks)
		kgr_cell(table, KGR_PLAIN, "%lld of %u",
			 system->tasks - view->left, system->tasks);
	else
		kgr_cell(table, KGR_PLAIN, "%lld left", view->left);
}

static void row_of(struct kgr_table *table, const struct kgr_system *system,
		   const struct kgr_patch *patch, const struct kgr_view *view)
{
	char *words;

	kgr_cell(table, KGR_BOLD, "%s", patch->name);
	kgr_cell(table, kgr_status_color(patch), "%s%s",
		 kgr_status_word(patch->status),
		 patch->forced ? ", forced" : "");
	cell_crossed(table, system, patch, view);
	words = view->since_ms < 0 ? kgr_dup("-") :
		kgr_duration(view->since_ms);
	kgr_cell(table, KGR_PLAIN, "%s%s", words,
		 view->since_ms < 0 ? "" : " ago");
	free(words);
	words = view->oldest ? kgr_blocker_words(view->oldest) : kgr_dup("-");
	kgr_cell(table, KGR_PLAIN, "%s", words);
	free(words);
	kgr_cell(table, KGR_BOLD, "%s", view->next ? view->next : "-");
}

static void json_of(json_object *array, const struct kgr_system *system,
		    const struct kgr_patch *patch, const struct kgr_view *view)
{
	json_object *object = json_object_new_object();
	bool known = view->left >= 0 && system->tasks >= view->left;

	kgr_json_add(object, "name", patch->name);
	kgr_json_add(object, "module", patch->module);
	kgr_json_add(object, "status", kgr_status_word(patch->status));
	kgr_json_bool(object, "forced", patch->forced);
	kgr_json_number(object, "universe", patch->has_universe ?
			(long long)patch->universe : -1);
	kgr_json_number(object, "left", view->left);
	kgr_json_number(object, "crossed",
			known ? system->tasks - view->left : -1);
	kgr_json_number(object, "since_ms", view->since_ms);
	json_object_object_add(object, "oldest_blocker", view->oldest ?
			       kgr_blocker_json(view->oldest) : NULL);
	kgr_json_add(object, "next", view->next);
	json_object_array_add(array, object);
}

static void json_system(const struct kgr_system *system)
{
	bool known = system->has_numbers;

	kgr_json_add(kgr_json, "state", progress_word(system));
	kgr_json_number(kgr_json, "universe",
			known ? (long long)system->universe : -1);
	kgr_json_number(kgr_json, "horizon",
			known ? (long long)system->horizon : -1);
	kgr_json_number(kgr_json, "remaining",
			known ? (long long)system->remaining : -1);
	kgr_json_number(kgr_json, "tasks",
			system->tasks ? (long long)system->tasks : -1);
	kgr_json_add(kgr_json, "wake", system->wake);
}

static void say_details(const struct kgr_system *system,
			const struct kgr_blockers *blockers)
{
	if (system->has_numbers)
		kgr_say("universe %u, oldest task in %u, %u tasks have yet to cross",
			system->universe, system->horizon, system->remaining);
	if (system->wake)
		kgr_say("wake policy: %s", system->wake);
	if (blockers->source == KGR_BLOCKERS_OWN)
		kgr_say("tasks of other users are not listed; root sees all tasks");
}

/* The output of kgr status, which kgr top repeats. Returns an exit status. */
int kgr_status_show(void)
{
	struct kgr_table table = { .columns = COLUMNS };
	struct kgr_blockers blockers;
	struct kgr_system system;
	json_object *array = NULL;
	struct kgr_view view;
	struct kgr_log log;
	size_t i;
	int ret;

	ret = kgr_system_read(&system);
	if (ret)
		return ret;
	kgr_blockers_read(&blockers);
	kgr_log_read(&log);
	if (kgr_json) {
		json_system(&system);
		array = kgr_json_array(kgr_json, "patches");
	}
	kgr_say("%s%s%s", kgr_paint(system.in_progress ? KGR_YELLOW : KGR_GREEN),
		progress_word(&system), kgr_paint(KGR_PLAIN));
	if (kgr_opt.verbose)
		say_details(&system, &blockers);
	if (!kgr_json && system.nr) {
		kgr_cell(&table, KGR_DIM, "PATCH");
		kgr_cell(&table, KGR_DIM, "STATUS");
		kgr_cell(&table, KGR_DIM, "CROSSED");
		kgr_cell(&table, KGR_DIM, "BEGAN");
		kgr_cell(&table, KGR_DIM, "WAITS FOR");
		kgr_cell(&table, KGR_DIM, "NEXT");
	}
	for (i = 0; i < system.nr; i++) {
		kgr_view_of(&view, &system, &system.patches[i], &blockers,
			    &log);
		if (kgr_json)
			json_of(array, &system, &system.patches[i], &view);
		else
			row_of(&table, &system, &system.patches[i], &view);
		kgr_view_free(&view);
	}
	kgr_table_print(&table, stdout);
	kgr_log_free(&log);
	kgr_blockers_free(&blockers);
	kgr_system_free(&system);
	return KGR_OK;
}

/* Read nothing else: this command is called in loops. */
static int run_check(void)
{
	int ret = kgr_system_check(), in_progress;

	if (ret)
		return ret;
	in_progress = kgr_in_progress();
	if (in_progress < 0)
		return kgr_error(KGR_FAILED, 0,
				 "in_progress cannot be read, or is not a number");
	if (kgr_json)
		kgr_json_add(kgr_json, "state",
			     in_progress ? "in_progress" : "ready");
	if (kgr_opt.verbose)
		kgr_say("%s", in_progress ? "in_progress" : "ready");
	return in_progress ? KGR_NO : KGR_OK;
}

const struct kgr_command kgr_status_command = {
	.name = "status",
	.brief = "show the progress of changes, and what to do next",
	.usage = "",
	.run = kgr_status_show,
};

const struct kgr_command kgr_check_command = {
	.name = "check",
	.brief = "exit with 0 if no change is in progress, with 1 if one is",
	.usage = "[FILE.patch]",
	.run = run_check,
};
