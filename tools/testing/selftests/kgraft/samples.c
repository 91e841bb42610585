// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The samples work as described. Shadow variables have a test of their own.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define SAMPLE		"kgr_test_sample"
#define CUMULATIVE	"kgr_test_cumulative"
#define DRAIN		"kgr_test_drain"
#define MODULE		"kgr_test_module"

FIXTURE(samples) {
	char cmdline[4096];
};

FIXTURE_SETUP(samples)
{
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_LT(0, kgr_read("/proc/cmdline", self->cmdline,
			      sizeof(self->cmdline)));
}

/* The names of their patches do not match those that kgr_clean_up() knows. */
FIXTURE_TEARDOWN_PARENT(samples)
{
	static const char * const patches[] = {
		"sample-module", "sample-drain", "sample-cumulative", "sample",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(patches); i++)
		if (kgr_patch_exists(patches[i]))
			kgr_revert(patches[i]);
	EXPECT_TRUE(kgr_clean_up());
}

static bool cmdline_is(const char *text)
{
	char now[4200];

	return kgr_read("/proc/cmdline", now, sizeof(now)) > 0 &&
	       !strcmp(now, text);
}

static bool becomes(const char *patch, const char *status)
{
	return KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(patch, status));
}

TEST_F_TIMEOUT(samples, first, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(SAMPLE, NULL));
	EXPECT_TRUE(becomes("sample", "applied"));
	EXPECT_TRUE(cmdline_is("this has been kgrafted"));
	ASSERT_EQ(0, kgr_revert("sample"));
	EXPECT_TRUE(becomes("sample", "reverted"));
	EXPECT_TRUE(cmdline_is(self->cmdline));
	EXPECT_EQ(0, kgr_unload(SAMPLE));
}

/* It replaces the first sample, which knows too few states to come back. */
TEST_F_TIMEOUT(samples, cumulative, KGR_TIMEOUT)
{
	char second[4200];

	snprintf(second, sizeof(second), "%s kgrafted=2", self->cmdline);
	ASSERT_EQ(0, kgr_load(SAMPLE, NULL));
	EXPECT_TRUE(becomes("sample", "applied"));
	ASSERT_EQ(0, kgr_load(CUMULATIVE, NULL));
	EXPECT_TRUE(becomes("sample-cumulative", "applied"));
	EXPECT_TRUE(becomes("sample", "replaced"));
	EXPECT_TRUE(cmdline_is(second));

	EXPECT_EQ(-EINVAL, kgr_enable("sample"));
	EXPECT_TRUE(kgr_status_is("sample", "replaced"));
	EXPECT_EQ(0, kgr_unload(SAMPLE));
	EXPECT_TRUE(cmdline_is(second));
	ASSERT_EQ(0, kgr_revert("sample-cumulative"));
	EXPECT_TRUE(becomes("sample-cumulative", "reverted"));
	EXPECT_TRUE(cmdline_is(self->cmdline));
	EXPECT_EQ(0, kgr_unload(CUMULATIVE));
}

/*
 * Unloaded while its work is queued: the work must be gone before the module.
 */
TEST_F_TIMEOUT(samples, drain, KGR_TIMEOUT)
{
	int rounds = kgr_rounds(5), i;

	for (i = 0; i < rounds; i++) {
		ASSERT_EQ(0, kgr_load(DRAIN, NULL));
		EXPECT_TRUE(becomes("sample-drain", "applied"));
		EXPECT_TRUE(cmdline_is(self->cmdline));
		ASSERT_EQ(0, kgr_revert("sample-drain"));
		EXPECT_TRUE(becomes("sample-drain", "reverted"));
		EXPECT_EQ(0, kgr_unload(DRAIN));
	}
	/* The work is due after a second. */
	kgr_sleep_ms(1500);
}

/* If its module is not loaded, its function is skipped. */
TEST_F_TIMEOUT(samples, module, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load(MODULE, "dry_run=1"));
	EXPECT_FALSE(kgr_patch_exists("sample-module"));
	ASSERT_EQ(0, kgr_unload(MODULE));
	ASSERT_EQ(0, kgr_load(MODULE, NULL));
	EXPECT_TRUE(becomes("sample-module", "applied"));
	EXPECT_TRUE(kgr_state_has("sample-module", "tun_get_drvinfo tun 0 5"));
	ASSERT_EQ(0, kgr_revert("sample-module"));
	EXPECT_TRUE(becomes("sample-module", "reverted"));
	EXPECT_EQ(0, kgr_unload(MODULE));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
