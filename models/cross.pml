/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cross.pml - user tasks cross on their way to user mode
 *
 * One writer makes two changes (kgr_change_begin(): kgr_stage_publish(),
 * kgr_universe_raise(), kgr_mark_all()); N user tasks enter the kernel, run
 * functions that both changes patch, and leave it (exit_to_user_mode_loop(),
 * __kgr_exit_to_user(), kgr_cross()). The second change is either another
 * patch on top or the revert of the first, which may be half way then.
 *
 * Each task has a CPU of its own. This is the worst case, because only the
 * kick interrupts it in user mode (nohz_full, no tick).
 *
 * Store buffers: what the writer publishes and the number it raises. They are
 * weaker than those of x86: another store, and even a locked operation of the
 * writer, may overtake their contents, unless there is a barrier.
 */
#include "kgr.h"

#define N	3
#define CHANGES	2

/* Where a task is. In KERNEL interrupts are on, in IRQS_OFF they are not. */
mtype = { USER, KERNEL, IRQS_OFF };

byte newest;		/* kgr_newest, in memory */
bool newest_buffered;	/* the writer's store of newest + 1 is under way */

/*
 * Two sites: A is patched by both changes, B by the second alone. What their
 * kgr_site.versions show, and whether ftrace calls for them.
 */
byte published_a;
byte published_b;
bool a_buffered;	/* the store of published_a + 1 is under way */
bool hooked_a;
bool hooked_b;

byte universe[N];	/* task_struct.kgr_universe */
bool flag[N];		/* TIF_KGR_IN_PROGRESS */
bool ipi[N];		/* an interrupt is on its way to the task's CPU */
mtype where[N] = USER;
#ifdef M_ONE_FLAG
#define LIVES(t)	(flag[t] -> newest - 1 : newest)
#else
#define LIVES(t)	universe[t]
#endif

/* What of A or B runs in universe u: kgr_versions_choose() */
#define CODE_A(u, published)	((u) < (published) -> (u) : (published))
#define CODE_B(u, published)	((u) < 2 -> 0 : (published))

/*
 * A patched function is called: kgr_ftrace_handler(). One step: only the task
 * itself changes its universe (move.c never takes a task of this kind that
 * runs), so nothing relevant can happen between its two reads.
 */
inline call_a(t)
{
	CHECK(one_universe, (hooked_a -> CODE_A(LIVES(t), published_a) : 0) ==
			    CODE_A(entered, 2))
}

inline call_b(t)
{
	CHECK(one_universe, (hooked_b -> CODE_B(LIVES(t), published_b) : 0) ==
			    CODE_B(entered, 2))
}

/* "cross": kgr_cross(), in its loop of __kgr_exit_to_user() */
inline cross(t)
{
	do
	::	to = newest;				/* cross: newest */
#ifdef M_STORE_BEFORE_CLEAR
		CHECK(never_back, to >= universe[t]);
		universe[t] = to;
#endif
		if					/* cross: clear */
		:: atomic { flag[t] -> flag[t] = false }
		:: else -> break	/* unreached: no other task clears it */
		fi;
#if !defined(M_NEWEST_BEFORE_CLEAR) && !defined(M_STORE_BEFORE_CLEAR)
		if					/* cross: newest again */
		:: newest != to ->
#ifndef M_NO_REMARK
			flag[t] = true;
#endif
#ifdef V_NO_LOOP
			break
#endif
		:: else ->
#else
		if
		:: true ->
#endif
			/* cross: store. On its own CPU at once; see complete.pml */
			atomic {
				CHECK(never_back, to >= universe[t]);
#ifndef M_STORE_BEFORE_CLEAR
				universe[t] = to;
#endif
				to = 0
			}
			break
		fi
#ifdef M_NO_REMARK
		if
		:: !flag[t] -> break
		:: else
		fi
#endif
	od;
	to = 0
}

