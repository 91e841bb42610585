/* SPDX-License-Identifier: GPL-2.0 */
/*
 * idle.pml - idle tasks cross, also those of CPUs that are busy or offline
 *
 * Each of three CPUs has an idle task, which is switched in and out. At first
 * one is idle, one is busy, one is offline; each may stay so for ever. An idle
 * task crosses between two rounds of its loop (kgr_idle_task_safe() in
 * cpu_startup_entry()), for which a sleeping one must be woken (kgr_mark_all(),
 * kgr_move_task(), wake_up_if_idle()), or another task makes it cross
 * (kgr_move_locked()). A fourth task, a kernel thread, calls do_idle()
 * in the middle of its work (play_idle_precise()).
 *
 * Abstracted: the stack is clean (sleep.pml); marking is one step (cross.pml);
 * the runqueue lock is held for one step. To check whether a CPU must reschedule
 * and to go to sleep is one step, too: the idle loop disables interrupts for it.
 */
#include "kgr.h"

#define N	3
#define CHANGES	2

byte newest;
byte universe[N];
bool flag[N];
bool current[N] = true;		/* rq->curr is the idle task */
bool resched[N];		/* TIF_NEED_RESCHED of the idle task */
bool online[N] = true;
bool hotplug;			/* the hotplug lock is held for writing */
byte pushing;			/* or for reading, by a push */

/*
 * kgr_cross_self() and kgr_cross(), see cross.pml: one step, because nothing but
 * a new change can come between
 */
inline cross_self(u, f)
{
	atomic { f -> f = false; u = newest }
}

proctype idle(byte c)
{
	/* bringup_cpu(): the lock is held until it is online */
	if
	:: !online[c] ->
#ifndef M_OFFLINE_UNLOCKED
		atomic { !hotplug && pushing == 0 -> hotplug = true };
#endif
		online[c] = true;
		hotplug = false
	:: online[c]
	:: !online[c] ->
end_offline:
		false				/* for ever */
	fi;
	if
	:: !current[c] -> goto switched_out
	:: else
	fi;

again:	/* do_idle(): asleep until it is to be rescheduled */
end_idle:
	atomic { resched[c] -> resched[c] = false };
	if				/* schedule_idle() */
	:: current[c] = false;
switched_out:
		if
		:: true ->
end_busy:
			false		/* for ever */
		:: true
		fi;
		current[c] = true
	:: true				/* no other task wants to run */
	fi;
	if				/* kgr_idle_task_safe() */
	:: cross_self(universe[c], flag[c])	/* idle: cross */
	:: !flag[c]
	fi;
	goto again
}

/* Something else wakes up on the first CPU, once. */
active proctype other()
{
end:
	resched[0] = true
}

/* play_idle_precise(): a kernel thread injects idle time, once. */
byte injector_universe;
bool injector_flag;

active proctype injector()
{
	byte entered;

	entered = injector_universe;
#ifdef M_HOOK_IN_DO_IDLE
	/* the hook at the end of do_idle(), on behalf of current */
	if
	:: cross_self(injector_universe, injector_flag)
	:: !injector_flag
	fi;
#endif
	/* and on with its work */
	CHECK(one_universe, injector_universe == entered);
	injector_flag = false
}

/* Looks, and if it is worth it looks again with the runqueue's lock held. */
inline wake_up_if_idle(c)
{
	atomic {
		if
		:: current[c] -> resched[c] = true
		:: else
		fi
	}
}

inline store(c)
{
	CHECK(never_back, newest >= universe[c]);
	/* On its CPU, interrupts come at any time. */
	CHECK(irq_constant, !current[c] || !online[c]);
	universe[c] = newest	/* unreached: the first two are never offline */
}

#ifdef M_OFFLINE_NOT_MOVED
#define MOVES_OFFLINE(c)	false
#else
#define MOVES_OFFLINE(c)	(flag[c] && !online[c])
#endif
#if defined(M_BUSY_NOT_MOVED)
#define MOVES_IDLE(c)		false
#elif defined(M_MOVES_CURRENT)
#define MOVES_IDLE(c)		(flag[c] && online[c])
#else
#define MOVES_IDLE(c)		(flag[c] && online[c] && !current[c])
#endif
#ifdef M_NO_WAKE
#define WAKES(c)		false
#else
#define WAKES(c)		(flag[c] && online[c] && current[c] && !resched[c])
#endif

#ifdef M_OFFLINE_UNLOCKED
#define LOCKED
#else
#define LOCKED	atomic
#endif

/* kgr_move_task(), kgr_move_locked() */
inline move(c)
{
	if
	:: LOCKED { MOVES_OFFLINE(c) ->			/* move: offline */
		flag[c] = false;
		atomic { store(c) } }
	:: atomic { MOVES_IDLE(c) ->			/* move: idle */
		flag[c] = false;
		store(c) }
	:: WAKES(c) -> wake_up_if_idle(c)		/* move: wake */
	:: else
	fi
}

/* kgr_push() */
inline push()
{
	atomic { !hotplug -> pushing = 1 };
	move(0);
	move(1);
	move(2);
	pushing = 0
}

/* Would another push do anything? Then it comes: retries go on. */
#define PUSHABLE(c)	(MOVES_OFFLINE(c) || MOVES_IDLE(c) || WAKES(c))

active proctype writer()
{
	atomic {
		current[1] = false;
		online[2] = false;
		run idle(0);
		run idle(1);
		run idle(2)
	}
end:
	do
	:: newest < CHANGES ->
		newest++;
		atomic {
			flag[0] = true;
			flag[1] = true;
			flag[2] = true;
			injector_flag = true
		}
#if !defined(V_NO_WAKE_AT_MARK) && !defined(M_NO_WAKE)
		wake_up_if_idle(0);		/* mark: wake idle */
		wake_up_if_idle(1);
		wake_up_if_idle(2);
#endif
		push()
	:: newest == CHANGES && (PUSHABLE(0) || PUSHABLE(1) || PUSHABLE(2)) ->
		push()
	od
}

/* Nothing can happen any more. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(all_cross, universe[0] == newest);
	CHECK(all_cross, universe[1] == newest);
	CHECK(all_cross, universe[2] == newest)
}
