// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_blocking.c - kgr blocking: the tasks that have yet to cross, and why
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "task.h"
#include "view.h"

static struct kgr_args wanted;
/* The patches that these mean. */
static const struct kgr_patch *named[KGR_MAX_ARGS];

static void add_stack(json_object *object, unsigned int tid)
{
	json_object *array = kgr_json_array(object, "stack");
	char *stack = kgr_task_stack(tid), *rest = stack, *line;

	while ((line = kgr_next_line(&rest)))
		json_object_array_add(array, kgr_json_string(line));
	free(stack);
}

static void json_of(json_object *array, const struct kgr_blocker *blocker)
{
	json_object *object = kgr_blocker_json(blocker);
	char *advice = kgr_blocker_advice(blocker);
	struct kgr_task task;

	kgr_json_add(object, "next", advice);
	free(advice);
	if (kgr_opt.verbose) {
		kgr_task_read(blocker->tid, &task);
		kgr_json_add(object, "cmdline", task.command);
		kgr_json_add(object, "cgroup", task.cgroup);
		kgr_json_add(object, "unit", task.unit);
		kgr_json_add(object, "container", task.container);
		kgr_json_number(object, "tracer",
				task.tracer ? (long long)task.tracer : -1);
		kgr_task_free(&task);
	}
	if (kgr_opt.verbose > 1)
		add_stack(object, blocker->tid);
	json_object_array_add(array, object);
}

static void row_of(struct kgr_table *table, const struct kgr_blocker *blocker)
{
	char *waited = blocker->waited_ms < 0 ? kgr_dup("-") :
		       kgr_duration(blocker->waited_ms);

	kgr_cell(table, KGR_PLAIN, "%u", blocker->tid);
	kgr_cell(table, KGR_BOLD, "%s", blocker->comm);
	kgr_cell(table, KGR_PLAIN, "%s", blocker->kind);
	kgr_cell(table, KGR_PLAIN, "%s", waited);
	kgr_cell(table, KGR_PLAIN, "%s", blocker->reason);
	free(waited);
}

static void say_part(const char *name, const char *text)
{
	char *printable;

	if (!text)
		return;
	printable = kgr_printable(text);
	kgr_say("    %-10s %s", name, printable);
	free(printable);
}

static void say_stack(unsigned int tid)
{
	char *stack = kgr_task_stack(tid), *rest = stack, *line;

	while ((line = kgr_next_line(&rest)))
		say_part(line == stack ? "stack" : "", line);
	free(stack);
}

/* What holds it, if its line does not say so. */
static void say_holder(const struct kgr_blocker *blocker,
		       const struct kgr_task *task)
{
	char *path, *word, *printable;

	if (task->tracer)
		kgr_say("    %-10s %u", "tracer", task->tracer);
	if (strcmp(blocker->reason, "frozen") || !task->cgroup)
		return;
	/* Users may choose the name, and this is there to be copied to a shell. */
	path = kgr_format("/sys/fs/cgroup%s/cgroup.freeze", task->cgroup);
	printable = kgr_printable(path);
	word = kgr_shell_word(path);
	if (!strcmp(path, printable))
		kgr_say("    %-10s echo 0 > %s", "thaw", word);
	free(word);
	free(printable);
	free(path);
}

static void say_blocker(const struct kgr_blocker *blocker)
{
	char *words = kgr_blocker_words(blocker), *advice, *line;
	struct kgr_task task;

	line = kgr_printable(words);
	kgr_say("%s%s%s", kgr_paint(KGR_BOLD), line, kgr_paint(KGR_PLAIN));
	free(line);
	free(words);
	kgr_say("    %-10s %s", "kind", blocker->kind);
	if (blocker->waited_ms >= 0) {
		words = kgr_duration(blocker->waited_ms);
		kgr_say("    %-10s %s", "waited", words);
		free(words);
	}
	if (blocker->has_universe)
		kgr_say("    %-10s %u", "universe", blocker->universe);
	if (strcmp(blocker->wchan, "-"))
		say_part("sleeps in", blocker->wchan);
	kgr_task_read(blocker->tid, &task);
	say_part("command", task.command);
	say_part("cgroup", task.cgroup);
	say_part("unit", task.unit);
	say_part("container", task.container);
	say_holder(blocker, &task);
	kgr_task_free(&task);
	if (kgr_opt.verbose > 1)
		say_stack(blocker->tid);
	advice = kgr_blocker_advice(blocker);
	if (!kgr_has_prefix(advice, "kgr blocking"))
		kgr_say("    %-10s %s", "next", advice);
	free(advice);
}

static const char *source_word(enum kgr_blocker_source source)
{
	static const char * const words[] = {
		[KGR_BLOCKERS_NONE]	= "none",
		[KGR_BLOCKERS_KERNEL]	= "kernel",
		[KGR_BLOCKERS_PROC]	= "proc",
		[KGR_BLOCKERS_OWN]	= "own",
	};

	return words[source];
}

/* Finds the patches that were named; returns 0 or an exit status. */
static int find_named(const struct kgr_system *system)
{
	int i;

	for (i = 0; i < wanted.nr; i++) {
		named[i] = kgr_patch_find(system, wanted.list[i]);
		if (!named[i])
			return kgr_no_patch(wanted.list[i]);
	}
	return 0;
}

static bool is_wanted(const struct kgr_blocker *blocker)
{
	int i;

	for (i = 0; i < wanted.nr; i++)
		if (kgr_blocker_holds(blocker, named[i]))
			return true;
	return !wanted.nr;
}

static void begin_table(struct kgr_table *table)
{
	static const char * const heads[] = {
		"TID", "COMMAND", "KIND", "WAITED", "REASON",
	};
	size_t i;

	for (i = 0; i < table->columns; i++)
		kgr_cell(table, KGR_DIM, "%s", heads[i]);
}

static void say_source(const struct kgr_blockers *blockers)
{
	if (blockers->source == KGR_BLOCKERS_OWN)
		kgr_say("(only your own tasks; root sees all tasks, and the reasons)");
	else if (blockers->source == KGR_BLOCKERS_PROC)
		kgr_say("(no reasons: debugfs is not mounted)");
}

static void show(const struct kgr_blockers *blockers)
{
	struct kgr_table table = { .columns = 5 };
	json_object *array = NULL;
	size_t i;

	if (kgr_json) {
		kgr_json_add(kgr_json, "source", source_word(blockers->source));
		array = kgr_json_array(kgr_json, "blockers");
	}
	for (i = 0; i < blockers->nr; i++) {
		if (!is_wanted(&blockers->list[i]))
			continue;
		if (kgr_json) {
			json_of(array, &blockers->list[i]);
		} else if (kgr_opt.verbose) {
			say_blocker(&blockers->list[i]);
		} else {
			if (!table.nr)
				begin_table(&table);
			row_of(&table, &blockers->list[i]);
		}
	}
	kgr_table_print(&table, stdout);
	say_source(blockers);
}

static int run_blocking(void)
{
	struct kgr_blockers blockers;
	struct kgr_system system;
	int ret;

	ret = kgr_system_read(&system);
	if (ret)
		return ret;
	ret = find_named(&system);
	if (!ret) {
		kgr_blockers_read(&blockers);
		show(&blockers);
		kgr_blockers_free(&blockers);
	}
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

const struct kgr_command kgr_blocking_command = {
	.name = "blocking",
	.brief = "list the tasks that have yet to cross, and why; -v, -vv: with details",
	.usage = "[NAME...]",
	.parse = parse,
	.run = run_blocking,
	.takes = KGR_TAKES_PATCHES,
};
