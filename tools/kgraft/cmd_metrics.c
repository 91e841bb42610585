// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_metrics.c - kgr metrics: for Prometheus
 *
 * In the text format, for the textfile collector of node_exporter. A file is
 * written under another name and then renamed, as the collector requires.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blocker.h"
#include "command.h"
#include "output.h"
#include "patch.h"

static const char *output;

/**
 * struct kgr_metrics - the metrics so far
 * @text:	in the format of Prometheus
 * @array:	the same, with --json
 */
struct kgr_metrics {
	struct kgr_text text;
	json_object *array;
};

static void family(struct kgr_metrics *metrics, const char *name,
		   const char *help)
{
	kgr_text_printf(&metrics->text, "# HELP %s %s\n# TYPE %s gauge\n",
			name, help, name);
}

/* A value of a label, quoted. */
static void put_label(struct kgr_text *text, const char *key, const char *value)
{
	kgr_text_printf(text, "%s=\"", key);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			kgr_text_put(text, "\\");
		if (*value == '\n')
			kgr_text_put(text, "\\n");
		else
			kgr_text_add(text, value, 1);
	}
	kgr_text_put(text, "\"");
}

/* Up to two labels; NULL: no label. */
static void sample(struct kgr_metrics *metrics, const char *name,
		   const char *const labels[4], double value)
{
	json_object *object, *json_labels;
	int i, nr = 0;

	kgr_text_put(&metrics->text, name);
	for (i = 0; labels && i < 4 && labels[i]; i += 2) {
		kgr_text_put(&metrics->text, nr++ ? "," : "{");
		put_label(&metrics->text, labels[i], labels[i + 1]);
	}
	kgr_text_printf(&metrics->text, "%s %.15g\n", nr ? "}" : "", value);
	if (!metrics->array)
		return;
	object = json_object_new_object();
	json_labels = json_object_new_object();
	for (i = 0; labels && i < 4 && labels[i]; i += 2)
		kgr_json_add(json_labels, labels[i], labels[i + 1]);
	kgr_json_add(object, "name", name);
	json_object_object_add(object, "labels", json_labels);
	json_object_object_add(object, "value", json_object_new_double(value));
	json_object_array_add(metrics->array, object);
}

static void measure_system(struct kgr_metrics *metrics,
			   const struct kgr_system *system)
{
	if (system->in_progress >= 0) {
		family(metrics, "kgraft_in_progress",
		       "Whether some task has yet to cross a change.");
		sample(metrics, "kgraft_in_progress", NULL,
		       system->in_progress);
	}
	if (!system->has_numbers)
		return;
	family(metrics, "kgraft_universe", "Changes since boot.");
	sample(metrics, "kgraft_universe", NULL, system->universe);
	family(metrics, "kgraft_horizon",
	       "The oldest universe that a task lives in.");
	sample(metrics, "kgraft_horizon", NULL, system->horizon);
	family(metrics, "kgraft_remaining_tasks",
	       "Tasks that have yet to cross into the newest universe.");
	sample(metrics, "kgraft_remaining_tasks", NULL, system->remaining);
}

static void measure_status(struct kgr_metrics *metrics,
			   const struct kgr_system *system)
{
	const char *labels[4] = { "patch", NULL, "status", NULL };
	enum kgr_patch_status status;
	size_t i;

	family(metrics, "kgraft_patch_status",
	       "1 for the status that a patch has.");
	for (i = 0; i < system->nr; i++) {
		labels[1] = system->patches[i].name;
		for (status = KGR_PATCH_APPLYING;
		     status <= KGR_PATCH_REPLACED; status++) {
			labels[3] = kgr_status_word(status);
			sample(metrics, "kgraft_patch_status", labels,
			       system->patches[i].status == status);
		}
	}
}

static double forced(const struct kgr_patch *patch)
{
	return patch->forced;
}

static double functions(const struct kgr_patch *patch)
{
	return patch->nr_functions;
}

static double unpatched(const struct kgr_patch *patch)
{
	return kgr_patch_unpatched(patch);
}

static void measure_patches(struct kgr_metrics *metrics,
			    const struct kgr_system *system)
{
	static const struct {
		const char *name, *help;
		double (*measure)(const struct kgr_patch *patch);
	} list[] = {
		{ "kgraft_patch_forced",
		  "Whether tasks were forced to cross the last change.", forced },
		{ "kgraft_patch_functions", "Functions that it replaces.",
		  functions },
		{ "kgraft_patch_unpatched_functions",
		  "Functions of modules that run the original.", unpatched },
	};
	const char *labels[4] = { "patch" };
	size_t i, j;

	for (j = 0; j < ARRAY_SIZE(list); j++) {
		family(metrics, list[j].name, list[j].help);
		for (i = 0; i < system->nr; i++) {
			labels[1] = system->patches[i].name;
			sample(metrics, list[j].name, labels,
			       list[j].measure(&system->patches[i]));
		}
	}
}

