/* SPDX-License-Identifier: GPL-2.0 */
/*
 * wake.pml - sleepers in system calls are notified, or cross in place
 *
 * Two user tasks sleep in system calls, one after the other. Calls of one kind
 * are listed as restarting and do so at their source (kgr_restart()); those of
 * the other kind are not listed, and would return -EINTR. A call of the first
 * kind becomes one of the second kind once it has done part of its work. The writer
 * opens two universes, which allow tasks to cross in place or do not. It pushes each
 * task that lags (kgr_push_task()): it moves the task where it sleeps (kgr_judge(),
 * KGR_WAY_PLACE), or notifies it (kgr_notify_task(), kgr_notify_locked()). Later,
 * without the lock, it wakes those that it has notified, in groups. Retries follow.
 * A call of the second kind sleeps once: any wake-up ends it.
 *
 * Abstracted: nobody else notifies a task, and what its call refers to does not
 * change between the notification and the wake-up; marking, and the crossing at
 * the exit, are one step (cross.pml); what is done with the task's scheduler locks
 * held is one step. The stack of a sleeper is clean or not; both are tried. A task
 * that is notified at the moment when its wait ends does not wait again: a call
 * that would must not be listed (kgr_restart_noticed()). Both tasks are pushed by
 * one writer, with kgr_mutex held.
 */
#include "kgr.h"

#define N	2
#define CHANGES	2

mtype = { USER, LISTED, OTHER };

byte newest;
byte strict;			/* kgr_strict */
byte universe[N];
bool flag[N];
mtype call[N] = USER;		/* which kind of system call it is in */
bool asleep[N];			/* interruptible, off its CPU and its runqueue */
bool off_cpu[N];		/* that, or preempted */
bool ran[N];			/* since the writer last looked: kgr_switches() */
bool dirty[N];			/* its stack has a function that changes */
bool notify[N];			/* TIF_NOTIFY_SIGNAL */
bool notified[N];		/* kgr_notified and kgr_restart */
bool marked[N];			/* KGR_TASK_NOTIFIED, in the state it sleeps in */
bool woken[N];			/* by wake_up_state() */
bool mine[N];			/* notified, and the writer has yet to wake it */

#define LAGS(t)		(universe[t] != newest)

inline preempted(t)
{
	if
	:: off_cpu[t] = true;
		off_cpu[t] = false
	:: true
	fi
}

proctype task(byte t)
{
	do
	:: atomic {
		true ->
		ran[t] = true;
		if
		:: call[t] = LISTED
		:: call[t] = OTHER
		fi;
		if
		:: dirty[t] = true
		:: true
		fi
	};
restarted:
		preempted(t);
		/* signal_pending()? If not, to sleep */
		if
		:: notify[t]
		:: else ->
			atomic {
				marked[t] = false;
				asleep[t] = true;
				off_cpu[t] = true
			};
			if
			:: true ->
end_asleep:			/* what it waits for never comes */
				atomic { woken[t] ->
					woken[t] = false;
					asleep[t] = false;
					off_cpu[t] = false;
					marked[t] = false;
					ran[t] = true };
				/* It slept once, and there is no signal. */
				CHECK(unnoticed, notify[t])
			:: atomic { true ->		/* it does */
				woken[t] = false;
				asleep[t] = false;
				off_cpu[t] = false;
				marked[t] = false;
				ran[t] = true };
				preempted(t);
				if
				:: goto leave
				/* for the rest of it, with part of its work done */
				:: !notify[t] -> call[t] = OTHER;
					goto restarted
				fi
			fi
		fi;
		/* Interrupted: -EINTR, and kgr_restart() */
		preempted(t);
		if
		:: notified[t] && call[t] == LISTED ->	/* restart: notified */
			preempted(t);
			if				/* restart: flag */
			:: flag[t] ->
				preempted(t);
				/* it has done nothing yet, and only restarts */
				atomic {
					notify[t] = false;
					if
					:: flag[t] ->
						flag[t] = false;
						universe[t] = newest;
						notified[t] = false
					:: else
					fi
				};
				goto restarted
			:: else -> CHECK(unnoticed, false) /* unreached: EINTR */
			fi
		:: else -> CHECK(unnoticed, false)	/* unreached: EINTR */
		fi;
leave:
		/* the exit: signals first, then the crossing */
		notify[t] = false;
		atomic {
			if
			:: flag[t] ->
				flag[t] = false;
				universe[t] = newest;
				notified[t] = false
			:: else
			fi;
			call[t] = USER;
			dirty[t] = false
		}
	od
}

