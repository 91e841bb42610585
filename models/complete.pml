/* SPDX-License-Identifier: GPL-2.0 */
/*
 * complete.pml - no completion is lost, and none comes too early
 *
 * N tasks cross, and ask for a scan (kgr_cross(), kgr_scan_request()); the
 * request goes through an irq_work and a delayed work to a scan, which finds
 * the horizon and completes what it has reached (kgr_request_irq(),
 * kgr_scan_fn(), kgr_scan(), kgr_changes_complete()). The writer opens two
 * universes and begins each with a scan of its own (kgr_change_begin()). A task
 * may sleep for ever before any crossing: changes that are complete must still
 * be reported.
 *
 * Abstracted: a task that lags may cross at any time, and reads the newest
 * universe before it stores it; cross.pml shows that it gets the chance. No
 * retries: they would find after a second what a scan had lost.
 *
 * Store buffers: that of each task's universe; nothing but a barrier drains it.
 *
 * With ENDLESS, changes keep coming, at most two at a time, tasks never sleep
 * for ever, and stores are visible at once. The search is for a cycle in which
 * every process makes progress but no change is ever completed. Numbers count from the
 * second last universe then.
 */
#include "kgr.h"

#ifndef N
#define N	3
#endif
#define CHANGES	2

#define NONE	255

#ifdef ENDLESS
#define FIRST	2
#else
#define FIRST	0
#endif
byte newest = FIRST;		/* kgr_newest */
byte horizon;			/* kgr_horizon */
byte universe[N] = FIRST;	/* in memory */
byte buffered[N] = NONE;	/* the store that is under way */
#define LIVES(t)	(buffered[t] == NONE -> universe[t] : buffered[t])
byte to[N];			/* where a task is about to cross */

bool requested;			/* bit 0 of kgr_scan_requested */
bool irq_work;			/* kgr_request_irq_work is queued */
bool delayed_work;		/* kgr_scan_work is queued */
bool mutex;			/* kgr_mutex */

/* kgr_changes, oldest first, by the universe that each opened. */
byte change[CHANGES] = NONE;
#define IN_PROGRESS	(change[0] != NONE)

#if N == 3
#define ALL(cond)	(cond(0) && cond(1) && cond(2))
#define ANY(cond)	(cond(0) || cond(1) || cond(2))
#else
#define ALL(cond)	(cond(0) && cond(1))
#define ANY(cond)	(cond(0) || cond(1))
#endif

#define SETTLED(t)	(LIVES(t) == newest)
#define NOT_OLDEST(t)	(LIVES(t) != horizon)

/* kgr_scan_request(), when and where each mutant calls it */
inline request(t)
{
#ifndef M_NO_SCAN_MB
	buffered[t] == NONE;			/* request: barrier */
#endif
	if
#ifdef M_SCAN_AT_ZERO
	:: !ALL(SETTLED)		/* the count isn't zero yet */
#endif
#ifdef M_SCAN_AT_OLDEST
	:: from != horizon		/* it didn't come from the oldest */
#endif
#ifdef M_NO_REQUEST
	:: true
#else
	:: requested				/* request: test */
	:: else ->
		if				/* request: set */
		:: atomic { !requested -> requested = true };
			irq_work = true
		:: else
		fi
#endif
	fi
}

proctype task(byte t)
{
	byte from;

	do
#ifdef ENDLESS
	:: LIVES(t) == newest
#else
	:: true ->
end_asleep:
		false		/* for ever */
#endif
	:: atomic { LIVES(t) != newest -> to[t] = newest; from = LIVES(t) };
#ifdef M_REQUEST_BEFORE_STORE
		request(t);
#endif
		/* cross: store. What was there before has long been drained. */
		atomic {
#ifdef M_NO_SCAN_MB
			buffered[t] == NONE;
#endif
			CHECK(never_back, LIVES(t) < to[t]);
#ifdef ENDLESS
			universe[t] = to[t]
#else
			buffered[t] = to[t]
#endif
		}
#ifndef M_REQUEST_BEFORE_STORE
		request(t);
#endif
		atomic { from = 0; to[t] = 0 }
	od
}

