// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other users of a function that is patched: those that need no types.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest.h"
#include "kgr_beside.h"
#include "kgr_test.h"

#define FIRST	KGR_BESIDE_FUNCTION
#define DIRECT	"kgr_test_direct"
#define LIVEPATCH	"kgr_test_livepatch"

#define KPROBES	KGR_TRACEFS "kprobe_events"
#define PROBES	KGR_TRACEFS "dynamic_events"
#define EVENTS	KGR_TRACEFS "events/kgr_test/"
#define KPROBE_PMU	"/sys/bus/event_source/devices/kprobe/type"
#define FUNCTION_EVENT	KGR_TRACEFS "events/ftrace/function/id"
#define FILTER	KGR_TRACEFS "set_ftrace_filter"
#define TRACER	KGR_TRACEFS "current_tracer"
#define TRACE_FILE	KGR_TRACEFS "trace"
#define FAIL_FUNCTION	"/sys/kernel/debug/fail_function/inject"

static bool empty(const char *file)
{
	int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);

	return fd >= 0 && !close(fd);
}

/* How often it is in the trace, which is emptied by what comes to trace. */
static bool seen_in_trace(const struct kgr_beside *user, struct kgr_seen *seen)
{
	static char text[1 << 20];
	const char *at = text;

	*seen = (struct kgr_seen){ .returned = -1 };
	if (kgr_read(TRACE_FILE, text, sizeof(text)) < 0)
		return false;
	for (; (at = strstr(at, user->trace)); at++)
		seen->calls++;
	return true;
}

static bool tracer_on(const struct kgr_beside *user)
{
	return empty(TRACE_FILE) && !kgr_write(FILTER, FIRST) &&
	       !kgr_write(TRACER, user->arg);
}

static bool tracer_off(const struct kgr_beside *unused)
{
	bool ok = !kgr_write(TRACER, "nop");

	return empty(FILTER) && ok;
}

const struct kgr_beside kgr_beside_function_tracer = {
	.on = tracer_on, .off = tracer_off, .arg = "function",
	.needs = "CONFIG_FUNCTION_TRACER", .file = FILTER,
	.holder = "ftrace:function_trace_call",
	.seen = seen_in_trace, .trace = FIRST " <-",
};

/* With ";" if it is a leaf, and otherwise "{" */
const struct kgr_beside kgr_beside_function_graph = {
	.on = tracer_on, .off = tracer_off, .arg = "function_graph",
	.needs = "CONFIG_FUNCTION_GRAPH_TRACER",
	.file = KGR_TRACEFS "set_graph_function",
	.holder = "ftrace:ftrace_graph_func",
	.seen = seen_in_trace, .trace = " " FIRST "()",
};

static int probe_switch(const char *name, const char *on)
{
	char path[128];

	snprintf(path, sizeof(path), EVENTS "%s/enable", name);
	return kgr_write(path, on);
}

static bool probe_on(const char *file, const char *kind, const char *name,
		     const char *end)
{
	char line[64];

	snprintf(line, sizeof(line), "%s:kgr_test/%s " FIRST "%s", kind, name,
		 end);
	return !kgr_write(file, line) && !probe_switch(name, "1");
}

static bool probe_off(const char *file, const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "-:kgr_test/%s", name);
	return !probe_switch(name, "0") && !kgr_write(file, line);
}

/* One of two, each of which has a name: @kind "p" or "r" */
bool kgr_probe_on(const char *kind, const char *name)
{
	return empty(TRACE_FILE) && probe_on(KPROBES, kind, name, "");
}

bool kgr_probe_off(const char *name)
{
	return probe_off(KPROBES, name);
}

static bool kprobe_on(const struct kgr_beside *user)
{
	return kgr_probe_on(user->arg, "one");
}

static bool kprobe_off(const struct kgr_beside *unused)
{
	return kgr_probe_off("one");
}

const struct kgr_beside kgr_beside_kprobe = {
	.on = kprobe_on, .off = kprobe_off, .arg = "p",
	.needs = "CONFIG_KPROBE_EVENTS", .file = KPROBES,
	.holder = "kprobe:kprobe_dispatcher",
	.seen = seen_in_trace, .trace = "one: (" FIRST,
};

