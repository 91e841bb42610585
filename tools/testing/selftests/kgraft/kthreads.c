// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kernel threads, which never return to user mode.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

#define P1 "kgr_test_patch1"

FIXTURE(kthreads) {};

FIXTURE_SETUP(kthreads)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(kthreads)
{
	EXPECT_TRUE(kgr_clean_up());
}

/* PF_KTHREAD of /proc/PID/stat; -1 if there is no such process any more. */
static int is_kthread(const char *pid)
{
	char path[300], buf[512], *p;
	unsigned int flags;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	if (kgr_read(path, buf, sizeof(buf)) < 0)
		return -1;
	p = strrchr(buf, ')');
	if (!p || sscanf(p, ") %*c %*d %*d %*d %*d %*d %u", &flags) != 1)
		return -1;
	return !!(flags & 0x00200000);
}

/* The number of kernel threads, and how many of them have yet to cross. */
static int kthreads(int *pending, char *name, size_t size)
{
	DIR *proc = opendir("/proc");
	struct dirent *p;
	char path[300];
	int nr = 0;

	*pending = 0;
	while ((p = readdir(proc))) {
		if (p->d_name[0] < '1' || p->d_name[0] > '9' ||
		    is_kthread(p->d_name) != 1)
			continue;
		nr++;
		if (kgr_pending(atoi(p->d_name)) != 1)
			continue;
		++*pending;
		snprintf(path, sizeof(path), "/proc/%s/comm", p->d_name);
		kgr_read(path, name, size);
	}
	closedir(proc);
	return nr;
}

/* The policy is "none": kernel threads do not receive notifications. */
TEST_F_TIMEOUT(kthreads, all_cross, KGR_TIMEOUT)
{
	char name[64] = "";
	int nr, pending;
	long long start;

	ASSERT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       (nr = kthreads(&pending, name, sizeof(name)),
				!pending))) {
		TH_LOG("%d have not crossed, one is %s", pending, name);
	}
	TH_LOG("%d kernel threads after %lld ms", nr, kgr_now_ms() - start);
	EXPECT_LT(10, nr);
}

/* A worker in the middle of a work item stays in one universe until its end. */
TEST_F_TIMEOUT(kthreads, busy_worker, KGR_TIMEOUT)
{
	int fd = open(KGR_TARGET "work", O_RDWR | O_CLOEXEC);
	int pending, seen[2] = { -1, -1 };
	char name[64] = "";

	ASSERT_LE(0, fd);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") == 1));
	ASSERT_EQ(0, kgr_load(P1, NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kgr_sleep_ms(KGR_QUIET_MS);
	EXPECT_EQ(1, kgr_global("remaining"));
	EXPECT_LT(10, kthreads(&pending, name, sizeof(name)));
	EXPECT_EQ(1, pending);
	EXPECT_EQ(0, strncmp(name, "kworker/", strlen("kworker/"))) {
		TH_LOG("it is %s", name);
	}

	ASSERT_EQ(1, write(fd, "1", 1));
	ASSERT_TRUE(kgr_pair(fd, seen));
	EXPECT_EQ(0, seen[0]);
	EXPECT_EQ(0, seen[1]);
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	close(fd);
}

/*
 * The next item of the same workers runs in the new universe; also for the
 * revert.
 */
TEST_F_TIMEOUT(kthreads, next_work, KGR_TIMEOUT)
{
	int fds[16], seen[2];
	unsigned int i;

	ASSERT_EQ(0, kgr_apply(P1));
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = open(KGR_TARGET "work", O_RDWR | O_CLOEXEC);
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_number(KGR_TARGET "waiters") ==
			       ARRAY_SIZE(fds)));
	ASSERT_EQ(0, kgr_revert(P1));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_global("remaining") == ARRAY_SIZE(fds)));
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(1, kgr_global("in_progress"));
		EXPECT_EQ(1, write(fds[i], "1", 1));
		EXPECT_TRUE(kgr_pair(fds[i], seen));
		EXPECT_EQ(1, seen[0]);
		EXPECT_EQ(1, seen[1]);
		close(fds[i]);
	}
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	EXPECT_EQ(0, kgr_retire(P1));
}

/* Finds a line with both texts among those that the log has got since. */
static bool is_logged(int log, const char *one, const char *other)
{
	char record[2048];
	bool found = false;

	while (kgr_kmsg_next(log, record, sizeof(record)))
		found |= strstr(record, one) && strstr(record, other);
	return found;
}

/*
 * A thread never leaves its main function: the log says so at once, and it is
 * listed until the change is taken back.
 */
TEST_F_TIMEOUT(kthreads, main_function, KGR_TIMEOUT)
{
	char name[64] = "";
	int log, pending;

	log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, log);
	ASSERT_LE(0, lseek(log, 0, SEEK_END));
	ASSERT_EQ(0, kgr_load_around("kswapd"));
	EXPECT_TRUE(is_logged(log, "'kswapd' is the main function of 1 kernel threads",
			      "such as kswapd0 ["));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	kthreads(&pending, name, sizeof(name));
	EXPECT_EQ(1, pending);
	EXPECT_STREQ("kswapd0", name);
	/* No thread has it: no warning. */
	ASSERT_EQ(0, kgr_load(P1, NULL));
	EXPECT_FALSE(is_logged(log, "is the main function", ""));
	ASSERT_EQ(0, kgr_revert(KGR_AROUND));
	EXPECT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	close(log);
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
