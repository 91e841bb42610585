// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tasks that begin and end while changes are pending.
 *
 * A change must complete however many tasks are created, end, or remain
 * unreaped meanwhile, and the counts must match.
 */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

/* Time limit of one change during a storm. */
#define BOUND_MS	kgr_bound(5000)

FIXTURE(storms) {};

FIXTURE_VARIANT(storms) {
	enum kgr_storm_kind kind;
	int nr;
	int rounds;
};

FIXTURE_VARIANT_ADD(storms, forks) {
	.kind = KGR_STORM_FORK,
	.nr = 3,
	.rounds = 24,
};

FIXTURE_VARIANT_ADD(storms, threads) {
	.kind = KGR_STORM_THREAD,
	.nr = 3,
	.rounds = 24,
};

FIXTURE_VARIANT_ADD(storms, zombies) {
	.kind = KGR_STORM_ZOMBIE,
	.nr = 6,
	.rounds = 24,
};

FIXTURE_VARIANT_ADD(storms, orphans) {
	.kind = KGR_STORM_DETACHED,
	.nr = 2,
	.rounds = 16,
};

FIXTURE_VARIANT_ADD(storms, execs) {
	.kind = KGR_STORM_EXEC,
	.nr = 3,
	.rounds = 16,
};

FIXTURE_SETUP(storms)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(storms)
{
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(storms, changes_complete, KGR_TIMEOUT)
{
	struct kgr_hammer_result result;
	int rounds = kgr_rounds(variant->rounds), i;
	long long start, worst = 0;
	long tasks;

	kgr_history_start(0);
	/* Forks first, because a fork with many threads is slow. */
	ASSERT_TRUE(kgr_storm_start(variant->kind, variant->nr));
	ASSERT_TRUE(kgr_hammer_start("pair", 1));
	ASSERT_TRUE(kgr_hammer_start("pair_sleep", 1));
	for (i = 0; i < rounds; i++) {
		int g = i % KGR_GENERATIONS + 1;

		start = kgr_now_ms();
		kgr_history_next(g);
		ASSERT_EQ(0, kgr_load(kgr_generation(g), NULL));
		ASSERT_EQ(0, kgr_wait_done(BOUND_MS));
		kgr_history_next(0);
		ASSERT_EQ(0, kgr_revert(kgr_generation(g)));
		ASSERT_EQ(0, kgr_wait_done(BOUND_MS));
		if (worst < kgr_now_ms() - start)
			worst = kgr_now_ms() - start;
		/* Void if no change happened meanwhile, or no task looked. */
		ASSERT_TRUE(kgr_storm_goes_on());
		ASSERT_TRUE(kgr_hammers_look());
		if (g == KGR_GENERATIONS || i == rounds - 1)
			ASSERT_EQ(0, kgr_retire_all(g));
	}
	tasks = kgr_storm_stop();
	kgr_hammer_stop(&result);
	TH_LOG("%d rounds, %ld tasks, the slowest there and back %lld ms",
	       rounds, tasks, worst);
	EXPECT_LE(rounds, tasks);
	EXPECT_EQ(0, result.mixed);
	EXPECT_EQ(0, result.backwards);
	EXPECT_EQ(0, result.failed);
	EXPECT_EQ(0, kgr_global("remaining"));
	EXPECT_EQ(kgr_global("universe"), kgr_global("horizon"));
}

FIXTURE(family) {};

FIXTURE_SETUP(family)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(family)
{
	EXPECT_TRUE(kgr_clean_up());
}

#define LINEAGES	3

/* Shared: stop forking; and the number of children. */
static struct {
	int stop;
	int born[LINEAGES];
} *family;

/* Generations of children, each of which remembers what its parent saw. */
static int lineage(int nr, int fd, int depth, int saw)
{
	int seen[2];
	pid_t pid;

	while (!__atomic_load_n(&family->stop, __ATOMIC_RELAXED)) {
		if (!kgr_pair(fd, seen) || seen[0] != seen[1])
			return 1;
		__atomic_fetch_add(&family->born[nr], 1, __ATOMIC_RELAXED);
		/* The patch was applied once and stays applied. */
		if (seen[0] < saw)
			return 2;
		saw = seen[0];
		pid = fork();
		if (pid < 0)
			return 3;
		if (pid) {
			int status;

			waitpid(pid, &status, 0);
			return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
		}
		/* Not so deep that the parents use up all memory. */
		if (++depth == 100)
			return 0;
	}
	return 0;
}

/* Waits until there are children in each lineage that are born after this. */
static bool children_are_born(void)
{
	int until[LINEAGES], nr;

	/* The next one may have looked already. */
	for (nr = 0; nr < LINEAGES; nr++)
		until[nr] = __atomic_load_n(&family->born[nr],
					    __ATOMIC_RELAXED) + 2;
	for (nr = 0; nr < LINEAGES; nr++)
		if (!KGR_WITHIN(KGR_SETTLE_MS,
				__atomic_load_n(&family->born[nr],
						__ATOMIC_RELAXED) >= until[nr]))
			return false;
	return true;
}

/* A child lives in its parent's universe until it crosses itself. */
TEST_F_TIMEOUT(family, children_never_go_back, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(8), i, status;
	pid_t pids[LINEAGES];
	int fd;

	fd = open(KGR_TARGET "pair", O_RDONLY);
	family = mmap(NULL, sizeof(*family), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, family);
	for (i = 0; i < rounds; i++) {
		const char *patch = kgr_generation(i % KGR_GENERATIONS + 1);
		unsigned int n;

		__atomic_store_n(&family->stop, 0, __ATOMIC_RELAXED);
		for (n = 0; n < ARRAY_SIZE(pids); n++) {
			pids[n] = kgr_fork();
			if (!pids[n])
				_exit(lineage(n, fd, 0, 0));
		}
		ASSERT_TRUE(children_are_born());
		ASSERT_EQ(0, kgr_apply(patch));
		ASSERT_TRUE(children_are_born());
		__atomic_store_n(&family->stop, 1, __ATOMIC_RELAXED);
		for (n = 0; n < ARRAY_SIZE(pids); n++) {
			ASSERT_EQ(pids[n], waitpid(pids[n], &status, 0));
			EXPECT_EQ(0, status);
		}
		ASSERT_EQ(0, kgr_revert_done(patch));
		ASSERT_EQ(0, kgr_retire(patch));
	}
	close(fd);
}

/* Dead since before the change: nothing to cross, whichever task reaps them. */
TEST_F_TIMEOUT(family, old_zombies, KGR_TIMEOUT)
{
	pid_t pids[50];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = kgr_fork();
		if (!pids[i])
			_exit(0);
	}
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       kgr_task_state(pids[i]) == 'Z'));
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	EXPECT_EQ(0, kgr_global("remaining"));
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		EXPECT_TRUE(kgr_reap(pids[i]));
	EXPECT_EQ(0, kgr_global("remaining"));
	ASSERT_EQ(0, kgr_revert_done("kgr_test_patch1"));
	EXPECT_EQ(0, kgr_global("remaining"));
}

/* Many tasks at a time, all of which must cross. */
TEST_F_TIMEOUT(family, hundreds, KGR_TIMEOUT)
{
	long long start;
	pid_t pids[300];
	unsigned int i;
	int go[2];
	char c;

	ASSERT_EQ(0, pipe(go));
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = kgr_fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i]) {
			close(go[1]);
			_exit(read(go[0], &c, 1) != 0);
		}
	}
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	TH_LOG("%zu sleepers crossed after %lld ms", ARRAY_SIZE(pids),
	       kgr_now_ms() - start);
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_revert_done("kgr_test_patch1"));
	TH_LOG("and back after %lld ms", kgr_now_ms() - start);
	close(go[1]);
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		EXPECT_TRUE(kgr_reap(pids[i]));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
