// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Other users of a patched function: every kind, in either order, and whether
 * or not other functions are already patched.
 * (tracers_calls.c: what they see.)
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_beside.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
/* Of another function */
#define OTHER	"kgr_test_dups"

#define FIRST	KGR_BESIDE_FUNCTION

FIXTURE(beside) {
	const struct kgr_beside *user;
};

FIXTURE_VARIANT(beside) {
	const struct kgr_beside *user;
};

#define USER(_name) { .user = &kgr_beside_##_name }

FIXTURE_VARIANT_ADD(beside, function_tracer) USER(function_tracer);
FIXTURE_VARIANT_ADD(beside, function_graph) USER(function_graph);
FIXTURE_VARIANT_ADD(beside, kprobe) USER(kprobe);
FIXTURE_VARIANT_ADD(beside, kretprobe) USER(kretprobe);
FIXTURE_VARIANT_ADD(beside, two_kprobes) USER(two_kprobes);
FIXTURE_VARIANT_ADD(beside, kprobe_and_kretprobe) USER(kprobe_and_kretprobe);
FIXTURE_VARIANT_ADD(beside, fprobe) USER(fprobe);
FIXTURE_VARIANT_ADD(beside, fprobe_exit) USER(fprobe_exit);
FIXTURE_VARIANT_ADD(beside, perf_kprobe) USER(perf_kprobe);
FIXTURE_VARIANT_ADD(beside, perf_kretprobe) USER(perf_kretprobe);
FIXTURE_VARIANT_ADD(beside, bpf_override) USER(bpf_override);
FIXTURE_VARIANT_ADD(beside, livepatch) USER(livepatch);
FIXTURE_VARIANT_ADD(beside, direct_shared) USER(direct_shared);
FIXTURE_VARIANT_ADD(beside, direct_not_shared) USER(direct_not_shared);
FIXTURE_VARIANT_ADD(beside, kprobe_with_post_handler) USER(kprobe_with_post_handler);
FIXTURE_VARIANT_ADD(beside, fail_function) USER(fail_function);
FIXTURE_VARIANT_ADD(beside, fentry) USER(fentry);
FIXTURE_VARIANT_ADD(beside, fexit) USER(fexit);
FIXTURE_VARIANT_ADD(beside, fmod_ret) USER(fmod_ret);
FIXTURE_VARIANT_ADD(beside, kprobe_multi) USER(kprobe_multi);
FIXTURE_VARIANT_ADD(beside, kretprobe_multi) USER(kretprobe_multi);

FIXTURE_SETUP(beside)
{
	self->user = variant->user;
	ASSERT_TRUE(kgr_is_clean());
	if (kgr_beside_lacks(self->user))
		SKIP(return, "needs %s", self->user->needs);
}

