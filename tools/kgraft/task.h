/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * task.h - the data of a thread in /proc
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TASK_H
#define KGR_TASK_H

#include "text.h"

/**
 * struct kgr_task - a thread
 * @command:	its command line, or %NULL if it has none or has exited
 * @cgroup:	the path of its cgroup, or %NULL
 * @unit:	the systemd unit of that cgroup, or %NULL
 * @container:	the short ID of the container that it is in, or %NULL
 * @tracer:	the PID of the process that traces it, 0 if none
 * @parent:	the PID of its parent process, 0 if unknown
 */
struct kgr_task {
	char *command;
	char *cgroup;
	char *unit;
	char *container;
	unsigned int tracer;
	unsigned int parent;
};

void kgr_task_read(unsigned int tid, struct kgr_task *task);
void kgr_parse_command(const char *text, size_t len, struct kgr_task *task);
void kgr_parse_cgroup(char *text, struct kgr_task *task);
void kgr_parse_task_status(char *text, struct kgr_task *task);
void kgr_task_free(struct kgr_task *task);
char *kgr_task_stack(unsigned int tid);

#endif /* KGR_TASK_H */
