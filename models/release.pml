/* SPDX-License-Identifier: GPL-2.0 */
/*
 * release.pml - nobody comes back into the text of a module that is let go
 *
 * All have crossed the revert of a patch. What is left of it are the functions
 * that some tasks have in their restart_block, and those tasks that are inside
 * of one: in restart_syscall(), which fetches it and calls it. Inside, the task
 * takes it out, sleeps, and puts it back if it is interrupted again. A task
 * forks once (kgr_copy_process()). Rounds look at all tasks (kgr_module_unused(),
 * kgr_look()), each either off its CPU (kgr_look_locked()) or by an interrupt
 * (kgr_look_at_current()); tasks may be preempted anywhere in restart_syscall().
 * When a round finds nobody, the text is freed.
 *
 * Abstracted: a look is one step: the task's scheduler locks are held, or it is
 * in an interrupt. Of all other system calls it only matters that they are not
 * restart_syscall(): no code of the module runs in them any more (publish.pml).
 *
 * Store buffers: of the system call's number, which the entry stores and only a
 * look from another CPU reads. An interrupt drains it, and so does leaving the
 * CPU.
 */
#include "kgr.h"

#define N	3

mtype = { RUNS, PREEMPTED, ASLEEP };

mtype cpu[N] = RUNS;		/* on its CPU, on its runqueue, neither */
bool exists[N];			/* on the task list */
bool born;			/* the last one, or about to be */
bool fn[N];			/* restart_block.fn is one of the module's */
bool restarts[N];		/* orig_ax says restart_syscall */
bool buffered[N];		/* the store of restarts is under way */
bool inside[N];			/* the module's text is on its stack */

bool text_freed;		/* kgr_patch_detach(): it may be */

/* Preempted, for a moment or for longer, or not */
inline may_be_preempted(t)
{
	if
	:: atomic { buffered[t] = false; cpu[t] = PREEMPTED };
		cpu[t] = RUNS
	:: true
	fi
}

inline fork(t)
{
	atomic { !born -> born = true };
#ifdef M_CHILD_INHERITS
	fn[N - 1] = fn[t];			/* as dup_task_struct() copied it */
#endif
	atomic {
		exists[N - 1] = true;		/* fork: no restart_block */
		run task(N - 1)
	}
}

proctype task(byte t)
{
	bool fetched;

	do
	/* In user mode, or in a system call that has nothing to do with it */
	:: cpu[t] = PREEMPTED;
		cpu[t] = RUNS
	:: fork(t)
	:: true ->
end_in_user_mode:
		false				/* for ever */
	:: /* sys_restart_syscall() */
#ifdef M_RUNNING_REMOTE
		atomic { restarts[t] = true; buffered[t] = true };
#else
		restarts[t] = true;
#endif
		fetched = fn[t];		/* restart: fetch */
		may_be_preempted(t);
		if
		:: fetched ->			/* restart: call */
			atomic {
				CHECK(no_freed_text, !text_freed);
				inside[t] = true
			}
			/* as futex_wait_restart() does */
			fn[t] = false;
			may_be_preempted(t);
			if
			:: atomic { buffered[t] = false; cpu[t] = ASLEEP };
				if
				:: true ->
end_asleep:
					false	/* for ever */
				:: true
				fi;
				cpu[t] = RUNS
			:: true
			fi;
			atomic {
				CHECK(no_freed_text, !text_freed);
				if		/* interrupted again, or done */
				:: fn[t] = true
				:: true
				fi
			}
			atomic {
				CHECK(no_freed_text, !text_freed);
				inside[t] = false
			}
			may_be_preempted(t)
		:: else ->
			/* Another function, which may sleep as well, or -EINTR */
			if
			:: atomic { buffered[t] = false; cpu[t] = ASLEEP };
				cpu[t] = RUNS
			:: true
			fi
		fi;
		/* In user mode its registers are those of its next interrupt. */
		atomic {
			fetched = false;
			buffered[t] = false;
			restarts[t] = false
		}
	od
}

inline reset(t)
{
	if						/* look: reset */
	:: fn[t] ->
#ifndef V_RESET_IS_ENOUGH
		used = true;
#endif
		fn[t] = false	/* unreached: the child's */
	:: else
	fi
}

#ifdef M_NO_ON_RQ
#define COMES_BACK(t)	(restarts[t] && (cpu[t] == RUNS || inside[t]))
#else
#define COMES_BACK(t)	(restarts[t] && (cpu[t] != ASLEEP || inside[t]))
#endif

inline place(t)
{
#ifdef M_RUNNING_REMOTE
	used = used || (COMES_BACK(t) && !buffered[t])
#else
	buffered[t] = false;
	used = used || COMES_BACK(t)			/* look: place */
#endif
}

inline look(t)
{
#if defined(M_TWO_MOMENTS)
	if
	:: exists[t] ->
		atomic { reset(t) };
		atomic { place(t) }
	:: else
	fi
#elif defined(M_PLACE_FIRST)
	if
	:: exists[t] ->
		atomic { place(t) };
		atomic { reset(t) }
	:: else
	fi
#elif defined(M_PLACE_ALONE)
	atomic {
		if
		:: exists[t] -> place(t)
		:: else
		fi
	}
#elif defined(M_FN_ALONE)
	atomic {
		if
		:: exists[t] -> reset(t)
		:: else
		fi
	}
#else
	atomic {
		if
		:: exists[t] -> reset(t); place(t)
		:: else
		fi
	}
#endif
}

active proctype release()
{
	bool used;

	atomic {
		exists[0] = true;
		exists[1] = true;
		if
		:: fn[0] = true
		:: true
		fi;
		fn[1] = true;
		run task(0);
		run task(1)
	}
end_retries:
	do
	:: atomic { used = false };
		look(0);
		look(1);
		look(2);
		if
		:: used
		:: else -> break
		fi
	od;
	text_freed = true
}
