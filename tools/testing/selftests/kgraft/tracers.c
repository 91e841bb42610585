// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other users of a patched function: every kind, in either order, and whether
 * or not other functions are already patched.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
/* Of another function */
#define OTHER	"kgr_test_dups"
#define DIRECT	"kgr_test_direct"
#define LIVEPATCH	"kgr_test_livepatch"
#define SITES	"/sys/kernel/debug/kgraft/sites"

#define FIRST	"kgr_test_first"
#define KPROBES	KGR_TRACEFS "kprobe_events"
#define PROBES	KGR_TRACEFS "dynamic_events"
#define KPROBE_PMU	"/sys/bus/event_source/devices/kprobe/type"
#define FILTER	KGR_TRACEFS "set_ftrace_filter"

static bool tracer_on(const char *tracer)
{
	return !kgr_write(FILTER, FIRST) &&
	       !kgr_write(KGR_TRACEFS "current_tracer", tracer);
}

static bool tracer_off(const char *unused)
{
	bool ok = !kgr_write(KGR_TRACEFS "current_tracer", "nop");

	close(open(FILTER, O_WRONLY | O_TRUNC | O_CLOEXEC));
	return ok;
}

static bool probe_on(const char *kind)
{
	char line[64];

	snprintf(line, sizeof(line), "%s:kgr_test/one " FIRST, kind);
	return !kgr_write(KPROBES, line) &&
	       !kgr_write(KGR_TRACEFS "events/kgr_test/enable", "1");
}

static bool probe_off(const char *unused)
{
	return !kgr_write(KGR_TRACEFS "events/kgr_test/enable", "0") &&
	       !kgr_write(KPROBES, "-:kgr_test/one");
}

static bool fprobe_on(const char *unused)
{
	return !kgr_write(PROBES, "f:kgr_test/one " FIRST) &&
	       !kgr_write(KGR_TRACEFS "events/kgr_test/enable", "1");
}

static bool fprobe_off(const char *unused)
{
	return !kgr_write(KGR_TRACEFS "events/kgr_test/enable", "0") &&
	       !kgr_write(PROBES, "-:kgr_test/one");
}

#define INSN(_code, _dst, _src, _off, _imm)				\
	((struct bpf_insn) { .code = (_code), .dst_reg = (_dst),	\
			     .src_reg = (_src), .off = (_off),		\
			     .imm = (_imm) })

/* A program that ends calls by one process, with -EIO. */
static int bpf_overrider(pid_t pid)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0,
		     BPF_FUNC_get_current_pid_tgid),
		INSN(BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_0, 0, 0, 32),
		INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_0, 0, 3, pid),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_6, 0, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, -EIO),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_override_return),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insns = (unsigned long)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (unsigned long)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int override_event = -1;

/* Ends the calls of this process; of none if it is 0. */
static bool override(pid_t pid)
{
	struct perf_event_attr attr = {
		.type = kgr_number(KPROBE_PMU),
		.size = sizeof(attr),
		.config1 = (unsigned long)FIRST,
	};
	int prog = bpf_overrider(pid), event;
	bool ok;

	if (prog < 0)
		return false;
	event = syscall(SYS_perf_event_open, &attr, -1, 0, -1,
			PERF_FLAG_FD_CLOEXEC);
	ok = event >= 0 && !ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) &&
	     !ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
	close(prog);
	if (ok)
		override_event = event;
	else
		close(event);
	return ok;
}

static bool override_on(const char *unused)
{
	return override(0);
}

static bool override_off(const char *unused)
{
	bool ok = !close(override_event);

	override_event = -1;
	return ok;
}

static bool livepatch_on(const char *params)
{
	/* By its own engine, where kGraft might carry it out */
	kgr_write(KGR_DIR "livepatch", "0");
	return !kgr_load(LIVEPATCH, params) &&
	       KGR_WITHIN(KGR_SETTLE_MS,
			  kgr_number("/sys/kernel/livepatch/" LIVEPATCH
				     "/transition") == 0);
}

static bool livepatch_off(const char *unused)
{
	return !kgr_write("/sys/kernel/livepatch/" LIVEPATCH "/enabled", "0") &&
	       KGR_WITHIN(KGR_SETTLE_MS, !kgr_unload(LIVEPATCH));
}

static bool module_on(const char *params)
{
	return !kgr_load(DIRECT, params);
}

static bool module_off(const char *unused)
{
	return !kgr_unload(DIRECT);
}

FIXTURE(beside) {};

