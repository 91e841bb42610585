/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * command.h - the commands of kgr
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_COMMAND_H
#define KGR_COMMAND_H

#include <argp.h>

#include "kgr.h"

/* The kind of a command's arguments, for the completion. */
enum kgr_takes {
	KGR_TAKES_NOTHING,
	KGR_TAKES_PATCHES,
	KGR_TAKES_THREADS,
	KGR_TAKES_MODULES,
	KGR_TAKES_COMMANDS,
};

/**
 * struct kgr_command - a command of kgr
 * @name:	its name on the command line
 * @brief:	what it does, in one line
 * @usage:	its arguments, for the usage message
 * @options:	its own options, besides the common ones; or %NULL
 * @parse:	for argp: parses its options and arguments
 * @run:	runs it and returns an exit status; %NULL if kgr-build does
 * @takes:	the kind of its arguments
 */
struct kgr_command {
	const char *name;
	const char *brief;
	const char *usage;
	const struct argp_option *options;
	argp_parser_t parse;
	int (*run)(void);
	enum kgr_takes takes;
};

extern const struct kgr_command kgr_blocking_command;
extern const struct kgr_command kgr_boot_command;
extern const struct kgr_command kgr_check_command;
extern const struct kgr_command kgr_doctor_command;
extern const struct kgr_command kgr_enable_command;
extern const struct kgr_command kgr_force_command;
extern const struct kgr_command kgr_load_command;
extern const struct kgr_command kgr_log_command;
extern const struct kgr_command kgr_metrics_command;
extern const struct kgr_command kgr_patches_command;
extern const struct kgr_command kgr_poke_command;
extern const struct kgr_command kgr_revert_command;
extern const struct kgr_command kgr_status_command;
extern const struct kgr_command kgr_top_command;
extern const struct kgr_command kgr_trace_command;
extern const struct kgr_command kgr_unload_command;
extern const struct kgr_command kgr_wait_command;

#define KGR_MAX_ARGS	64

/**
 * struct kgr_args - arguments that are not options
 * @list:	the arguments
 * @nr:		how many
 */
struct kgr_args {
	char *list[KGR_MAX_ARGS];
	int nr;
};

void kgr_args_add(struct kgr_args *args, char *arg, struct argp_state *state);
long long kgr_parse_seconds(const char *text, struct argp_state *state);

/* Keys of options that have no short form. */
enum {
	KGR_KEY_JSON = 0x100,
	KGR_KEY_ROOT,
	KGR_KEY_COLOR,
	KGR_KEY_LIST,
	KGR_KEY_OWN,		/* the first of a command's own */
};

#endif /* KGR_COMMAND_H */
