/* SPDX-License-Identifier: GPL-2.0 */
/*
 * agree.pml - a task crosses wherever it is if it would cross nothing
 *
 * At the beginning a function has one version. Changes redirect it to another
 * version and back, in turn (a patch is applied, and reverted before all tasks have
 * crossed). A task crosses in the middle of its system call if its universe runs the
 * same version as the newest: while it sleeps, or while it is preempted outside the
 * handler (kgr_judge(), kgr_sites_agree()). Each system call enters the function
 * twice, and must run the same version.
 *
 * The handler has read the universe while it chooses a version, and may be
 * preempted in between. The begin of a version that is older than the horizon is
 * advanced to the horizon (kgr_versions_copy()); a version that ended before the
 * horizon is freed with its text.
 *
 * Abstracted: marking is one step (cross.pml), and so are publishing and raising
 * (publish.pml). What is done with the task's scheduler locks held is one step.
 */
#include "kgr.h"

#define N	2
#define CHANGES	3
#define NONE	3

byte newest;
byte drawn;			/* where the begin of versions was advanced to */
byte universe[N];
bool flag[N];
bool off_cpu[N];		/* preempted or asleep */
bool asleep[N];
bool in_handler[N];

/* What a universe runs: 1 in those of even number, 2 in the others */
#define RUNS(u)		(1 + (u) % 2)
/* The same by the present versions: 0 for a universe before them */
#define CHOOSE(u)	((u) < drawn -> 0 : RUNS(u))
/* The text of a version that ended before the horizon is freed. */
#define IS_THERE(v)	((v) == RUNS(newest) || drawn < newest)
#define LAGS(t)		(universe[t] != newest)

inline preempted(t)
{
	if
	:: off_cpu[t] = true;
		off_cpu[t] = false
	:: true
	fi
}

inline call(t)
{
	in_handler[t] = true;
	hand = universe[t];			/* handler: universe */
	preempted(t);
	run_ = CHOOSE(hand);			/* handler: versions */
	in_handler[t] = false;
	atomic {
		CHECK(one_universe, run_ != 0);
		CHECK(one_universe, seen == NONE || seen == run_);
		CHECK(no_freed_text, IS_THERE(run_));
		seen = run_;
		run_ = 0;
		hand = 0
	};
	/* inside */
	preempted(t);
	if
	:: atomic { asleep[t] = true; off_cpu[t] = true };
		if
		:: true ->
end_asleep:
			false			/* for ever */
		:: atomic { asleep[t] = false; off_cpu[t] = false }
		fi
	:: true
	fi;
	CHECK(no_freed_text, IS_THERE(seen))
}

proctype task(byte t)
{
	byte hand, run_, seen = NONE;

	do
	:: call(t);
		preempted(t);
		call(t);
		/* the exit */
		atomic {
			seen = NONE;
			if
			:: flag[t] ->
				flag[t] = false;
				universe[t] = newest
			:: else
			fi
		}
	:: true ->
end_user:	flag[t];
		atomic { flag[t] = false; universe[t] = newest }
	od
}

#if defined(M_NOT_MOVED)
#define AGREES(t)	false
#elif defined(M_DISAGREE)
#define AGREES(t)	true
#else
#define AGREES(t)	(RUNS(universe[t]) == RUNS(newest))
#endif
#ifdef M_IN_HANDLER
#define OUTSIDE(t)	true
#else
#define OUTSIDE(t)	(asleep[t] || !in_handler[t])
#endif

#define MOVABLE(t)	(flag[t] && off_cpu[t] && AGREES(t) && OUTSIDE(t))

inline move(t)
{
	atomic {
		if
		:: MOVABLE(t) ->			/* agree: move */
			flag[t] = false;
			universe[t] = newest
		:: else
		fi
	}
}

#define LEFT_BEHIND(t)	(LAGS(t) && asleep[t] && RUNS(universe[t]) == RUNS(newest))

active proctype writer()
{
	byte horizon;

	atomic {
		run task(0);
		run task(1)
	}
end:
	do
	:: newest < CHANGES ->
		atomic {
			newest++;
			flag[0] = true;
			flag[1] = true
		}
	:: MOVABLE(0) -> move(0)
	:: MOVABLE(1) -> move(1)
	:: universe[0] > drawn && universe[1] > drawn ->
		atomic {				/* kgr_scan() */
			horizon = (universe[0] < universe[1] -> universe[0] :
								universe[1]);
			if
			:: horizon > drawn -> drawn = horizon
			:: else
			fi;
			horizon = 0
		}
	od
}

/* Nothing can happen any more. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(all_cross, !LEFT_BEHIND(0) && !LEFT_BEHIND(1));
	CHECK(laggard_marked, !LAGS(0) || flag[0]);
	CHECK(laggard_marked, !LAGS(1) || flag[1])
}
