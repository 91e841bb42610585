// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_patches.c - kgr patches: what is patched, by which patch, and is it live?
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "root.h"
#include "site.h"
#include "view.h"

#define KGR_LIVEPATCH	"/sys/kernel/livepatch"

static struct kgr_args wanted;
/* The patches that these mean, and whether they are the names of livepatches. */
static const struct kgr_patch *named[KGR_MAX_ARGS];
static bool is_livepatch[KGR_MAX_ARGS];

/*
 * Whether every task runs all replacements now; if not, why not. No task can
 * run a function of a module that is not loaded.
 */
static const char *live_words(const struct kgr_patch *patch, bool *live)
{
	*live = false;
	switch (patch->status) {
	case KGR_PATCH_APPLIED:
		break;
	case KGR_PATCH_APPLYING:
	case KGR_PATCH_REVERTING:
		return "for some tasks";
	case KGR_PATCH_REVERTED:
	case KGR_PATCH_REPLACED:
		return "no";
	default:
		return "unknown";
	}
	if (kgr_patch_unpatched(patch))
		return "not in a module";
	if (!patch->nr_functions)
		return "unknown";
	*live = true;
	return "for all tasks";
}

/* Another patch that has the function, as text; or NULL. */
static const char *also_in(const struct kgr_system *system,
			   const struct kgr_patch *patch,
			   const struct kgr_function *function)
{
	const struct kgr_function *other;
	size_t i, j;

	for (i = 0; i < system->nr; i++) {
		if (&system->patches[i] == patch ||
		    kgr_patch_is_idle(&system->patches[i]))
			continue;
		for (j = 0; j < system->patches[i].nr_functions; j++) {
			other = &system->patches[i].functions[j];
			if (kgr_function_is(other, function))
				return system->patches[i].name;
		}
	}
	return NULL;
}

/* --- text --- */

static void say_functions(const struct kgr_system *system,
			  const struct kgr_patch *patch,
			  const struct kgr_sites *sites)
{
	struct kgr_table table = { .columns = 6 };
	const struct kgr_function *function;
	const struct kgr_site *site;
	const char *other;
	size_t i;

	for (i = 0; i < patch->nr_functions; i++) {
		function = &patch->functions[i];
		site = kgr_site_of(sites, system, patch, function);
		other = also_in(system, patch, function);
		kgr_cell(&table, KGR_PLAIN, "    %s", function->name);
		if (function->position)
			kgr_cell(&table, KGR_PLAIN, "%s #%u", function->object,
				 function->position);
		else
			kgr_cell(&table, KGR_PLAIN, "%s", function->object);
		kgr_cell(&table, function->state == KGR_FUNCTION_UNPATCHED ?
			 KGR_RED : KGR_PLAIN,
			 "%s", kgr_state_word(function->state));
		kgr_cell(&table, KGR_PLAIN, "%s",
			 site ? site->replacement : "-");
		kgr_cell(&table, KGR_PLAIN, "%s%s", other ? "also in " : "",
			 other ? other : "-");
		kgr_cell(&table, KGR_PLAIN, "%s", site ? site->others : "-");
	}
	kgr_table_print(&table, stdout);
}

/* Figures of the last change. */
static void say_statistics(const struct kgr_statistics *statistics)
{
	struct kgr_text text = { };
	char *took;
	size_t i;

	if (!statistics->there)
		return;
	took = statistics->took_ms < 0 ? kgr_dup("not complete") :
	       kgr_duration(statistics->took_ms);
	kgr_text_put(&text, took);
	for (i = 0; i < statistics->nr; i++)
		if (statistics->counts[i].nr)
			kgr_text_printf(&text, ", %s %u",
					statistics->counts[i].way,
					statistics->counts[i].nr);
	kgr_say("    last change  %s", text.data);
	free(took);
	kgr_text_free(&text);
}

static void say_patch(const struct kgr_system *system,
		      const struct kgr_patch *patch,
		      const struct kgr_sites *sites)
{
	char *duration, *name = kgr_printable(patch->name);
	bool live;

	kgr_say("%s%s%s (kgraft)", kgr_paint(KGR_BOLD), name,
		kgr_paint(KGR_PLAIN));
	free(name);
	kgr_say("    status       %s%s%s%s", kgr_paint(kgr_status_color(patch)),
		kgr_status_word(patch->status), patch->forced ? ", forced" : "",
		kgr_paint(KGR_PLAIN));
	kgr_say("    live         %s", live_words(patch, &live));
	kgr_say("    module       %s", patch->module ? patch->module : "-");
	if (patch->has_universe)
		kgr_say("    universe     %u", patch->universe);
	kgr_say("    consistency  %s%s",
		patch->consistency ? patch->consistency : "-",
		patch->replace_all ? ", replaces all others" : "");
	if (patch->deadline_ms) {
		duration = kgr_duration(patch->deadline_ms);
		kgr_say("    deadline     %s, then %s", duration,
			patch->on_deadline ? patch->on_deadline : "-");
		free(duration);
	}
	say_statistics(&patch->statistics);
	if (!strncmp(live_words(patch, &live), "not", 3))
		kgr_say("    %sa module that it patches runs the original%s",
			kgr_paint(KGR_RED), kgr_paint(KGR_PLAIN));
	say_functions(system, patch, sites);
}