const struct kgr_beside kgr_beside_kretprobe = {
	.on = kprobe_on, .off = kprobe_off, .arg = "r",
	.needs = "CONFIG_KPROBE_EVENTS", .file = KPROBES,
	.holder = "kprobe:pre_handler_kretprobe",
	.seen = seen_in_trace, .trace = "one: (kgr_test_run_pair",
};

/* Two of them are one for ftrace, which calls both. */
static bool two_probes_on(const struct kgr_beside *user)
{
	return kgr_probe_on("p", "one") && kgr_probe_on(user->arg, "two");
}

static bool two_probes_off(const struct kgr_beside *unused)
{
	bool ok = kgr_probe_off("one");

	return kgr_probe_off("two") && ok;
}

static bool two_probes_seen(const struct kgr_beside *user, struct kgr_seen *seen)
{
	struct kgr_seen one;

	return kgr_beside_kprobe.seen(&kgr_beside_kprobe, &one) &&
	       seen_in_trace(user, seen) && one.calls == seen->calls;
}

/* Whether both have been hit this often since the last call of this. */
bool kgr_probes_saw(long one, long two)
{
	static const struct kgr_beside first = { .trace = " one: (" };
	static const struct kgr_beside second = { .trace = " two: (" };
	struct kgr_seen seen[2];

	if (!seen_in_trace(&first, &seen[0]) ||
	    !seen_in_trace(&second, &seen[1]) || !empty(TRACE_FILE))
		return false;
	if (seen[0].calls == one && seen[1].calls == two)
		return true;
	fprintf(stderr, "# hit %ld and %ld times, not %ld and %ld\n",
		seen[0].calls, seen[1].calls, one, two);
	return false;
}

const struct kgr_beside kgr_beside_two_kprobes = {
	.on = two_probes_on, .off = two_probes_off, .arg = "p",
	.needs = "CONFIG_KPROBE_EVENTS", .file = KPROBES,
	.holder = "kprobe:kprobe_dispatcher,kprobe:kprobe_dispatcher",
	.seen = two_probes_seen, .trace = "two: (" FIRST,
};

const struct kgr_beside kgr_beside_kprobe_and_kretprobe = {
	.on = two_probes_on, .off = two_probes_off, .arg = "r",
	.needs = "CONFIG_KPROBE_EVENTS", .file = KPROBES,
	.holder = "kprobe:pre_handler_kretprobe,kprobe:kprobe_dispatcher",
	.seen = two_probes_seen, .trace = "two: (kgr_test_run_pair",
};

static bool fprobe_on(const struct kgr_beside *user)
{
	return empty(TRACE_FILE) && probe_on(PROBES, "f", "one", user->arg);
}

static bool fprobe_off(const struct kgr_beside *unused)
{
	return probe_off(PROBES, "one");
}

const struct kgr_beside kgr_beside_fprobe = {
	.on = fprobe_on, .off = fprobe_off, .arg = "",
	.needs = "CONFIG_FPROBE_EVENTS",
	.holder = "ftrace:fprobe_handler",
	.newer_holder = "ftrace:fprobe_ftrace_entry",
	.seen = seen_in_trace, .trace = "one: (" FIRST,
};

const struct kgr_beside kgr_beside_fprobe_exit = {
	.on = fprobe_on, .off = fprobe_off, .arg = "%return",
	.needs = "CONFIG_FPROBE_EVENTS",
	.holder = "ftrace:fprobe_handler",
	.newer_holder = "ftrace:ftrace_graph_func",
	.seen = seen_in_trace, .trace = "one: (kgr_test_run_pair",
};

/* An event of perf, and what it has counted for the task that opened it. */
static int event = -1;

static bool event_open(struct perf_event_attr *attr, pid_t tid, int cpu)
{
	attr->size = sizeof(*attr);
	event = syscall(SYS_perf_event_open, attr, tid, cpu, -1,
			PERF_FLAG_FD_CLOEXEC);
	return event >= 0;
}