FIXTURE_TEARDOWN_PARENT(beside)
{
	kgr_beside_clean();
	EXPECT_TRUE(kgr_clean_up());
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

/* A kernel that checks itself takes long: there, all that happens is busy. */
static int first_load(void)
{
	return kgr_kernel_checks_itself();
}

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
	const struct kgr_beside *user = self->user;
	int load, other, ret;

	for (load = first_load(); load < 2; load++) {
		ASSERT_TRUE(load_start(load));
		/* Whether ftrace is registered, or its filter is extended */
		for (other = 0; other < 2; other++) {
			if (other) {
				ASSERT_EQ(0, kgr_load(OTHER, "sympos=1"));
				ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
			}
			ASSERT_TRUE(user->on(user));
			ret = kgr_load(P1, NULL);
			EXPECT_EQ(user->conflicts ? -EBUSY : 0, ret) {
				TH_LOG("%s, %d patched before", ROUND(load),
				       other);
			}
			if (!ret) {
				EXPECT_TRUE(patched(ret));
				EXPECT_TRUE(kgr_beside_listed(user));
				/*
				 * Enabled again, with the other users still
				 * there
				 */
				EXPECT_EQ(0, kgr_revert_done(P1));
				EXPECT_TRUE(kgr_now_is(0, 0));
				EXPECT_TRUE(patched(kgr_enable(P1)));
			}
			ASSERT_TRUE(user->off(user));
			if (!ret) {
				EXPECT_TRUE(kgr_now_is(1, 1));
				EXPECT_TRUE(kgr_beside_unlisted());
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
	const struct kgr_beside *user = self->user;
	int load;

	for (load = first_load(); load < 2; load++) {
		ASSERT_TRUE(load_start(load));
		ASSERT_TRUE(patched(kgr_load(P1, NULL)));
		EXPECT_NE(user->conflicts, user->on(user)) {
			TH_LOG("%s", ROUND(load));
		}
		EXPECT_TRUE(kgr_now_is(1, 1));
		if (!user->conflicts)
			EXPECT_TRUE(kgr_beside_listed(user));
		/* A third user, and the other one is still there afterwards */
		ASSERT_EQ(0, kgr_load("kgr_test_patch2", NULL));
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		EXPECT_TRUE(kgr_now_is(2, 2));
		ASSERT_EQ(0, kgr_revert_done("kgr_test_patch2"));
		ASSERT_EQ(0, kgr_retire("kgr_test_patch2"));
		ASSERT_TRUE(gone());
		EXPECT_TRUE(kgr_now_is(0, 0));
		EXPECT_NE(user->conflicts, user->off(user));
		EXPECT_TRUE(load_stop(load));
	}
}

/* The entry jumps, but for as long as the other is there. */
TEST_F_TIMEOUT(beside, comes_and_goes, KGR_TIMEOUT)
{
	const struct kgr_beside *user = self->user;
	bool jump = kgr_global("jump") == 1;
	int i, nr = kgr_kernel_checks_itself() ? 2 : 4;

	ASSERT_TRUE(load_start(1));
	ASSERT_TRUE(patched(kgr_load(P1, NULL)));
	for (i = 0; i < nr; i++) {
		EXPECT_EQ(jump, jump && kgr_jumps(FIRST));
		EXPECT_NE(user->conflicts, user->on(user));
		EXPECT_TRUE(kgr_entry_is(FIRST, jump && user->conflicts ?
						"jump" : "call"));
		EXPECT_TRUE(kgr_now_is(1, 1));
		/* Changes while it is there */
		if (i % 3 == 2) {
			EXPECT_EQ(0, kgr_revert_done(P1));
			EXPECT_TRUE(kgr_now_is(0, 0));
			EXPECT_TRUE(patched(kgr_enable(P1)));
		}
		EXPECT_NE(user->conflicts, user->off(user));
		/* ftrace has done so, if it was to jump before. */
		if (jump && i % 3 != 2)
			EXPECT_TRUE(kgr_entry_is(FIRST, "jump"));
		EXPECT_TRUE(kgr_now_is(1, 1));
	}
	EXPECT_TRUE(load_stop(1));
	EXPECT_TRUE(gone());
}

FIXTURE(probes) {};

FIXTURE_VARIANT(probes) {
	/* the kind of the second one; the first is a kprobe */
	const char *second;
	/* which of them leaves first */
	const char *first_out;
	const char *last_out;
};

FIXTURE_VARIANT_ADD(probes, both_kprobes) { "p", "one", "two" };
FIXTURE_VARIANT_ADD(probes, both_kprobes_back) { "p", "two", "one" };
FIXTURE_VARIANT_ADD(probes, and_kretprobe) { "r", "one", "two" };
FIXTURE_VARIANT_ADD(probes, and_kretprobe_back) { "r", "two", "one" };

FIXTURE_SETUP(probes)
{
	ASSERT_TRUE(kgr_is_clean());
	if (kgr_beside_lacks(&kgr_beside_kprobe))
		SKIP(return, "needs %s", kgr_beside_kprobe.needs);
	ASSERT_EQ(0, kgr_write(KGR_DIR "jump", "1"));
}

FIXTURE_TEARDOWN_PARENT(probes)
{
	kgr_beside_clean();
	EXPECT_TRUE(kgr_clean_up());
}

static bool both_on(const char *second)
{
	return kgr_probe_on("p", "one") && kgr_probe_on(second, "two");
}

/* Whether a call returns this, and hits these of the probes; none was made before. */
static bool hit(int value, bool one, bool two)
{
	return kgr_now_is(value, value) && kgr_probes_saw(one, two);
}

/* When the last one is gone, and no sooner, the entry jumps; whatever changes. */
TEST_F_TIMEOUT(probes, leave_one_by_one, KGR_TIMEOUT)
{
	bool one = !strcmp(variant->last_out, "one");

	/* There before the patch, and while it goes and comes */
	ASSERT_TRUE(both_on(variant->second));
	EXPECT_TRUE(hit(0, true, true));
	ASSERT_TRUE(patched(kgr_load(P1, NULL)));
	/* Where it has called, too. */
	EXPECT_TRUE(kgr_probes_saw(1, 1));
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(hit(1, true, true));
	ASSERT_EQ(0, kgr_revert_done(P1));
	EXPECT_TRUE(hit(0, true, true));
	ASSERT_TRUE(kgr_probe_off(variant->first_out));
	EXPECT_TRUE(hit(0, one, !one));
	ASSERT_EQ(0, kgr_enable(P1));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(hit(1, one, !one));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(hit(1, one, !one));
	ASSERT_TRUE(kgr_probe_off(variant->last_out));
	EXPECT_TRUE(kgr_jumps(FIRST));
	EXPECT_TRUE(kgr_beside_unlisted());
	EXPECT_TRUE(kgr_now_is(1, 1));

	/* They come to an entry that jumps. */
	ASSERT_TRUE(kgr_probe_on("p", "one"));
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(hit(1, true, false));
	ASSERT_TRUE(kgr_probe_on(variant->second, "two"));
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(hit(1, true, true));
	ASSERT_TRUE(kgr_probe_off(variant->first_out));
	EXPECT_TRUE(kgr_entry_is(FIRST, "call"));
	EXPECT_TRUE(hit(1, one, !one));
	ASSERT_TRUE(kgr_probe_off(variant->last_out));
	EXPECT_TRUE(kgr_entry_is(FIRST, "jump"));
	EXPECT_TRUE(kgr_now_is(1, 1));

	/* The patch is gone before them. */
	ASSERT_TRUE(both_on(variant->second));
	EXPECT_TRUE(hit(1, true, true));
	ASSERT_EQ(0, kgr_revert_done(P1));
	EXPECT_TRUE(hit(0, true, true));
	ASSERT_TRUE(kgr_probe_off(variant->first_out));
	ASSERT_EQ(0, kgr_retire(P1));
	EXPECT_TRUE(hit(0, one, !one));
	ASSERT_TRUE(kgr_probe_off(variant->last_out));
	EXPECT_TRUE(kgr_now_is(0, 0));
}

/* How much later they come each time, in ms, and how often: while it is made a jump. */
#define LATER_MS	2
#define TIMES		12

TEST_F_TIMEOUT(probes, come_at_any_time, KGR_TIMEOUT)
{
	int i, nr = kgr_rounds(TIMES);

	for (i = 0; i < nr; i++) {
		ASSERT_EQ(0, i ? kgr_enable(P1) : kgr_load(P1, NULL));
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		kgr_sleep_ms(i * LATER_MS);
		ASSERT_TRUE(both_on(variant->second));
		EXPECT_TRUE(hit(1, true, true));
		ASSERT_TRUE(kgr_probe_off(variant->first_out));
		ASSERT_TRUE(kgr_probe_off(variant->last_out));
		EXPECT_TRUE(kgr_now_is(1, 1));
		EXPECT_TRUE(kgr_jumps(FIRST));
		EXPECT_TRUE(kgr_now_is(1, 1));
		ASSERT_EQ(0, kgr_revert_done(P1));
		EXPECT_TRUE(kgr_now_is(0, 0));
	}
	ASSERT_EQ(0, kgr_retire(P1));
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
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_1, BPF_REG_10, 0, 0),
		KGR_INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_1, 0, 0, -8),
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0, 8),
		KGR_INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_3, 0, 0, (int)from),
		KGR_INSN(0, 0, 0, 0, (int)(from >> 32)),
		KGR_INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_copy_from_user),
		KGR_INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 0),
		KGR_INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
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
	struct bpf_sleeper sleeper = { .ret = -1 };
	struct kgr_blocker seen;
	pthread_t thread;
	void *page;
	int uffd;

	page = kgr_missing_page(&uffd);
	sleeper.prog = bpf_reader((unsigned long)page);
	if (!page || sleeper.prog < 0)
		SKIP(return, "needs userfaultfd and BPF programs that sleep");
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

	ASSERT_TRUE(kgr_provide_page(uffd, page));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, sleeper.ret);
	EXPECT_TRUE(kgr_now_is(1, 1));
}

/* It may return, and is listed as long as it can. */
TEST_F_TIMEOUT(bpf, override_ends_calls, KGR_TIMEOUT)
{
	if (!kgr_override(getpid()))
		SKIP(return, "needs CONFIG_BPF_KPROBE_OVERRIDE");
	ASSERT_TRUE(kgr_now_is(-EIO, 0));
	ASSERT_TRUE(kgr_write(KGR_DIR "wake", "transparent") == 0);
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_TRUE(kgr_now_is(-EIO, 1));
	EXPECT_TRUE(kgr_beside_listed(&kgr_beside_bpf_override));
	ASSERT_TRUE(kgr_override_end());
	EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_TRUE(kgr_beside_unlisted());
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
