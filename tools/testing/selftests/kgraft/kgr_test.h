/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common code of the selftests of kGraft.
 *
 * Each fixture checks kgr_is_clean() before a test, and calls kgr_clean_up()
 * after it, in the parent: processes and threads of the test have ended by
 * then.
 *
 * Copyright (C) 2026 The kGraft authors
 */
#ifndef KGR_TEST_H
#define KGR_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define KGR_DIR		"/sys/kernel/kgraft/"
#define KGR_TARGET	"/sys/kernel/debug/kgraft_test/"
#define KGR_TRACEFS	"/sys/kernel/tracing/"
#define KGR_TRACE	KGR_TRACEFS "instances/kgr_test/"
#define KGR_RV		KGR_TRACEFS "rv/"

/* Patches of the same functions: kgr_test_patch1 and so on. */
#define KGR_GENERATIONS	8

/*
 * Time limit of a change that is not held. Generous, because tests also run in
 * emulated machines and under load; a slow step shows in the printed times.
 */
#define KGR_SETTLE_MS	kgr_bound(15000)

/* How long a test is watched to see that something does not happen. */
#define KGR_QUIET_MS	300

/*
 * Timeout of one test of a file in seconds; "settings" has that of the whole
 * file.
 */
#define KGR_TIMEOUT	280

/* kgr_files.c: files, time */
int kgr_read(const char *path, char *buf, size_t size);
int kgr_write(const char *path, const char *text);
long kgr_number(const char *path);
long kgr_global(const char *name);
int kgr_patch_read(const char *patch, const char *file, char *buf, size_t size);
bool kgr_status_is(const char *patch, const char *status);
bool kgr_is_forced(const char *patch);
bool kgr_patch_exists(const char *patch);
bool kgr_functions_are(const char *patch, int state, int nr);
long kgr_pending(pid_t pid);
int kgr_wait_done(int ms);
bool kgr_pair(int fd, int seen[2]);
bool kgr_now_is(int first, int second);
bool kgr_world_is(const char *kernel, const char *obj);
bool kgr_world_seen(const int seen[2], const char *kernel, const char *obj);
int kgr_param_read(const char *module, const char *param, char *buf, size_t size);
bool kgr_param_is(const char *module, const char *param, const char *value);
bool kgr_state_has(const char *patch, const char *line);
bool kgr_entry_is(const char *function, const char *what);
bool kgr_jumps(const char *function);
bool kgr_kmsg_next(int kmsg, char *record, size_t size);
long long kgr_now_ms(void);
void kgr_sleep_ms(unsigned int ms);

/* Whether a condition becomes true within some milliseconds. */
#define KGR_WITHIN(ms, cond) ({						\
	long long __end = kgr_now_ms() + (ms);				\
	bool __ok;							\
									\
	while (!(__ok = (cond)) && kgr_now_ms() < __end)		\
		kgr_sleep_ms(2);					\
	__ok;								\
})

/**
 * struct kgr_image - a module in memory
 * @data: its file
 * @size: in bytes
 * @params: what it is loaded with, NULL: nothing
 */
struct kgr_image {
	void *data;
	size_t size;
	const char *params;
};

/* kgr_module.c: 0 or a negative errno */
int kgr_load(const char *module, const char *params);
int kgr_init_error(int error);
bool kgr_image_read(struct kgr_image *image, const char *module,
		    const char *params);
int kgr_image_load(const struct kgr_image *image);
int kgr_unload(const char *module);
int kgr_apply(const char *patch);
int kgr_revert(const char *patch);
int kgr_enable(const char *patch);
int kgr_revert_done(const char *patch);
int kgr_toggle(const char *patch, int nr);
bool kgr_released(const char *patch);
int kgr_retire(const char *patch);
const char *kgr_generation(int nr);
int kgr_retire_all(int nr);
bool kgr_module_loaded(const char *module);

/* The module that runs itself around functions. */
#define KGR_AROUND	"kgr_test_around"

