/* SPDX-License-Identifier: GPL-2.0 */
/*
 * force.pml - tasks are forced, perhaps in the middle of crossing
 *
 * The writer opens two universes, and forces every task into the newest at any
 * time (kgr_force(), kgr_force_all()): a task that is off its CPU with its
 * scheduler locks held (kgr_force_locked()), a task that runs in an interrupt
 * (kgr_force_current()). Task 0 is a kernel thread that crosses by itself with
 * interrupts on (kgr_cross_self()), task 1 a user task that does so with
 * interrupts off (__kgr_exit_to_user()). Task 1 forks task 2, which only runs
 * or not (kgr_copy_process()).
 *
 * Abstracted: a forced task may be anywhere in the kernel; publish.pml has the
 * guarantees that remain. Marking is one step (cross.pml). kgr_mutex is held from
 * the first visit to the last.
 */
#include "kgr.h"

#define N	3
#define CHANGES	2

byte newest;
byte universe[N];
bool flag[N];
bool on_cpu[N] = true;
bool irqs_off[N];
bool ipi[N];			/* kgr_force_current() is on its way */
bool exists[N];
byte in_cross[N];		/* between the clear and the store */

#define LAGS(t)	(exists[t] && universe[t] != newest)

/* "force cross": kgr_force_cross(), and kgr_cross() in there: in one go */
inline force_cross(t)
{
#ifndef V_FORCE_NO_MARK
	flag[t] = true;
#endif
	if
	:: flag[t] ->
		flag[t] = false;
		CHECK(never_back, newest >= universe[t]);
		universe[t] = newest
	:: else
	fi
}

/* The interrupt. The rest of kgr_force_current() is on the CPU of the task. */
active proctype interrupts()
{
end:
	do
	:: atomic { ipi[0] && !irqs_off[0] ->
		ipi[0] = false;
		if
		:: on_cpu[0] && LAGS(0) -> force_cross(0)
		:: else
		fi }
	:: atomic { ipi[1] && !irqs_off[1] ->
		ipi[1] = false;
		if
		:: on_cpu[1] && LAGS(1) -> force_cross(1)
		:: else
		fi }
	:: atomic { ipi[2] && !irqs_off[2] ->
		ipi[2] = false;
		if
		:: on_cpu[2] && LAGS(2) -> force_cross(2)
		:: else
		fi }
	od
}

/* "cross": kgr_cross(), preemption off; interrupts only for task 0 */
inline cross(t)
{
	to = newest;					/* cross: newest */
	if
	:: atomic { flag[t] -> flag[t] = false; in_cross[t]++ };
		if
		:: newest != to ->			/* cross: newest again */
			atomic { flag[t] = true; in_cross[t]-- }
		:: else ->
			from = universe[t];
			do
			:: from >= to -> break
			:: else ->
#ifdef M_PLAIN_STORE
				atomic {
					CHECK(never_back, to >= universe[t]);
					universe[t] = to
				};
				break
#else
				atomic {		/* cross: store */
					if
					:: universe[t] == from ->
						CHECK(never_back, to >= universe[t]);
						universe[t] = to
					:: else
					fi;
					from = universe[t]
				}
#endif
			od;
			atomic { in_cross[t]--; from = 0 }
		fi
	:: else
	fi;
	to = 0
}

inline off_and_on(t)
{
	on_cpu[t] = false;
	if
	:: true ->
end_asleep:
		false				/* for ever */
	:: true
	fi;
	on_cpu[t] = true
}

proctype thread(byte t)
{
	byte to;
	byte from;

	do
	:: off_and_on(t)
	:: cross(t)
	:: true ->
end_busy:
		false
	od
}

proctype user(byte t)
{
	byte to;
	byte from;

	do
	:: irqs_off[t] = true;
		do
		:: flag[t] -> cross(t)
		:: else -> break
		od;
		irqs_off[t] = false
	:: off_and_on(t)
	:: !exists[N - 1] ->
		/* kgr_copy_process(), with tasklist_lock held for writing */
		atomic {
			universe[N - 1] = universe[t];
			flag[N - 1] = flag[t];
			exists[N - 1] = true;
			run child(N - 1)
		}
	:: true ->
end_busy:
		false
	od
}

proctype child(byte t)
{
	do
	:: off_and_on(t)
	:: true ->
end_busy:
		false
	od
}

inline mark(t)
{
	if
	:: LAGS(t) -> flag[t] = true
	:: else
	fi
}

/* kgr_force_locked(), by task_call_func() */
inline visit(t)
{
	atomic {
		if
#ifdef M_FORCE_RUNNING
		:: LAGS(t) ->
			/* No other process runs, or it would be running. */
			CHECK(irq_constant, !on_cpu[t]);
#else
		:: LAGS(t) && !on_cpu[t] ->
#endif
			force_cross(t)
		:: else
		fi
	}
}

/* kgr_force_count(): of all tasks, in this order */
inline count(t)
{
	atomic {
		if
		:: LAGS(t) -> left = true
		:: else
		fi
	}
}

active proctype writer()
{
	bool left;

	atomic {
		exists[0] = true;
		exists[1] = true;
		run thread(0);
		run user(1)
	}
	do
	:: newest < CHANGES ->
		newest++;
		atomic { mark(0); mark(1); mark(2) }
	:: break
	od;
	/* kgr_force_all(); after it another change may come */
	do
	::	/* kgr_push_tasks() may miss one that has just come */
		visit(0);
		visit(1);
		if
		:: true -> visit(2)
		:: true
		fi;
#ifdef M_PUSHED_IS_ALL
		if
		:: true -> break
		:: true
		fi;
#endif
		atomic { left = false };
		count(0);
		count(1);
		count(2);
		if
		:: !left -> break
		:: else
		fi;
		atomic { ipi[0] = true; ipi[1] = true; ipi[2] = true };
		!ipi[0] && !ipi[1] && !ipi[2];		/* waits for them */
#ifdef M_ONE_ROUND
		break
#endif
	od;
	/* A child may have been forked by a task that was not forced yet. */
	CHECK(all_forced, !LAGS(0) && !LAGS(1) && !LAGS(2));
	do
	:: newest < CHANGES ->
		newest++;
		atomic { mark(0); mark(1); mark(2) }
	:: else -> break
	od
}

#define MARKED(t)	(!LAGS(t) || flag[t] || in_cross[t])

active proctype in_the_end()
{
end:
	timeout;
	CHECK(laggard_marked, MARKED(0) && MARKED(1) && MARKED(2))
}
