// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * main.c - kgr, the command that administers kGraft
 *
 *	kgr [OPTION...] COMMAND [OPTION...] [ARG...]
 *
 * See kgr.8. kgr-build builds patches, and is run for the commands that belong to it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "output.h"
#include "root.h"
#include "text.h"

#ifndef KGR_LIBEXEC
#define KGR_LIBEXEC	"/usr/libexec/kgraft"
#endif

const char *argp_program_version = "kgr " KGR_VERSION;

static const struct kgr_command build_command = {
	.name = "build",
	.brief = "make a patch module from a source diff",
	.usage = "FILE.patch...",
};

static const struct kgr_command explain_command = {
	.name = "explain",
	.brief = "say what a module of kgr build changes, and why",
	.usage = "FIX.ko",
};

static const struct kgr_command * const commands[] = {
	&kgr_status_command,
	&kgr_check_command,
	&kgr_patches_command,
	&kgr_blocking_command,
	&kgr_wait_command,
	&kgr_load_command,
	&kgr_unload_command,
	&kgr_revert_command,
	&kgr_enable_command,
	&kgr_poke_command,
	&kgr_force_command,
	&kgr_top_command,
	&kgr_log_command,
	&kgr_doctor_command,
	&kgr_metrics_command,
	&kgr_trace_command,
	&kgr_boot_command,
	&build_command,
	&explain_command,
	NULL
};

static const struct kgr_command *find_command(const char *name)
{
	const struct kgr_command * const *command;

	for (command = commands; *command; command++)
		if (!strcmp((*command)->name, name))
			return *command;
	return NULL;
}

/* --- options that all commands have --- */

static const char *color_when = "auto";

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KGR_KEY_JSON:
		kgr_opt.json = true;
		return 0;
	case KGR_KEY_COLOR:
		if (strcmp(arg, "auto") && strcmp(arg, "always") &&
		    strcmp(arg, "never"))
			argp_error(state, "--color: auto, always or never");
		color_when = arg;
		return 0;
	case KGR_KEY_ROOT:
		kgr_root_set(arg);
		return 0;
	case 'v':
		kgr_opt.verbose++;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option common_options[] = {
	{ "json", KGR_KEY_JSON, NULL, 0, "Print one JSON object", -2 },
	{ "color", KGR_KEY_COLOR, "WHEN", 0,
	  "Colours: auto, always or never", -2 },
	{ "verbose", 'v', NULL, 0, "Print more details", -2 },
	{ "root", KGR_KEY_ROOT, "DIR", OPTION_HIDDEN,
	  "Read the tree that is recorded in DIR", -2 },
	{ }
};

static const struct argp common_argp = {
	.options = common_options,
	.parser = parse_common,
};

static const struct argp_child common_child[] = {
	{ &common_argp, 0, NULL, -2 },
	{ }
};

static void choose_colors(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	kgr_opt.terminal = isatty(STDOUT_FILENO);
	kgr_opt.color = kgr_opt.terminal && !(none && *none) && term &&
			strcmp(term, "dumb");
	if (!strcmp(color_when, "always"))
		kgr_opt.color = true;
	if (!strcmp(color_when, "never") || kgr_opt.json)
		kgr_opt.color = false;
}

/* --- commands --- */

static void list_options(const char *name, const struct argp_option *option)
{
	for (; option && (option->name || option->key || option->doc); option++)
		if (option->name && !(option->flags & OPTION_HIDDEN))
			printf("%s\t--%s\t%s\n", name, option->name,
			       option->arg ? option->arg : "-");
}

/* For the completion, and for the test that all lists of commands agree. */
static void list_commands(void)
{
	static const char * const takes[] = {
		[KGR_TAKES_NOTHING]	= "-",
		[KGR_TAKES_PATCHES]	= "patches",
		[KGR_TAKES_THREADS]	= "threads",
		[KGR_TAKES_MODULES]	= "modules",
		[KGR_TAKES_COMMANDS]	= "commands",
	};
	const struct kgr_command * const *command;

	for (command = commands; *command; command++) {
		printf("%s\t%s\t%s\n", (*command)->name,
		       takes[(*command)->takes],
		       (*command)->run ? "kgr" : "kgr-build");
		list_options((*command)->name, (*command)->options);
	}
	list_options("*", common_options);
}