/*
 * kgr_around.c: names with commas in between; with the suffixes that the compiler
 * has given them, as the module's parameter. Fails if ftrace does not know one.
 */
bool kgr_around_targets(const char *names, char *params, size_t size);
int kgr_load_around(const char *names);

/* kgr_scale.c: what is different on a kernel that checks itself */
bool kgr_kernel_checks_itself(void);
int kgr_rounds(int rounds);
int kgr_bound(int ms);

/*
 * kgr_clean.c: the state before and after each test. Modules of this name that
 * were forced and reverted do not count: they stay for ever.
 */
#define KGR_PINNED	"kgr_test_pinned"

bool kgr_is_clean(void);
bool kgr_clean_up(void);
int kgr_main(int argc, char **argv, int (*run)(int argc, char **argv));

/* kgr_task.c: tasks held in the kernel */

/**
 * struct kgr_held - a process inside a read() of the test target
 * @pid: it
 * @fd: the file it reads; a write lets it go
 * @result: pipe with what it read
 */
struct kgr_held {
	pid_t pid;
	int fd;
	int result;
};

bool kgr_hold(struct kgr_held *held, const char *file);
bool kgr_step(struct kgr_held *held);
bool kgr_let_go(struct kgr_held *held, int seen[2]);
bool kgr_sleeps_in(pid_t pid, const char *function);
bool kgr_sleeps_in_call(pid_t pid, long nr);
char kgr_task_state(pid_t pid);
pid_t kgr_fork(void);
void kgr_kill(pid_t pid);
void kgr_pause(void);
void kgr_fork_on(void);
bool kgr_become_nobody(void);
bool kgr_has_namespaces(void);
bool kgr_reap(pid_t pid);

/* kgr_uffd.c: a page that is missing */
void *kgr_missing_page(int *uffd);
bool kgr_provide_page(int uffd, void *page);

/* kgr_trace.c: tracepoints */
bool kgr_trace_start(void);
char *kgr_trace_stop(void);
int kgr_trace_count(const char *trace, const char *event, const char *text);
int kgr_trace_ways(const char *trace, pid_t pid, const char *way);
long kgr_trace_field(const char *trace, const char *event, const char *name);
long kgr_trace_span(const char *trace, const char *from, const char *to);
const char *kgr_way(pid_t pid);
bool kgr_has_monitor(void);
int kgr_monitor(bool on);

/* kgr_uevent.c: uevents as udev receives them */
int kgr_uevents_open(void);
size_t kgr_uevent_next(int fd, int ms, char *buf, size_t size);
const char *kgr_uevent_value(const char *uevent, size_t len, const char *name);

/* kgr_blockers.c: the list of tasks that have yet to cross */
#define KGR_BLOCKERS	"/sys/kernel/debug/kgraft/blockers"

/* A line of it. */
struct kgr_blocker {
	long tid;
	char comm[256];
	long universe;
	char kind[32];
	char reason[256];
	long waited_ms;
	char syscall[64];
	char wchan[256];
};

int kgr_blockers(size_t chunk, void (*fn)(const struct kgr_blocker *b, void *arg),
		 void *arg);
bool kgr_blocker_find(pid_t tid, struct kgr_blocker *found);
bool kgr_blocked_by(pid_t tid, const char *reason);

/*
 * kgr_snapshot.c: state that must not change by a failed apply or many rounds
 */
struct kgr_snapshot {
	bool changes_are_fine;
	char *text;
};

void kgr_snapshot_take(struct kgr_snapshot *snap);
void kgr_snapshot_take_but_changes(struct kgr_snapshot *snap);
bool kgr_snapshot_same(const struct kgr_snapshot *before);
void kgr_snapshot_free(struct kgr_snapshot *snap);

/* kgr_slab.c: memory */
bool kgr_slabs_take(void);
bool kgr_slabs_grown(long more);

#endif /* KGR_TEST_H */
