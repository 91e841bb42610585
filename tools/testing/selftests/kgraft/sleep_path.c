// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Patches of the functions in which tasks sleep. Their text must not be freed
 * while a task sleeps in it, and the change must not take for ever.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

/* Number of checks, 20 ms apart, within which each function must be called. */
#define SEEN_TRIES	1000

#define PREEMPT_MODE	"/sys/kernel/debug/sched/preempt"

/* Prints the tasks that have yet to cross, and where they are. */
static void show_pending(void)
{
	DIR *proc = opendir("/proc");
	char path[300], text[2048];
	struct dirent *p;

	while ((p = readdir(proc))) {
		if (p->d_name[0] < '1' || p->d_name[0] > '9' ||
		    kgr_pending(atoi(p->d_name)) != 1)
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", p->d_name);
		text[0] = '\0';
		kgr_read(path, text, sizeof(text));
		printf("# %.40s\n", text);
		snprintf(path, sizeof(path), "/proc/%s/stack", p->d_name);
		text[0] = '\0';
		kgr_read(path, text, sizeof(text));
		printf("# %s\n", text);
	}
	closedir(proc);
}

/* Stays within the time limit of a change that is not held. */
static bool changed(const char *what, long long start, long long *worst)
{
	int ret = kgr_wait_done(KGR_SETTLE_MS);
	long long ms = kgr_now_ms() - start;

	if (*worst < ms)
		*worst = ms;
	if (ret) {
		printf("# %s: %ld tasks have not crossed\n", what,
		       kgr_global("remaining"));
		show_pending();
	}
	return !ret;
}

FIXTURE(sleep_path) {};

FIXTURE_VARIANT(sleep_path) {
	const char *names;
	/* idle tasks come round only on CPUs that are sometimes idle */
	bool idle;
	/* tasks end inside it */
	bool endless;
	/* only where kernel code is preempted */
	bool preempts;
};

#define TARGET(_name, ...) { .names = #_name, ##__VA_ARGS__ }

FIXTURE_VARIANT_ADD(sleep_path, schedule) TARGET(schedule);
FIXTURE_VARIANT_ADD(sleep_path, schedule_timeout) TARGET(schedule_timeout);
FIXTURE_VARIANT_ADD(sleep_path, schedule_preempt_disabled)
	TARGET(schedule_preempt_disabled);
FIXTURE_VARIANT_ADD(sleep_path, preempt_schedule_irq)
	TARGET(preempt_schedule_irq, .preempts = true);
FIXTURE_VARIANT_ADD(sleep_path, schedule_hrtimeout_range_clock)
	TARGET(schedule_hrtimeout_range_clock);
FIXTURE_VARIANT_ADD(sleep_path, wait_for_completion)
	TARGET(wait_for_completion);
FIXTURE_VARIANT_ADD(sleep_path, do_nanosleep) TARGET(do_nanosleep);
FIXTURE_VARIANT_ADD(sleep_path, pipe_read) TARGET(pipe_read);
FIXTURE_VARIANT_ADD(sleep_path, process_one_work) TARGET(process_one_work);
FIXTURE_VARIANT_ADD(sleep_path, wq_worker_sleeping) TARGET(wq_worker_sleeping);
FIXTURE_VARIANT_ADD(sleep_path, kthread_should_stop)
	TARGET(kthread_should_stop);
FIXTURE_VARIANT_ADD(sleep_path, __kthread_parkme) TARGET(__kthread_parkme);
FIXTURE_VARIANT_ADD(sleep_path, switch_mm_irqs_off) TARGET(switch_mm_irqs_off);
FIXTURE_VARIANT_ADD(sleep_path, finish_task_switch) TARGET(finish_task_switch);
FIXTURE_VARIANT_ADD(sleep_path, schedule_tail) TARGET(schedule_tail);
FIXTURE_VARIANT_ADD(sleep_path, do_task_dead)
	TARGET(do_task_dead, .endless = true);
FIXTURE_VARIANT_ADD(sleep_path, do_idle)
	TARGET(do_idle, .idle = true, .endless = true);
