/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The automaton of a task while kGraft changes functions. Drawn in
 * Documentation/kgraft.txt.
 *
 * Copyright (C) 2026 The kGraft authors
 */

#define MONITOR_NAME kgr

/**
 * enum states_kgr - what a task has to do with the newest change
 * @crossed_kgr: it has crossed, or has not had anything to cross yet
 * @behind_kgr: a change has begun that it has yet to cross
 * @late_kgr: it has crossed, but its event has not been seen yet
 * @state_max_kgr: how many states there are
 */
enum states_kgr {
	crossed_kgr = 0,
	behind_kgr,
	late_kgr,
	state_max_kgr
};

#define INVALID_STATE	state_max_kgr

/**
 * enum events_kgr - what happens to a task
 * @begin_kgr: a change begins
 * @cross_kgr: it crosses into the universe of the newest change
 * @arrived_kgr: the newest change completes, and the task's universe is the
 *		 change's
 * @complete_kgr: the newest change completes, and the task's universe is an
 *		  older one
 * @event_max_kgr: how many events there are
 */
enum events_kgr {
	begin_kgr = 0,
	cross_kgr,
	arrived_kgr,
	complete_kgr,
	event_max_kgr
};

struct automaton_kgr {
	char *state_names[state_max_kgr];
	char *event_names[event_max_kgr];
	unsigned char function[state_max_kgr][event_max_kgr];
	unsigned char initial_state;
	bool final_states[state_max_kgr];
};

static const struct automaton_kgr automaton_kgr = {
	.state_names = {
		[crossed_kgr]	= "crossed",
		[behind_kgr]	= "behind",
		[late_kgr]	= "late",
	},
	.event_names = {
		[begin_kgr]	= "begin",
		[cross_kgr]	= "cross",
		[arrived_kgr]	= "arrived",
		[complete_kgr]	= "complete",
	},
	.function = {
		[crossed_kgr] = {
			[begin_kgr]	= behind_kgr,
			[cross_kgr]	= INVALID_STATE,
			[arrived_kgr]	= crossed_kgr,
			[complete_kgr]	= INVALID_STATE,
		},
		[behind_kgr] = {
			[begin_kgr]	= behind_kgr,
			[cross_kgr]	= crossed_kgr,
			[arrived_kgr]	= late_kgr,
			[complete_kgr]	= INVALID_STATE,
		},
		[late_kgr] = {
			[begin_kgr]	= behind_kgr,
			[cross_kgr]	= crossed_kgr,
			[arrived_kgr]	= INVALID_STATE,
			[complete_kgr]	= INVALID_STATE,
		},
	},
	.initial_state = crossed_kgr,
	.final_states = { [crossed_kgr] = true },
};
