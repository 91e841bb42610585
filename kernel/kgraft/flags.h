/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kGraft keeps in task_struct.atomic_flags.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_FLAGS_H
#define _KGRAFT_FLAGS_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/kgraft_hooks.h>
#include <linux/sched.h>

/**
 * KGR_TASK_FLAGS - the flags of a task, all of them
 *
 * By task_kgr_...(), task_set_kgr_...() and task_clear_kgr_...():
 *
 * * safe_sleep: asleep, or about to be, with nothing of the old code in hand
 * * safe_loop: has a loop of its own that calls kgr_task_safe()
 * * may_stop: a user task behind its system call, or before it
 * * notified: by kGraft, while it slept in a system call
 * * restart: if so, the call can start again, unnoticed; otherwise it may be cut
 *   short, as by a signal
 * * may_return: when it crossed last, it was in the middle of something, or a
 *   system call of it was to be continued outside of the kernel's own text
 * * continued: in a system call that goes on where kgr_pause() has left it
 *
 * The first three, and the last, are written by the task itself only. The mover
 * relies on them with the task's scheduler locks held; what it reads without is a
 * hint. "notified" and "restart" are written while the task sleeps, with its pi_lock
 * held. "notified" is cleared when the task crosses by itself or is moved, but not
 * when it is forced; "may_return" is written whenever it crosses.
 */
#define KGR_TASK_FLAGS	(BIT(PFA_KGR_SAFE_SLEEP) | BIT(PFA_KGR_SAFE_LOOP) | \
			 BIT(PFA_KGR_MAY_STOP) | BIT(PFA_KGR_NOTIFIED) | \
			 BIT(PFA_KGR_RESTART) | BIT(PFA_KGR_MAY_RETURN) | \
			 BIT(PFA_KGR_CONTINUED))

/* Each has a bit of its own, behind those of others. */
static_assert(KGR_TASK_FLAGS ==
	      GENMASK(PFA_KGR_CONTINUED, PFA_KGR_SAFE_SLEEP));
static_assert(PFA_KGR_SAFE_SLEEP > PFA_SPEC_SSB_NOEXEC);

/* The exit to user mode compares thread flags with this one. */
static_assert(BIT(TIF_KGR_IN_PROGRESS) == KGR_EXIT_WORK);

TASK_PFA_SET(KGR_NOTIFIED, kgr_notified)
TASK_PFA_CLEAR(KGR_NOTIFIED, kgr_notified)

TASK_PFA_TEST(KGR_RESTART, kgr_restart)
TASK_PFA_SET(KGR_RESTART, kgr_restart)
TASK_PFA_CLEAR(KGR_RESTART, kgr_restart)

TASK_PFA_TEST(KGR_MAY_RETURN, kgr_may_return)
TASK_PFA_SET(KGR_MAY_RETURN, kgr_may_return)
TASK_PFA_CLEAR(KGR_MAY_RETURN, kgr_may_return)

TASK_PFA_SET(KGR_CONTINUED, kgr_continued)
TASK_PFA_CLEAR(KGR_CONTINUED, kgr_continued)

#endif /* _KGRAFT_FLAGS_H */
