// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blocker.c - the tasks that have yet to cross, and why
 *
 * The kernel's list in debugfs has the reasons. If it cannot be read, /proc at
 * least shows the tasks, or the caller's own tasks.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "blocker.h"
#include "root.h"
#include "tsv.h"

enum { TID, COMM, UNIVERSE, KIND, REASON, WAITED, SYSCALL, WCHAN, COLUMNS };

#define KGR_MAY_RETURN	"may return into patch '"

static const char * const kgr_columns[COLUMNS] = {
	"tid", "comm", "universe", "kind", "reason", "waited_ms", "syscall",
	"wchan",
};

/* The strings of the table are in @blockers->text, which must be kept. */
void kgr_parse_blockers(struct kgr_blockers *blockers)
{
	char *fields[COLUMNS];
	struct kgr_tsv tsv;

	if (!kgr_tsv_begin(&tsv, blockers->text.data, kgr_columns, COLUMNS))
		return;
	while (kgr_tsv_next(&tsv, fields)) {
		struct kgr_blocker blocker = {
			.comm = fields[COMM],
			.kind = fields[KIND],
			.reason = fields[REASON],
			.waited_ms = -1,
			.syscall = fields[SYSCALL],
			.wchan = fields[WCHAN],
		};
		unsigned long long waited;

		if (!kgr_number32(fields[TID], &blocker.tid))
			continue;
		blocker.has_universe = kgr_number32(fields[UNIVERSE],
						    &blocker.universe);
		if (kgr_number(fields[WAITED], &waited) && (long long)waited >= 0)
			blocker.waited_ms = waited;
		if (strcmp(blocker.comm, "-"))
			kgr_unescape(blocker.comm);
		blockers->list = kgr_grow(blockers->list, blockers->nr,
					  sizeof(blocker));
		blockers->list[blockers->nr++] = blocker;
	}
}

/* A line as the kernel would write it, with the data in /proc. */
static void add_thread(struct kgr_text *table, const char *pid, const char *tid)
{
	struct kgr_text text = { };
	const char *c;

	if (kgr_read(&text, "/proc/%s/task/%s/comm", pid, tid) || !text.len) {
		kgr_text_free(&text);
		return;
	}
	if (text.data[text.len - 1] == '\n')
		text.data[text.len - 1] = '\0';
	kgr_text_printf(table, "%s\t", tid);
	for (c = text.data; *c; c++)
		if (isascii((unsigned char)*c) && isprint((unsigned char)*c) &&
		    *c != '\\')
			kgr_text_add(table, c, 1);
		else
			kgr_text_printf(table, "\\%03o", (unsigned char)*c);
	kgr_text_printf(table, "%s\t-\t-\t-\t-\t-\t-\n", text.data[0] ? "" : "-");
	kgr_text_free(&text);
}

/* Returns whether all necessary files could be read. */
static bool add_process(struct kgr_text *table, const char *pid)
{
	char *path = kgr_format("/proc/%s/task", pid), **tids;
	struct kgr_text text = { };
	bool all = true;
	size_t nr, i;
	int ret;

	ret = kgr_list(path, &tids, &nr);
	free(path);
	if (ret)
		return ret != -EACCES && ret != -EPERM;
	for (i = 0; i < nr; i++) {
		ret = kgr_read(&text, "/proc/%s/task/%s/kgr_in_progress", pid,
			       tids[i]);
		if (ret == -EACCES || ret == -EPERM)
			all = false;
		else if (!ret && !strcmp(text.data, "1\n"))
			add_thread(table, pid, tids[i]);
		kgr_text_free(&text);
	}
	kgr_list_free(tids, nr);
	return all;
}

