/* SPDX-License-Identifier: GPL-2.0 */
/*
 * life.pml - tasks begin and end while others search for them
 *
 * Tasks fork (kgr_copy_process()), with the failure exits that follow; exit
 * (kgr_task_exiting(), exit_notify(), kgr_task_dead()), and either reap
 * themselves, which takes them off the task list while they still run, or stay
 * on it as zombies; and cross. The writer marks them (kgr_mark_all()), scans
 * look for the horizon (kgr_visit_tasks(), kgr_task_is_dead()).
 *
 * One task begins; what it forks may fork again. New tasks go to the end of the
 * task list: a walk finds them in the order of their numbers.
 *
 * Abstracted: a task crosses in one step, at any time if it is marked; shown in
 * cross.pml. A request, once set, is followed by a scan that begins later;
 * shown in complete.pml. Marking is one step for each of the two lists, and so
 * is a scan over the list of exiting tasks: whether a task is missed there
 * depends only on that task and on the time of the visit, not on other tasks.
 * A scan over the task list is more than one step, because of the forks.
 *
 * The barrier in kgr_task_dead() is the order of its steps. With M_DEAD_NO_MB, the
 * store that says that the task is off its CPU comes late. The lock of the
 * exiting list, and that of the task list for readers, are held for one step.
 *
 * With PREEMPT_RT, who holds the lock of the task list can be preempted, and then
 * be moved: the child is older than its parent until it crosses as well. There, a
 * walk over the task list holds that lock for reading.
 */
#include "kgr.h"

#define N	3
#define CHANGES	2

byte newest;
bool change[CHANGES + 1];	/* on kgr_changes, by its universe */
bool requested;			/* a scan has yet to begin */

/* task_struct */
byte universe[N];
bool flag[N];
bool listed[N];			/* on the task list */
bool exiting[N];		/* on the list of exiting tasks */
bool dead[N];			/* __state == TASK_DEAD */
bool on_cpu[N];			/* once it is dead; not read before */

bool alive[N];			/* from when it exists to its last instruction */
byte born;			/* how many there have been */
bool tasklist_lock;		/* held for writing */
bool tasklist_read;		/* by a walk; else for one step only, and not shown */

#define LAGS(t)		(universe[t] != newest)

/* kgr_copy_process() and what else of copy_process() matters */
inline fork(t)
{
#if defined(M_FORK_FLAG_UNLOCKED) || defined(M_FORK_UNIVERSE_UNLOCKED)
	/* as dup_task_struct() copied it */
	atomic { born < N -> old_flag = LAGS(t); old_universe = universe[t] };
	if			/* moved in place, where it is preempted */
	:: atomic { flag[t] -> flag[t] = false; universe[t] = newest; requested = true }
	:: true
	fi;
end_no_room_left:
#endif
	atomic {
		!tasklist_lock && !tasklist_read && born < N -> tasklist_lock = true;
		d_step {				/* fork: copy */
#if defined(M_FORK_NEWEST)
			universe[born] = newest;
#elif defined(M_FORK_UNIVERSE_UNLOCKED)
			universe[born] = old_universe;
#else
			universe[born] = universe[t];
#endif
#if defined(M_FORK_FLAG_ZERO)
			flag[born] = false;
#elif defined(M_FORK_FLAG_COPIED)
			flag[born] = flag[t];
#elif defined(M_FORK_FLAG_UNLOCKED)
			flag[born] = old_flag;
#else
			flag[born] = LAGS(born);
#endif
			old_flag = false;
			old_universe = 0
		}
	};
#ifdef PREEMPT_RT
	if			/* moved in place, where it is preempted */
	:: atomic { flag[t] -> flag[t] = false; universe[t] = newest; requested = true }
	:: true
	fi;
#endif
	if
	:: atomic {			/* one of the failure exits that follow */
		universe[born] = 0;
		flag[born] = false;
		tasklist_lock = false }
	:: atomic {
#ifdef PREEMPT_RT
		CHECK(child_as_parent, universe[born] <= universe[t]);
#else
		CHECK(child_as_parent, universe[born] == universe[t]);
#endif
		listed[born] = true;
		alive[born] = true;
		on_cpu[born] = true;
		run task(born);
		born++;
		tasklist_lock = false }
	fi
}

inline link(t)
{
#ifdef M_NO_EXITING_LIST
	skip
#else
	exiting[t] = true			/* exit: link */
#endif
}

proctype task(byte t)
{
	bool old_flag;
	byte old_universe;

	do
	:: atomic { flag[t] ->			/* cross, then request */
		flag[t] = false;
		universe[t] = newest;
		requested = true }
	:: fork(t)
	:: true ->
end_asleep:
		false				/* for ever */
	:: break
	od;

	/* do_exit(). It does not cross by itself from here on. */
#ifndef M_LINK_LATE
	link(t);
#endif
	if					/* exit: off the task list */
	:: atomic { !tasklist_lock && !tasklist_read -> listed[t] = false }
	:: true					/* a zombie, for as long as it lasts */
	fi;
#ifdef M_LINK_LATE
	link(t);
#endif
#ifdef M_CPU_BEFORE_STATE
	/* Preempted, and on again; see on_cpu[] */
	on_cpu[t] = false;
	on_cpu[t] = true;
#endif
#ifdef M_UNLINK_EARLY
	exiting[t] = false;
#endif
	dead[t] = true;				/* do_task_dead() */
#ifdef M_DEAD_BEFORE_OFF_CPU
	if
	:: LAGS(t) -> requested = true
	:: else
	fi;
#endif
	/* finish_task(). What follows is done by the next task. */
#ifdef M_DEAD_NO_MB
	alive[t] = false;			/* the store is under way */
#else
	atomic { alive[t] = false; on_cpu[t] = false };
#endif
	atomic {
		exiting[t] = false;		/* dead: unlink */
#ifndef M_DEAD_BEFORE_OFF_CPU
		if				/* dead: look, request */
#ifndef M_DEAD_NO_REQUEST
		:: LAGS(t) -> requested = true
#endif
		:: else
		fi
#endif
	};
#ifdef M_DEAD_NO_MB
	on_cpu[t] = false;			/* now it gets there */
#endif
#ifndef M_ZOMBIES_COUNT
	/* Reaped, if it was not yet. It is not visited any more. */
	d_step { universe[t] = 0; flag[t] = false; listed[t] = false }
#endif
}

