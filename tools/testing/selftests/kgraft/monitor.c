// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The runtime monitor kernel/trace/rv/monitors/kgr: it sees each task cross each
 * change, and has nothing to say against it.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1	"kgr_test_patch1"
#define P2	"kgr_test_patch2"

/* Fewer tasks than this are on no machine. */
#define TASKS	20

/* Processes that fork all the time, and changes meanwhile. */
#define FORKERS	4
#define CHANGES	kgr_rounds(12)

static bool trace_start(void)
{
	return kgr_trace_start() &&
	       !kgr_write(KGR_TRACE "events/rv/error_kgr/enable", "1") &&
	       !kgr_write(KGR_TRACE "events/rv/event_kgr/enable", "1");
}

/* How often a task, or any if @pid is negative, has gone by this arrow. */
static int arrows(const char *trace, pid_t pid, const char *arrow)
{
	char text[64];

	snprintf(text, sizeof(text), "event_kgr: %d: %s", pid, arrow);
	return kgr_trace_count(trace, "event_kgr", pid < 0 ? arrow : text);
}

/* Prints what the monitor has complained about; returns how often. */
static int errors(const char *trace)
{
	const char *line = trace;
	int nr = 0;

	while ((line = strstr(line, " error_kgr: "))) {
		const char *end = strchrnul(line, '\n');

		if (!nr++)
			printf("# %.*s\n", (int)(end - line), line + 1);
		line = end;
	}
	return nr;
}

FIXTURE(monitor) {
	struct kgr_held held;
};

FIXTURE_SETUP(monitor)
{
	if (!kgr_has_monitor())
		SKIP(return, "needs CONFIG_RV_MON_KGR");
	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, kgr_monitor(true));
	ASSERT_TRUE(trace_start());
}

FIXTURE_TEARDOWN_PARENT(monitor)
{
	EXPECT_TRUE(kgr_clean_up());
	free(kgr_trace_stop());
	if (kgr_has_monitor())
		kgr_monitor(false);
}

#define ASSERT_REMAIN(_nr)						\
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,				\
			       kgr_global("remaining") == (_nr)))

/* A change that all tasks cross but one, which is held. */
static bool begin(struct kgr_held *held)
{
	return kgr_hold(held, "block_hard") && !kgr_load(P1, NULL) &&
	       KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1);
}

/* Lets that task go, until all is complete. */
static bool complete(struct kgr_held *held)
{
	int seen[2];

	return kgr_let_go(held, seen) && !kgr_wait_done(KGR_SETTLE_MS);
}

/* What was traced, to be freed; NULL if the monitor has complained. */
static char *trace_stop(void)
{
	char *trace = kgr_trace_stop();

	if (!trace || !errors(trace))
		return trace;
	free(trace);
	return NULL;
}

/* All tasks cross twice, one of them when it may. */
TEST_F_TIMEOUT(monitor, each_change_once, KGR_TIMEOUT)
{
	char *trace;

	ASSERT_TRUE(begin(&self->held));
	ASSERT_TRUE(complete(&self->held));
	ASSERT_EQ(0, kgr_revert_done(P1));
	trace = trace_stop();
	ASSERT_NE(NULL, trace);
	EXPECT_EQ(1, arrows(trace, self->held.pid, "behind x cross -> crossed"));
	EXPECT_EQ(2, arrows(trace, getpid(), "behind x cross -> crossed"));
	EXPECT_LT(2 * TASKS, arrows(trace, -1, "behind x cross -> crossed"));
	free(trace);
}

/* Several changes, which a task crosses at once. */
TEST_F_TIMEOUT(monitor, changes_at_once, KGR_TIMEOUT)
{
	char *trace;

	ASSERT_TRUE(begin(&self->held));
	ASSERT_EQ(0, kgr_load(P2, NULL));
	ASSERT_REMAIN(1);
	ASSERT_EQ(0, kgr_revert(P2));
	ASSERT_REMAIN(1);
	ASSERT_TRUE(complete(&self->held));
	trace = trace_stop();
	ASSERT_NE(NULL, trace);
	EXPECT_EQ(2, arrows(trace, self->held.pid, "behind x begin -> behind"));
	EXPECT_EQ(1, arrows(trace, self->held.pid, "behind x cross -> crossed"));
	free(trace);
}

/* Tasks begin and end all the time. */
TEST_F_TIMEOUT(monitor, among_forks, KGR_TIMEOUT)
{
	pid_t pid[FORKERS];
	char *trace;
	int i;

	for (i = 0; i < FORKERS; i++) {
		pid[i] = kgr_fork();
		ASSERT_LE(0, pid[i]);
		if (!pid[i])
			kgr_fork_on();
	}
	ASSERT_EQ(0, kgr_load(P1, NULL));
	for (i = 1; i < CHANGES; i++)
		ASSERT_EQ(0, kgr_toggle(P1, i));
	for (i = 0; i < FORKERS; i++)
		kgr_kill(pid[i]);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	trace = trace_stop();
	ASSERT_NE(NULL, trace);
	EXPECT_LT(TASKS, arrows(trace, -1, "behind x cross -> crossed"));
	free(trace);
}

/* What is begun while nobody watches is none of its business. */
TEST_F_TIMEOUT(monitor, enabled_during_a_change, KGR_TIMEOUT)
{
	char *trace;

	ASSERT_EQ(0, kgr_monitor(false));
	ASSERT_TRUE(begin(&self->held));
	ASSERT_EQ(0, kgr_monitor(true));
	ASSERT_TRUE(complete(&self->held));
	ASSERT_EQ(0, kgr_revert_done(P1));
	trace = trace_stop();
	ASSERT_NE(NULL, trace);
	EXPECT_EQ(0, arrows(trace, self->held.pid, "behind x cross -> crossed"));
	EXPECT_EQ(1, arrows(trace, getpid(), "behind x cross -> crossed"));
	free(trace);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
