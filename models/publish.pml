/* SPDX-License-Identifier: GPL-2.0 */
/*
 * publish.pml - what a patched function finds when it asks what to run
 *
 * One site. A patch P is applied; then it is reverted, half way or complete, or
 * Q is applied on top of it. At any time a patch X may be applied that fails
 * (kgr_stage_publish(), kgr_stage_withdraw()), and its module is gone at once.
 * Scans find the horizon; behind it the site settles (kgr_settle_site()), and
 * the text of P goes when P has been reverted (kgr_patches_advance()). Arrays
 * that were replaced are freed after a grace period (kgr_discard()).
 *
 * Tasks call the function: the handler reads what the site is settled to; if it
 * is not, the task's universe, and then the array of versions, and looks into
 * it (kgr_ftrace_handler()). The task runs what it said for a while. Task 0 is a user task: it crosses with nothing of
 * that on its stack. Task 1 is a kernel thread that has no safe point: it is
 * moved where it was preempted, if its stack is clean (kgr_stack_check()), and
 * it crosses on its way into the function (kgr_cross_at_entry()). Task 2 is an
 * idle task: RCU tasks does not look at it, and it is not preempted. With
 * FORCE, the first two may be forced wherever they are (kgr_force_all()), and
 * there is no third.
 *
 * Abstracted: an array is what kgr_versions_choose() makes of it: for each
 * universe the code that runs there. What it says of universes behind the
 * horizon is lost when it is copied (kgr_versions_copy()), and here it becomes
 * the original. The table by which the handler finds the site is one more
 * pointer that is published and discarded in the same way; a handler that has
 * crossed reads it anew, like the array (kgr_handle_rare()). Marking, and the
 * crossing itself, are one step (cross.pml), and scans are (complete.pml): so
 * no task is held but by what it is in the middle of. ftrace is told before the
 * universe is raised; see cross.pml.
 */
#include "kgr.h"

#ifdef FORCE
#define N	2
#else
#define N	3
#endif
#define CHANGES	2
#define ARRAYS	7
#define NONE	255

/* Code: the original, and the patches'. */
#define ORIG	0
#define P	1
#define Q	2
#define X	3

byte newest;
byte horizon;
byte universe[N];
bool handler[N];		/* inside the handler */
byte inside[N] = NONE;		/* the code that is on its stack */
bool forced[N];			/* in the middle of something */

/* What runs in each universe: what was decided when it was opened. */
byte truth[CHANGES + 1];

/* struct kgr_versions: what each array says of each universe */
typedef array { byte says[CHANGES + 1] };
array versions[ARRAYS];
byte published;			/* kgr_site.versions */
byte settled = NONE;		/* kgr_site.settled */
byte arrays = 1;		/* how many there have been. The first: no version */
bool discarded[ARRAYS];
bool freed[ARRAYS];

bool text_freed[X + 1];		/* the patch's module is gone */
bool pinned[X + 1];		/* or stays for ever, see kgr_force_mark() */

/* kgr_synchronize(): tasks that must leave the handler before it returns */
bool waits_for[N];
bool waiting;
bool collected[ARRAYS];		/* what is freed then */

#define SAYS(a, u)	versions[a].says[u]

/* kgr_site_on_stack(): a version is its module's text, wherever it is called */
#define ON_STACK(t)	(inside[t] != NONE && \
			 SAYS(published, universe[t]) != SAYS(published, newest))
#ifdef M_MOVED_IN_HANDLER
#define CLEAN(t)	(!ON_STACK(t))
#else
#define CLEAN(t)	(!ON_STACK(t) && !handler[t])	/* move: handler */
#endif

inline leave_handler(t)
{
	handler[t] = false;
	waits_for[t] = false;
	u = 0;
	a = 0;
	s = NONE
}

/* kgr_cross_at_entry(): nothing of it is on the stack yet, below the handler */
inline cross_at_entry(t)
{
	if
	:: atomic { t == 1 && universe[t] != newest && inside[t] == NONE ->
		universe[t] = newest }
#ifndef M_ENTRY_STALE
		u = universe[t];		/* entry: both anew */
		a = published
#endif
	:: true
	fi
}

inline read_universe(t)
{
	u = universe[t]		/* unreached: in one step, with FORCE */
}

inline fetch(t)
{
	a = published;
	CHECK(no_freed_array, !freed[a])
}

/* Not in d_step: Spin does not look into it for asserts that fail. */
inline choose(t)
{
	CHECK(no_freed_array, !freed[a]);
	go_to(t, SAYS(a, u))
}

