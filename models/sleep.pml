/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sleep.pml - kernel threads cross in their loops, asleep, or by their stacks
 *
 * Two threads come round in a loop of their own (kgr_task_safe()) and sleep in
 * a bracket (kgr_safe_sleep_begin(), kgr_safe_sleep_end()). A third has neither,
 * and is moved by its stack (kgr_judge()), also when it never sleeps
 * (kgr_evict_fn()). They may be preempted, and woken or not. The mover
 * (kgr_move_task(), kgr_move_locked(), by kgr_push()) takes them from outside, and
 * races with their own crossing (kgr_cross_self(), kgr_cross()).
 *
 * With ENTRY, the third may also be preempted in the handler, and crosses on its
 * way into a patched function (kgr_cross_at_entry()); and the second is a user
 * task that is stopped, in places where that divides its kernel entry in two
 * (kgr_may_stop_begin()) and where it does not.
 *
 * A function S of the sleep path, around the bracket or inside it, may be
 * patched as well. The beginning of the model chooses between three cases: S is
 * not patched; the first change patches it and the second reverts that; only the
 * second patches it. The text of a reverted version is freed as soon as all have
 * crossed the revert.
 *
 * Abstracted: marking is one step (cross.pml), and so is finding that all have
 * crossed, at the earliest moment it is true (complete.pml). What happens with
 * the locks of task_call_func() held is one step: they hold the task off its
 * CPU, and kgr_mutex keeps the writer out. A push is repeated whenever it could
 * move a task: retries continue until no change is pending. Force, which may come
 * between any two steps of a crossing, is in force.pml.
 */
#include "kgr.h"

#define N	3
#define CHANGES	2
#define NONE	255

byte newest;
byte universe[N];
bool flag[N];
bool on_cpu[N] = true;		/* task_curr(); off: preempted, asleep or woken */
bool bracket[N];		/* kgr_safe_sleep */
byte inside[N] = NONE;		/* the version of S, or of its work, on its stack */
bool handler;			/* the third one is inside the handler */
bool spins;			/* the third one never leaves its CPU */


/* What version of S is chosen in universe u: kgr_versions_choose() */
mtype = { UNPATCHED, REVERTED, SECOND_ONLY };
mtype scenario;
#define S(u) (scenario == REVERTED -> ((u) == 1 -> 1 : 0) : \
	      (scenario == SECOND_ONLY && (u) == 2 -> 2 : 0))

/* Is the text of version v gone? */
#define FREED(v) (scenario == REVERTED && (v) == 1 && \
		  universe[0] == 2 && universe[1] == 2 && universe[2] == 2)

/* kgr_site_on_stack(), and kgr_handler_on_stack() for the mover */
#define CLEAN(t, to)	(inside[t] == NONE || S(universe[t]) == S(to))
#ifdef M_MOVED_IN_HANDLER
#define NO_HANDLER(t)	true
#else
#define NO_HANDLER(t)	(t != 2 || !handler)
#endif

/* Off the CPU for a while. Locks of the scheduler are held for each step. */
inline preempted(t)
{
	if
	:: on_cpu[t] = false; on_cpu[t] = true
	:: true
	fi
}

#ifdef M_PREEMPTIBLE_CROSSING
#define may_be_preempted(t)	preempted(t)
#else
#define may_be_preempted(t)	skip
#endif

/* The store, by the thread itself or by the mover */
inline store(t, to)
{
	CHECK(never_back, to >= universe[t]);
	CHECK(stack_clean, CLEAN(t, to));
	universe[t] = to
}

/* "cross self": kgr_cross_self() and kgr_cross() */
inline cross_self(t)
{
	to = newest;					/* cross: newest */
	if
#ifndef M_SELF_UNCHECKED
	:: !CLEAN(t, to)				/* cross: stack */
#endif
	:: else ->
		may_be_preempted(t);
		if					/* cross: clear */
		:: atomic { flag[t] -> flag[t] = false };
#ifdef M_STORE_NEWEST
			to = newest;
#endif
			if				/* cross: newest again */
			:: newest != to -> flag[t] = true
			:: else ->
				may_be_preempted(t);
				atomic { store(t, to) }	/* cross: store */
			fi
		:: else
		fi
	fi;
	to = 0
}