FIXTURE_VARIANT(beside) {
	bool (*on)(const char *arg);
	bool (*off)(const char *arg);
	const char *arg;
	/* the error of the patch if it is second, and that of the other user */
	int patch_second;
	bool refused_second;
	/* as "sites" has it */
	const char *holder;
	/* what is in the trace for a call that it sees */
	const char *trace;
};

FIXTURE_VARIANT_ADD(beside, function_tracer) {
	.on = tracer_on, .off = tracer_off, .arg = "function",
	.holder = "ftrace:function_trace_call",
	.trace = FIRST " <-",
};

FIXTURE_VARIANT_ADD(beside, function_graph) {
	.on = tracer_on, .off = tracer_off, .arg = "function_graph",
	.holder = "ftrace:ftrace_graph_func",
	.trace = " " FIRST "();",
};

FIXTURE_VARIANT_ADD(beside, kprobe) {
	.on = probe_on, .off = probe_off, .arg = "p",
	.holder = "kprobe:kprobe_dispatcher",
	.trace = "one: (" FIRST,
};

FIXTURE_VARIANT_ADD(beside, kretprobe) {
	.on = probe_on, .off = probe_off, .arg = "r",
	.holder = "kprobe:pre_handler_kretprobe",
	.trace = "one: (kgr_test_run_pair",
};

FIXTURE_VARIANT_ADD(beside, fprobe) {
	.on = fprobe_on, .off = fprobe_off,
	.holder = "ftrace:fprobe_handler",
	.trace = "one: (" FIRST,
};

/* A BPF program that can end a call before the replacement runs. */
FIXTURE_VARIANT_ADD(beside, bpf_override) {
	.on = override_on, .off = override_off,
	.holder = "kprobe:kprobe_dispatcher(override)",
};

FIXTURE_VARIANT_ADD(beside, livepatch) {
	.on = livepatch_on, .off = livepatch_off, .arg = "value=0",
	.patch_second = -EBUSY, .refused_second = true,
	.holder = "ftrace:klp_ftrace_handler",
};

/* Like BPF, by trampolines that can share a function. */
FIXTURE_VARIANT_ADD(beside, direct_shared) {
	.on = module_on, .off = module_off, .arg = "share=1",
	.holder = "direct:kgr_test_tramp",
};

FIXTURE_VARIANT_ADD(beside, direct_not_shared) {
	.on = module_on, .off = module_off, .arg = "share=0",
	.patch_second = -EBUSY, .refused_second = true,
	.holder = "direct:kgr_test_tramp",
};

/* A post handler: it may redirect the function. */
FIXTURE_VARIANT_ADD(beside, kprobe_with_post_handler) {
	.on = module_on, .off = module_off, .arg = "post=1",
	.patch_second = -EBUSY, .refused_second = true,
	.holder = "kprobe:",
};

FIXTURE_SETUP(beside)
{
	ASSERT_TRUE(kgr_is_clean());
	if (!variant->on(variant->arg)) {
		variant->off(variant->arg);
		SKIP(return, "not in this kernel");
	}
	ASSERT_TRUE(variant->off(variant->arg));
}

FIXTURE_TEARDOWN_PARENT(beside)
{
	tracer_off(NULL);
	probe_off(NULL);
	fprobe_off(NULL);
	kgr_unload(DIRECT);
	EXPECT_TRUE(kgr_clean_up());
}

/* Whether the line of a function lists @holder. */
static bool sites_say(const char *holder)
{
	static char text[1 << 16];
	char *line;

	if (kgr_read(SITES, text, sizeof(text)) <= 0)
		return false;
	line = strstr(text, "\n" FIRST "\t");
	if (!line)
		return false;
	line[1 + strcspn(line + 1, "\n")] = '\0';
	if (holder)
		return strstr(line, holder);
	/* Behind it, what the entry does */
	return strstr(line, "\t-\tcall") || strstr(line, "\t-\tjump");
}

/* Whether the patch is applied, and the function runs its replacement. */
static bool patched(int ret)
{
	return !ret && !kgr_wait_done(KGR_SETTLE_MS) && kgr_now_is(1, 1);
}

static bool gone(void)
{
	return !kgr_revert_done(P1) && kgr_now_is(0, 0) && !kgr_retire(P1);
}

#define ROUND(_load)	((_load) ? "busy" : "idle")

/* Threads that call the function all the time, for the second round. */
static bool load_start(int load)
{
	kgr_history_start(0);
	return !load || kgr_hammer_start("pair", 2);
}

/* Whether none of them saw half of a change. */
static bool load_stop(int load)
{
	struct kgr_hammer_result result;

	kgr_hammer_stop(&result);
	return !load || (result.lines && !result.mixed && !result.failed);
}