#ifndef ENDLESS
active proctype store_buffers()
{
end:
	do
	:: atomic { buffered[0] != NONE -> universe[0] = buffered[0]; buffered[0] = NONE }
	:: atomic { buffered[1] != NONE -> universe[1] = buffered[1]; buffered[1] = NONE }
#if N == 3
	:: atomic { buffered[2] != NONE -> universe[2] = buffered[2]; buffered[2] = NONE }
#endif
	od
}
#endif

inline look_at(t)
{
#ifdef M_READ_TWICE
	if
	:: universe[t] < lowest -> lowest = universe[t]
	:: else
	fi
#else
	/* scan: look, one read; kgr_scan_visit() */
	d_step {
		if
		:: universe[t] < lowest -> lowest = universe[t]
		:: else
		fi
	}
#endif
}

#define REACHED(t)	(LIVES(t) >= change[0])

inline complete_oldest()
{
	CHECK(complete_means_all, ALL(REACHED));
	change[0] = change[1];
	change[1] = NONE
}

/* kgr_scan(), with kgr_mutex held */
inline scan()
{
#ifndef M_SCAN_CLEARS_LATE
#ifndef M_SCAN_NEVER_CLEARS
	requested = false;			/* scan: clear */
#endif
#endif
	lowest = newest;
	look_at(0);
	look_at(1);
#if N == 3
	look_at(2);
#endif
#ifdef M_SCAN_CLEARS_LATE
	requested = false;
#endif
	d_step {
		horizon = lowest;
		lowest = 0
	}
#ifdef M_COMPLETE_AT_NEWEST
	if
	:: horizon == newest ->
#endif
	do
	:: atomic {
		IN_PROGRESS && horizon >= change[0] ->
		complete_oldest() }
#ifdef ENDLESS
progress_completed:
		skip
#endif
	:: else -> break
	od
#ifdef M_COMPLETE_AT_NEWEST
	:: else
	fi
#endif
}

/* kgr_request_irq(), and what runs it. Queued once, until it begins. */
active proctype irq()
{
end:
	do
	:: irq_work ->
		irq_work = false;
		delayed_work = true
	od
}

/* kgr_scan_fn(), and the worker that runs it */
active proctype worker()
{
	byte lowest;

end:
	do
	:: delayed_work ->
		delayed_work = false;
		atomic { !mutex -> mutex = true }
		if
		:: IN_PROGRESS -> scan()
		:: else
		fi;
		mutex = false
	od
}

#ifdef ENDLESS
/* The newest universe becomes the last but one: everything else moves down. */
inline raise()
{
	d_step {
		universe[0]--;
		universe[1]--;
		to[0] = (to[0] > 0 -> to[0] - 1 : 0);
		to[1] = (to[1] > 0 -> to[1] - 1 : 0);
		if
		:: IN_PROGRESS -> change[0]--; change[1] = newest
		:: else -> change[0] = newest
		fi
	}
}
#else
inline raise()
{
	d_step {
		newest++;
		if
		:: IN_PROGRESS -> change[1] = newest
		:: else -> change[0] = newest
		fi
	}
}
#endif

active proctype writer()
{
	byte lowest;
	byte nr = 0;

	atomic {
		run task(0);
		run task(1);
#if N == 3
		run task(2)
#endif
	}
	do
#ifdef ENDLESS
	:: change[1] == NONE ->
#else
	:: nr < CHANGES ->
		nr++;
#endif
		atomic { !mutex -> mutex = true }
		if
#ifdef ENDLESS
		:: change[1] != NONE
#endif
		:: else ->
			raise();		/* kgr_change_begin() */
#ifndef M_NO_SCAN_AT_BEGIN
			scan();
#endif
		fi;
		mutex = false
#ifndef ENDLESS
	:: else -> break
#endif
	od
}

#ifndef ENDLESS
#define STUCK(t)	(universe[t] < change[0])

/* Nothing can happen any more: each pending change has a task that lags. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(reported, !IN_PROGRESS || ANY(STUCK))
}
#endif