FIXTURE_VARIANT_ADD(sleep_path, schedule_idle)
	TARGET(schedule_idle, .idle = true);
FIXTURE_VARIANT_ADD(sleep_path, tick_nohz_idle_enter)
	TARGET(tick_nohz_idle_enter, .idle = true);
FIXTURE_VARIANT_ADD(sleep_path, cpuhp_report_idle_dead)
	TARGET(cpuhp_report_idle_dead, .idle = true);

/* One inside the other, and both on the sleep path. */
FIXTURE_VARIANT_ADD(sleep_path, nested) {
	.names = "schedule,schedule_timeout,wait_for_completion,process_one_work"
};

/* With PREEMPT_DYNAMIC there is a list, with parentheses around what is in use. */
static bool kernel_preempts(void)
{
	struct utsname name;
	char mode[64];

	if (uname(&name) || !strstr(name.version, "PREEMPT"))
		return false;
	return kgr_read(PREEMPT_MODE, mode, sizeof(mode)) <= 0 ||
	       (!strstr(mode, "(none)") && !strstr(mode, "(voluntary)"));
}

FIXTURE_SETUP(sleep_path)
{
	if (variant->preempts && !kernel_preempts())
		SKIP(return, "the kernel is not preempted");
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_TARGET "calls", "0"));
	ASSERT_EQ(0, kgr_write(KGR_TARGET "inside", "0"));
}

FIXTURE_TEARDOWN_PARENT(sleep_path)
{
	kgr_storm_stop();
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(sleep_path, under_load, KGR_TIMEOUT)
{
	/* Where one takes long, one has to be enough. */
	int rounds = kgr_rounds(kgr_kernel_checks_itself() ? 1 : 2), i;
	long long applied = 0, reverted = 0, start;
	long inside = 0, n;
	char params[256];

	if (!kgr_around_targets(variant->names, params, sizeof(params)))
		SKIP(return, "no function %s that ftrace can reach",
		     variant->names);

	ASSERT_TRUE(kgr_storm_start(KGR_STORM_SLEEP, 4));
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_WORK, 1));
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_HOTPLUG, 1));
	if (!variant->idle) {
		ASSERT_TRUE(kgr_storm_start(KGR_STORM_PIPE, 1));
		ASSERT_TRUE(kgr_storm_start(KGR_STORM_FORK, 1));
		ASSERT_TRUE(kgr_storm_start(KGR_STORM_DETACHED, 1));
	}

	for (i = 0; i < rounds; i++) {
		start = kgr_now_ms();
		ASSERT_EQ(0, kgr_load(KGR_AROUND, params));
		ASSERT_TRUE(changed("apply", start, &applied));
		/*
		 * Some of them are rarely called on a slow machine. This task
		 * makes sure of the one that nobody else has to call.
		 */
		for (n = 0; n < 10 || (n < SEEN_TRIES &&
				       !kgr_number(KGR_TARGET "calls")); n++) {
			long now = kgr_number(KGR_TARGET "inside");

			if (inside < now)
				inside = now;
			poll(NULL, 0, 20);
		}
		start = kgr_now_ms();
		ASSERT_EQ(0, kgr_revert(KGR_AROUND));
		ASSERT_TRUE(changed("revert", start, &reverted));
		ASSERT_EQ(0, kgr_retire(KGR_AROUND));
		if (!variant->endless)
			ASSERT_EQ(0, kgr_number(KGR_TARGET "inside"));
	}
	TH_LOG("%ld calls, up to %ld inside, applied within %lld ms, reverted within %lld",
	       kgr_number(KGR_TARGET "calls"), inside, applied, reverted);
	EXPECT_LT(0, kgr_number(KGR_TARGET "calls"));
	EXPECT_LT(0, kgr_storm_stop());
}

FIXTURE(traced) {};

/*
 * Functions that are traced all the time: even if the tracer changes return
 * addresses, they must be found on the stack.
 */
FIXTURE_VARIANT(traced) {
	const char *tracer;
	/* the patched functions; traced_functions has the traced ones */
	const char *names;
};