static bool event_off(const struct kgr_beside *unused)
{
	bool ok = event >= 0 && !close(event);

	event = -1;
	return ok;
}

static bool event_seen(const struct kgr_beside *unused, struct kgr_seen *seen)
{
	unsigned long long nr;

	*seen = (struct kgr_seen){ .returned = -1 };
	if (read(event, &nr, sizeof(nr)) != sizeof(nr))
		return false;
	seen->calls = nr;
	return true;
}

/* The tracepoint at the entries of functions; of all, without a filter. */
static bool perf_function_on(const struct kgr_beside *unused)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.config = kgr_number(FUNCTION_EVENT),
		.disabled = 1,
	};

	return event_open(&attr, 0, -1) &&
	       !ioctl(event, PERF_EVENT_IOC_SET_FILTER, "ip == " FIRST) &&
	       !ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
}

const struct kgr_beside kgr_beside_perf_function = {
	.on = perf_function_on, .off = event_off,
	.needs = "CONFIG_PERF_EVENTS, CONFIG_FUNCTION_TRACER, and no checkers (minutes)",
	.file = FUNCTION_EVENT,
	.holder = "ftrace:perf_ftrace_function_call",
	.seen = event_seen,
};

static bool perf_kprobe_on(const struct kgr_beside *user)
{
	struct perf_event_attr attr = {
		.type = kgr_number(KPROBE_PMU),
		/* whether at the return, see its file format/retprobe */
		.config = *user->arg == 'r',
		.config1 = (unsigned long)FIRST,
	};

	return event_open(&attr, 0, -1);
}

const struct kgr_beside kgr_beside_perf_kprobe = {
	.on = perf_kprobe_on, .off = event_off, .arg = "p",
	.needs = "CONFIG_KPROBE_EVENTS", .file = KPROBE_PMU,
	.holder = "kprobe:kprobe_dispatcher",
	.seen = event_seen,
};

const struct kgr_beside kgr_beside_perf_kretprobe = {
	.on = perf_kprobe_on, .off = event_off, .arg = "r",
	.needs = "CONFIG_KPROBE_EVENTS", .file = KPROBE_PMU,
	.holder = "kprobe:pre_handler_kretprobe",
	.seen = event_seen,
};

/* A program that ends calls by one process, with -EIO. */
static int overrider(pid_t pid)
{
	const struct bpf_insn insns[] = {
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0),
		KGR_INSN(BPF_JMP | BPF_CALL, 0, 0, 0,
			 BPF_FUNC_get_current_pid_tgid),
		KGR_INSN(BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_0, 0, 0, 32),
		KGR_INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 3, pid),
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0),
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, -EIO),
		KGR_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_override_return),
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		KGR_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insns = (unsigned long)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (unsigned long)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* Ends the calls of this process; of none if it is 0. */
bool kgr_override(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = kgr_number(KPROBE_PMU),
		.config1 = (unsigned long)FIRST,
	};
	int prog = overrider(pid);
	bool ok;

	if (prog < 0)
		return false;
	ok = event_open(&attr, -1, 0) &&
	     !ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) &&
	     !ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
	close(prog);
	if (!ok)
		event_off(NULL);
	return ok;
}

bool kgr_override_end(void)
{
	return event_off(NULL);
}

static bool override_on(const struct kgr_beside *unused)
{
	return kgr_override(0);
}

const struct kgr_beside kgr_beside_bpf_override = {
	.on = override_on, .off = event_off,
	.needs = "CONFIG_BPF_KPROBE_OVERRIDE",
	.holder = "kprobe:kprobe_dispatcher", .overrides = true,
};

static bool livepatch_on(const struct kgr_beside *unused)
{
	/* By its own engine, where kGraft might carry it out */
	kgr_write(KGR_DIR "livepatch", "0");
	return !kgr_load(LIVEPATCH, "value=0") &&
	       KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_number("/sys/kernel/livepatch/" LIVEPATCH
				     "/transition") == 0);
}

static bool livepatch_off(const struct kgr_beside *unused)
{
	return !kgr_write("/sys/kernel/livepatch/" LIVEPATCH "/enabled", "0") &&
	       KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(LIVEPATCH));
}