TEST_F_TIMEOUT(beside, comes_first, KGR_TIMEOUT)
{
	int load, other, ret;

	for (load = 0; load < 2; load++) {
		ASSERT_TRUE(load_start(load));
		/* Whether ftrace is registered, or its filter is extended */
		for (other = 0; other < 2; other++) {
			if (other) {
				ASSERT_EQ(0, kgr_load(OTHER, "sympos=1"));
				ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
			}
			ASSERT_TRUE(variant->on(variant->arg));
			ret = kgr_load(P1, NULL);
			EXPECT_EQ(variant->patch_second, ret) {
				TH_LOG("%s, %d patched before", ROUND(load),
				       other);
			}
			if (!ret) {
				EXPECT_TRUE(patched(ret));
				EXPECT_TRUE(sites_say(variant->holder));
				/*
				 * Enabled again, with the other users still
				 * there
				 */
				EXPECT_EQ(0, kgr_revert_done(P1));
				EXPECT_TRUE(kgr_now_is(0, 0));
				EXPECT_TRUE(patched(kgr_enable(P1)));
			}
			ASSERT_TRUE(variant->off(variant->arg));
			if (!ret) {
				EXPECT_TRUE(kgr_now_is(1, 1));
				EXPECT_TRUE(sites_say(NULL));
				ASSERT_TRUE(gone());
			}
			if (other) {
				ASSERT_EQ(0, kgr_revert_done(OTHER));
				ASSERT_EQ(0, kgr_retire(OTHER));
			}
		}
		EXPECT_TRUE(load_stop(load));
	}
}

TEST_F_TIMEOUT(beside, comes_second, KGR_TIMEOUT)
{
	int load;

	for (load = 0; load < 2; load++) {
		ASSERT_TRUE(load_start(load));
		ASSERT_TRUE(patched(kgr_load(P1, NULL)));
		EXPECT_NE(variant->refused_second, variant->on(variant->arg)) {
			TH_LOG("%s", ROUND(load));
		}
		EXPECT_TRUE(kgr_now_is(1, 1));
		if (!variant->refused_second)
			EXPECT_TRUE(sites_say(variant->holder));
		/* A third user, and the other one is still there afterwards */
		ASSERT_EQ(0, kgr_load("kgr_test_patch2", NULL));
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		EXPECT_TRUE(kgr_now_is(2, 2));
		ASSERT_EQ(0, kgr_revert_done("kgr_test_patch2"));
		ASSERT_EQ(0, kgr_retire("kgr_test_patch2"));
		ASSERT_TRUE(gone());
		EXPECT_TRUE(kgr_now_is(0, 0));
		EXPECT_NE(variant->refused_second, variant->off(variant->arg));
		EXPECT_TRUE(load_stop(load));
	}
}

static bool jumps(void)
{
	return KGR_WITHIN(KGR_SETTLE_MS, kgr_entry_is(FIRST, "jump"));
}

/* The entry jumps, but for as long as the other is there. */
TEST_F_TIMEOUT(beside, comes_and_goes, KGR_TIMEOUT)
{
	bool jump = kgr_global("jump") == 1;
	int i, nr = kgr_kernel_checks_itself() ? 2 : 4;

	ASSERT_TRUE(load_start(1));
	ASSERT_TRUE(patched(kgr_load(P1, NULL)));
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(jump, jump && jumps());
		EXPECT_NE(variant->refused_second, variant->on(variant->arg));
		EXPECT_TRUE(kgr_entry_is(FIRST, jump && variant->refused_second ?
						"jump" : "call"));
		EXPECT_TRUE(kgr_now_is(1, 1));
		/* Changes while it is there */
		if (i % 3 == 2) {
			EXPECT_EQ(0, kgr_revert_done(P1));
			EXPECT_TRUE(kgr_now_is(0, 0));
			EXPECT_TRUE(patched(kgr_enable(P1)));
		}
		EXPECT_NE(variant->refused_second, variant->off(variant->arg));
		/* ftrace has done so, if it was to jump before. */
		if (jump && i % 3 != 2)
			EXPECT_TRUE(kgr_entry_is(FIRST, "jump"));
		EXPECT_TRUE(kgr_now_is(1, 1));
	}
	EXPECT_TRUE(load_stop(1));
	EXPECT_TRUE(gone());
}

#define CALLS	40

/* How often something is in the trace. */
static int traced(const char *what)
{
	static char text[1 << 20];
	const char *at = text;
	int nr = 0;

	if (kgr_read(KGR_TRACEFS "trace", text, sizeof(text)) <= 0)
		return -1;
	for (; (at = strstr(at, what)); at++)
		nr++;
	return nr;
}

