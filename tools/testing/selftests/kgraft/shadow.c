// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shadow variables, using the sample: a bit that is added to every eventfd.
 */

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "kgr_klp.h"
#include "kgr_test.h"

#define PATCH	"kgr_test_shadow"
#define COST	"kgr_test_shadow_cost"

/* Enough for the table to grow and to shrink again. */
#define EVENTFDS	2000

/* kfree_rcu() collects for up to five seconds, and then waits for readers. */
#define REST_MS		8000

FIXTURE(shadow) {};

FIXTURE_SETUP(shadow)
{
	struct rlimit limit = { EVENTFDS + 100, EVENTFDS + 100 };

	ASSERT_TRUE(kgr_is_clean());
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
}

FIXTURE_TEARDOWN_PARENT(shadow)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* The bit of an eventfd; -1: it has none. */
static int bit_of(int fd)
{
	static const char line[] = "eventfd-polled: ";
	char path[64], buf[512];
	const char *at;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (kgr_read(path, buf, sizeof(buf)) < 0)
		return -1;
	at = strstr(buf, line);
	return at ? atoi(at + strlen(line)) : -1;
}

static bool poll_it(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 0;
}

/* Applied and in use: the bit is recorded once every task runs the new code. */
static bool apply_and_use(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	bool ok;

	ok = fd >= 0 && !kgr_apply(PATCH) &&
	     KGR_WITHIN(KGR_SETTLE_MS, poll_it(fd) && bit_of(fd) == 1);
	close(fd);
	return ok;
}

/* How many of these eventfds have this bit. */
static int count(const int *fds, int nr, int bit)
{
	int i, n = 0;

	for (i = 0; i < nr; i++)
		n += bit_of(fds[i]) == bit;
	return n;
}

static bool watch_leftovers(void)
{
	return !mkdir(KGR_TRACE, 0700) &&
	       !kgr_write(KGR_TRACE "buffer_size_kb", "1024") &&
	       !kgr_write(KGR_TRACE "events/kgraft/kgr_shadow_left/enable", "1");
}

/* How many variables were left since then, freed or not. */
static int leftovers(bool freed)
{
	const char *end = freed ? "freed=1" : "freed=0";
	FILE *in = fopen(KGR_TRACE "trace", "re");
	char line[256];
	int nr = 0;

	while (in && fgets(line, sizeof(line), in)) {
		char *at = strstr(line, "kgr_shadow_left: patch=" PATCH " ");
		char *last = strrchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		nr += at && last && !strcmp(last + 1, end);
	}
	if (in)
		fclose(in);
	/* Opening it for writing with truncation clears it. */
	in = fopen(KGR_TRACE "trace", "we");
	if (in)
		fclose(in);
	return nr;
}

TEST_F_TIMEOUT(shadow, added_to_what_there_is, KGR_TIMEOUT)
{
	static int fds[EVENTFDS];
	int i, late;

	for (i = 0; i < EVENTFDS; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC);
		ASSERT_LE(0, fds[i]);
	}
	ASSERT_TRUE(watch_leftovers());
	EXPECT_EQ(EVENTFDS, count(fds, EVENTFDS, -1));

	ASSERT_TRUE(apply_and_use());
	EXPECT_EQ(EVENTFDS, count(fds, EVENTFDS, 0));
	for (i = 0; i < EVENTFDS; i += 2)
		ASSERT_TRUE(poll_it(fds[i]));
	for (i = 0; i < EVENTFDS; i++) {
		ASSERT_EQ(i % 2 == 0, bit_of(fds[i])) {
			TH_LOG("eventfd %d of %d", i, EVENTFDS);
		}
	}

	/* Also one that is created later. */
	late = eventfd(0, EFD_CLOEXEC);
	ASSERT_LE(0, late);
	EXPECT_EQ(0, bit_of(late));
	ASSERT_TRUE(poll_it(late));
	EXPECT_EQ(1, bit_of(late));
	close(late);

	/* Half of those with the bit are closed in the ordinary way. */
	for (i = 0; i < EVENTFDS; i += 4)
		close(fds[i]);
	EXPECT_EQ(0, leftovers(true));
	ASSERT_EQ(0, kgr_revert_done(PATCH));
	EXPECT_EQ(EVENTFDS, count(fds, EVENTFDS, -1));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_status_is(PATCH, "reverted")));
	EXPECT_EQ(EVENTFDS / 4, leftovers(true));
	/*
	 * Nothing of it remains when the patch is enabled again, or for the
	 * next one.
	 */
	ASSERT_EQ(0, kgr_enable(PATCH));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, count(fds, EVENTFDS, 1));
	ASSERT_EQ(0, kgr_revert_done(PATCH));
	ASSERT_EQ(0, kgr_retire(PATCH));
	ASSERT_TRUE(apply_and_use());
	EXPECT_EQ(0, count(fds, EVENTFDS, 1));
	ASSERT_EQ(0, kgr_revert_done(PATCH));
	ASSERT_EQ(0, kgr_retire(PATCH));
	EXPECT_EQ(0, leftovers(true));
	EXPECT_EQ(0, leftovers(false));
}