inline go_to(t, code)
{
	inside[t] = code;
	CHECK(one_universe, forced[t] || inside[t] == truth[universe[t]]);
	CHECK(no_freed_text, !text_freed[inside[t]])
}

/* No other task changes its universe: its two reads can be one step. */
#ifdef FORCE
#define ALONE(t)	false
#else
#define ALONE(t)	(t != 1)
#endif

proctype task(byte t)
{
	byte u;
	byte a;
	byte s = NONE;

	do
	:: atomic {
		handler[t] = true;
		forced[t] = false;
		s = settled				/* handler: settled */
	};
		if
		:: atomic { s != NONE -> go_to(t, s); leave_handler(t) }
#ifndef FORCE
		:: atomic { s == NONE && ALONE(t) -> read_universe(t); fetch(t) };
			atomic { choose(t); leave_handler(t) }
#endif
		:: s == NONE && !ALONE(t) ->
#if defined(M_VERSIONS_FIRST) || defined(V_VERSIONS_FIRST)
			fetch(t);
			read_universe(t)
#else
			read_universe(t);		/* handler: universe */
			fetch(t);			/* handler: versions */
#endif
			cross_at_entry(t);
			atomic {
				choose(t);		/* handler: choose */
				leave_handler(t)
			}
		fi;
		/* and back from what it called */
		atomic {
			CHECK(no_freed_text, !text_freed[inside[t]]);
			inside[t] = NONE
		}
	:: atomic { t != 1 && universe[t] != newest -> universe[t] = newest }
	:: newest == CHANGES ->
end_asleep:
		false					/* for ever */
	od
}

/*
 * Task 1 may be preempted anywhere, and is examined only then. Its preemption
 * has no effect on the task itself, so it is modelled only as the mover's turn.
 */
active proctype mover()
{
end:
	do
	:: atomic { universe[1] != newest && CLEAN(1) -> universe[1] = newest }
	od
}

/* The collector: kgr_garbage_thread() in garbage.c */
inline take(i)
{
	collected[i] = discarded[i];
	discarded[i] = false
}

inline reclaim(i)
{
	if
	:: collected[i] ->
		freed[i] = true;	/* unreached: the last ones stay */
		collected[i] = false	/* unreached: the last ones stay */
	:: else
	fi
}

#define ANY_DISCARDED \
	(discarded[0] || discarded[1] || discarded[2] || discarded[3] || \
	 discarded[4] || discarded[5] || discarded[6])

active proctype collector()
{
end:
	do
	:: atomic {
		ANY_DISCARDED ->
		take(0); take(1); take(2); take(3); take(4); take(5); take(6);
		/* RCU tasks; rude RCU for tasks that are not preempted or are idle */
#ifdef M_GRACE_RUDE_ALONE
		waits_for[0] = handler[0];
		waits_for[N - 1] = handler[N - 1];
#elif defined(M_GRACE_TASKS_ALONE)
		waits_for[0] = handler[0];
		waits_for[1] = handler[1];
#else
		waits_for[0] = handler[0];
		waits_for[1] = handler[1];
		waits_for[N - 1] = handler[N - 1];
#endif
	};
		atomic {
			!waits_for[0] && !waits_for[1] && !waits_for[N - 1] ->
			reclaim(0); reclaim(1); reclaim(2); reclaim(3);
			reclaim(4); reclaim(5); reclaim(6)
		}
	od
}

inline discard(i)
{
#ifdef M_FREED_AT_ONCE
	freed[i] = true
#else
	discarded[i] = true
#endif
}

/* kgr_versions_copy(): what is dead is not copied */
#ifdef M_COPY_DROPS_EARLY
#define DEAD(v)		((v) <= newest)
#else
#define DEAD(v)		((v) < horizon)
#endif
#define COPY(v)		(DEAD(v) -> ORIG : SAYS(published, v))

/* A new array, in which code c begins in the universe to come. */
inline stage(c)
{
	fresh = arrays;
	arrays++;
	versions[fresh].says[0] = COPY(0);
	versions[fresh].says[1] = (newest < 1 -> c : COPY(1));
	versions[fresh].says[2] = c
}

/* What an array that says so settles the site to; the original has no word. */
#define SAYS_ALL(a)	(versions[a].says[0] == versions[a].says[2] && \
			 versions[a].says[1] == versions[a].says[2])