static void print_commands(FILE *file)
{
	const struct kgr_command * const *command;

	fputs("Usage: kgr [OPTION...] COMMAND [OPTION...] [ARG...]\n\n", file);
	for (command = commands; *command; command++)
		fprintf(file, "  %-10s %s\n", (*command)->name,
			(*command)->brief);
	fputs("\n'kgr COMMAND --help' lists the options of each; see also kgr(8).\n",
	      file);
}

/* Becomes a program in a directory, if there is one. */
static void try_exec(const char *directory, const char *name, char **args)
{
	char *path = kgr_format("%s/%s", directory, name);

	execv(path, args);
	free(path);
}

/* kgr-build has exit statuses of its own. */
#define KGR_BUILD_USAGE	1

/*
 * Runs kgr-build from the directory of kgr, from its build directory in a
 * checkout, or from where it is installed.
 */
static int run_build(int argc, char **argv)
{
	char self[PATH_MAX], **args = kgr_alloc((argc + 2) * sizeof(*args));
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int err;

	args[0] = kgr_dup("kgr-build");
	memcpy(args + 1, argv, argc * sizeof(*args));
	fflush(NULL);
	if (len > 0) {
		self[len] = '\0';
		*strrchr(self, '/') = '\0';
		try_exec(self, "kgr-build", args);
		try_exec(self, "../kgr-build/kgr-build", args);
	}
	try_exec(KGR_LIBEXEC, "kgr-build", args);
	err = errno;
	free(args[0]);
	free(args);
	return kgr_error(KGR_FAILED, err,
			 "kgr-build, which does '%s', is neither beside kgr nor in "
			 KGR_LIBEXEC "; in a checkout, 'make kgr-build' makes it",
			 argv[0]);
}

/* "kgr check" asks the kernel; with a file it checks that file. */
static bool is_build(const struct kgr_command *command, int argc, char **argv)
{
	int i;

	if (!command->run)
		return true;
	if (command != &kgr_check_command)
		return false;
	for (i = 1; i < argc; i++)
		if (kgr_has_suffix(argv[i], ".patch") ||
		    kgr_has_suffix(argv[i], ".diff"))
			return true;
	return false;
}

/* All of standard output must have arrived. Returns an exit status. */
static int written(int status)
{
	int err = fflush(stdout) ? errno : 0;

	if (!err && !ferror(stdout))
		return status;
	return kgr_error(status ? status : KGR_FAILED, err,
			 "cannot write the output");
}

static int run_command(const struct kgr_command *command, int argc, char **argv)
{
	struct argp argp = {
		.options = command->options,
		.parser = command->parse,
		.args_doc = command->usage,
		.doc = command->brief,
		.children = common_child,
	};
	int status;

	if (is_build(command, argc, argv) && kgr_opt.json)
		return kgr_error(KGR_BUILD_USAGE, 0,
				 "'%s' does not print JSON", argv[0]);
	if (is_build(command, argc, argv))
		return run_build(argc, argv);

	program_invocation_name = kgr_format("kgr %s", command->name);
	argv[0] = program_invocation_name;
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	choose_colors();
	kgr_output_begin(command->name);
	status = command->run();
	kgr_output_end(status);
	return written(status);
}

static int command_at;

static error_t parse_main(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case KGR_KEY_LIST:
		list_commands();
		exit(KGR_OK);
	case ARGP_KEY_ARG:
		if (!find_command(arg) && strcmp(arg, "help")) {
			fprintf(stderr, "kgr: there is no command '%s'\n\n",
				arg);
			print_commands(stderr);
			exit(KGR_USAGE);
		}
		/* The remaining arguments belong to the command. */
		command_at = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		print_commands(stderr);
		exit(KGR_USAGE);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option main_options[] = {
	{ "list", KGR_KEY_LIST, NULL, OPTION_HIDDEN,
	  "List commands and options", 0 },
	{ }
};

static const struct argp main_argp = {
	.options = main_options,
	.parser = parse_main,
	.args_doc = "COMMAND [ARG...]",
	.doc = "Administers kGraft.\v'kgr help' lists the commands.",
	.children = common_child,
};

int main(int argc, char **argv)
{
	const char *root = getenv("KGR_ROOT");
	const struct kgr_command *command;

	setlocale(LC_CTYPE, "");
	argp_err_exit_status = KGR_USAGE;
	if (root && *root)
		kgr_root_set(root);
	argp_parse(&main_argp, argc, argv, ARGP_IN_ORDER, NULL, NULL);
	command = find_command(argv[command_at]);
	if (command)
		return run_command(command, argc - command_at,
				   argv + command_at);
	print_commands(stdout);
	return written(KGR_OK);
}