#ifdef M_IN_PLACE_NOTIFIED
#define IN_PLACE(t)	(universe[t] >= strict)
#elif defined(M_IN_PLACE_STRICT)
#define IN_PLACE(t)	(!notified[t])
#else
#define IN_PLACE(t)	(universe[t] >= strict && !notified[t])
#endif

/* kgr_move_locked(), kgr_judge() */
inline move(t)
{
	atomic {
		if
		:: flag[t] && off_cpu[t] && call[t] != USER && IN_PLACE(t) && !dirty[t] ->
			CHECK(one_universe, universe[t] >= strict);
			flag[t] = false;
			universe[t] = newest;
			notified[t] = false
		:: else
		fi
	}
}

/* kgr_notify_task() */
inline wake(t)
{
	atomic { ran[t] = false };			/* wake: switches */
	if						/* wake: policy */
	:: asleep[t] && call[t] == LISTED ->
		atomic {				/* wake: locked */
			if
#ifdef M_WAKE_OTHER_CALL
			:: asleep[t] && flag[t] && !notify[t] ->
#elif defined(M_WAKE_UNMARKED)
			:: asleep[t] && !ran[t] && !notify[t] ->
#elif defined(M_WAKE_RUNNING)
			:: flag[t] && !notify[t] ->
#else
			:: asleep[t] && !ran[t] && flag[t] && !notify[t] ->
#endif
				notify[t] = true;
				notified[t] = true;
				marked[t] = true;
				mine[t] = true
			:: else
			fi
		}
	:: else
	fi
}

/* kgr_wake_notified(), of a group that is complete, or at the end */
inline wake_later(t)
{
	if
	:: mine[t] ->
		atomic {				/* wake: late */
			mine[t] = false;
			if
#ifdef M_WAKE_LATE
			:: asleep[t] -> woken[t] = true
#else
			:: asleep[t] && marked[t] -> woken[t] = true
#endif
			:: else
			fi
		}
	:: else
	fi
}

/* kgr_push_task(): a task that lagged when it was found */
inline push(t)
{
	if
	:: LAGS(t) ->
		if					/* kgr_mark_again() */
		:: !flag[t] -> flag[t] = true
		:: else
		fi;
		move(t);
		wake(t)
	:: else
	fi
}

/* Would another retry do anything? */
#define PUSHABLE(t) \
	(LAGS(t) && asleep[t] && !notify[t] && \
	 (call[t] == LISTED || IN_PLACE(t) && !dirty[t]))

active proctype writer()
{
	atomic {
		run task(0);
		run task(1)
	}
end:
	do
	:: newest < CHANGES ->
		atomic {
			newest++;
			if
			:: strict = newest		/* KGR_CONSISTENCY_ENTRY */
			:: true				/* KGR_CONSISTENCY_FUNCTION */
			fi
		};
		atomic { flag[0] = true; flag[1] = true }
	:: PUSHABLE(0) || PUSHABLE(1) ->
		push(0);
		if
		:: wake_later(0)
		:: true
		fi;
		push(1);
		wake_later(0);
		wake_later(1)
	od
}

#define CROSSED(t)	(!LAGS(t) || call[t] == OTHER && \
			 (universe[t] < strict || dirty[t]))

/* Nothing can happen any more: all are asleep. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(all_cross, CROSSED(0) && CROSSED(1));
	CHECK(laggard_marked, !LAGS(0) || flag[0]);
	CHECK(laggard_marked, !LAGS(1) || flag[1])
}
