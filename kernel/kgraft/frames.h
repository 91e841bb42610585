/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks of sleepers that look like one that was walked before.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef _KGRAFT_FRAMES_H
#define _KGRAFT_FRAMES_H

struct task_struct;

int kgr_frames_find(struct task_struct *task, const unsigned long **entries);
void kgr_frames_learn(struct task_struct *task, const unsigned long *entries,
		      int nr);
void kgr_frames_verify(void);

#endif /* _KGRAFT_FRAMES_H */
