/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The properties that all models share, by name.
 *
 * CHECK(p, cond) asserts cond. If it fails, the message of the verifier ends in
 * the name p, so that scripts/model knows which property caught a mutant. With
 * -DPROP=PROP_p only p is checked: a mutant must violate the property in the
 * table, and not another property before.
 *
 * Copyright (C) 2026 The kGraft authors
 */

#define PROP_one_universe	1
#define PROP_never_back		2
#define PROP_no_freed_text	3
#define PROP_complete_means_all	4
#define PROP_reported		5
#define PROP_child_as_parent	6
#define PROP_irq_constant	7
#define PROP_laggard_marked	8
#define PROP_all_cross		9
#define PROP_no_freed_array	10
#define PROP_released		11
#define PROP_stack_clean	12
#define PROP_all_forced		13
#define PROP_unnoticed		14

#ifndef PROP
#define PROP 0
#endif
#define OFF(p)	(PROP != 0 && PROP != p)

/*
 * Not part of a state, and constant: true switches the check off. README.md says
 * which models check which.
 */
/* Within one kernel entry, a task runs code of one universe. */
hidden byte one_universe = OFF(PROP_one_universe);
/* A universe never goes down, nor beyond the newest. */
hidden byte never_back = OFF(PROP_never_back);
/* No code runs after its release. */
hidden byte no_freed_text = OFF(PROP_no_freed_text);
/* No handler reads an array of versions after its release. */
hidden byte no_freed_array = OFF(PROP_no_freed_array);
/* A change that is complete has been crossed by all tasks. */
hidden byte complete_means_all = OFF(PROP_complete_means_all);
/* A change that all tasks have crossed is reported as complete. */
hidden byte reported = OFF(PROP_reported);
/* A child lives in the universe of its parent. */
hidden byte child_as_parent = OFF(PROP_child_as_parent);
/* An interrupt runs in one universe, that of the task that it interrupted. */
hidden byte irq_constant = OFF(PROP_irq_constant);
/* Each task that lags has a mark or is about to cross. */
hidden byte laggard_marked = OFF(PROP_laggard_marked);
/* A task that reached a place where it may cross has crossed: progress. */
hidden byte all_cross = OFF(PROP_all_cross);
/* No task crosses inside a function that its crossing changes. */
hidden byte stack_clean = OFF(PROP_stack_clean);
/* Force leaves no task behind, or reports it. */
hidden byte all_forced = OFF(PROP_all_forced);
/* User space does not see that a sleeper was notified. */
hidden byte unnoticed = OFF(PROP_unnoticed);
/* What can be released is: progress. */
hidden byte released = OFF(PROP_released);

#define CHECK(p, cond)	assert((cond) || p)