FIXTURE_VARIANT_ADD(traced, graph) {
	.tracer = "function_graph",
	.names = "wait_for_completion,process_one_work",
};

FIXTURE_VARIANT_ADD(traced, graph_of_the_same) {
	.tracer = "function_graph",
	.names = "schedule,schedule_timeout",
};

FIXTURE_VARIANT_ADD(traced, function_of_the_same) {
	.tracer = "function",
	.names = "schedule,schedule_timeout",
};

FIXTURE_VARIANT_ADD(traced, kretprobe) {
	.names = "wait_for_completion,process_one_work",
};

static const char * const traced_functions[] = {
	"schedule", "schedule_timeout", "process_scheduled_works",
};

FIXTURE_SETUP(traced)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_TARGET "calls", "0"));
	ASSERT_EQ(0, kgr_write(KGR_TARGET "inside", "0"));
}

static const char kprobes[] = KGR_TRACEFS "kprobe_events";
static const char filter[] = KGR_TRACEFS "set_ftrace_filter";

static bool trace_on(const char *tracer)
{
	unsigned int i;

	if (!tracer)
		return !kgr_write(kprobes, "r:kgr_test/one schedule") &&
		       !kgr_write(kprobes, "r:kgr_test/two schedule_timeout") &&
		       !kgr_write(KGR_TRACEFS "events/kgr_test/enable", "1");
	for (i = 0; i < ARRAY_SIZE(traced_functions); i++)
		if (kgr_write(filter, traced_functions[i]))
			return false;
	return !kgr_write(KGR_TRACEFS "current_tracer", tracer);
}

static void trace_off(void)
{
	kgr_write(KGR_TRACEFS "events/kgr_test/enable", "0");
	kgr_write(kprobes, "-:kgr_test/one");
	kgr_write(kprobes, "-:kgr_test/two");
	kgr_write(KGR_TRACEFS "current_tracer", "nop");
	close(open(filter, O_WRONLY | O_TRUNC | O_CLOEXEC));
}

FIXTURE_TEARDOWN_PARENT(traced)
{
	trace_off();
	kgr_storm_stop();
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(traced, all_the_time, KGR_TIMEOUT)
{
	long long applied = 0, reverted = 0, start;
	int rounds = kgr_rounds(2), i;
	char params[256];
	long calls;

	ASSERT_TRUE(kgr_around_targets(variant->names, params, sizeof(params)));
	ASSERT_TRUE(trace_on(variant->tracer));
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_SLEEP, 2));
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_WORK, 1));
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_PIPE, 1));
	for (i = 0; i < rounds; i++) {
		start = kgr_now_ms();
		ASSERT_EQ(0, kgr_load(KGR_AROUND, params));
		ASSERT_TRUE(changed("apply", start, &applied));
		calls = kgr_number(KGR_TARGET "calls");
		kgr_sleep_ms(200);
		EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_number(KGR_TARGET "calls") > calls));
		start = kgr_now_ms();
		ASSERT_EQ(0, kgr_revert(KGR_AROUND));
		ASSERT_TRUE(changed("revert", start, &reverted));
		ASSERT_EQ(0, kgr_retire(KGR_AROUND));
		ASSERT_EQ(0, kgr_number(KGR_TARGET "inside"));
	}
	TH_LOG("%ld calls, applied within %lld ms, reverted within %lld",
	       kgr_number(KGR_TARGET "calls"), applied, reverted);
	EXPECT_LT(0, kgr_number(KGR_TARGET "calls"));
	EXPECT_LT(0, kgr_storm_stop());
}

FIXTURE(looks) {};

FIXTURE_SETUP(looks)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_write(KGR_TARGET "calls", "0"));
}

FIXTURE_TEARDOWN_PARENT(looks)
{
	kgr_unload("kgr_test_threads");
	EXPECT_TRUE(kgr_clean_up());
}

/*
 * The functions that check stacks when tasks cross, and those called for a
 * crossing. Some of them are inlined, or not traced.
 */
