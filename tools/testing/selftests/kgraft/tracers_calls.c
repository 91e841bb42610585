// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What other users of a patched function see: all of its calls, each once, and
 * what the caller gets, whatever the entry of the function does meanwhile.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_beside.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define FIRST	KGR_BESIDE_FUNCTION

/* How many calls at a time. */
#define CALLS	20

/* How long a user comes and goes, unless KGR_ROUNDS says how often. */
#define ROUNDS	200
#define ROUNDS_MS	kgr_bound(3000)

/* Enough for 200 of the slowest in an emulated machine, where fexit takes a second */
#define ROUNDS_TIMEOUT	1800

FIXTURE(calls) {
	const struct kgr_beside *user;
};

FIXTURE_VARIANT(calls) {
	const struct kgr_beside *user;
};

#define USER(_name) { .user = &kgr_beside_##_name }

FIXTURE_VARIANT_ADD(calls, function_tracer) USER(function_tracer);
FIXTURE_VARIANT_ADD(calls, function_graph) USER(function_graph);
FIXTURE_VARIANT_ADD(calls, kprobe) USER(kprobe);
FIXTURE_VARIANT_ADD(calls, kretprobe) USER(kretprobe);
FIXTURE_VARIANT_ADD(calls, two_kprobes) USER(two_kprobes);
FIXTURE_VARIANT_ADD(calls, kprobe_and_kretprobe) USER(kprobe_and_kretprobe);
FIXTURE_VARIANT_ADD(calls, fprobe) USER(fprobe);
FIXTURE_VARIANT_ADD(calls, fprobe_exit) USER(fprobe_exit);
FIXTURE_VARIANT_ADD(calls, perf_function) USER(perf_function);
FIXTURE_VARIANT_ADD(calls, perf_kprobe) USER(perf_kprobe);
FIXTURE_VARIANT_ADD(calls, perf_kretprobe) USER(perf_kretprobe);
FIXTURE_VARIANT_ADD(calls, bpf_override) USER(bpf_override);
FIXTURE_VARIANT_ADD(calls, livepatch) USER(livepatch);
FIXTURE_VARIANT_ADD(calls, direct_shared) USER(direct_shared);
FIXTURE_VARIANT_ADD(calls, direct_not_shared) USER(direct_not_shared);
FIXTURE_VARIANT_ADD(calls, kprobe_with_post_handler) USER(kprobe_with_post_handler);
FIXTURE_VARIANT_ADD(calls, fail_function) USER(fail_function);
FIXTURE_VARIANT_ADD(calls, fentry) USER(fentry);
FIXTURE_VARIANT_ADD(calls, fexit) USER(fexit);
FIXTURE_VARIANT_ADD(calls, fmod_ret) USER(fmod_ret);
FIXTURE_VARIANT_ADD(calls, kprobe_multi) USER(kprobe_multi);
FIXTURE_VARIANT_ADD(calls, kretprobe_multi) USER(kretprobe_multi);

FIXTURE_SETUP(calls)
{
	self->user = variant->user;
	ASSERT_TRUE(kgr_is_clean());
	if (kgr_beside_lacks(self->user))
		SKIP(return, "needs %s", self->user->needs);
}

FIXTURE_TEARDOWN_PARENT(calls)
{
	kgr_beside_clean();
	EXPECT_TRUE(kgr_clean_up());
}

/* The calls of this task, and what they returned to it. */
struct made {
	int fd;
	struct kgr_seen calls;
};

static bool made_begin(struct made *made)
{
	*made = (struct made){ .fd = open(KGR_TARGET "pair", O_RDONLY | O_CLOEXEC) };

	return made->fd >= 0;
}

static bool make_calls(struct made *made)
{
	int i, seen[2];

	for (i = 0; i < CALLS; i++) {
		if (!kgr_pair(made->fd, seen))
			return false;
		made->calls.calls++;
		made->calls.returned += seen[0];
	}
	return true;
}

/* Whether a user has seen them, since it has come, or does not say. */
static bool has_seen(const struct kgr_beside *user, const struct made *made)
{
	struct kgr_seen seen;

	if (!user->seen)
		return true;
	if (!user->seen(user, &seen))
		return false;
	if (seen.calls == made->calls.calls &&
	    (seen.returned < 0 || seen.returned == made->calls.returned))
		return true;
	fprintf(stderr, "# saw %ld calls that returned %ld, not %ld that returned %ld\n",
		seen.calls, seen.returned, made->calls.calls,
		made->calls.returned);
	return false;
}

/* Stays on this CPU: the function graph is read by CPU. */
static bool stay_here(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	return !sched_setaffinity(0, sizeof(here), &here);
}

static bool jumps_if_it_may(void)
{
	return kgr_global("jump") == 1 ? kgr_jumps(FIRST) :
					 kgr_entry_is(FIRST, "call");
}

