// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 200 rounds under load leave nothing behind: no directory, hook, module
 * reference, or memory.
 */

#include "../kselftest_harness.h"
#include "kgr_load.h"
#include "kgr_test.h"

#define ROUNDS	200
#define WARM_UP	16

/* Memory that is freed after a grace period takes some time. */
#define REST_MS	2000

FIXTURE(leaks) {};

FIXTURE_SETUP(leaks)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(leaks)
{
	EXPECT_TRUE(kgr_clean_up());
}

static void rounds(struct __test_metadata *_metadata, int nr)
{
	struct kgr_hammer_result result;
	int i;

	kgr_history_start(0);
	ASSERT_TRUE(kgr_storm_start(KGR_STORM_ZOMBIE, 2));
	ASSERT_TRUE(kgr_hammer_start("pair_sleep", 4));
	for (i = 0; i < nr; i++) {
		int g = i % KGR_GENERATIONS + 1;

		kgr_history_next(g);
		ASSERT_EQ(0, kgr_apply(kgr_generation(g)));
		kgr_history_next(0);
		ASSERT_EQ(0, kgr_revert_done(kgr_generation(g)));
		ASSERT_TRUE(kgr_hammers_look());
		if (g == KGR_GENERATIONS || i == nr - 1)
			ASSERT_EQ(0, kgr_retire_all(g));
	}
	EXPECT_LT(0, kgr_storm_stop());
	kgr_hammer_stop(&result);
	EXPECT_EQ(0, result.mixed);
	EXPECT_EQ(0, result.backwards);
	EXPECT_EQ(0, result.failed);
}

/* Areas of vmalloc() that have an owner, such as the text of modules. */
static int vmalloc_areas(void)
{
	FILE *in = fopen("/proc/vmallocinfo", "re");
	char line[512];
	int nr = 0;

	while (in && fgets(line, sizeof(line), in))
		nr += !!strstr(line, "pages=");
	if (in)
		fclose(in);
	return nr;
}

TEST_F_TIMEOUT(leaks, many_rounds_leave_nothing, KGR_TIMEOUT)
{
	int nr = kgr_rounds(ROUNDS), areas, now;
	struct kgr_snapshot before;
	long universe;

	/* Allocations made once, and pools that fill up. */
	rounds(_metadata, WARM_UP);
	kgr_sleep_ms(REST_MS);
	areas = vmalloc_areas();
	ASSERT_LT(0, areas);
	universe = kgr_global("universe");
	ASSERT_TRUE(kgr_slabs_take());
	kgr_snapshot_take_but_changes(&before);

	rounds(_metadata, nr);

	EXPECT_EQ(universe + 2 * nr, kgr_global("universe"));
	EXPECT_EQ(universe + 2 * nr, kgr_global("horizon"));
	EXPECT_TRUE(kgr_snapshot_same(&before));
	EXPECT_EQ(NULL, strstr(before.text, "kgr_test_"));
	kgr_snapshot_free(&before);

	kgr_sleep_ms(REST_MS);
	now = vmalloc_areas();
	EXPECT_LT(0, now);
	EXPECT_GE(areas + 8, now);
	/* A leak in each change would be twice as many. */
	EXPECT_FALSE(kgr_slabs_grown(nr));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