/* Whoever comes to a function that jumps sees all calls of it, each once. */
TEST_F_TIMEOUT(beside, sees_every_call, KGR_TIMEOUT)
{
	bool jump = kgr_global("jump") == 1;
	int i;

	if (!variant->trace)
		return;
	ASSERT_TRUE(patched(kgr_load(P1, NULL)));
	EXPECT_EQ(jump, jump && jumps());
	close(open(KGR_TRACEFS "trace", O_WRONLY | O_TRUNC | O_CLOEXEC));
	ASSERT_TRUE(variant->on(variant->arg));
	for (i = 0; i < CALLS; i++)
		EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_EQ(CALLS, traced(variant->trace));
	ASSERT_TRUE(variant->off(variant->arg));
	EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_TRUE(gone());
}

FIXTURE(bpf) {};

FIXTURE_SETUP(bpf)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	kgr_write("/proc/sys/net/core/bpf_jit_enable", "1");
}

FIXTURE_TEARDOWN_PARENT(bpf)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* A program that reads 8 bytes from user memory, and may sleep for them. */
static int bpf_reader(unsigned long from)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -8),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 8),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_3, 0, 0, (int)from),
		INSN(0, 0, 0, 0, (int)(from >> 32)),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_copy_from_user),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SYSCALL,
		.prog_flags = BPF_F_SLEEPABLE,
		.insns = (unsigned long)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (unsigned long)"GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

struct bpf_sleeper {
	pid_t tid;
	int prog;
	long ret;
};

static void *bpf_sleep(void *arg)
{
	struct bpf_sleeper *sleeper = arg;
	union bpf_attr attr = { .test.prog_fd = sleeper->prog };

	__atomic_store_n(&sleeper->tid, syscall(SYS_gettid), __ATOMIC_RELEASE);
	sleeper->ret = syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr));
	return NULL;
}

/* JIT code has no ORC data, but a frame pointer. */
TEST_F_TIMEOUT(bpf, sleeper_crosses_in_place, KGR_TIMEOUT)
{
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	size_t size = sysconf(_SC_PAGESIZE);
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	struct bpf_sleeper sleeper = { .ret = -1 };
	struct uffdio_zeropage zero = { };
	struct kgr_blocker seen;
	pthread_t thread;
	void *page;

	page = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, page);
	area.range.start = (unsigned long)page;
	area.range.len = size;
	sleeper.prog = bpf_reader((unsigned long)page);
	if (uffd < 0 || sleeper.prog < 0)
		SKIP(return, "needs userfaultfd and BPF programs that sleep");
	ASSERT_EQ(0, ioctl(uffd, UFFDIO_API, &api));
	ASSERT_EQ(0, ioctl(uffd, UFFDIO_REGISTER, &area));
	ASSERT_EQ(0, pthread_create(&thread, NULL, bpf_sleep, &sleeper));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       __atomic_load_n(&sleeper.tid, __ATOMIC_ACQUIRE) &&
			       strchr("SD", kgr_task_state(sleeper.tid))));

	/* It cannot leave, and the list says where it is. */
	ASSERT_EQ(0, kgr_load("kgr_test_patch2", NULL));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_blocker_find(sleeper.tid, &seen) &&
			       strstr(seen.reason, "in a BPF program below "))) {
		TH_LOG("%s", seen.reason);
	}
	/* It has nothing to cross any more. */
	ASSERT_EQ(0, kgr_revert_done("kgr_test_patch2"));

	ASSERT_EQ(0, kgr_load(P1, "function=1"));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS)) {
		if (kgr_blocker_find(sleeper.tid, &seen))
			TH_LOG("%s", seen.reason);
	}
	/* It has not moved. */
	EXPECT_NE(NULL, strchr("SD", kgr_task_state(sleeper.tid)));

	zero.range = area.range;
	ASSERT_EQ(0, ioctl(uffd, UFFDIO_ZEROPAGE, &zero));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, sleeper.ret);
	EXPECT_TRUE(kgr_now_is(1, 1));
}

/* It may return, and is listed as long as it can. */
TEST_F_TIMEOUT(bpf, override_ends_calls, KGR_TIMEOUT)
{
	if (!override(getpid()))
		SKIP(return, "needs CONFIG_BPF_KPROBE_OVERRIDE");
	ASSERT_TRUE(kgr_now_is(-EIO, 0));
	ASSERT_TRUE(kgr_write(KGR_DIR "wake", "transparent") == 0);
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_TRUE(kgr_now_is(-EIO, 1));
	EXPECT_TRUE(sites_say("kprobe:kprobe_dispatcher(override)"));
	ASSERT_TRUE(override_off(NULL));
	EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_TRUE(sites_say(NULL));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
