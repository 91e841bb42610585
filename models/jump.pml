/* SPDX-License-Identifier: GPL-2.0 */
/*
 * jump.pml - the entry of a settled function is a jump to its version
 *
 * One site. A patch P is applied; then it is reverted, or Q is applied on top of
 * it. Once the site has settled, a work item has its entry jump
 * (kgr_jump_all()); a change has it call the handler again, and every CPU runs
 * that, before the universe opens (kgr_stage_end_jumps()). A change may fail
 * after that. The text of P is freed when the horizon has passed its end.
 *
 * Another user of ftrace attaches to the function and leaves it: while it is
 * there, the entry is a call, and afterwards a jump if there is one to be made
 * (ftrace_set_jmp_ips()). It does not take kgr_mutex; both take ftrace_lock.
 *
 * Task 0 is a user task: it crosses with nothing on its stack. Task 1 is a
 * kernel thread that is moved where it was preempted, if its stack is clean. A
 * task that has taken the jump is in the version, but nothing that is on its
 * stack says so yet: only its instruction pointer does.
 *
 * Abstracted: the handler finds the version that is right in the universe of
 * the task; publish.pml shows that. Each task has a CPU of its own, which runs
 * the new text from any time between the change of the text and the interrupt
 * that synchronises it; what int3 emulates on the way there is the new text.
 * Marking, crossing and scans are one step each, as there.
 */
#include "kgr.h"

#define N	2
#define CHANGES	2
#define NONE	255

/* Code: the original, and the patches'. */
#define ORIG	0
#define P	1
#define Q	2

/* The entry: a call, or a jump to one of these. */
#define CALL	NONE

byte newest;
byte horizon;
byte universe[N];
byte inside[N] = NONE;		/* the code that it is in */
bool arrived[N];		/* at its first instruction, by a jump */

/* What runs in each universe: what was decided when it was opened. */
byte truth[CHANGES + 1];

byte text = CALL;		/* the entry, in memory */
byte runs[N] = CALL;		/* the entry, as the CPU of each task has it */
byte jump = NONE;		/* ftrace_func_entry.direct: where it may jump */
bool other;			/* another user of ftrace is on the function */
bool ftrace_lock;
bool text_freed[Q + 1];

#define LOCK(l)		atomic { !l -> l = true }
#define UNLOCK(l)	l = false

/* kgr_site_on_stack(), for a task that lives in universe[t] and would cross */
#define SAME(t)		(truth[universe[t]] == truth[newest])
#ifdef M_POINTER_UNSEEN
#define CLEAN(t)	(SAME(t) || inside[t] == NONE || arrived[t])
#else
#define CLEAN(t)	(SAME(t) || inside[t] == NONE)	/* move: pointer */
#endif

inline go_to(t, code)
{
	inside[t] = code;
	CHECK(one_universe, inside[t] == truth[universe[t]]);
	CHECK(no_freed_text, !text_freed[inside[t]])
}

proctype task(byte t)
{
	do
	:: atomic {
		inside[t] == NONE ->
		if
		:: runs[t] == CALL -> go_to(t, truth[universe[t]])
		:: else -> go_to(t, runs[t]); arrived[t] = true
		fi
	}
	:: atomic {
		inside[t] != NONE ->
		CHECK(no_freed_text, !text_freed[inside[t]]);
		if
		:: arrived[t] -> arrived[t] = false
		:: else -> inside[t] = NONE
		fi
	}
	:: atomic {
		t == 0 && inside[t] == NONE && universe[t] != newest ->
		universe[t] = newest
	}
	:: newest == CHANGES && inside[t] == NONE ->
end_asleep:
		false					/* for ever */
	od
}

active proctype mover()
{
end:
	do
	:: atomic { universe[1] != newest && CLEAN(1) -> universe[1] = newest }
	od
}

/* The CPUs come across the new text by themselves, or are told to. */
active proctype cpus()
{
end:
	do
	:: atomic { runs[0] != text -> runs[0] = text }
	:: atomic { runs[1] != text -> runs[1] = text }
	od
}

inline sync()
{
	atomic { runs[0] = text; runs[1] = text }
}

/* ftrace_run_update_code() */
inline update()
{
	text = (other -> CALL : jump);			/* text: poke */
	sync()						/* text: sync */
}

/* Attach, and leave, more than once. */
active proctype user()
{
	byte times = 2;
#ifdef M_LEAVES_UNLOCKED
	byte was;
#endif

end:
	do
	:: times > 0 ->
		times--;
		LOCK(ftrace_lock);
		other = true;
		update();
		UNLOCK(ftrace_lock);
#ifdef M_LEAVES_UNLOCKED
		was = jump;
		LOCK(ftrace_lock);
		other = false;
		text = was;
		sync();
#else
		LOCK(ftrace_lock);
		other = false;
		update();				/* leave */
#endif
		UNLOCK(ftrace_lock)
	od
}

/* kgr_jumps_end() */
inline end_jump()
{
	LOCK(ftrace_lock);
#if defined(M_JUMP_STAYS)
	skip;
#elif defined(M_NO_SYNC)
	jump = NONE;
	text = CALL;
#elif defined(M_ENTRY_STAYS)
	/* ftrace is not told: it makes the jump again */
	text = CALL;
	sync();
#else
	jump = NONE;
	update();					/* end */
#endif
	UNLOCK(ftrace_lock)
}

inline change(c)
{
#ifndef M_END_AFTER_RAISE
	end_jump();
#endif
	if
	:: true ->
		atomic {
			newest++;			/* raise */
			truth[newest] = c
		}
	:: fails > 0 -> fails--				/* it fails */
	fi;
#ifdef M_END_AFTER_RAISE
	end_jump()
#endif
}

#define OLDEST		(universe[0] < universe[1] -> universe[0] : universe[1])

#ifdef M_JUMP_EARLY
#define SETTLED		true
#else
#define SETTLED		(horizon == newest)
#endif

active proctype writer()
{
	byte fails = 1;

	atomic {
		run task(0);
		run task(1)
	}
end:
	do
	:: newest == 0 -> change(P)
	:: newest == 1 -> change(ORIG)			/* revert */
	:: newest == 1 -> change(Q)
	:: atomic { horizon != OLDEST -> horizon = OLDEST }	/* scan */
	:: atomic {
#ifdef M_RELEASE_AT_CALL
		/* no task jumps there any more: is that enough? */
		newest == 2 && runs[0] != P && runs[1] != P && !text_freed[P] ->
#else
		newest == 2 && horizon == 2 && !text_freed[P] ->
#endif
		text_freed[P] = true			/* release */
	}
	:: SETTLED && truth[newest] != ORIG && jump == NONE ->
		LOCK(ftrace_lock);
		jump = truth[newest];			/* jump */
		update();
		UNLOCK(ftrace_lock)
	od
}

/* Nothing can happen any more: all are asleep, the mover and scans have run. */
active proctype in_the_end()
{
end:
	timeout;
	CHECK(all_cross, universe[1] == newest)
}
