// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_trace.c - kgr trace: record a transition, and draw it
 *
 * Uses a separate instance of the tracer, which is removed afterwards: other
 * users of the tracer are not affected.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "patch.h"
#include "root.h"
#include "trace.h"
#include "wait.h"

enum {
	KEY_TIMEOUT = KGR_KEY_OWN,
};

/* How often a wait looks at what poll(2) does not report. */
#define KGR_LOOK_MS	1000

/* For each CPU: about 20,000 crossings. */
#define KGR_BUFFER_KB	"4096"

static struct {
	const char *output;
	const char *input;
	struct kgr_args command;
	long long timeout_ms;
} trace_of = {
	.timeout_ms = KGR_FOREVER,
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static int set(const char *instance, const char *file, const char *value)
{
	int ret = kgr_write(value, "%s/%s", instance, file);

	if (ret)
		kgr_error(kgr_status_of(ret), ret, "cannot write %s/%s",
			  instance, file);
	return ret;
}

/* What a kgr that was killed has left has buffers of megabytes. */
static void remove_left(void)
{
	char **names, *path;
	size_t nr, i;
	int pid, end;

	if (kgr_list(KGR_TRACEFS "/instances", &names, &nr))
		return;
	for (i = 0; i < nr; i++) {
		if (sscanf(names[i], "kgr-%d%n", &pid, &end) != 1 ||
		    names[i][end] || pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		path = kgr_path(KGR_TRACEFS "/instances/%s", names[i]);
		rmdir(path);
		free(path);
	}
	kgr_list_free(names, nr);
}

/* NULL on failure, with the exit status in @status. */
static char *begin(int *status)
{
	char *instance = kgr_format(KGR_TRACEFS "/instances/kgr-%d",
				    (int)getpid());
	char *path = kgr_path("%s", instance);
	int err = mkdir(path, 0700) ? errno : 0;

	if (err && kgr_lockdown() == KGR_LOCKDOWN_CONFIDENTIALITY) {
		*status = kgr_error(KGR_DENIED, err,
				    "cannot trace: this kernel is locked down (confidentiality), which forbids it");
	} else if (err) {
		*status = kgr_error(kgr_status_of(err), err, "cannot trace: %s",
				    path);
	} else if (set(instance, "trace_clock", "mono") ||
		   set(instance, "buffer_size_kb", KGR_BUFFER_KB) ||
		   set(instance, "events/kgraft/enable", "1")) {
		rmdir(path);
		*status = KGR_FAILED;
		err = EIO;
	}
	free(path);
	if (!err)
		return instance;
	free(instance);
	return NULL;
}

static void end(char *instance)
{
	char *path = kgr_path("%s", instance);

	kgr_write("0", "%s/events/kgraft/enable", instance);
	rmdir(path);
	free(path);
	free(instance);
}

/* Returns an exit status. */
static int run_command(void)
{
	int status;
	pid_t pid;

	trace_of.command.list[trace_of.command.nr] = NULL;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		/* its output is not part of our output */
		if (kgr_opt.json || !trace_of.output)
			dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(trace_of.command.list[0], trace_of.command.list);
		fprintf(stderr, "kgr: %s: %s\n", trace_of.command.list[0],
			strerror(errno));
		_exit(127);
	}
	if (pid < 0)
		return kgr_error(KGR_FAILED, errno, "cannot start a process");
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return KGR_OK;
	return kgr_error(KGR_FAILED, 0, "'%s' failed",
			 trace_of.command.list[0]);
}

static bool has_begun(const char *instance)
{
	struct kgr_trace trace = { };
	struct kgr_text text = { };
	bool begun;

	if (!kgr_read(&text, "%s/trace", instance))
		kgr_parse_trace(text.data, &trace);
	begun = trace.nr_changes;
	kgr_trace_free(&trace);
	kgr_text_free(&text);
	return begun;
}

/*
 * Waits by poll(2) until a change has begun in the trace of @instance, or, if
 * that is NULL, until none is in progress. Returns false at the timeout.
 *
 * A change may be over before in_progress is read, and one that begins while
 * another one is in progress does not end poll(2). A signal may come just before
 * it.
 */
static bool wait_until(const char *instance, long long until)
{
	struct pollfd pfd = { .events = POLLPRI };
	long long left = KGR_LOOK_MS;
	char is = '?';

	pfd.fd = kgr_open(KGR_SYSFS "/in_progress", O_RDONLY);
	while (pfd.fd >= 0 && !stopped && pread(pfd.fd, &is, 1, 0) == 1 &&
	       !(instance ? has_begun(instance) : is == '0')) {
		if (until != KGR_FOREVER)
			left = until - kgr_now_ms();
		if (left <= 0)
			break;
		poll(&pfd, 1, left < KGR_LOOK_MS ? left : KGR_LOOK_MS);
	}
	if (pfd.fd >= 0)
		close(pfd.fd);
	return left > 0;
}

/* The trace is in @text; returns an exit status. */
static int record(struct kgr_text *text)
{
	static const int ending[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM };
	struct sigaction action = { .sa_handler = stop };
	int ret = kgr_system_check();
	bool begun = true;
	long long until;
	char *instance;
	size_t i;

	if (ret)
		return ret;
	/* Before there is something that would be left. */
	for (i = 0; i < sizeof(ending) / sizeof(*ending); i++)
		sigaction(ending[i], &action, NULL);
	remove_left();
	instance = begin(&ret);
	if (!instance)
		return ret;
	until = trace_of.timeout_ms < 0 ? KGR_FOREVER :
		kgr_now_ms() + trace_of.timeout_ms;
	if (trace_of.command.nr) {
		ret = run_command();
	} else {
		if (!kgr_opt.json)
			fputs("kgr: waiting for a change; Ctrl-C stops recording\n",
			      stderr);
		begun = wait_until(instance, until);
	}
	if (begun && !wait_until(NULL, until) && !ret)
		ret = kgr_error(KGR_TIMEOUT, 0,
				"not complete in time; the change continues. kgr blocking lists the tasks that block it");
	if (kgr_read(text, "%s/trace", instance))
		ret = kgr_error(KGR_FAILED, 0, "cannot read the trace");
	end(instance);
	return ret;
}

static void json_change(json_object *array, const struct kgr_trace *trace,
			const struct kgr_traced *change)
{
	json_object *object = json_object_new_object();
	json_object *ways = json_object_new_object();
	size_t nr[KGR_WAYS] = { }, all = 0, i;

	for (i = 0; i < trace->nr_crossings; i++) {
		if (!kgr_crosses(&trace->crossings[i], change))
			continue;
		nr[trace->crossings[i].way]++;
		all++;
	}
	for (i = 0; i < KGR_WAYS; i++)
		if (nr[i])
			kgr_json_number(ways, kgr_way_word(i), nr[i]);
	kgr_json_add(object, "patch", change->patch);
	kgr_json_bool(object, "revert", change->revert);
	kgr_json_number(object, "universe", change->universe);
	kgr_json_number(object, "usecs", change->complete ?
			(long long)change->usecs : -1);
	kgr_json_number(object, "crossed", all);
	json_object_object_add(object, "ways", ways);
	json_object_array_add(array, object);
}

static int draw(const struct kgr_trace *trace)
{
	FILE *file = stdout;
	int ret = 0;

	if (trace_of.output)
		file = fopen(trace_of.output, "we");
	if (!file)
		return kgr_error(kgr_status_of(errno), errno,
				 "cannot write '%s'", trace_of.output);
	kgr_draw(trace, file);
	if (fflush(file) || ferror(file))
		ret = kgr_error(KGR_FAILED, errno, "cannot write the picture");
	if (file != stdout)
		fclose(file);
	return ret;
}

static int show(const struct kgr_trace *trace)
{
	json_object *array;
	size_t i;
	int ret = 0;

	if (!trace->nr_changes)
		ret = kgr_error(KGR_NO, 0, "no change began while the trace was recorded");
	else if (trace_of.output || !kgr_json)
		ret = draw(trace);
	if (kgr_json && trace->nr_changes) {
		kgr_json_add(kgr_json, "output", trace_of.output);
		array = kgr_json_array(kgr_json, "changes");
		for (i = 0; i < trace->nr_changes; i++)
			json_change(array, trace, &trace->changes[i]);
	}
	return ret;
}

static int run_trace(void)
{
	struct kgr_trace trace = { };
	struct kgr_text text = { };
	int status = 0, ret;

	if (trace_of.input) {
		ret = kgr_read_path(trace_of.input, &text);
		if (ret)
			status = kgr_error(kgr_status_of(ret), ret, "'%s'",
					   trace_of.input);
	} else {
		status = record(&text);
	}
	if (text.data) {
		kgr_parse_trace(text.data, &trace);
		ret = show(&trace);
		status = status ? status : ret;
	}
	kgr_trace_free(&trace);
	kgr_text_free(&text);
	return status;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'o':
		trace_of.output = arg;
		return 0;
	case 'i':
		trace_of.input = arg;
		return 0;
	case KEY_TIMEOUT:
		trace_of.timeout_ms = kgr_parse_seconds(arg, state);
		return 0;
	case ARGP_KEY_ARG:
		if (trace_of.command.nr == KGR_MAX_ARGS - 1)
			argp_error(state, "too many arguments");
		kgr_args_add(&trace_of.command, arg, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "output", 'o', "FILE", 0,
	  "Write the picture to FILE instead of standard output", 0 },
	{ "input", 'i', "FILE", 0,
	  "Draw an earlier trace, the text of a file trace", 0 },
	{ "timeout", KEY_TIMEOUT, "SECONDS", 0,
	  "Wait no longer than this for the change, which continues", 0 },
	{ }
};

const struct kgr_command kgr_trace_command = {
	.name = "trace",
	.brief = "record how tasks cross, and draw it (SVG)",
	.usage = "[-- COMMAND [ARG...]]",
	.options = options,
	.parse = parse,
	.run = run_trace,
};