#define SETTLED_TO(a)	(SAYS_ALL(a) && versions[a].says[2] != ORIG -> \
			 versions[a].says[2] : NONE)

/* kgr_site_publish(): two words, the array first */
inline publish()
{
	atomic {
		old = published;
		published = fresh
	};
#ifndef M_SETTLED_STAYS
	settled = SETTLED_TO(published)			/* publish: settled */
#else
	settled = (settled == NONE -> SETTLED_TO(published) : settled)
#endif
}

/* A patch that fails when its versions are published, or its module does. */
inline fail()
{
	atomic { stage(X) };
	publish();
	/* undo: kgr_stage_withdraw() */
	published = old;
	settled = SETTLED_TO(old);
	atomic {
#ifdef M_WITHDRAWN_IS_FREED
		freed[fresh] = true;
#else
		discard(fresh);
#endif
		text_freed[X] = true;
		fresh = 0;
		old = 0
	}
}

inline change(c)
{
	atomic { stage(c) };
#ifndef M_PUBLISH_AFTER_RAISE
	publish();					/* publish */
#endif
	atomic {
		newest++;				/* raise */
		truth[newest] = c
	};
#ifdef M_PUBLISH_AFTER_RAISE
	publish();
#endif
	atomic {
		discard(old);				/* kgr_stage_done() */
		fresh = 0;
		old = 0
	}
}

#define MIN(a, b)	((a) < (b) -> (a) : (b))
#ifdef FORCE
#define OLDEST		MIN(universe[0], universe[1])
#else
#define OLDEST		MIN(universe[0], MIN(universe[1], universe[2]))
#endif

/* kgr_versions_can_settle(): no boundary ahead of any task */
#ifdef M_SETTLE_EARLY
#define CAN_SETTLE	true
#else
#define CAN_SETTLE	(SAYS(published, horizon) == SAYS(published, newest) && \
			 horizon + 1 >= newest || horizon == newest)
#endif
#define IS_SETTLED	SAYS_ALL(published)

/* kgr_scan(): horizon, kgr_patches_advance(), kgr_settle_sites() */
inline scan()
{
	atomic {
		horizon = OLDEST;			/* scan */
#ifdef M_RELEASE_EARLY
		if
		:: newest == 2 && truth[2] == ORIG -> text_freed[P] = true
		:: else
		fi;
#else
		if					/* release: horizon */
		:: horizon == 2 && truth[2] == ORIG && !pinned[P] ->
			text_freed[P] = true
		:: else
		fi;
#endif
	};
	if						/* settle */
	:: atomic { CAN_SETTLE && !IS_SETTLED ->
			fresh = arrays;
			arrays++;
			versions[fresh].says[0] = SAYS(published, newest);
			versions[fresh].says[1] = SAYS(published, newest);
			versions[fresh].says[2] = SAYS(published, newest)
		};
		publish();
		atomic {
			discard(old);
			fresh = 0;
			old = 0
		}
	:: !(CAN_SETTLE && !IS_SETTLED)
	fi
}

#ifdef FORCE
/* kgr_text_was_left() */
inline pin(v)
{
	if
	:: v >= from && v < newest && SAYS(published, v) != SAYS(published, newest) ->
		pinned[SAYS(published, v)] = true
	:: else
	fi
}

/* kgr_force(): task t, and the effect on the patches */
inline force(t)
{
	atomic {
		universe[t] != newest ->
		from = universe[t];
		universe[t] = newest;
		forced[t] = true;
#ifndef M_FORCE_NO_PIN
		pin(0);
		pin(1);
#endif
		from = 0
	}
}
#endif

active proctype writer()
{
	byte fresh;
	byte old;
	byte fails = 1;
#ifdef FORCE
	byte from;
#endif

	atomic {
		run task(0);
		run task(1);
#ifndef FORCE
		run task(2)
#endif
	}
end:
	do
	:: fails > 0 && newest < CHANGES -> fails--; fail()
	:: newest == 0 -> change(P)
	:: newest == 1 -> change(ORIG)			/* revert */
	:: newest == 1 -> change(Q)
	:: atomic { horizon != OLDEST -> scan() }
#ifdef FORCE
	:: force(0)
	:: force(1)
#endif
	od
}

/* Nothing can happen any more: all are asleep, the mover and scans have run. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(released, truth[2] != ORIG || newest != 2 || horizon != 2 ||
			text_freed[P] || pinned[P]);
	CHECK(all_cross, universe[1] == newest);
	CHECK(no_freed_array, !freed[published])
}
