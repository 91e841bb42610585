// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * args.c - arguments of commands
 */
#include <errno.h>
#include <stdlib.h>

#include "command.h"

struct kgr_options kgr_opt;

void kgr_args_add(struct kgr_args *args, char *arg, struct argp_state *state)
{
	if (args->nr == KGR_MAX_ARGS)
		argp_error(state, "too many arguments");
	args->list[args->nr++] = arg;
}

/* Seconds, also with a fraction, in ms. */
long long kgr_parse_seconds(const char *text, struct argp_state *state)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(text, &end);
	if (errno || end == text || *end || !(seconds >= 0) || seconds > 4e6)
		argp_error(state, "'%s' is not a number of seconds", text);
	return seconds * 1000 + 0.5;
}