static void measure_changes(struct kgr_metrics *metrics,
			    const struct kgr_system *system)
{
	const struct kgr_statistics *statistics;
	const char *labels[4] = { "patch", NULL, "way", NULL };
	size_t i, j;

	family(metrics, "kgraft_patch_crossed_tasks",
	       "How tasks crossed the last change of a patch.");
	for (i = 0; i < system->nr; i++) {
		statistics = &system->patches[i].statistics;
		labels[1] = system->patches[i].name;
		for (j = 0; j < statistics->nr; j++) {
			labels[3] = statistics->counts[j].way;
			sample(metrics, "kgraft_patch_crossed_tasks", labels,
			       statistics->counts[j].nr);
		}
	}
	labels[2] = NULL;
	family(metrics, "kgraft_patch_change_seconds",
	       "How long the last change of a patch took.");
	for (i = 0; i < system->nr; i++) {
		statistics = &system->patches[i].statistics;
		labels[1] = system->patches[i].name;
		if (statistics->there && statistics->took_ms >= 0)
			sample(metrics, "kgraft_patch_change_seconds", labels,
			       statistics->took_ms / 1000.0);
	}
}

static void measure_waits(struct kgr_metrics *metrics,
			  const struct kgr_system *system)
{
	const struct kgr_blocker *oldest;
	struct kgr_blockers blockers;
	const char *labels[4] = { "patch" };
	size_t i, nr;

	kgr_blockers_read(&blockers);
	family(metrics, "kgraft_patch_blocked_seconds",
	       "How long the oldest blocking task has blocked a change.");
	for (i = 0; i < system->nr; i++) {
		labels[1] = system->patches[i].name;
		oldest = kgr_blockers_oldest(&blockers, &system->patches[i],
					     &nr);
		sample(metrics, "kgraft_patch_blocked_seconds", labels,
		       oldest && oldest->waited_ms > 0 ?
		       oldest->waited_ms / 1000.0 : 0);
	}
	kgr_blockers_free(&blockers);
}

/* Returns an errno. */
static int write_text(int fd, const struct kgr_text *text)
{
	size_t done = 0;
	ssize_t len;

	/* A write that is cut short has no errno: the next one tells why. */
	for (; done < text->len; done += len) {
		len = write(fd, text->data + done, text->len - done);
		if (len < 0)
			return errno;
	}
	return 0;
}

/* A file could not take the place of a device or a pipe. Returns an errno. */
static int write_into(const char *path, const struct kgr_text *text)
{
	int fd = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC), err;

	if (fd < 0)
		return errno;
	err = write_text(fd, text);
	if (close(fd) && !err)
		err = errno;
	return err;
}

/* Into a file of another name first. Returns an errno. */
static int write_whole(const char *path, const struct kgr_text *text)
{
	char *other = kgr_format("%s.XXXXXX", path);
	int fd = mkstemp(other), err;

	err = fd < 0 || fchmod(fd, 0644) ? errno : 0;
	if (!err)
		err = write_text(fd, text);
	if (!err && rename(other, path))
		err = errno;
	if (fd >= 0) {
		close(fd);
		if (err)
			unlink(other);
	}
	free(other);
	return err;
}

static int write_output(const struct kgr_text *text)
{
	struct stat st;
	char *target;
	int err;

	if (!stat(output, &st) && !S_ISREG(st.st_mode)) {
		err = write_into(output, text);
	} else {
		/* What a link leads to is replaced, and not the link. */
		target = realpath(output, NULL);
		err = write_whole(target ? target : output, text);
		free(target);
	}
	return err ? kgr_error(kgr_status_of(err), err, "cannot write '%s'",
			       output) : 0;
}

/* The absence of kGraft is a result, too. */
static int run_metrics(void)
{
	struct kgr_metrics metrics = { };
	struct kgr_system system = { };
	bool present = kgr_system_is_there();
	int ret = 0;

	if (kgr_json)
		metrics.array = kgr_json_array(kgr_json, "metrics");
	family(&metrics, "kgraft_up", "Whether the kernel has kGraft.");
	sample(&metrics, "kgraft_up", NULL, present);
	if (present)
		ret = kgr_system_read(&system);
	if (present && !ret) {
		measure_system(&metrics, &system);
		measure_status(&metrics, &system);
		measure_patches(&metrics, &system);
		measure_changes(&metrics, &system);
		measure_waits(&metrics, &system);
	}
	kgr_system_free(&system);
	if (!ret && output)
		ret = write_output(&metrics.text);
	else if (!ret && !kgr_json)
		fputs(metrics.text.data, stdout);
	kgr_text_free(&metrics.text);
	return ret;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)state;
	if (key != 'o')
		return ARGP_ERR_UNKNOWN;
	output = arg;
	return 0;
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0, "Write to FILE, completely or not at all", 0 },
	{ }
};

const struct kgr_command kgr_metrics_command = {
	.name = "metrics",
	.brief = "print metrics for Prometheus",
	.usage = "",
	.options = options,
	.parse = parse,
	.run = run_metrics,
};
