// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_log.c - kgr log: what happened since boot
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "command.h"
#include "log.h"
#include "output.h"

static bool follow;

static void say_record(const struct kgr_record *record)
{
	char *text = kgr_printable(record->text + sizeof(KGR_LOG_PREFIX) - 1);
	enum kgr_color color = record->level <= 3 ? KGR_RED :
			       record->level == 4 ? KGR_YELLOW : KGR_PLAIN;

	printf("%s[%5llu.%06llu]%s %s%s%s\n", kgr_paint(KGR_DIM),
	       record->usec / 1000000, record->usec % 1000000,
	       kgr_paint(KGR_PLAIN),
	       color == KGR_PLAIN ? "" : kgr_paint(color), text,
	       color == KGR_PLAIN ? "" : kgr_paint(KGR_PLAIN));
	free(text);
}

static void json_of(json_object *array, const struct kgr_record *record)
{
	json_object *object = json_object_new_object();

	kgr_json_number(object, "usec", record->usec);
	kgr_json_number(object, "level", record->level);
	kgr_json_add(object, "text",
		     record->text + sizeof(KGR_LOG_PREFIX) - 1);
	json_object_array_add(array, object);
}

static void show(const struct kgr_log *log, json_object *array)
{
	size_t i;

	for (i = 0; i < log->nr; i++) {
		if (!kgr_record_is_ours(&log->list[i]))
			continue;
		if (array)
			json_of(array, &log->list[i]);
		else
			say_record(&log->list[i]);
	}
	fflush(stdout);
}

/* poll(2) reports new records, and dropped ones. */
static void show_more(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct kgr_log log;

	while (!ferror(stdout) && poll(&pfd, 1, -1) > 0) {
		log = (struct kgr_log){ };
		kgr_log_drain(fd, &log);
		if (log.lost)
			fputs("kgr: some messages were lost: the kernel's log was full\n",
			      stderr);
		show(&log, NULL);
		kgr_log_free(&log);
	}
}

static int run_log(void)
{
	struct kgr_log log = { };
	json_object *array = NULL;
	int fd = kgr_log_open(false);

	if (fd < 0)
		return kgr_error(kgr_status_of(fd), fd,
				 "cannot read the kernel's log; root can read it");
	if (kgr_json)
		array = kgr_json_array(kgr_json, "records");
	kgr_log_drain(fd, &log);
	show(&log, array);
	if (follow)
		show_more(fd);
	kgr_log_free(&log);
	close(fd);
	return KGR_OK;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	switch (key) {
	case 'f':
		follow = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "log takes no arguments");
		return ARGP_ERR_UNKNOWN;
	case ARGP_KEY_END:
		if (follow && kgr_opt.json)
			argp_error(state, "--follow has no end, so it cannot be one JSON object");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "follow", 'f', NULL, 0, "Continue with new lines", 0 },
	{ }
};

const struct kgr_command kgr_log_command = {
	.name = "log",
	.brief = "print the messages of kGraft since boot",
	.usage = "",
	.options = options,
	.parse = parse,
	.run = run_log,
};
