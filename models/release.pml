/* SPDX-License-Identifier: GPL-2.0 */
/*
 * release.pml - no task returns into the text of a module that is released
 *
 * All tasks have crossed the revert of a patch. What is left of the patch are
 * functions in the restart_block of some tasks, and tasks that are inside such a
 * function: in restart_syscall(), which fetches and calls it. Inside, the task
 * removes the function from its restart_block, sleeps, and stores it again if it
 * is interrupted again. A task forks once (kgr_copy_process()), and one takes over
 * the PID of another that has exited (kgr_exchange_tids()). Each round examines all
 * PIDs (kgr_module_unused(), kgr_walk_tasks(), kgr_inspect()), each task either off
 * its CPU (kgr_inspect_locked()) or by an interrupt (kgr_inspect_at_current()).
 * Tasks may be preempted anywhere in restart_syscall(). A stack may not be
 * reliable. A task that was outside when it crossed is not examined
 * (kgr_note_return()). When a round finds no task, the text is freed.
 *
 * With LOOP, tasks call restart_syscall() and do nothing else: the release must
 * still end.
 *
 * Abstracted: to examine a task is one step, because the task's scheduler locks
 * are held, or it is in an interrupt. All other system calls only matter in that
 * they are not restart_syscall(): no code of the module runs in them any more
 * (publish.pml).
 *
 * Store buffers: of the system call number, which the entry stores and which only
 * an examination from another CPU reads. An interrupt drains it, and so does
 * leaving the CPU.
 */
#include "kgr.h"

#define N	3

mtype = { RUNS, PREEMPTED, ASLEEP };
/* What is in restart_block.fn: a function of the kernel's, of the module's, ... */
mtype = { OTHER, OURS, GONE, PASSED };

mtype cpu[N] = RUNS;		/* on its CPU, on its runqueue, neither */
byte at[N];			/* which task has a number; N: none */
bool exists[N];			/* on the task list */
bool born;			/* the last one, or about to be */
mtype fn[N] = OTHER;		/* restart_block.fn */
bool restarts[N];		/* orig_ax says restart_syscall */
bool buffered[N];		/* the store of restarts is under way */
bool inside[N];			/* the module's text is on its stack */
bool may_return[N];		/* as of its last crossing */

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

/* Task 1, when task 0 has exited: de_thread(), kgr_exchange_tids() */
inline exec(t)
{
	atomic {
		t == 1 && !exists[0] && at[0] == 0 ->
#ifndef M_EXEC_KEEPS
		fn[t] = OTHER;			/* exec: no restart_block */
#endif
		at[0] = t;
		at[t] = N
	}
}

proctype task(byte t)
{
	mtype fetched = OTHER;

	do
#ifndef LOOP
	/* In user mode, or in a system call that has nothing to do with it */
	:: cpu[t] = PREEMPTED;
		cpu[t] = RUNS
	:: fork(t)
	:: exec(t)
	/* crosses some other change: at its exit, or where it is */
	:: atomic { may_return[t] = (fn[t] == OURS) }	/* return: exit */
	:: may_return[t] = true
	:: t == 0 ->
		exists[t] = false;
end_exited:
		false
	:: true ->
end_in_user_mode:
		false				/* for ever */
#endif
	:: /* sys_restart_syscall() */
#ifdef LOOP
		if
		:: text_freed ->
progress_released:
			skip
		:: else
		fi;
#endif
#ifdef M_RUNNING_REMOTE
		atomic { restarts[t] = true; buffered[t] = true };
#else
		restarts[t] = true;
#endif
		fetched = fn[t];		/* restart: fetch */
#ifdef M_NOTE_ANYWHERE
		if
		:: may_return[t] = (fn[t] == OURS)
		:: true
		fi;
#endif
		may_be_preempted(t);
		if
		:: fetched == OURS ->		/* restart: call */
			atomic {
				CHECK(no_freed_text, !text_freed);
				inside[t] = true
			}
			/* as futex_wait_restart() does */
			fn[t] = OTHER;
#ifdef M_NOTE_ANYWHERE
			if
			:: may_return[t] = (fn[t] == OURS)
			:: true
			fi;
#endif
			may_be_preempted(t);
			if
			:: atomic { buffered[t] = false; cpu[t] = ASLEEP };
#ifndef LOOP
				if
				:: true ->
end_asleep:
					false	/* for ever */
				:: true
				fi;
#endif
				cpu[t] = RUNS
			:: true
			fi;
			atomic {
				CHECK(no_freed_text, !text_freed);
#ifndef LOOP
				if		/* interrupted again, or done */
				:: fn[t] = OURS
				:: true
				fi
#endif
			}
			atomic {
				CHECK(no_freed_text, !text_freed);
				inside[t] = false
			}
			may_be_preempted(t)
		:: fetched == GONE ->		/* kgr_restart_gone() */
			fn[t] = PASSED
		:: else ->
			/* Another function, which may sleep as well, or -EINTR */
			if
			:: atomic { buffered[t] = false; cpu[t] = ASLEEP };
				cpu[t] = RUNS
			:: true
			fi
		fi;
#ifdef LOOP
		fetched = OTHER
#else
		/* In user mode its registers are those of its next interrupt. */
		atomic {
			fetched = OTHER;
			buffered[t] = false;
			restarts[t] = false
		}
#endif
	od
}