inline enter_s(t)
{
	atomic {
		inside[t] = S(universe[t]);
		CHECK(no_freed_text, !FREED(inside[t]))
	}
}

inline leave_s(t)
{
	atomic {
		CHECK(no_freed_text, !FREED(inside[t]));
		inside[t] = NONE
	}
}

/* A thread with a loop of its own */
proctype loop_thread(byte t)
{
	byte entered;		/* where it lived when it last was at a safe point */
	byte to;

	do
	::	/* the top of its loop: kgr_task_safe() */
		if
		:: flag[t] -> cross_self(t)
		:: else
		fi;
		entered = universe[t];
work:		/* functions that both changes patch, one after the other */
		preempted(t);
		atomic {
			CHECK(one_universe, universe[t] == entered);
			entered = 0
		}

		/* To sleep. S is around the bracket, or inside it */
		if
		:: enter_s(t)
		:: true
		fi;
#if defined(V_FLAG_BEFORE_BRACKET) || defined(M_FLAG_BEFORE_BRACKET)
		if
		:: flag[t] -> cross_self(t)
		:: else
		fi;
#endif
		bracket[t] = true;			/* sleep: open */
#if !defined(V_FLAG_BEFORE_BRACKET) && !defined(M_FLAG_BEFORE_BRACKET)
		if					/* sleep: flag */
		:: flag[t] -> cross_self(t)
		:: else
		fi;
#endif
		/* Asleep in S, or before, or after it: moved there, or not */
		if
		:: atomic { inside[t] == NONE -> enter_s(t) }
		:: true
		fi;
		on_cpu[t] = false;
		if
		:: true ->
end_asleep:
			false				/* for ever */
		:: true
		fi;
		on_cpu[t] = true;
		if
		:: atomic { inside[t] != NONE -> leave_s(t) }
		:: true
		fi;
#ifdef M_BRACKET_LEFT_OPEN
		entered = universe[t];
#else
		/* sleep: close */
		atomic { bracket[t] = false; entered = universe[t] };
#endif
		if
		:: inside[t] != NONE -> leave_s(t)
		:: else
		fi;
		if
		:: goto work
		:: true
		fi
	od
}

/*
 * kgr_ftrace_handler() at the entry of S, or of something that S calls and that
 * the same changes have: below it the stack has what is called from.
 */
inline call_s(t)
{
#ifdef ENTRY
	atomic { handler = true; u = universe[t] };	/* handler: universe */
	preempted(t);
	if						/* entry: flag */
	:: flag[t] ->
#ifdef M_ENTRY_UNCHECKED
		atomic { flag[t] -> flag[t] = false; store(t, newest) }
#else
		cross_self(t);				/* entry: cross */
#endif
#ifndef M_ENTRY_STALE
		u = universe[t]				/* entry: anew */
#endif
	:: true
	fi;
#endif
	atomic {					/* handler: choose */
#ifndef ENTRY
		u = universe[t];
#endif
		CHECK(no_freed_text, !FREED(S(u)));
		CHECK(stack_clean, inside[t] == NONE || inside[t] == S(u));
		inside[t] = S(u);
		handler = false;
		u = 0
	}
}

/* A thread without safe points, which calls S now and then. */
proctype other_thread(byte t)
{
	byte u;
	byte to;

	do
	:: call_s(t);
		on_cpu[t] = false;
		on_cpu[t] = true;
		if
		:: call_s(t)
		:: true
		fi;
		leave_s(t)
	:: on_cpu[t] = false;
		if
		:: true ->
end_asleep:
			false				/* for ever */
		:: true
		fi;
		on_cpu[t] = true
	:: spins = true;
end_spins:
		false					/* for ever */
	od
}