proctype task(byte t)
{
	byte entered;		/* where it lived when it entered */
	byte to;

	if
	:: goto user_mode
	:: goto entry		/* a system call, fault or interrupt */
	fi;

user_mode:
end_user_mode:
	atomic { ipi[t] -> ipi[t] = false }
entry:
	atomic {
		where[t] = KERNEL;
		entered = universe[t];
		call_a(t)
	}
exit_loop:	/* exit_to_user_mode_loop(), with M_* at livepatch's place */
#ifdef M_CROSS_AT_TOP
	if
	:: flag[t] ->
		cross(t);
		/* signals, task work and rseq come after it */
		call_b(t)
	:: else
	fi;
#endif
#ifdef M_FLAGS_BEFORE_IRQS_OFF
	if
	:: !flag[t] -> goto leaving
	:: else
	fi;
#endif
	/* "exit: flags": interrupts off, then read_thread_flags() */
	atomic {
		where[t] = IRQS_OFF;
		if
		:: true -> goto other_work
		:: !flag[t] -> goto leaving
		:: flag[t] -> goto crossing
		fi
	}

other_work:	/* signals, task work, rseq: code that the patch changes as well */
#ifdef M_CROSS_WITH_OTHER_WORK
	if
	:: flag[t] -> cross(t)
	:: else
	fi;
#endif
	where[t] = KERNEL;
	call_b(t);
	goto exit_loop;

crossing:
	cross(t);		/* kgr_exit_to_user(), the last step of the loop */
leaving:
	atomic { where[t] = USER; entered = 0 }
	goto user_mode
}

/* An interrupt in the kernel comes and goes; the one in user mode is an entry. */
active proctype interrupts()
{
	byte t;
end:
	do
	:: atomic {
		ipi[0] && where[0] == KERNEL -> ipi[0] = false }
	:: atomic {
		ipi[1] && where[1] == KERNEL -> ipi[1] = false }
	:: atomic {
		ipi[2] && where[2] == KERNEL -> ipi[2] = false }
	od
}

/* The writer's stores reach memory. */
active proctype store_buffer()
{
end:
	do
	:: atomic { newest_buffered -> newest++; newest_buffered = false }
	:: atomic { a_buffered -> published_a++; a_buffered = false }
	od
}

inline publish()
{
	a_buffered = true;				/* publish */
	if
	:: change == 2 -> published_b = 2
	:: else
	fi
}

/* kgr_hook_sites() */
inline hook()
{
	if
	:: change == 2 -> hooked_b = true
	:: else -> hooked_a = true
	fi
}

inline raise()
{
#ifndef M_RAISE_PLAIN
	!a_buffered;			/* raise: the release in there */
#endif
	newest_buffered = true;
#ifndef M_RAISE_NO_MB
	!newest_buffered		/* raise: the barrier after it */
#endif
}

inline mark(t)
{
	if
	:: universe[t] != newest + newest_buffered -> flag[t] = true
	:: else
	fi
}

inline mark_all()
{
	mark(0);
	mark(1);
	mark(2)
}

inline kick_one(t)
{
#ifdef M_KICK_SAMPLED
	if
	:: where[t] == USER -> ipi[t] = true
	:: else
	fi
#else
	ipi[t] = true
#endif
}

/* In one step: that one comes later than another is in how long it takes. */
inline kick()
{
#ifdef M_NO_KICK
	skip
#else
	atomic {
		kick_one(0);
		kick_one(1);
		kick_one(2)
	}
#endif
}

/* With interrupts off it may be between clearing its flag and its store. */
#define MARKED(t)	(universe[t] == newest || flag[t] || where[t] == IRQS_OFF)

active proctype writer()
{
	byte change = 0;

	atomic {
		run task(0);
		run task(1);
		run task(2)
	}
	do
	:: change < CHANGES ->
		change++;
#ifndef M_PUBLISH_LATE
		publish();
#endif
#ifndef M_HOOK_LATE
		hook();
#endif
#ifdef M_MARK_BEFORE_RAISE
		atomic {
			flag[0] = true;
			flag[1] = true;
			flag[2] = true
		}
#endif
		raise();
#ifdef M_HOOK_LATE
		hook();
#endif
#ifdef M_PUBLISH_LATE
		publish();
#endif
#ifdef M_KICK_BEFORE_MARK
		kick();
		mark_all();
#else
#ifndef M_MARK_BEFORE_RAISE
		mark_all();
#endif
		kick();
#endif
		/* The mutants may have left these behind. */
		!newest_buffered && !a_buffered;
		atomic {
			CHECK(laggard_marked, MARKED(0) && MARKED(1) && MARKED(2))
		}
	:: else -> break
	od
}

/* Nothing can happen any more: all are in user mode. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(all_cross, universe[0] == newest);
	CHECK(all_cross, universe[1] == newest);
	CHECK(all_cross, universe[2] == newest)
}
