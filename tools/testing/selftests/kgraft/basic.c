// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Apply, watch, revert and unload a patch.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include "../kselftest_harness.h"
#include "kgr_test.h"

FIXTURE(basic) {};

FIXTURE_SETUP(basic)
{
	ASSERT_TRUE(kgr_is_clean());
}

FIXTURE_TEARDOWN_PARENT(basic)
{
	EXPECT_TRUE(kgr_clean_up());
}

TEST_F_TIMEOUT(basic, apply_revert_unload, KGR_TIMEOUT)
{
	long u = kgr_global("universe");
	long long start = kgr_now_ms();
	char path[PATH_MAX] = "";

	ASSERT_LE(0, u);
	ASSERT_TRUE(kgr_now_is(0, 0));

	ASSERT_EQ(0, kgr_load("kgr_test_patch1", NULL));
	TH_LOG("loaded after %lld ms", kgr_now_ms() - start);
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	TH_LOG("complete after %lld ms", kgr_now_ms() - start);

	EXPECT_TRUE(kgr_now_is(1, 1));
	EXPECT_TRUE(kgr_status_is("kgr_test_patch1", "applied"));
	EXPECT_TRUE(kgr_functions_are("kgr_test_patch1", 2, 3));
	EXPECT_EQ(u + 1, kgr_number(KGR_DIR "kgr_test_patch1/universe"));
	EXPECT_EQ(u + 1, kgr_global("universe"));
	EXPECT_EQ(u + 1, kgr_global("horizon"));
	EXPECT_EQ(0, kgr_global("remaining"));
	EXPECT_LT(0, readlink(KGR_DIR "kgr_test_patch1/owner", path,
			      sizeof(path) - 1));
	EXPECT_STREQ("kgr_test_patch1", strrchr(path, '/') + 1);

	/* An applied patch cannot be unloaded. */
	EXPECT_EQ(-EWOULDBLOCK, kgr_unload("kgr_test_patch1"));
	EXPECT_TRUE(kgr_now_is(1, 1));

	start = kgr_now_ms();
	ASSERT_EQ(0, kgr_revert("kgr_test_patch1"));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	TH_LOG("reverted after %lld ms", kgr_now_ms() - start);
	EXPECT_TRUE(kgr_now_is(0, 0));
	EXPECT_EQ(u + 2, kgr_global("universe"));
	EXPECT_EQ(u + 2, kgr_global("horizon"));
	EXPECT_TRUE(KGR_WITHIN(KGR_SETTLE_MS,
			       kgr_status_is("kgr_test_patch1", "reverted")));
	TH_LOG("released after %lld ms", kgr_now_ms() - start);
	EXPECT_TRUE(kgr_functions_are("kgr_test_patch1", 4, 3));
	EXPECT_EQ(-EINVAL, kgr_revert("kgr_test_patch1"));

	EXPECT_EQ(0, kgr_unload("kgr_test_patch1"));
	TH_LOG("unloaded after %lld ms", kgr_now_ms() - start);
	EXPECT_FALSE(kgr_patch_exists("kgr_test_patch1"));
	EXPECT_FALSE(kgr_module_loaded("kgr_test_patch1"));
}

/* A number in the file statistics; -1 for "-", -2 if it is missing. */
static long statistic(const char *name)
{
	char buf[512], word[32], value[32], *line = buf;
	int len;

	if (kgr_patch_read("kgr_test_patch1", "statistics", buf,
			   sizeof(buf)) <= 0)
		return -2;
	while (sscanf(line, "%31s %31s%n", word, value, &len) == 2) {
		line += len;
		if (!strcmp(word, name))
			return strcmp(value, "-") ? atol(value) : -1;
	}
	return -2;
}

static long all_crossed(void)
{
	return statistic("exit") + statistic("loop") + statistic("sleep") +
	       statistic("idle") + statistic("stack") + statistic("place") +
	       statistic("force");
}

