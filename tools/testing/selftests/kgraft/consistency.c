// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One kernel entry, one universe: threads that call two patched functions in
 * one kernel entry never see a mix, and none goes back to an older universe.
 */

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

/* The order of changes. */
enum order {
	/* apply one, revert it */
	ONE_BY_ONE,
	/* apply all, one on the other, revert the newest first */
	STACKED,
	/* as one by one, but without waiting for tasks to cross */
	PILED_UP,
};

FIXTURE(consistency) {
	struct kgr_hammer_result result;
};

FIXTURE_VARIANT(consistency) {
	const char *file;
	int threads;
	int rounds;
};

/* Two functions in one system call, which is sometimes preempted. */
FIXTURE_VARIANT_ADD(consistency, pair) {
	.file = "pair",
	.threads = 4,
	.rounds = 100,
};

/* The same with a sleep between them. */
FIXTURE_VARIANT_ADD(consistency, pair_sleep) {
	.file = "pair_sleep",
	.threads = 6,
	.rounds = 100,
};

/*
 * One in the system call and one on the signal path after it. The threads never
 * give up their CPUs, so each interrupt to all of them takes long where one host
 * thread emulates them all.
 */
FIXTURE_VARIANT_ADD(consistency, signal) {
	.file = "signal",
	.threads = 4,
	.rounds = 16,
};

FIXTURE_SETUP(consistency)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(consistency)
{
	EXPECT_TRUE(kgr_clean_up());
}

static void one_change(struct __test_metadata *_metadata, int ret, bool wait)
{
	ASSERT_EQ(0, ret);
	if (wait)
		ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/*
 * Each thread sees every patch that is applied alone, and the topmost of those
 * that are stacked. So it must cross at least twice in each such round.
 */
static void changes(struct __test_metadata *_metadata, enum order order,
		    int nr)
{
	bool wait = order != PILED_UP;
	int i;

	for (i = 1; i <= nr; i++) {
		kgr_history_next(i);
		one_change(_metadata, kgr_load(kgr_generation(i), NULL), wait);
		if (order == ONE_BY_ONE || (order == STACKED && i == nr))
			ASSERT_TRUE(kgr_hammers_look());
		if (order == STACKED)
			continue;
		kgr_history_next(0);
		one_change(_metadata, kgr_revert(kgr_generation(i)), wait);
	}
	for (i = nr; order == STACKED && i > 0; i--) {
		kgr_history_next(i - 1);
		one_change(_metadata, kgr_revert(kgr_generation(i)), wait);
	}
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	ASSERT_TRUE(kgr_hammers_look());
	ASSERT_EQ(0, kgr_retire_all(nr));
}

TEST_F_TIMEOUT(consistency, never_a_mix, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(variant->rounds), done, nr;
	enum order order = ONE_BY_ONE;

	ASSERT_EQ(0, kgr_write(KGR_TARGET "signal_mixed", "0"));
	ASSERT_EQ(0, kgr_write(KGR_TARGET "signal_runs", "0"));

	kgr_history_start(0);
	ASSERT_TRUE(kgr_hammer_start(variant->file, variant->threads));
	for (done = 0; done < rounds; done += nr) {
		nr = rounds - done;
		if (nr > KGR_GENERATIONS)
			nr = KGR_GENERATIONS;
		changes(_metadata, order, nr);
		order = (order + 1) % (PILED_UP + 1);
	}
	kgr_hammer_stop(&self->result);

	TH_LOG("%d rounds, %lu lines, %lu crossings, %ld on the signal path",
	       rounds, self->result.lines, self->result.crossed,
	       kgr_number(KGR_TARGET "signal_runs"));
	EXPECT_EQ(0, self->result.mixed);
	EXPECT_EQ(0, self->result.backwards);
	EXPECT_EQ(0, self->result.failed);
	EXPECT_EQ(0, kgr_number(KGR_TARGET "signal_mixed"));

	/* The result is void if no thread looked meanwhile. */
	EXPECT_LE(rounds * variant->threads, self->result.crossed);
	if (!strcmp(variant->file, "signal"))
		EXPECT_LE(self->result.lines,
			  kgr_number(KGR_TARGET "signal_runs"));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