static void read_proc(struct kgr_blockers *blockers)
{
	bool all = true;
	char **pids;
	size_t nr, i;

	for (i = 0; i < COLUMNS; i++)
		kgr_text_printf(&blockers->text, "%s%c", kgr_columns[i],
				i + 1 < COLUMNS ? '\t' : '\n');
	if (kgr_list("/proc", &pids, &nr))
		return;
	for (i = 0; i < nr; i++)
		if (isdigit((unsigned char)pids[i][0]) &&
		    !add_process(&blockers->text, pids[i]))
			all = false;
	kgr_list_free(pids, nr);
	blockers->source = all ? KGR_BLOCKERS_PROC : KGR_BLOCKERS_OWN;
}

/* Never fails; ->source has the result. */
void kgr_blockers_read(struct kgr_blockers *blockers)
{
	*blockers = (struct kgr_blockers){ .source = KGR_BLOCKERS_KERNEL };
	blockers->err = kgr_read(&blockers->text, KGR_DEBUGFS "/blockers");
	if (blockers->err) {
		blockers->source = KGR_BLOCKERS_NONE;
		kgr_text_free(&blockers->text);
		read_proc(blockers);
	}
	kgr_parse_blockers(blockers);
}

void kgr_blockers_free(struct kgr_blockers *blockers)
{
	free(blockers->list);
	kgr_text_free(&blockers->text);
	*blockers = (struct kgr_blockers){ };
}

/* Whether the last change of the patch waits for it. */
bool kgr_blocker_holds(const struct kgr_blocker *blocker,
		       const struct kgr_patch *patch)
{
	const char *reason = blocker->reason;
	size_t len = strlen(patch->name);

	if (!kgr_patch_is_pending(patch))
		return false;
	if (!blocker->has_universe || !patch->has_universe)
		return true;
	if (kgr_universe_before(blocker->universe, patch->universe))
		return true;
	if (!kgr_has_prefix(reason, KGR_MAY_RETURN))
		return false;
	reason += strlen(KGR_MAY_RETURN);
	return !strncmp(reason, patch->name, len) && reason[len] == '\'';
}

/**
 * kgr_blockers_oldest - which one has waited longest for a patch
 * @blockers: all of them
 * @patch: the patch, or %NULL for any
 * @nr: how many wait for it
 *
 * Of several that have waited equally long, prefers a user task: the administrator
 * can do something about it.
 *
 * Return: it, or %NULL if there is none.
 */
const struct kgr_blocker *
kgr_blockers_oldest(const struct kgr_blockers *blockers,
		    const struct kgr_patch *patch, size_t *nr)
{
	const struct kgr_blocker *oldest = NULL, *blocker;

	*nr = 0;
	for (blocker = blockers->list; blocker < blockers->list + blockers->nr;
	     blocker++) {
		if (patch && !kgr_blocker_holds(blocker, patch))
			continue;
		++*nr;
		if (!oldest || blocker->waited_ms > oldest->waited_ms ||
		    (blocker->waited_ms == oldest->waited_ms &&
		     strcmp(oldest->kind, "user") &&
		     !strcmp(blocker->kind, "user")))
			oldest = blocker;
	}
	return oldest;
}

/*
 * The command to type about it. The reasons are words of the interface, see
 * Documentation/ABI/testing/debugfs-kgraft; others may be added.
 */
char *kgr_blocker_advice(const struct kgr_blocker *blocker)
{
	const char *reason = blocker->reason;

	if (!strcmp(reason, "stopped"))
		return kgr_format("kill -CONT %u", blocker->tid);
	if (!strcmp(reason, "traced") || !strcmp(reason, "frozen") ||
	    !strcmp(reason, "uninterruptible") ||
	    !strcmp(reason, "exiting") ||
	    !strcmp(reason, "in an exception") ||
	    kgr_has_prefix(reason, "in a work item: ") ||
	    !strcmp(reason, "between its safe points"))
		return kgr_dup("kgr blocking -vv");
	if (blocker->tid && (kgr_has_prefix(reason, "in a syscall: ") ||
			     kgr_has_prefix(reason, KGR_MAY_RETURN) ||
			     (kgr_has_prefix(reason, "function ") &&
			      !strcmp(blocker->kind, "user"))))
		return kgr_format("kgr poke %u", blocker->tid);
	return kgr_dup("kgr wait");
}