TEST_F_TIMEOUT(basic, statistics, KGR_TIMEOUT)
{
	long long start = kgr_now_ms();
	long before, took, began;
	struct kgr_held held;
	int seen[2];

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load("kgr_test_patch1", NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));
	EXPECT_LE(start, statistic("began_ms"));
	EXPECT_GE(kgr_now_ms(), statistic("began_ms"));
	EXPECT_EQ(-1, statistic("took_ms"));
	EXPECT_EQ(0, statistic("longest_ms"));
	EXPECT_EQ(0, statistic("force"));
	/* One idle task for each CPU; "idle" is the only way for them. */
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_CONF), statistic("idle"));
	EXPECT_LT(0, statistic("exit"));
	EXPECT_LT(0, statistic("sleep"));
	before = all_crossed();

	ASSERT_TRUE(kgr_let_go(&held, seen));
	ASSERT_EQ(0, kgr_wait_done(KGR_SETTLE_MS));
	took = statistic("took_ms");
	EXPECT_LE(0, took);
	EXPECT_GE(kgr_now_ms() - start, took);
	EXPECT_EQ(took, statistic("longest_ms"));
	EXPECT_LT(before, all_crossed());
	before = all_crossed();

	/* It does not change when other tasks cross later. */
	ASSERT_EQ(0, kgr_apply("kgr_test_patch2"));
	EXPECT_EQ(took, statistic("took_ms"));
	EXPECT_EQ(before, all_crossed());
	ASSERT_EQ(0, kgr_revert_done("kgr_test_patch2"));
	ASSERT_EQ(0, kgr_retire("kgr_test_patch2"));

	/* The next change starts from zero. */
	began = statistic("began_ms");
	ASSERT_EQ(0, kgr_revert_done("kgr_test_patch1"));
	EXPECT_LE(began, statistic("began_ms"));
	EXPECT_LE(0, statistic("took_ms"));
	EXPECT_LE(took, statistic("longest_ms"));
	EXPECT_EQ(sysconf(_SC_NPROCESSORS_CONF), statistic("idle"));
}

TEST_F_TIMEOUT(basic, revert_takes_1_only, KGR_TIMEOUT)
{
	static const char * const words[] = {
		"0", "2", "-1", "yes", "1 1", "11", " "
	};
	const char *path = KGR_DIR "kgr_test_patch1/revert";
	unsigned int i;

	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		EXPECT_EQ(-EINVAL, kgr_write(path, words[i])) {
			TH_LOG("\"%s\" was taken", words[i]);
		}
	}
	EXPECT_TRUE(kgr_status_is("kgr_test_patch1", "applied"));
	EXPECT_EQ(0, kgr_write(path, "1\n"));
}

static int mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -errno : (int)(st.st_mode & 0777);
}

/* Files about processes of other users are not readable by all. */
TEST_F_TIMEOUT(basic, modes, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_load("kgr_test_patch1", NULL));
	EXPECT_EQ(0444, mode_of(KGR_DIR "in_progress"));
	EXPECT_EQ(0444, mode_of(KGR_DIR "universe"));
	EXPECT_EQ(0444, mode_of(KGR_DIR "horizon"));
	EXPECT_EQ(0444, mode_of(KGR_DIR "remaining"));
	EXPECT_EQ(0644, mode_of(KGR_DIR "wake"));
	EXPECT_EQ(0644, mode_of(KGR_DIR "wake_delay_ms"));
	EXPECT_EQ(0644, mode_of(KGR_DIR "wake_at_once"));
	EXPECT_EQ(0644, mode_of(KGR_DIR "jump"));
	EXPECT_EQ(0444, mode_of(KGR_DIR "kgr_test_patch1/status"));
	EXPECT_EQ(0444, mode_of(KGR_DIR "kgr_test_patch1/state"));
	EXPECT_EQ(0444, mode_of(KGR_DIR "kgr_test_patch1/statistics"));
	EXPECT_EQ(0200, mode_of(KGR_DIR "kgr_test_patch1/revert"));
	EXPECT_EQ(0400, mode_of("/proc/self/kgr_in_progress"));
	EXPECT_EQ(0400, mode_of("/proc/thread-self/kgr_in_progress"));
}