static void row_of(struct kgr_table *table, const struct kgr_patch *patch)
{
	bool live;

	kgr_cell(table, KGR_BOLD, "%s", patch->name);
	kgr_cell(table, kgr_status_color(patch), "%s%s",
		 kgr_status_word(patch->status),
		 patch->forced ? ", forced" : "");
	kgr_cell(table, KGR_PLAIN, "%s", live_words(patch, &live));
	kgr_cell(table, KGR_PLAIN, "%zu", patch->nr_functions);
	kgr_cell(table, KGR_PLAIN, "%s", patch->module ? patch->module : "-");
	kgr_cell(table, KGR_PLAIN, "kgraft");
}

/* --- JSON --- */

static void json_functions(json_object *object, const struct kgr_system *system,
			   const struct kgr_patch *patch,
			   const struct kgr_sites *sites)
{
	json_object *array = kgr_json_array(object, "functions"), *entry;
	const struct kgr_function *function;
	const struct kgr_site *site;
	size_t i;

	for (i = 0; i < patch->nr_functions; i++) {
		function = &patch->functions[i];
		site = kgr_site_of(sites, system, patch, function);
		entry = json_object_new_object();
		kgr_json_add(entry, "name", function->name);
		kgr_json_add(entry, "object", function->object);
		kgr_json_number(entry, "position", function->position);
		kgr_json_number(entry, "state", function->state);
		kgr_json_add(entry, "state_name",
			     kgr_state_word(function->state));
		kgr_json_add(entry, "runs", site ? site->replacement : NULL);
		kgr_json_add(entry, "also_in",
			     also_in(system, patch, function));
		kgr_json_add(entry, "others",
			     site && strcmp(site->others, "-") ? site->others :
			     NULL);
		json_object_array_add(array, entry);
	}
}

static void json_statistics(json_object *object,
			    const struct kgr_statistics *statistics)
{
	json_object *json, *crossed;
	size_t i;

	if (!statistics->there) {
		json_object_object_add(object, "statistics", NULL);
		return;
	}
	json = json_object_new_object();
	crossed = json_object_new_object();
	kgr_json_number(json, "began_ms", statistics->began_ms);
	kgr_json_number(json, "took_ms", statistics->took_ms);
	kgr_json_number(json, "longest_ms", statistics->longest_ms);
	for (i = 0; i < statistics->nr; i++)
		kgr_json_number(crossed, statistics->counts[i].way,
				statistics->counts[i].nr);
	json_object_object_add(json, "crossed", crossed);
	json_object_object_add(object, "statistics", json);
}

static json_object *json_of(const struct kgr_system *system,
			    const struct kgr_patch *patch,
			    const struct kgr_sites *sites)
{
	json_object *object = json_object_new_object();
	bool live;

	kgr_json_add(object, "name", patch->name);
	kgr_json_add(object, "kind", "kgraft");
	kgr_json_add(object, "module", patch->module);
	kgr_json_add(object, "status", kgr_status_word(patch->status));
	live_words(patch, &live);
	kgr_json_bool(object, "live_for_all", live);
	kgr_json_bool(object, "forced", patch->forced);
	kgr_json_number(object, "universe", patch->has_universe ?
			(long long)patch->universe : -1);
	kgr_json_number(object, "refs", patch->has_refs ?
			(long long)patch->refs : -1);
	kgr_json_add(object, "consistency", patch->consistency);
	kgr_json_bool(object, "replace_all", patch->replace_all);
	kgr_json_number(object, "deadline_ms", patch->deadline_ms);
	kgr_json_add(object, "on_deadline", patch->on_deadline);
	json_statistics(object, &patch->statistics);
	json_functions(object, system, patch, sites);
	return object;
}

/* --- livepatch, which is only looked at --- */

static const char *livepatch_status(const char *name)
{
	unsigned int enabled, transition;

	if (!kgr_read_number(&enabled, KGR_LIVEPATCH "/%s/enabled", name) ||
	    !kgr_read_number(&transition, KGR_LIVEPATCH "/%s/transition", name))
		return NULL;
	if (transition)
		return enabled ? "applying" : "reverting";
	return enabled ? "applied" : "reverted";
}