/* kgr_task_is_dead(): the state first, and once it is true it stays true */
#ifdef M_ZOMBIES_COUNT
#define IS_DEAD(t)	false
#elif defined(M_DEAD_BY_STATE)
#define IS_DEAD(t)	dead[t]
#else
#define IS_DEAD(t)	(dead[t] && !on_cpu[t])
#endif

/* kgr_scan_visit() */
inline visit(t)
{
	if
	:: universe[t] < lowest -> lowest = universe[t]
	:: else
	fi
}

#ifdef M_CPU_BEFORE_STATE
#define STEP		/* none: the braces alone */
/* on_cpu before the state, and time passes in between */
inline visit_if(t, on_list)
{
	if
	:: on_list && !on_cpu[t] ->
		atomic {
			if
			:: dead[t]
			:: else -> visit(t)
			fi
		}
	:: atomic { on_list && on_cpu[t] -> visit(t) }
	:: !on_list
	fi
}
#else
#define STEP	d_step
inline visit_if(t, on_list)
{
	if
	:: on_list && !IS_DEAD(t) -> visit(t)
	:: else
	fi
}
#endif

inline visit_listed(t)
{
	STEP { visit_if(t, listed[t]) }
}

/* kgr_visit_exiting() */
inline visit_exiting()
{
#ifdef M_SCAN_OMITS_EXITING
	skip
#elif defined(V_EXITING_DEAD_COUNT)
	d_step {
		if
		:: exiting[0] -> visit(0)
		:: else
		fi;
		if
		:: exiting[1] -> visit(1)
		:: else
		fi;
		if
		:: exiting[2] -> visit(2)
		:: else
		fi
	}
#else
	STEP {
		visit_if(0, exiting[0]);
		visit_if(1, exiting[1]);
		visit_if(2, exiting[2])
	}
#endif
}

#define NOT_BEFORE(t, c) (!alive[t] || universe[t] >= (c))

inline complete(c)
{
	if
	:: change[c] && lowest >= c ->
		CHECK(complete_means_all, NOT_BEFORE(0, c) &&
		      NOT_BEFORE(1, c) && NOT_BEFORE(2, c));
		change[c] = false
	:: else
	fi
}

/* kgr_scan() and kgr_visit_tasks() */
inline scan()
{
	atomic { requested = false; lowest = newest };
#ifdef M_EXITING_FIRST
	visit_exiting();
#endif
#if defined(PREEMPT_RT) && !defined(M_RT_UNLOCKED)
	atomic { !tasklist_lock -> tasklist_read = true };
#endif
	visit_listed(0);			/* visit: task list, under RCU */
	visit_listed(1);
	visit_listed(2);
	tasklist_read = false;
#ifndef M_EXITING_FIRST
	visit_exiting();			/* visit: exiting */
#endif
	atomic {
		complete(1);
		complete(2);
		lowest = 0
	}
}

inline mark(t)
{
	d_step {
		if
		:: listed[t] && LAGS(t) -> flag[t] = true
		:: else
		fi
	}
}

inline mark_if_exiting(t)
{
	if
	:: exiting[t] && LAGS(t) && !IS_DEAD(t) -> flag[t] = true
	:: else
	fi
}

#define MARKED(t)	(!alive[t] || !LAGS(t) || flag[t])

/* kgr_change_begin(), the scans between, and all with kgr_mutex held */
active proctype writer()
{
	byte lowest;

	atomic {
		alive[0] = true;
		listed[0] = true;
		on_cpu[0] = true;
		born = 1;
		run task(0)
	}
end:
	do
	:: newest < CHANGES ->
		atomic {
			newest++;
			change[newest] = true
		}
#ifndef M_MARK_NO_WAIT
		!tasklist_lock;			/* mark: wait for forks */
#endif
		/* mark: one by one; a child may have any number */
		if
		:: mark(0); mark(1); mark(2)
		:: mark(2); mark(1); mark(0)
		fi;
#ifndef M_MARK_OMITS_EXITING
		d_step {			/* mark: exiting */
			mark_if_exiting(0);
			mark_if_exiting(1);
			mark_if_exiting(2)
		}
#endif
		CHECK(laggard_marked, MARKED(0) && MARKED(1) && MARKED(2));
		scan()
	:: requested -> scan()
	od
}

#define STUCK(t, c)	(alive[t] && universe[t] < c)
#define REPORTED(c) \
	(!change[c] || STUCK(0, c) || STUCK(1, c) || STUCK(2, c))

/* Nothing can happen any more: all are asleep, or dead. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(reported, REPORTED(1) && REPORTED(2))
}
