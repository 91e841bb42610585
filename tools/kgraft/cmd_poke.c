// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cmd_poke.c - kgr poke, kgr force: make tasks cross
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "fault.h"
#include "root.h"
#include "view.h"

enum {
	KEY_ALL = KGR_KEY_OWN,
	KEY_YES,
};

/* Maximum number of blockers that are named before a force. */
#define KGR_NAMED	10

static struct kgr_args threads;
static bool all, yes;

/* The words are those of Documentation/ABI/testing/sysfs-kernel-kgraft. */
static const char *poke_words(int err)
{
	switch (-err) {
	case 0:
		return "was woken, or has crossed";
	case EALREADY:
		return "has nothing to cross";
	case ESRCH:
		return "there is no such thread, or it is dead";
	case EOPNOTSUPP:
		return "it is a kernel thread, or exits; such threads are never woken";
	case EBUSY:
		return "it sleeps where it must not be woken; kgr blocking -vv shows where";
	case EAGAIN:
		return "it is running, and crosses soon";
	default:
		return strerror(-err);
	}
}

static int poke(const char *tid, json_object *array)
{
	char *value = kgr_format("tid %s\n", tid);
	int ret = kgr_write(value, KGR_SYSFS "/wake_now"), status;
	json_object *object;

	free(value);
	/* Neither is an error: the task crosses soon, or need not cross. */
	status = ret == -EALREADY || ret == -EAGAIN ? KGR_OK :
		 kgr_status_of(ret);
	if (array) {
		object = json_object_new_object();
		kgr_json_number(object, "tid", atoll(tid));
		kgr_json_add(object, "result",
			     ret ? strerrorname_np(-ret) : "OK");
		kgr_json_add(object, "message", poke_words(ret));
		json_object_array_add(array, object);
	} else if (status) {
		kgr_error(status, 0, "%s: %s", tid, poke_words(ret));
	} else {
		kgr_say("%s: %s", tid, poke_words(ret));
	}
	return status;
}

static int run_poke(void)
{
	json_object *array = NULL;
	int ret = kgr_system_check(), status = 0, i;

	if (ret)
		return ret;
	if (kgr_json)
		array = kgr_json_array(kgr_json, "threads");
	if (!threads.nr) {
		ret = kgr_write(all ? "all\n" : "1\n", KGR_SYSFS "/wake_now");
		if (ret)
			return kgr_error(kgr_status_of(ret), ret,
					 "cannot wake sleepers");
		kgr_say("%s were woken",
			all ? "all sleepers" :
			      "the sleepers that the policy allows to wake");
	}
	for (i = 0; i < threads.nr; i++)
		status = poke(threads.list[i], array) ?: status;
	return status;
}

static error_t parse_poke(int key, char *arg, struct argp_state *state)
{
	unsigned int tid;

	switch (key) {
	case KEY_ALL:
		all = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!kgr_number32(arg, &tid) || !tid)
			argp_error(state, "'%s' is not a TID", arg);
		kgr_args_add(&threads, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (all && threads.nr)
			argp_error(state, "give either --all or TIDs");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option poke_options[] = {
	{ "all", KEY_ALL, NULL, 0,
	  "Wake every sleeper, even if its system call returns EINTR", 0 },
	{ }
};

const struct kgr_command kgr_poke_command = {
	.name = "poke",
	.brief = "wake sleepers, or make one thread cross, without a signal",
	.usage = "[TID...]",
	.options = poke_options,
	.parse = parse_poke,
	.run = run_poke,
	.takes = KGR_TAKES_THREADS,
};

/* --- force --- */

static void say_cost(const struct kgr_blockers *blockers)
{
	char *words, *line;
	size_t i;

	printf("Force makes every task cross into the newest universe, wherever it is:\n"
	       "  - a task may continue in old code and call new code from there\n"
	       "  - the kernel is tainted (U)\n"
	       "  - a module with old code that such a task may be inside is never unloaded\n"
	       "A change that is in progress does no harm. You can wait for it, or revert it.\n");
	if (blockers->nr)
		printf("%zu tasks block:\n", blockers->nr);
	for (i = 0; i < blockers->nr && i < KGR_NAMED; i++) {
		words = kgr_blocker_words(&blockers->list[i]);
		line = kgr_printable(words);
		printf("  %s\n", line);
		free(line);
		free(words);
	}
	if (i < blockers->nr)
		printf("  and %zu others\n", blockers->nr - i);
}

static bool is_agreed(void)
{
	char answer[16];

	printf("Type \"force\" to continue: ");
	fflush(stdout);
	return fgets(answer, sizeof(answer), stdin) &&
	       !strcmp(answer, "force\n");
}

static int force_now(void)
{
	int fd = kgr_faults_begin(), ret = kgr_write("1\n", KGR_SYSFS "/force");

	kgr_faults_end(fd, NULL);
	if (ret == -EINVAL)
		return kgr_error(KGR_NO, 0, "no change is in progress");
	if (ret == -EAGAIN)
		return kgr_error(KGR_FAILED, ret,
				 "a task could not be caught; all others have crossed");
	if (ret)
		return kgr_error(kgr_status_of(ret), ret, "cannot force");
	kgr_say("forced; kgr patches shows the patches concerned");
	return KGR_OK;
}

static int run_force(void)
{
	struct kgr_blockers blockers;
	int ret = kgr_system_check(), in_progress;

	if (ret)
		return ret;
	in_progress = kgr_in_progress();
	if (!in_progress)
		return kgr_error(KGR_NO, 0, "no change is in progress");
	if (yes)
		return force_now();
	if (kgr_opt.json || !isatty(STDIN_FILENO))
		return kgr_error(KGR_USAGE, 0,
				 "force asks for confirmation; without a terminal, use --yes");
	kgr_blockers_read(&blockers);
	say_cost(&blockers);
	kgr_blockers_free(&blockers);
	if (!is_agreed()) {
		kgr_say("nothing was done");
		return KGR_NO;
	}
	return force_now();
}

static error_t parse_force(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	(void)state;
	switch (key) {
	case KEY_YES:
		yes = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "force applies to all changes in progress");
		return ARGP_ERR_UNKNOWN;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option force_options[] = {
	{ "yes", KEY_YES, NULL, 0, "Do not ask", 0 },
	{ }
};

const struct kgr_command kgr_force_command = {
	.name = "force",
	.brief = "make every task cross wherever it is; asks first, taints the kernel",
	.usage = "",
	.options = force_options,
	.parse = parse_force,
	.run = run_force,
};