const struct kgr_beside kgr_beside_livepatch = {
	.on = livepatch_on, .off = livepatch_off,
	.needs = "CONFIG_LIVEPATCH", .file = "/sys/kernel/livepatch",
	.conflicts = true,
	.holder = "ftrace:klp_ftrace_handler",
};

static bool module_on(const struct kgr_beside *user)
{
	return !kgr_load(DIRECT, user->arg);
}

static bool module_off(const struct kgr_beside *unused)
{
	return !kgr_unload(DIRECT);
}

/* Like BPF, by trampolines that can share a function. */
const struct kgr_beside kgr_beside_direct_shared = {
	.on = module_on, .off = module_off, .arg = "share=1",
	.needs = "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
	.holder = "direct:kgr_test_tramp",
};

const struct kgr_beside kgr_beside_direct_not_shared = {
	.on = module_on, .off = module_off, .arg = "share=0",
	.needs = "CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS",
	.conflicts = true,
	.holder = "direct:kgr_test_tramp",
};

/* A post handler: it may redirect the function. */
const struct kgr_beside kgr_beside_kprobe_with_post_handler = {
	.on = module_on, .off = module_off, .arg = "post=1",
	.needs = "CONFIG_KPROBES_ON_FTRACE",
	.conflicts = true,
	.holder = "kprobe:",
};

/* It has a kprobe with a post handler. */
static bool fail_on(const struct kgr_beside *unused)
{
	return !kgr_write(FAIL_FUNCTION, FIRST);
}

static bool fail_off(const struct kgr_beside *unused)
{
	return !kgr_write(FAIL_FUNCTION, "!" FIRST);
}

const struct kgr_beside kgr_beside_fail_function = {
	.on = fail_on, .off = fail_off,
	.needs = "CONFIG_FAIL_FUNCTION", .file = FAIL_FUNCTION,
	.conflicts = true,
	.holder = "kprobe:",
};

/* Whether this kernel cannot have it. If it can, it can be attached. */
bool kgr_beside_lacks(const struct kgr_beside *user)
{
	bool ok;

	/* Until it has its filter, it is on all functions. */
	if (user == &kgr_beside_perf_function && kgr_kernel_checks_itself())
		return true;
	if (user->file)
		return access(user->file, F_OK);
	ok = user->on(user);
	user->off(user);
	return !ok;
}

/* The line of the function in the list. */
static char *sites_line(void)
{
	static char text[1 << 16];
	char *line;

	if (kgr_read(KGR_SITES, text, sizeof(text)) <= 0)
		return NULL;
	line = strstr(text, "\n" FIRST "\t");
	if (line)
		line[1 + strcspn(line + 1, "\n")] = '\0';
	return line;
}

bool kgr_beside_listed(const struct kgr_beside *user)
{
	const char *line = sites_line();

	return line &&
	       (strstr(line, user->holder) ||
		(user->newer_holder && strstr(line, user->newer_holder))) &&
	       user->overrides == !!strstr(line, "(override)");
}

/* Whether there is no other user. */
bool kgr_beside_unlisted(void)
{
	const char *line = sites_line();

	/* Behind it, what the entry does */
	return line && (strstr(line, "\t-\tcall") || strstr(line, "\t-\tjump"));
}

/* What is traced is traced for this task only; 0: for all. */
bool kgr_beside_only(pid_t tid)
{
	char text[16] = "";

	if (!tid)
		return empty(KGR_TRACEFS "set_ftrace_pid") &&
		       empty(KGR_TRACEFS "set_event_pid");
	snprintf(text, sizeof(text), "%d", tid);
	return !kgr_write(KGR_TRACEFS "set_ftrace_pid", text) &&
	       !kgr_write(KGR_TRACEFS "set_event_pid", text);
}

/* What a test has left. What has a descriptor went with the test. */
void kgr_beside_clean(void)
{
	tracer_off(NULL);
	two_probes_off(NULL);
	fprobe_off(NULL);
	fail_off(NULL);
	kgr_unload(DIRECT);
	kgr_beside_only(0);
}
