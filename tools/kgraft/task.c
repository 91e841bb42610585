// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * task.c - the data of a thread in /proc
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "root.h"
#include "task.h"

/* Container managers name cgroups by an ID of this many hexadecimal digits. */
#define KGR_CONTAINER_ID	64
#define KGR_CONTAINER_SHORT	12

/* Each argument ends with a NUL. */
void kgr_parse_command(const char *text, size_t len, struct kgr_task *task)
{
	size_t i;

	while (len && !text[len - 1])
		len--;
	if (!len)
		return;
	task->command = kgr_alloc(len + 1);
	for (i = 0; i < len; i++)
		task->command[i] = text[i] ? text[i] : ' ';
}

static void find_container(const char *path, struct kgr_task *task)
{
	size_t run = 0;

	for (; *path; path++) {
		run = isxdigit((unsigned char)*path) ? run + 1 : 0;
		if (run == KGR_CONTAINER_ID) {
			path -= KGR_CONTAINER_ID - 1;
			task->container = kgr_dup_len(path, KGR_CONTAINER_SHORT);
			return;
		}
	}
}

/* The innermost part of the path that is a service or a scope. */
static void find_unit(const char *path, struct kgr_task *task)
{
	char *copy = kgr_dup(path), *rest = copy, *part;

	while ((part = kgr_next_field(&rest, '/'))) {
		if (!kgr_has_suffix(part, ".service") &&
		    !kgr_has_suffix(part, ".scope"))
			continue;
		free(task->unit);
		task->unit = kgr_dup(part);
	}
	free(copy);
}

/* "NUMBER:CONTROLLERS:PATH"; number 0 is that of cgroup v2. */
void kgr_parse_cgroup(char *text, struct kgr_task *task)
{
	char *line, *number, *path;

	while ((line = kgr_next_line(&text))) {
		number = kgr_next_field(&line, ':');
		kgr_next_field(&line, ':');
		path = line;
		if (!path || !*path || (task->cgroup && strcmp(number, "0")))
			continue;
		free(task->cgroup);
		task->cgroup = kgr_dup(path);
	}
	if (!task->cgroup)
		return;
	find_unit(task->cgroup, task);
	find_container(task->cgroup, task);
}

/* The number that follows a name in /proc/TID/status. */
static void find_number(const char *line, const char *name, unsigned int *value)
{
	if (!kgr_has_prefix(line, name))
		return;
	line += strlen(name);
	kgr_number32(line + strspn(line, "\t "), value);
}

void kgr_parse_task_status(char *text, struct kgr_task *task)
{
	char *line;

	while ((line = kgr_next_line(&text))) {
		find_number(line, "PPid:", &task->parent);
		find_number(line, "TracerPid:", &task->tracer);
	}
}

/* Fields that cannot be read are unknown. */
void kgr_task_read(unsigned int tid, struct kgr_task *task)
{
	struct kgr_text text = { };

	*task = (struct kgr_task){ };
	if (!tid)
		return;
	if (!kgr_read(&text, "/proc/%u/cmdline", tid))
		kgr_parse_command(text.data, text.len, task);
	kgr_text_free(&text);
	if (!kgr_read(&text, "/proc/%u/cgroup", tid))
		kgr_parse_cgroup(text.data, task);
	kgr_text_free(&text);
	if (!kgr_read(&text, "/proc/%u/status", tid))
		kgr_parse_task_status(text.data, task);
	kgr_text_free(&text);
}

void kgr_task_free(struct kgr_task *task)
{
	free(task->command);
	free(task->cgroup);
	free(task->unit);
	free(task->container);
	*task = (struct kgr_task){ };
}

/* Its kernel stack, line by line; NULL if it cannot be read or is empty. */
char *kgr_task_stack(unsigned int tid)
{
	struct kgr_text text = { };

	if (!tid || kgr_read(&text, "/proc/%u/stack", tid) || !text.len) {
		kgr_text_free(&text);
		return NULL;
	}
	return text.data;
}