static const char * const looking[] = {
	"stack_trace_save_tsk_reliable", "arch_stack_walk_reliable",
	"stack_trace_consume_entry", "put_task_stack", "__unwind_start",
	"unwind_next_frame", "unwind_get_return_address", "get_stack_info",
	"orc_find", "core_kernel_text", "kernel_text_address",
	"__kernel_text_address", "is_module_text_address", "__module_address",
	"is_bpf_text_address", "bpf_ksym_find", "is_ftrace_trampoline",
	"ftrace_ops_trampoline", "ftrace_graph_ret_addr", "task_call_func",
	"irq_work_queue",
};

/*
 * Each stack check then has the patch on its own stack. A thread that never
 * sleeps checks itself, and still crosses.
 */
TEST_F_TIMEOUT(looks, that_are_patched, KGR_TIMEOUT)
{
	long long applied = 0, reverted = 0, start;
	unsigned int i, nr = 0;

	ASSERT_EQ(0, kgr_load("kgr_test_threads", "kind=worker busy=1"));
	for (i = 0; i < ARRAY_SIZE(looking); i++) {
		int ret = kgr_load_around(looking[i]);

		if (ret == -ENOENT)
			continue;
		ASSERT_EQ(0, ret);
		nr++;
		start = kgr_now_ms();
		ASSERT_TRUE(changed(looking[i], start, &applied));
		start = kgr_now_ms();
		ASSERT_EQ(0, kgr_revert(KGR_AROUND));
		ASSERT_TRUE(changed(looking[i], start, &reverted));
		ASSERT_EQ(0, kgr_retire(KGR_AROUND));
	}
	TH_LOG("%u functions, %ld calls, applied within %lld ms, reverted within %lld",
	       nr, kgr_number(KGR_TARGET "calls"), applied, reverted);
	EXPECT_LT(4, nr);
	EXPECT_LT(0, kgr_number(KGR_TARGET "calls"));
}

FIXTURE(refused) {};

FIXTURE_VARIANT(refused) {
	const char *name;
};

#define REFUSED(_name) { .name = #_name }

FIXTURE_VARIANT_ADD(refused, cpu_startup_entry) REFUSED(cpu_startup_entry);
FIXTURE_VARIANT_ADD(refused, hlt_play_dead) REFUSED(hlt_play_dead);
FIXTURE_VARIANT_ADD(refused, irq_thread) REFUSED(irq_thread);
FIXTURE_VARIANT_ADD(refused, kthread) REFUSED(kthread);
FIXTURE_VARIANT_ADD(refused, kthread_worker_fn) REFUSED(kthread_worker_fn);
FIXTURE_VARIANT_ADD(refused, kthreadd) REFUSED(kthreadd);
FIXTURE_VARIANT_ADD(refused, native_play_dead) REFUSED(native_play_dead);
FIXTURE_VARIANT_ADD(refused, rescuer_thread) REFUSED(rescuer_thread);
FIXTURE_VARIANT_ADD(refused, rest_init) REFUSED(rest_init);
FIXTURE_VARIANT_ADD(refused, ret_from_fork) REFUSED(ret_from_fork);
FIXTURE_VARIANT_ADD(refused, smpboot_thread_fn) REFUSED(smpboot_thread_fn);
FIXTURE_VARIANT_ADD(refused, worker_thread) REFUSED(worker_thread);

FIXTURE_SETUP(refused)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(refused)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* A thread never leaves the function: refused at once, instead of waiting. */
TEST_F_TIMEOUT(refused, at_once, KGR_TIMEOUT)
{
	struct kgr_snapshot before;
	char params[256];

	if (!kgr_around_targets(variant->name, params, sizeof(params)))
		SKIP(return, "no function %s that ftrace can reach",
		     variant->name);
	kgr_snapshot_take(&before);
	EXPECT_EQ(-EINVAL, kgr_load(KGR_AROUND, params));
	EXPECT_FALSE(kgr_module_loaded(KGR_AROUND));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	kgr_snapshot_free(&before);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