#ifdef ENTRY
/* A user task that is stopped in places. */
proctype stopped_task(byte t)
{
	byte entered;
	byte to;

	do
	::	entered = universe[t];
		/* in the middle of a system call: kgr_stop_begin() does nothing */
		if
		:: true ->
#ifdef M_STOP_ANYWHERE
			bracket[t] = true;
#endif
			on_cpu[t] = false;
			on_cpu[t] = true;
#ifdef M_STOP_ANYWHERE
			bracket[t] = false
#endif
		:: true
		fi;
		atomic {
			CHECK(one_universe, universe[t] == entered);
			entered = 0
		};
		/* behind it: kgr_may_stop_begin(), kgr_stop_begin() */
		if
		:: true ->
			bracket[t] = true;		/* stop: open */
			if				/* stop: flag */
			:: flag[t] -> cross_self(t)
			:: else
			fi;
			on_cpu[t] = false;
			if
			:: true ->
end_stopped:
				false			/* for ever */
			:: true
			fi;
			on_cpu[t] = true;
			/* stop: close */
			atomic { bracket[t] = false; entered = universe[t] };
			preempted(t);
			atomic {
				CHECK(one_universe, universe[t] == entered);
				entered = 0
			}
		:: true
		fi;
		/* the exit; see cross.pml */
		atomic {
			if
			:: flag[t] -> flag[t] = false; universe[t] = newest
			:: else
			fi
		}
	od
}

#endif

#ifdef M_MOVER_TAKES_RUNNING
#define OFF_CPU(t)	true
#else
#define OFF_CPU(t)	!on_cpu[t]
#endif

#ifdef M_LOOP_BY_STACK
#define MAY(t)		true
#else
#define MAY(t)		(bracket[t] || t == 2)	/* kgr_safe_loop */
#endif

#ifdef M_MOVER_UNCHECKED
#define CLEAN_ALL(t)	true
#else
#define CLEAN_ALL(t)	(CLEAN(t, newest) && NO_HANDLER(t))
#endif
#define MOVABLE(t)	(flag[t] && OFF_CPU(t) && MAY(t) && CLEAN_ALL(t))

inline move(t)
{
#ifdef M_MOVER_UNLOCKED
	flag[t] = false;
	atomic { store(t, newest) }
#else
	flag[t] = false;
	store(t, newest);
#endif
	/* On its CPU an interrupt may be in the middle of anything. */
	CHECK(irq_constant, !on_cpu[t])
}

/* kgr_push(): "move: locked", once for each time it does something */
#ifdef M_MOVER_UNLOCKED
#define LOCKED
#else
#define LOCKED	atomic
#endif
#ifndef M_FLAG_BEFORE_BRACKET
active proctype mover()
{
end:
	do
	:: LOCKED { MOVABLE(0) -> move(0) }
	:: LOCKED { MOVABLE(1) -> move(1) }
	:: LOCKED { MOVABLE(2) -> move(2) }
#ifndef M_NO_EVICT
	/* kgr_evict_fn() runs in its place */
	:: atomic {
		spins && flag[2] && CLEAN_ALL(2) ->	/* evict */
		on_cpu[2] = false;
		move(2);
		on_cpu[2] = true }
#endif
	od
}
#endif

inline move_once(t)
{
	atomic {
		if
		:: MOVABLE(t) -> move(t)
		:: else
		fi
	}
}

active proctype writer()
{
	if
	:: scenario = UNPATCHED
	:: scenario = SECOND_ONLY
	:: scenario = REVERTED
	fi;
	atomic {
		run loop_thread(0);
#ifdef ENTRY
		run stopped_task(1);
#else
		run loop_thread(1);
#endif
		run other_thread(2)
	}
	do
	:: newest < CHANGES ->
		newest++;
		atomic {
			flag[0] = true;
			flag[1] = true;
			flag[2] = true
		}
#ifdef M_FLAG_BEFORE_BRACKET
		/* and no retries */
		move_once(0);
		move_once(1);
		move_once(2)
#endif
	:: else -> break
	od
}

#define CROSSED(t)	(universe[t] == newest || !CLEAN(t, newest))

/* Nothing can happen any more: all are asleep. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(laggard_marked, universe[0] == newest || flag[0]);
	CHECK(laggard_marked, universe[1] == newest || flag[1]);
	CHECK(laggard_marked, universe[2] == newest || flag[2]);
	CHECK(all_cross, CROSSED(0) && CROSSED(1) && CROSSED(2))
}