/* A structure at a reused address must not have the bit set. */
TEST_F_TIMEOUT(shadow, goes_with_its_object, KGR_TIMEOUT)
{
	int i, fd, born_polled = 0;

	ASSERT_TRUE(watch_leftovers());
	ASSERT_TRUE(apply_and_use());
	for (i = 0; i < 1000; i++) {
		fd = eventfd(0, EFD_CLOEXEC);
		ASSERT_LE(0, fd);
		born_polled += bit_of(fd) != 0;
		ASSERT_TRUE(poll_it(fd));
		ASSERT_EQ(1, bit_of(fd));
		close(fd);
	}
	EXPECT_EQ(0, born_polled);
	ASSERT_EQ(0, kgr_revert_done(PATCH));
	ASSERT_EQ(0, kgr_retire(PATCH));
	EXPECT_EQ(0, leftovers(true));
}

#define LOADERS		4
#define HELD		16

static bool stop;

/* Creates, polls, shows and closes eventfds, in any universe. */
static void *load_fn(void *seen)
{
	long faults = 0, turns;
	int fds[HELD], i;

	for (i = 0; i < HELD; i++)
		fds[i] = -1;
	for (turns = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); turns++) {
		i = turns % HELD;
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = eventfd(0, EFD_CLOEXEC);
		faults += fds[i] < 0;
		/* Of a former eventfd at the same address. */
		faults += bit_of(fds[i]) == 1;
		faults += !poll_it(fds[i]);
		if (bit_of(fds[i]) == 1)
			__atomic_fetch_add((long *)seen, 1, __ATOMIC_RELAXED);
	}
	for (i = 0; i < HELD; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return (void *)(faults ? -faults : turns);
}

static void rounds(struct __test_metadata *_metadata, int nr)
{
	pthread_t threads[LOADERS];
	long seen = 0, before;
	void *result;
	int i;

	__atomic_store_n(&stop, false, __ATOMIC_RELAXED);
	for (i = 0; i < LOADERS; i++) {
		result = &seen;
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, load_fn, result));
	}
	for (i = 0; i < nr; i++) {
		before = __atomic_load_n(&seen, __ATOMIC_RELAXED);
		ASSERT_EQ(0, kgr_apply(PATCH));
		/* Not before it was in use. */
		EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
				       __atomic_load_n(&seen, __ATOMIC_RELAXED) >
				       before));
		ASSERT_EQ(0, kgr_revert_done(PATCH));
		ASSERT_EQ(0, kgr_retire(PATCH));
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < LOADERS; i++) {
		pthread_join(threads[i], &result);
		EXPECT_LT(0, (long)result);
	}
}

TEST_F_TIMEOUT(shadow, under_load, KGR_TIMEOUT)
{
	int nr = kgr_rounds(10);

	ASSERT_TRUE(watch_leftovers());
	rounds(_metadata, 2);
	kgr_sleep_ms(REST_MS);
	ASSERT_TRUE(kgr_slabs_take());
	leftovers(true);
	rounds(_metadata, nr);
	/*
	 * Each round leaves some variables, but none that the next round can
	 * find.
	 */
	EXPECT_LT(0, leftovers(true));
	EXPECT_TRUE(KGR_WITHIN(4 * REST_MS, !kgr_slabs_grown(nr * LOADERS)));
}

static bool costs(const char *what, long cost[3])
{
	char path[128], buf[128];

	snprintf(path, sizeof(path), "/sys/module/" COST "/parameters/%s",
		 what);
	return kgr_read(path, buf, sizeof(buf)) > 0 &&
	       sscanf(buf, "%ld,%ld,%ld", &cost[0], &cost[1], &cost[2]) == 3;
}

/* Tolerance for CPU caches and a busy host. */
#define SLOWER	50

/*
 * The figures are for information: instructions if the clock counts them. The
 * test only fails if an operation becomes slow with the number of variables.
 * One that visits all of them is slower by thousands.
 */
TEST_F_TIMEOUT(shadow, cost, KGR_TIMEOUT)
{
	static const char * const what[] = { "get", "miss", "alloc", "free" };
	/* There, each takes many times as long, livepatch's as well. */
	const char *most = kgr_kernel_checks_itself() ? "most=10000" : "most=100000";
	long kgr[3], klp[3];
	char name[32];
	unsigned int i;

	if (!klp_possible())
		SKIP(return, "needs CONFIG_LIVEPATCH");
	ASSERT_EQ(0, kgr_load(COST, most));
	TH_LOG("cycles, of kGraft/livepatch, with 1, 1,000 and %s variables", most + 5);
	for (i = 0; i < sizeof(what) / sizeof(*what); i++) {
		snprintf(name, sizeof(name), "kgr_%s", what[i]);
		ASSERT_TRUE(costs(name, kgr));
		snprintf(name, sizeof(name), "klp_%s", what[i]);
		ASSERT_TRUE(costs(name, klp));
		TH_LOG("%-5s %6ld/%-6ld %6ld/%-6ld %6ld/%-6ld", what[i], kgr[0],
		       klp[0], kgr[1], klp[1], kgr[2], klp[2]);
		EXPECT_GT(SLOWER * kgr[0], kgr[2]);
	}
	EXPECT_EQ(0, kgr_unload(COST));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