inline reset(t)
{
	if						/* look: reset */
	:: fn[t] == OURS ->
#ifndef V_RESET_IS_ENOUGH
		used = true;
#endif
#ifdef M_NO_GONE
		fn[t] = OTHER
#else
		fn[t] = GONE	/* unreached: the child's */
#endif
	:: else
	fi
}

/* What the stack says, if it says anything */
inline stack(t)
{
	if
	:: inside[t] -> used = true
#ifndef M_UNRELIABLE_IS_OUTSIDE
	:: used = true;
		if
		:: fn[t] == OTHER -> fn[t] = GONE
		:: else
		fi
#else
	:: true
#endif
	:: !inside[t]
	fi
}

inline place(t)
{
#ifdef M_RUNNING_REMOTE
	if
	:: buffered[t]
	:: !buffered[t] && restarts[t] ->
#else
	buffered[t] = false;
	if						/* look: place */
	:: !restarts[t]
	:: restarts[t] ->
#endif
		if
#if defined(M_LOOPS_HOLD)
		:: cpu[t] != ASLEEP -> used = true
		:: cpu[t] == ASLEEP -> stack(t)
#elif defined(M_NO_ON_RQ)
		:: fn[t] == GONE && cpu[t] == RUNS -> used = true
		:: fn[t] != PASSED && !(fn[t] == GONE && cpu[t] == RUNS) -> stack(t)
		:: fn[t] == PASSED
#else
		:: fn[t] == GONE && cpu[t] != ASLEEP ->	/* look: gone */
			used = true
		:: fn[t] == PASSED			/* look: passed */
		:: fn[t] != PASSED && !(fn[t] == GONE && cpu[t] != ASLEEP) ->
			stack(t)
#endif
		fi
#ifdef M_RUNNING_REMOTE
	:: else
#endif
	fi
}

inline look(n)
{
#if defined(M_TWO_MOMENTS)
	atomic { t = at[n] };
	if
	:: t < N && exists[t] && may_return[t] ->
		atomic { reset(t) };
		atomic { place(t) }
	:: else
	fi
#elif defined(M_PLACE_FIRST)
	atomic { t = at[n] };
	if
	:: t < N && exists[t] && may_return[t] ->
		atomic { place(t) };
		atomic { reset(t) }
	:: else
	fi
#else
	atomic {
		t = at[n];
		if
		:: t < N && exists[t] && may_return[t] ->
#ifndef M_PLACE_ALONE
			reset(t);
#endif
#ifndef M_FN_ALONE
			place(t)
#endif
		:: else
		fi;
		t = 0
	}
#endif
}

active proctype release()
{
	byte t;
	bool used;

	atomic {
		at[1] = 1;
		at[2] = 2;
		exists[0] = true;
		exists[1] = true;
		if
		:: fn[0] = OURS; may_return[0] = true
		:: may_return[0] = true
		:: true
		fi;
		fn[1] = OURS;
		may_return[1] = true;
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
