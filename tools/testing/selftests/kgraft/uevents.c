// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uevents report what happened, in the right order.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"

FIXTURE(uevents) {
	struct kgr_held held;
	int fd;
	long u;
};

FIXTURE_SETUP(uevents)
{
	ASSERT_TRUE(kgr_is_clean());
	self->u = kgr_global("universe");
	self->fd = kgr_uevents_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN_PARENT(uevents)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* The next one as one line; "" if there is none. */
static const char *next(int fd, int ms)
{
	static const char * const names[] = {
		"ACTION", "KGRAFT_PATCH", "KGRAFT_STATUS", "KGRAFT_FORCED",
		"KGRAFT_IN_PROGRESS", "KGRAFT_UNIVERSE",
	};
	static char line[512];
	char uevent[8192];
	size_t len = kgr_uevent_next(fd, ms, uevent, sizeof(uevent));
	size_t at = 0;
	unsigned int i;

	line[0] = '\0';
	for (i = 0; len && i < ARRAY_SIZE(names); i++) {
		const char *value = kgr_uevent_value(uevent, len, names[i]);

		if (*value)
			at += snprintf(line + at, sizeof(line) - at, "%s%s",
				       at ? " " : "", value);
	}
	return line;
}

static const char *of_patch(const char *action, const char *status, int forced,
			    long universe)
{
	static char line[128];

	snprintf(line, sizeof(line), "%s " P1 " %s %d %ld", action, status,
		 forced, universe);
	return line;
}

static const char *of_progress(int in_progress, long universe)
{
	static char line[64];

	snprintf(line, sizeof(line), "change %d %ld", in_progress, universe);
	return line;
}

#define EXPECT_NEXT(what) \
	EXPECT_STREQ((what), next(self->fd, KGR_SETTLE_MS))

TEST_F_TIMEOUT(uevents, of_a_patch, KGR_TIMEOUT)
{
	const char *reverted, *first;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_NEXT(of_patch("add", "applying", 0, self->u + 1));
	EXPECT_NEXT(of_progress(1, self->u + 1));
	/* Nothing more while it is pending */
	EXPECT_STREQ("", next(self->fd, KGR_QUIET_MS));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_NEXT(of_patch("change", "applied", 0, self->u + 1));
	EXPECT_NEXT(of_progress(0, self->u + 1));

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_revert(P1));
	EXPECT_NEXT(of_progress(1, self->u + 2));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	/* The module may be released at once, or a little later. */
	first = next(self->fd, KGR_SETTLE_MS);
	reverted = of_patch("change", "reverted", 0, self->u + 2);
	if (!strcmp(first, reverted)) {
		EXPECT_NEXT(of_progress(0, self->u + 2));
	} else {
		EXPECT_STREQ(of_progress(0, self->u + 2), first);
		EXPECT_NEXT(reverted);
	}
	ASSERT_EQ(0, kgr_retire(P1));
	EXPECT_NEXT(of_patch("remove", "reverted", 0, self->u + 2));
}

/* "add" comes first also where the change is complete at once. */
TEST_F_TIMEOUT(uevents, begin_with_add, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply(P1));
	EXPECT_NEXT(of_patch("add", "applying", 0, self->u + 1));
}

TEST_F_TIMEOUT(uevents, of_force, KGR_TIMEOUT)
{
	int seen[2];

	ASSERT_TRUE(kgr_hold(&self->held, "block_hard"));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	EXPECT_NEXT(of_patch("add", "applying", 0, self->u + 1));
	EXPECT_NEXT(of_progress(1, self->u + 1));
	ASSERT_EQ(0, kgr_write(KGR_DIR "force", "1"));
	EXPECT_NEXT(of_patch("change", "applying", 1, self->u + 1));
	EXPECT_NEXT(of_patch("change", "applied", 1, self->u + 1));
	EXPECT_NEXT(of_progress(0, self->u + 1));
	/* It referred to the last change only. */
	ASSERT_EQ(0, kgr_revert(P1));
	EXPECT_NEXT(of_patch("change", "reverting", 0, self->u + 2));
	ASSERT_TRUE(kgr_let_go(&self->held, seen));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
}

/* A refused patch sends no uevent. */
TEST_F_TIMEOUT(uevents, of_nothing, KGR_TIMEOUT)
{
	EXPECT_EQ(-EINVAL, kgr_load("kgr_test_bad", "fault=twice"));
	EXPECT_STREQ("", next(self->fd, KGR_QUIET_MS));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
