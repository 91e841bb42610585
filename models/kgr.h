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
#define PROP_irq_constant	8
#define PROP_laggard_marked	11
#define PROP_all_cross		12
#define PROP_no_freed_array	13
#define PROP_released		14
#define PROP_stack_clean	15
#define PROP_all_forced		16
#define PROP_unnoticed		17

#ifndef PROP
#define PROP 0
#endif
#define OFF(p)	(PROP != 0 && PROP != p)

/*
 * Not part of a state, and constant: true switches the check off.
 *
 * The numbers of the invariants are those of the design: 1 one kernel entry, one
 * universe; 2 a universe never goes down, nor beyond the newest; 3 no code runs
 * after its release; 4 complete means that all have crossed; 5 a complete
 * change is reported; 6 a child lives in the universe of its parent; 8 an interrupt runs in
 * one universe, that of the task it interrupted.
 */
hidden byte one_universe = OFF(PROP_one_universe);		/* 1 */
hidden byte never_back = OFF(PROP_never_back);			/* 2 */
hidden byte no_freed_text = OFF(PROP_no_freed_text);		/* 3 */
hidden byte complete_means_all = OFF(PROP_complete_means_all);	/* 4 */
hidden byte reported = OFF(PROP_reported);			/* 5 */
hidden byte child_as_parent = OFF(PROP_child_as_parent);	/* 6 */
hidden byte irq_constant = OFF(PROP_irq_constant);		/* 8 */
/* Each task that lags has a mark or is about to cross: 5, first half. */
hidden byte laggard_marked = OFF(PROP_laggard_marked);
/* A task that reached a place where it may cross has crossed: progress. */
hidden byte all_cross = OFF(PROP_all_cross);
/* 3, for the arrays of versions that handlers read. */
hidden byte no_freed_array = OFF(PROP_no_freed_array);
/* No task crosses inside a function that its crossing changes. */
hidden byte stack_clean = OFF(PROP_stack_clean);
/* Force leaves no task behind, or reports it. */
hidden byte all_forced = OFF(PROP_all_forced);
/* User space does not see that a sleeper was notified. */
hidden byte unnoticed = OFF(PROP_unnoticed);
/* What can be released is: progress. */
hidden byte released = OFF(PROP_released);

#define CHECK(p, cond)	assert((cond) || p)