TEST_F_TIMEOUT(calls, of_before_and_after, KGR_TIMEOUT)
{
	const struct kgr_beside *user = self->user;
	struct made made;

	if (user->conflicts)
		SKIP(return, "it cannot be there");
	ASSERT_TRUE(stay_here());
	ASSERT_TRUE(kgr_beside_only(getpid()));

	/* It is there first, until the function is patched no more. */
	ASSERT_TRUE(made_begin(&made));
	ASSERT_TRUE(user->on(user));
	EXPECT_TRUE(make_calls(&made));
	EXPECT_TRUE(has_seen(user, &made));
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_TRUE(make_calls(&made));
	EXPECT_EQ(CALLS, made.calls.returned);
	EXPECT_TRUE(has_seen(user, &made));
	ASSERT_EQ(0, kgr_revert_done(P1));
	EXPECT_TRUE(make_calls(&made));
	EXPECT_EQ(CALLS, made.calls.returned);
	EXPECT_TRUE(has_seen(user, &made));
	close(made.fd);

	/* It comes to a function that jumps. */
	ASSERT_TRUE(user->off(user));
	ASSERT_EQ(0, kgr_enable(P1));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(jumps_if_it_may());
	ASSERT_TRUE(made_begin(&made));
	ASSERT_TRUE(user->on(user));
	EXPECT_TRUE(make_calls(&made));
	EXPECT_EQ(CALLS, made.calls.returned);
	EXPECT_TRUE(has_seen(user, &made));
	close(made.fd);

	/* And stays longer than that. */
	ASSERT_EQ(0, kgr_revert_done(P1));
	ASSERT_TRUE(user->off(user));
	EXPECT_TRUE(kgr_now_is(0, 0));
}

/* One round; of what conflicts, only that it fails or not. */
static bool come_and_go(const struct kgr_beside *user)
{
	struct made made;
	bool ok;

	if (user->conflicts)
		return !user->on(user) || user->off(user);
	if (!made_begin(&made))
		return false;
	ok = user->on(user) && make_calls(&made) && has_seen(user, &made) &&
	     user->off(user);
	close(made.fd);
	return ok;
}

/* Says so after each round. */
static void come_and_go_all_the_time(const struct kgr_beside *user, int said)
{
	bool bounded = !getenv("KGR_ROUNDS");
	long long end = kgr_now_ms() + ROUNDS_MS;
	int i, nr = kgr_rounds(ROUNDS);

	if (!stay_here() || !kgr_beside_only(getpid()))
		_exit(1);
	for (i = 0; i < nr && (!bounded || kgr_now_ms() < end); i++)
		if (!come_and_go(user) || write(said, "", 1) != 1)
			_exit(1);
	_exit(0);
}

/*
 * It comes and goes all the time, while changes are made and every CPU calls the
 * function, in no order.
 */
TEST_F_TIMEOUT(calls, of_each_round, ROUNDS_TIMEOUT)
{
	int nr_cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct kgr_hammer_result result;
	int ret, i, pipes[2];
	bool loaded = false;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	kgr_history_start(0);
	ASSERT_TRUE(kgr_hammer_start("pair", nr_cpus));
	pid = kgr_fork();
	ASSERT_LE(0, pid);
	if (!pid)
		come_and_go_all_the_time(self->user, pipes[1]);
	/* The end of the child is the end of the pipe. */
	close(pipes[1]);
	for (i = 0; read(pipes[0], &c, 1) == 1; i++) {
		if (i % 8)
			continue;
		kgr_history_next(1);
		ret = loaded ? kgr_enable(P1) : kgr_load(P1, NULL);
		/* What conflicts may be there at that moment. */
		if (ret && self->user->conflicts) {
			EXPECT_EQ(-EBUSY, ret);
			continue;
		}
		ASSERT_EQ(0, ret);
		loaded = true;
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
		EXPECT_TRUE(kgr_now_is(1, 1));
		/* Every other time, the entry has time to become a jump. */
		if (i % 16)
			kgr_sleep_ms(KGR_QUIET_MS);
		kgr_history_next(0);
		ASSERT_EQ(0, kgr_revert_done(P1));
		EXPECT_TRUE(kgr_now_is(0, 0));
	}
	EXPECT_LT(0, i);
	EXPECT_TRUE(kgr_reap(pid));
	TH_LOG("%d rounds", i);
	kgr_history_next(1);
	ASSERT_EQ(0, loaded ? kgr_enable(P1) : kgr_load(P1, NULL));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_TRUE(jumps_if_it_may());
	EXPECT_TRUE(kgr_now_is(1, 1));
	kgr_hammer_stop(&result);
	EXPECT_LT(0, result.lines);
	EXPECT_EQ(0, result.mixed);
	EXPECT_EQ(0, result.backwards);
	EXPECT_EQ(0, result.failed);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