/* "none" is a valid policy, also in a list. */
TEST_F_TIMEOUT(basic, wake_words, KGR_TIMEOUT)
{
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake", "none"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake", "all\n"));
	EXPECT_EQ(-EINVAL, kgr_write(KGR_DIR "wake", "some"));
	EXPECT_EQ(-EINVAL, kgr_write(KGR_DIR "wake", "nonesuch"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake", "transparent"));
	EXPECT_EQ(64, kgr_global("wake_at_once"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake_at_once", "0"));
	EXPECT_EQ(0, kgr_global("wake_at_once"));
	EXPECT_EQ(-EINVAL, kgr_write(KGR_DIR "wake_at_once", "few"));
	EXPECT_EQ(0, kgr_write(KGR_DIR "wake_delay_ms", "50"));
	EXPECT_EQ(50, kgr_global("wake_delay_ms"));
	EXPECT_EQ(-EINVAL, kgr_write(KGR_DIR "wake_delay_ms", "soon"));
	EXPECT_EQ(50, kgr_global("wake_delay_ms"));
}

/* Number of threads that have yet to cross; -1: no thread was found. */
static int pending_threads(void)
{
	DIR *proc = opendir("/proc"), *task;
	struct dirent *p, *t;
	char path[600];
	int seen = 0, nr = 0;

	while ((p = readdir(proc))) {
		if (p->d_name[0] < '1' || p->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task", p->d_name);
		task = opendir(path);
		while (task && (t = readdir(task))) {
			if (t->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path),
				 "/proc/%s/task/%s/kgr_in_progress",
				 p->d_name, t->d_name);
			/* It has exited meanwhile: not counted. */
			nr += kgr_number(path) == 1;
			seen++;
		}
		if (task)
			closedir(task);
	}
	closedir(proc);
	return seen ? nr : -1;
}

TEST_F_TIMEOUT(basic, every_task_crosses, KGR_TIMEOUT)
{
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	EXPECT_EQ(0, pending_threads());
	ASSERT_EQ(0, kgr_revert_done("kgr_test_patch1"));
	EXPECT_EQ(0, pending_threads());
}

TEST_F_TIMEOUT(basic, in_progress_wakes_pollers, KGR_TIMEOUT)
{
	struct pollfd pfd = { .events = POLLPRI };
	struct kgr_held held;
	int seen[2];
	char c;

	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_load("kgr_test_patch1", NULL));
	ASSERT_TRUE(KGR_WITHIN(KGR_SETTLE_MS, kgr_global("remaining") == 1));

	pfd.fd = open(KGR_DIR "in_progress", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, pfd.fd);
	ASSERT_EQ(1, pread(pfd.fd, &c, 1, 0));
	EXPECT_EQ('1', c);
	/* Nothing happens while the task is held... */
	EXPECT_EQ(0, poll(&pfd, 1, KGR_QUIET_MS));
	/* ... and the last task that crosses wakes us. */
	ASSERT_TRUE(kgr_let_go(&held, seen));
	EXPECT_EQ(1, poll(&pfd, 1, KGR_SETTLE_MS));
	EXPECT_NE(0, pfd.revents & POLLPRI);
	EXPECT_EQ(1, pread(pfd.fd, &c, 1, 0));
	EXPECT_EQ('0', c);

	/* The beginning of a change is seen, too. */
	ASSERT_TRUE(kgr_hold(&held, "block_hard"));
	ASSERT_EQ(0, kgr_revert("kgr_test_patch1"));
	EXPECT_EQ(1, poll(&pfd, 1, KGR_SETTLE_MS));
	EXPECT_EQ(1, pread(pfd.fd, &c, 1, 0));
	EXPECT_EQ('1', c);
	close(pfd.fd);
	ASSERT_TRUE(kgr_let_go(&held, seen));
}

static int count(const char *text, const char *word)
{
	int nr = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		nr++;
	}
	return nr;
}

static long field(const char *event, const char *name)
{
	const char *at = strstr(event, name);

	return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

TEST_F_TIMEOUT(basic, tracepoints, KGR_TIMEOUT)
{
	static char trace[4 << 20];
	const char *begin, *complete, *cross;
	long u;

	ASSERT_EQ(0, mkdir(KGR_TRACE, 0700));
	ASSERT_EQ(0, kgr_write(KGR_TRACE "buffer_size_kb", "1024"));
	ASSERT_EQ(0, kgr_write(KGR_TRACE "events/kgraft/enable", "1"));
	u = kgr_global("universe");
	ASSERT_EQ(0, kgr_apply("kgr_test_patch1"));
	ASSERT_EQ(0, kgr_revert_done("kgr_test_patch1"));
	ASSERT_EQ(0, kgr_retire("kgr_test_patch1"));
	ASSERT_EQ(0, kgr_write(KGR_TRACE "events/kgraft/enable", "0"));
	ASSERT_LT(0, kgr_read(KGR_TRACE "trace", trace, sizeof(trace)));
	ASSERT_EQ(0, rmdir(KGR_TRACE));

	EXPECT_EQ(2, count(trace, " kgr_change_begin: "));
	EXPECT_EQ(2, count(trace, " kgr_change_complete: "));
	EXPECT_EQ(1, count(trace, " kgr_patch_release: "));

	/* In this order, and each task once for each change. */
	begin = strstr(trace, " kgr_change_begin: ");
	cross = strstr(trace, " kgr_task_cross: ");
	complete = strstr(trace, " kgr_change_complete: ");
	ASSERT_NE(NULL, begin);
	ASSERT_NE(NULL, cross);
	ASSERT_NE(NULL, complete);
	EXPECT_LT(begin, cross);
	EXPECT_LT(cross, complete);
	EXPECT_LE(0, field(cross, "pid="));
	EXPECT_EQ(u, field(cross, "from="));
	EXPECT_EQ(u + 1, field(cross, "to="));
	EXPECT_NE(NULL, strstr(cross, "way="));
}

int main(int argc, char **argv)
{
	return kgr_main(argc, argv, test_harness_run);
}