/* Returns whether it was there. */
static bool show_livepatch(const char *name, struct kgr_table *table,
			   json_object *array)
{
	const char *status = livepatch_status(name);
	bool live = status && !strcmp(status, "applied");
	json_object *object;

	if (!status)
		return false;
	if (array) {
		object = json_object_new_object();
		kgr_json_add(object, "name", name);
		kgr_json_add(object, "kind", "livepatch");
		kgr_json_add(object, "module", name);
		kgr_json_add(object, "status", status);
		kgr_json_bool(object, "live_for_all", live);
		json_object_array_add(array, object);
		return true;
	}
	kgr_cell(table, KGR_BOLD, "%s", name);
	kgr_cell(table, KGR_PLAIN, "%s", status);
	kgr_cell(table, KGR_PLAIN, "%s", live ? "for all tasks" :
		 !strcmp(status, "reverted") ? "no" : "for some tasks");
	kgr_cell(table, KGR_PLAIN, "-");
	kgr_cell(table, KGR_PLAIN, "%s", name);
	kgr_cell(table, KGR_DIM, "livepatch, read-only");
	return true;
}

static bool is_wanted(const struct kgr_patch *patch)
{
	int i;

	for (i = 0; i < wanted.nr; i++)
		if (named[i] == patch)
			return true;
	return !wanted.nr;
}

static bool livepatch_is_wanted(const char *name)
{
	int i;

	for (i = 0; i < wanted.nr; i++)
		if (!strcmp(wanted.list[i], name))
			return true;
	return !wanted.nr;
}

/* Returns an exit status, after a message about each name that means nothing. */
static int report_missing(void)
{
	int status = 0, i;

	for (i = 0; i < wanted.nr; i++)
		if (!named[i] && !is_livepatch[i])
			status = kgr_no_patch(wanted.list[i]);
	return status;
}

static bool is_carried_out(const struct kgr_system *system, const char *name)
{
	size_t i;

	for (i = 0; i < system->nr; i++)
		if (!strcmp(system->patches[i].name, name))
			return true;
	return false;
}

/* Those that kGraft carries out are listed as its patches. */
static void show_livepatches(const struct kgr_system *system,
			     struct kgr_table *table, json_object *array)
{
	char **names;
	size_t nr, i;
	int j;

	if (kgr_list(KGR_LIVEPATCH, &names, &nr))
		return;
	for (i = 0; i < nr; i++) {
		if (!livepatch_is_wanted(names[i]) ||
		    is_carried_out(system, names[i]) ||
		    !show_livepatch(names[i], table, array))
			continue;
		for (j = 0; j < wanted.nr; j++)
			is_livepatch[j] |= !strcmp(wanted.list[j], names[i]);
	}
	kgr_list_free(names, nr);
}

static void begin_table(struct kgr_table *table)
{
	static const char * const heads[] = {
		"PATCH", "STATUS", "LIVE", "FUNCTIONS", "MODULE", "KIND",
	};
	size_t i;

	for (i = 0; i < table->columns; i++)
		kgr_cell(table, KGR_DIM, "%s", heads[i]);
}

static int run_patches(void)
{
	struct kgr_table table = { .columns = 6 };
	struct kgr_sites sites = { };
	json_object *array = NULL;
	struct kgr_system system;
	bool verbose = !kgr_opt.json && (kgr_opt.verbose || wanted.nr);
	size_t i;
	int ret, j;

	ret = kgr_system_read(&system);
	if (ret)
		return ret;
	for (j = 0; j < wanted.nr; j++)
		named[j] = kgr_patch_find(&system, wanted.list[j]);
	if (verbose || kgr_json)
		kgr_sites_read(&sites);
	if (kgr_json)
		array = kgr_json_array(kgr_json, "patches");
	for (i = 0; i < system.nr; i++) {
		if (!is_wanted(&system.patches[i]))
			continue;
		if (kgr_json) {
			json_object_array_add(array,
					      json_of(&system,
						      &system.patches[i],
						      &sites));
		} else if (verbose) {
			say_patch(&system, &system.patches[i], &sites);
		} else {
			if (!table.nr)
				begin_table(&table);
			row_of(&table, &system.patches[i]);
		}
	}
	show_livepatches(&system, &table, array);
	kgr_table_print(&table, stdout);
	ret = report_missing();
	if (sites.err && verbose)
		kgr_say("(root can see the other users of these functions in "
			KGR_DEBUGFS "/sites)");
	kgr_sites_free(&sites);
	kgr_system_free(&system);
	return ret;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	kgr_args_add(&wanted, arg, state);
	return 0;
}

const struct kgr_command kgr_patches_command = {
	.name = "patches",
	.brief = "list patches; with -v their functions, and other users of these",
	.usage = "[NAME...]",
	.parse = parse,
	.run = run_patches,
	.takes = KGR_TAKES_PATCHES,
};
